"""The calls of the index service."""
from __future__ import annotations

import time
from typing import Any, List, Optional

import grpc
import numpy as np
from mongoose.v1 import index_service_pb2 as pb
from mongoose.v1 import index_service_pb2_grpc as rpc

from mongoose_client import messages
from mongoose_client.channel import CHANNEL_OPTIONS
from mongoose_client.errors import MongooseError
from mongoose_client.messages import ActiveSets
from mongoose_client.rotations import Buckets, Rotations
from mongoose_client.updates import UpdateStream


class Client:
    """All methods may be called at once from any thread.

    target: "host:port" or "unix:/path"; timeout: seconds of one call;
    credentials: of grpc.ssl_channel_credentials, for a server with TLS.  Calls
    raise MongooseError; while the server is away they are tried again.
    """

    def __init__(self, target: str = "127.0.0.1:50051", *,
                 timeout: float = 30.0,
                 credentials: Optional[grpc.ChannelCredentials] = None):
        self._timeout = timeout
        if credentials is None:
            self._channel = grpc.insecure_channel(target,
                                                  options=CHANNEL_OPTIONS)
        else:
            self._channel = grpc.secure_channel(target, credentials,
                                                options=CHANNEL_OPTIONS)
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

    def get_projection(self, name: str, index_version: int = 0,
                       newer_than: int = 0) -> pb.GetProjectionResponse:
        """The hash functions of a version; of the current one for 0.

        newer_than: waits, at most as long as a call may take, until there is a
        version above this one.
        """
        return self._call("GetProjection", pb.GetProjectionRequest(
            name=name, index_version=index_version, newer_than=newer_than))

    def get_rotations(self, name: str, index_version: int = 0,
                      newer_than: int = 0) -> Rotations:
        """Of an attention index, to hash without further calls."""
        return Rotations(self.get_projection(name, index_version, newer_than))

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
                    messages.no_snapshot(name, status.rows_set, timeout))
            time.sleep(0.02)

    def query_neurons(self, index: str, queries: np.ndarray,
                      **options: Any) -> ActiveSets:
        """The rows active for each of the queries [batch, dim].

        options: those of messages.query_neurons_request.
        """
        return messages.active_sets(self._call(
            "QueryNeurons",
            messages.query_neurons_request(index, queries, **options)))

    def query_buckets(self, index: str, vectors: np.ndarray,
                      **options: Any) -> Buckets:
        """Attention buckets of sequences [heads, seq, dim].

        options: those of messages.query_buckets_request.
        """
        return messages.buckets(self._call(
            "QueryBuckets",
            messages.query_buckets_request(index, vectors, **options)),
                                len(vectors))

    def append_tokens(self, index: str, earlier: Buckets, vectors: np.ndarray,
                      **options: Any) -> Buckets:
        """Buckets with new positions behind: only these are hashed.

        vectors: [heads, new positions, dim], of the heads of `earlier`; with
        the rotations and the number of buckets of that answer.  MongooseError
        VERSION_GONE when the index no longer keeps them.  options: those of
        messages.query_buckets_request.
        """
        return self.query_buckets(index, vectors,
                                  **messages.continuing(earlier), **options)

    def learn_hash(self, index: str, queries: np.ndarray, rows: np.ndarray
                   ) -> pb.LearnHashResponse:
        """Learns from pairs: queries [n, dim], rows [n] to be found for them."""
        return self._call("LearnHash", messages.learn_hash_requests(
            index, queries, rows))

    def learn_rotations(self, index: str, vectors: np.ndarray,
                        mask: Optional[np.ndarray] = None
                        ) -> pb.LearnHashResponse:
        """Learns rotations from sequences, and waits for the verdict.

        vectors: [heads, seq, dim] of shared queries and keys, eight heads or
        more; mask: [masks, seq] with masks a divisor of heads, False for
        padding.
        """
        return self._call("LearnHash", messages.learn_rotations_requests(
            index, vectors, mask))

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
