"""AsyncClient answers as Client does."""
import asyncio
import inspect
import unittest

import grpc
import numpy as np
from mongoose.v1 import index_service_pb2 as pb
from mongoose_client import (AsyncClient, AttentionSpec, Client, IndexSpec,
                             MongooseError)
from server_case import ServerCase


class AsyncClientTest(ServerCase):

    def run_with_client(self, body):
        async def run():
            async with AsyncClient(self.socket) as client:
                await client.wait_ready()
                return await body(client)

        return asyncio.run(run())

    def test_has_every_call(self):
        def calls(of):
            return {name: inspect.signature(method).parameters.keys()
                    for name, method in inspect.getmembers(of)
                    if inspect.isfunction(method) and name[0] != "_"}

        expected = calls(Client)
        del expected["open_updates"]
        self.assertEqual(calls(AsyncClient), expected)

    def test_many_queries_at_once_answer_as_one_by_one(self):
        rows = np.random.default_rng(1).standard_normal((500, 16), np.float32)
        self.create_layer("layer", rows)
        queries = [rows[i:i + 3] for i in range(0, 60, 3)]

        async def ask(client):
            await client.wait_for_snapshot("layer")
            return await asyncio.gather(*(
                client.query_neurons("layer", q, num_active=5)
                for q in queries))

        for query, answer in zip(queries, self.run_with_client(ask)):
            np.testing.assert_array_equal(
                answer.ids,
                self.client.query_neurons("layer", query, num_active=5).ids)

    def test_buckets_and_rotations(self):
        vectors = np.random.default_rng(1).standard_normal((2, 100, 8),
                                                           np.float32)

        async def ask(client):
            await client.create_index(IndexSpec(
                name="heads", kind=pb.INDEX_KIND_ATTENTION, dim=8,
                attention=AttentionSpec(num_rounds=2)))
            rotations = await client.get_rotations("heads")
            asked = await client.query_buckets("heads", vectors)
            listed = await client.list_indexes()
            await client.delete_index("heads")
            return rotations.assign(vectors), asked, listed

        own, asked, listed = self.run_with_client(ask)
        np.testing.assert_array_equal(own.order, asked.order)
        self.assertEqual([spec.name for spec in listed], ["heads"])

    def test_errors_are_mongooses(self):
        with self.assertRaises(MongooseError) as caught:
            self.run_with_client(lambda client: client.get_index("nobody"))
        self.assertEqual(caught.exception.code, grpc.StatusCode.NOT_FOUND)
        self.stop_server()

        async def wait():
            async with AsyncClient(self.socket) as client:
                await client.wait_ready(0.2)

        with self.assertRaises(MongooseError) as caught:
            asyncio.run(wait())
        self.assertEqual(caught.exception.code, grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main()
