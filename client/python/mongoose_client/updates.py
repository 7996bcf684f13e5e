"""A writer's stream of row changes."""
from __future__ import annotations

import collections
import threading
import time
from typing import Any, Deque, Iterator, List, Optional

import grpc
import numpy as np
from mongoose.v1 import index_service_pb2 as pb

from mongoose_client.arrays import ids_to_bytes, to_matrix
from mongoose_client.errors import MongooseError


# The server is away; CANCELLED: it was shutting down as the stream arrived.
_TRANSIENT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


class UpdateStream:
    """Sends changes in the background, in order, each applied once.

    What the server has not acknowledged is kept and sent again, with the same
    sequence numbers, after a lost connection.  All methods may be called at
    once from any thread.  A method raises MongooseError once the server has
    refused a chunk, or has been away for `reconnect_timeout` seconds.
    """

    def __init__(self, stub: Any, index: str, writer_id: str, sequence: int, *,
                 bf16: bool = False, chunk_bytes: int = 1 << 20,
                 max_pending_bytes: int = 64 << 20,
                 reconnect_timeout: float = 300.0):
        self._stub = stub
        self._index = index
        self._writer_id = writer_id
        self._bf16 = bf16
        self._chunk_bytes = chunk_bytes
        self._max_pending_bytes = max_pending_bytes
        self._reconnect_timeout = reconnect_timeout
        self._changed = threading.Condition()
        # Guarded by _changed.
        self._pending: Deque[pb.UpdateRequest] = collections.deque()
        self._pending_bytes = 0
        self._sequence = sequence  # of the newest chunk
        self._closed = False
        self._error: Optional[MongooseError] = None
        self._state = pb.IndexState()
        self._rows_wanted: List[np.ndarray] = []
        self._thread = threading.Thread(
            target=self._run, name=f"updates {index}", daemon=True)
        self._thread.start()

    def set_rows(self, ids: np.ndarray, values: np.ndarray) -> None:
        """Overwrites rows `ids` [n] with `values` [n, cols]; ends the step.

        Waits while max_pending_bytes are not acknowledged.
        """
        self._send_rows("set_rows", ids, values)

    def add_deltas(self, ids: np.ndarray, deltas: np.ndarray) -> None:
        """Adds `deltas` [n, cols] to rows `ids` [n]; ends the step."""
        self._send_rows("add_deltas", ids, deltas)

    def report_drift(self, ids: np.ndarray, distances: np.ndarray) -> None:
        """Tells how far rows moved [n]; ends the step.

        take_rows_wanted() then says whose values the server asks for.
        """
        drift = pb.RowDrift(row_ids=ids_to_bytes(ids),
                            distances=np.ascontiguousarray(
                                distances, np.float32).tobytes())
        self._queue([pb.UpdateRequest(drift=drift)])

    def wait_acked(self, timeout: float) -> None:
        """Until all that was queued is applied; DEADLINE_EXCEEDED if not."""
        end = time.monotonic() + timeout
        with self._changed:
            last = self._sequence
            while self._pending and self._pending[0].sequence <= last:
                self._raise_error()
                if not self._changed.wait(end - time.monotonic()):
                    raise MongooseError(
                        grpc.StatusCode.DEADLINE_EXCEEDED,
                        f"{self._pending_bytes} bytes are not acknowledged")
            self._raise_error()

    def take_rows_wanted(self) -> np.ndarray:
        """Rows that the server asked for since the last call, [n] uint32."""
        with self._changed:
            wanted, self._rows_wanted = self._rows_wanted, []
        return np.unique(np.concatenate(
            [np.zeros(0, np.uint32)] + wanted))

    @property
    def state(self) -> pb.IndexState:
        """Of the newest acknowledgement."""
        with self._changed:
            return self._state

    def close(self) -> None:
        """Drops what is not acknowledged: call wait_acked first."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def __enter__(self) -> UpdateStream:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _send_rows(self, kind: str, ids: np.ndarray, values: np.ndarray) -> None:
        if len(ids) != len(values):
            raise ValueError(f"ids and values must have equal length, got "
                             f"{len(ids)} and {len(values)}")
        value_bytes = 2 if self._bf16 else 4
        cols = max(1, values.shape[1])
        rows = max(1, self._chunk_bytes // (cols * value_bytes + 4))
        chunks = []
        for first in range(0, max(1, len(ids)), rows):
            part = pb.RowValues(
                row_ids=ids_to_bytes(ids[first:first + rows]),
                values=to_matrix(values[first:first + rows], bf16=self._bf16))
            chunks.append(pb.UpdateRequest(
                **{kind: part}, more_chunks=first + rows < len(ids)))
        self._queue(chunks)

    def _queue(self, chunks: List[pb.UpdateRequest]) -> None:
        for chunk in chunks:
            with self._changed:
                while self._pending_bytes > self._max_pending_bytes:
                    self._raise_error()
                    self._changed.wait()
                self._raise_error()
                self._sequence += 1
                chunk.index = self._index
                chunk.writer_id = self._writer_id
                chunk.sequence = self._sequence
                self._pending.append(chunk)
                self._pending_bytes += chunk.ByteSize()
                self._changed.notify_all()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        lost_at: Optional[float] = None
        while True:
            acked = self._sequence_acked()
            try:
                for ack in self._stub.Update(self._unacked()):
                    self._acknowledge(ack)
                return  # closed
            except grpc.RpcError as error:
                if self._sequence_acked() > acked:
                    lost_at = None
                lost_at = lost_at or time.monotonic()
                away = time.monotonic() - lost_at
                if (error.code() not in _TRANSIENT
                        or away > self._reconnect_timeout):
                    return self._fail(MongooseError.of(error))
            except ValueError as error:  # the client has closed the channel
                return self._fail(MongooseError(grpc.StatusCode.CANCELLED,
                                                str(error)))
            with self._changed:
                if self._changed.wait_for(lambda: self._closed, 0.1):
                    return

    def _sequence_acked(self) -> int:
        with self._changed:
            return (self._pending[0].sequence - 1
                    if self._pending else self._sequence)

    def _unacked(self) -> Iterator[pb.UpdateRequest]:
        """Chunks from the oldest that is not acknowledged on, as they come."""
        following = self._sequence_acked() + 1
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closed or self._sequence >= following)
                if self._closed:
                    return
                oldest = self._pending[0].sequence if self._pending else 0
                if not oldest or oldest > following:
                    following = oldest or self._sequence + 1
                    continue
                chunk = self._pending[following - oldest]
            yield chunk
            following += 1

    def _acknowledge(self, ack: pb.UpdateResponse) -> None:
        with self._changed:
            self._state = ack.state
            while self._pending and self._pending[0].sequence <= ack.sequence:
                self._pending_bytes -= self._pending.popleft().ByteSize()
            if ack.rows_wanted:
                self._rows_wanted.append(np.frombuffer(ack.rows_wanted,
                                                       np.uint32))
            self._changed.notify_all()

    def _fail(self, error: MongooseError) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()
