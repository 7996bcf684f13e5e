"""The calls of the index service for asyncio."""
from __future__ import annotations

import asyncio
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


class AsyncClient:
    """Client with awaitable methods of the same names and arguments.

    Use it within one event loop.  Updates go through Client.open_updates,
    whose stream sends in a thread of its own.
    """

    def __init__(self, target: str = "127.0.0.1:50051", *,
                 timeout: float = 30.0,
                 credentials: Optional[grpc.ChannelCredentials] = None):
        self._timeout = timeout
        if credentials is None:
            self._channel = grpc.aio.insecure_channel(target,
                                                      options=CHANNEL_OPTIONS)
        else:
            self._channel = grpc.aio.secure_channel(target, credentials,
                                                    options=CHANNEL_OPTIONS)
        self._stub = rpc.IndexServiceStub(self._channel)

    async def close(self) -> None:
        await self._channel.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def wait_ready(self, timeout: float = 10.0) -> None:
        try:
            await asyncio.wait_for(self._channel.channel_ready(), timeout)
        except asyncio.TimeoutError:
            raise MongooseError(grpc.StatusCode.UNAVAILABLE,
                                f"no answer within {timeout} s") from None

    async def create_index(self, spec: pb.IndexSpec) -> pb.IndexSpec:
        answer = await self._call("CreateIndex",
                                  pb.CreateIndexRequest(spec=spec))
        return answer.spec

    async def get_index(self, name: str) -> pb.IndexSpec:
        return (await self._call("GetIndex",
                                 pb.GetIndexRequest(name=name))).spec

    async def list_indexes(self) -> List[pb.IndexSpec]:
        specs: List[pb.IndexSpec] = []
        token = ""
        while True:
            page = await self._call("ListIndexes",
                                    pb.ListIndexesRequest(page_token=token))
            specs.extend(page.specs)
            token = page.next_page_token
            if not token:
                return specs

    async def delete_index(self, name: str) -> None:
        await self._call("DeleteIndex", pb.DeleteIndexRequest(name=name))

    async def get_index_status(self, name: str) -> pb.GetIndexStatusResponse:
        return await self._call("GetIndexStatus",
                                pb.GetIndexStatusRequest(name=name))

    async def get_projection(self, name: str, index_version: int = 0,
                             newer_than: int = 0) -> pb.GetProjectionResponse:
        return await self._call("GetProjection", pb.GetProjectionRequest(
            name=name, index_version=index_version, newer_than=newer_than))

    async def get_rotations(self, name: str, index_version: int = 0,
                            newer_than: int = 0) -> Rotations:
        return Rotations(await self.get_projection(name, index_version,
                                                   newer_than))

    async def wait_for_snapshot(self, name: str, timeout: float = 30.0) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while True:
            status = await self.get_index_status(name)
            if status.state.index_version > 0:
                return
            if loop.time() > end:
                raise MongooseError(
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                    messages.no_snapshot(name, status.rows_set, timeout))
            await asyncio.sleep(0.02)

    async def query_neurons(self, index: str, queries: np.ndarray,
                            **options: Any) -> ActiveSets:
        return messages.active_sets(await self._call(
            "QueryNeurons",
            messages.query_neurons_request(index, queries, **options)))

    async def query_buckets(self, index: str, vectors: np.ndarray,
                            **options: Any) -> Buckets:
        answer = await self._call(
            "QueryBuckets",
            messages.query_buckets_request(index, vectors, **options))
        return messages.buckets(answer, len(vectors))

    async def append_tokens(self, index: str, earlier: Buckets,
                            vectors: np.ndarray, **options: Any) -> Buckets:
        return await self.query_buckets(
            index, vectors, **messages.continuing(earlier), **options)

    async def learn_hash(self, index: str, queries: np.ndarray,
                         rows: np.ndarray) -> pb.LearnHashResponse:
        return await self._call("LearnHash", messages.learn_hash_requests(
            index, queries, rows))

    async def learn_rotations(self, index: str, vectors: np.ndarray,
                              mask: Optional[np.ndarray] = None
                              ) -> pb.LearnHashResponse:
        return await self._call("LearnHash", messages.learn_rotations_requests(
            index, vectors, mask))

    async def _call(self, method: str, request: Any) -> Any:
        try:
            return await getattr(self._stub, method)(request,
                                                     timeout=self._timeout)
        except grpc.RpcError as error:
            raise MongooseError.of(error) from None
