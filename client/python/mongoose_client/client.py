"""The calls of the index service."""
from __future__ import annotations

import dataclasses
import time
from typing import Any, List, Optional, Sequence, Union

import grpc
import numpy as np
from mongoose.v1 import index_service_pb2 as pb
from mongoose.v1 import index_service_pb2_grpc as rpc

from mongoose_client.arrays import ids_to_bytes, to_matrix
from mongoose_client.errors import MongooseError
from mongoose_client.rotations import Buckets, Rotations
from mongoose_client.updates import UpdateStream

_MAX_MESSAGE_BYTES = 256 << 20
_CHANNEL_OPTIONS = [
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.service_config", """{"methodConfig": [{
       "name": [{"service": "mongoose.v1.IndexService", "method": "Update"}]
     }, {
       "name": [{"service": "mongoose.v1.IndexService"}],
       "retryPolicy": {"maxAttempts": 5, "initialBackoff": "0.1s",
                       "maxBackoff": "2s", "backoffMultiplier": 2,
                       "retryableStatusCodes": ["UNAVAILABLE"]}}]}"""),
]


@dataclasses.dataclass(frozen=True)
class ActiveSets:
    """The rows that are active for each query, or for the whole batch.

    ids:     [n] uint32.
    offsets: [batch + 1] uint32: query i has ids[offsets[i]:offsets[i + 1]]; of
             a union where its positions begin, empty without positions.
    scores:  [n] float32, empty unless asked for.
    positions: of a union, into `ids`, query by query; empty unless asked for.
    """
    state: pb.IndexState
    ids: np.ndarray
    offsets: np.ndarray
    scores: np.ndarray
    positions: np.ndarray
    log_weights: np.ndarray

    def rows(self, query: int) -> np.ndarray:
        """Of one query."""
        return self.ids[self.offsets[query]:self.offsets[query + 1]]


class Client:
    """All methods may be called at once from any thread.

    target: "host:port" or "unix:/path"; timeout: seconds of one call.  Calls
    raise MongooseError; while the server is away they are tried again.
    """

    def __init__(self, target: str = "127.0.0.1:50051", *,
                 timeout: float = 30.0):
        self._timeout = timeout
        self._channel = grpc.insecure_channel(target, options=_CHANNEL_OPTIONS)
        self._stub = rpc.IndexServiceStub(self._channel)

    def close(self) -> None:
        """Ends open streams."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def wait_ready(self, timeout: float = 10.0) -> None:
        """Until the server answers; UNAVAILABLE when it does not."""
        try:
            grpc.channel_ready_future(self._channel).result(timeout)
        except grpc.FutureTimeoutError:
            raise MongooseError(grpc.StatusCode.UNAVAILABLE,
                                f"no answer within {timeout} s") from None

    def create_index(self, spec: pb.IndexSpec) -> pb.IndexSpec:
        """Defaults filled in.  An equal index that exists is no error."""
        return self._call("CreateIndex", pb.CreateIndexRequest(spec=spec)).spec

    def get_index(self, name: str) -> pb.IndexSpec:
        """The spec the index was created with, defaults filled in."""
        return self._call("GetIndex", pb.GetIndexRequest(name=name)).spec

    def list_indexes(self) -> List[pb.IndexSpec]:
        """All, by name."""
        specs: List[pb.IndexSpec] = []
        token = ""
        while True:
            page = self._call("ListIndexes",
                              pb.ListIndexesRequest(page_token=token))
            specs.extend(page.specs)
            token = page.next_page_token
            if not token:
                return specs

    def delete_index(self, name: str) -> None:
        """Calls already running finish."""
        self._call("DeleteIndex", pb.DeleteIndexRequest(name=name))

    def get_index_status(self, name: str) -> pb.GetIndexStatusResponse:
        """Versions, staleness, decisions and sizes."""
        return self._call("GetIndexStatus", pb.GetIndexStatusRequest(name=name))

    def get_projection(self, name: str, index_version: int = 0
                       ) -> pb.GetProjectionResponse:
        """The hash functions of the current version."""
        return self._call("GetProjection", pb.GetProjectionRequest(
            name=name, index_version=index_version))

    def get_rotations(self, name: str) -> Rotations:
        """Of an attention index, to hash without further calls."""
        return Rotations(self.get_projection(name))

    def wait_for_snapshot(self, name: str, timeout: float = 30.0) -> None:
        """Until every row is set and hashed; DEADLINE_EXCEEDED if not."""
        end = time.monotonic() + timeout
        while True:
            status = self.get_index_status(name)
            if status.state.index_version > 0:
                return
            if time.monotonic() > end:
                raise MongooseError(
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                    f"index \"{name}\" has {status.rows_set} rows set and no "
                    f"snapshot after {timeout} s")
            time.sleep(0.02)

    def query_neurons(self, index: str, queries: np.ndarray, *,
                      labels: Optional[Sequence[Sequence[int]]] = None,
                      union: bool = False, want_positions: bool = False,
                      want_scores: bool = False, min_sequence: int = 0,
                      bf16: bool = False,
                      **plan: Union[int, bool]) -> ActiveSets:
        """The rows active for each of the queries [batch, dim].

        labels: of each query, always in the answer.  union: the distinct rows
        of the batch instead.  min_sequence: wait until so many update chunks
        are applied.  plan: fields of QueryPlan, where they differ from the
        index's default plan.
        """
        request = pb.QueryNeuronsRequest(
            index=index, queries=to_matrix(queries, bf16=bf16),
            plan=pb.QueryPlan(**plan), want_scores=want_scores,
            want_positions=want_positions, min_sequence=min_sequence)
        if union:
            request.layout = pb.ANSWER_LAYOUT_UNION
        if labels is not None:
            ends = np.cumsum([0] + [len(own) for own in labels])
            request.label_offsets = ids_to_bytes(ends)
            request.label_ids = ids_to_bytes(
                np.array([i for own in labels for i in own], np.int64))
        answer = self._call("QueryNeurons", request)
        return ActiveSets(
            state=answer.state, ids=np.frombuffer(answer.ids, np.uint32),
            offsets=np.frombuffer(answer.offsets, np.uint32),
            scores=np.frombuffer(answer.scores, np.float32),
            positions=np.frombuffer(answer.positions, np.uint32),
            log_weights=np.frombuffer(answer.log_weights, np.float32))

    def query_buckets(self, index: str, vectors: np.ndarray, *,
                      mask: Optional[np.ndarray] = None,
                      earlier: Optional[np.ndarray] = None,
                      num_buckets: int = 0, index_version: int = 0,
                      want_inverse: bool = False, want_offsets: bool = False,
                      bf16: bool = False) -> Buckets:
        """Attention buckets of sequences [heads, seq, dim].

        mask: [heads, seq], or [masks, seq] with masks a divisor of heads; False
        for padding.  earlier: buckets [heads, rounds, positions] of positions
        before these, as answered, while decoding: give num_buckets then.
        index_version: of the rotations; 0 for the current ones.
        """
        heads, seq, dim = vectors.shape
        sequences = pb.Sequences(
            vectors=to_matrix(vectors.reshape(heads * seq, dim), bf16=bf16),
            seq=seq)
        if mask is not None:
            sequences.mask = np.asarray(mask, bool).astype(np.uint8).tobytes()
        if earlier is not None:
            sequences.num_earlier = earlier.shape[2]
            sequences.earlier_buckets = np.ascontiguousarray(
                earlier, np.uint16).tobytes()
        answer = self._call("QueryBuckets", pb.QueryBucketsRequest(
            index=index, index_version=index_version, sequences=sequences,
            num_buckets=num_buckets, want_inverse=want_inverse,
            want_offsets=want_offsets))
        shape = (heads, answer.num_rounds, -1)

        def read(data: bytes, dtype: Any) -> Optional[np.ndarray]:
            return np.frombuffer(data, dtype).reshape(shape) if data else None

        assigned = answer.sequences
        return Buckets(answer.index_version, answer.num_buckets,
                       read(assigned.buckets, np.uint16),
                       read(assigned.order, np.uint32),
                       read(assigned.inverse, np.uint32),
                       read(assigned.offsets, np.uint32))

    def learn_hash(self, index: str, queries: np.ndarray, rows: np.ndarray
                   ) -> pb.LearnHashResponse:
        """Learns from pairs: queries [n, dim], rows [n] to be found for them."""
        chunk = 4096
        requests = (pb.LearnHashRequest(
            index=index, queries=to_matrix(queries[i:i + chunk]),
            row_ids=ids_to_bytes(rows[i:i + chunk]))
                    for i in range(0, len(rows), chunk))
        return self._call("LearnHash", requests)

    def open_updates(self, index: str, writer_id: str, **options: Any
                     ) -> UpdateStream:
        """A writer's ordered stream of changes; see UpdateStream.

        It goes on after the last sequence of the writer that was applied.
        """
        status = self.get_index_status(index)
        return UpdateStream(self._stub, index, writer_id,
                            status.writer_sequences.get(writer_id, 0),
                            **options)

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=self._timeout)
        except grpc.RpcError as error:
            raise MongooseError.of(error) from None
