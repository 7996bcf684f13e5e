"""The calls, with arrays in and out."""
import unittest

import grpc
import numpy as np
from mongoose.v1 import index_service_pb2 as pb
from mongoose_client import (AttentionSpec, IndexSpec, MongooseError,
                             from_matrix, to_matrix)
from server_case import ServerCase


def gaussian(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


class MatrixTest(unittest.TestCase):

    def test_float32_comes_back_as_it_was(self):
        values = gaussian(7, 5)
        np.testing.assert_array_equal(from_matrix(to_matrix(values)), values)

    def test_strided_and_integer_arrays_are_taken(self):
        values = np.arange(12).reshape(3, 4).T
        np.testing.assert_array_equal(from_matrix(to_matrix(values)), values)

    def test_bf16_is_rounded_to_nearest_even(self):
        bits = np.array([[0x3F808000, 0x3F818000, 0x3F808001, 0xFF7FFFFF]],
                        np.uint32)
        matrix = to_matrix(bits.view(np.float32), bf16=True)
        self.assertEqual(len(matrix.values), 8)
        np.testing.assert_array_equal(
            np.frombuffer(matrix.values, np.uint16),
            [0x3F80, 0x3F82, 0x3F81, 0xFF80])
        self.assertTrue(np.isnan(from_matrix(to_matrix(
            np.array([[np.nan]]), bf16=True))).all())

    def test_wrong_shapes_are_refused(self):
        with self.assertRaisesRegex(ValueError, r"\[rows, cols\]"):
            to_matrix(np.zeros(3))


class ClientTest(ServerCase):

    def test_finds_the_nearest_rows(self):
        rows = gaussian(2000, 32)
        self.create_layer("layer", rows)
        queries = gaussian(20, 32, seed=2)
        answer = self.client.query_neurons(
            "layer", queries, num_active=10, num_probes=63, want_scores=True)
        self.assertEqual(len(answer.ids), 200)
        truth = np.argsort(-(queries @ rows.T), axis=1)[:, :10]
        for i in range(20):
            np.testing.assert_array_equal(answer.rows(i), truth[i])
        np.testing.assert_allclose(
            answer.scores[:10], (queries[0] @ rows.T)[truth[0]], rtol=1e-5)

    def test_labels_come_first_and_unions_are_distinct(self):
        self.create_layer("layer", gaussian(500, 16))
        queries = gaussian(3, 16, seed=2)
        labels = [[7], [], [499, 3]]
        answer = self.client.query_neurons("layer", queries, labels=labels,
                                           num_active=5)
        self.assertEqual(answer.rows(0)[0], 7)
        self.assertEqual(list(answer.rows(2)[:2]), [499, 3])
        union = self.client.query_neurons(
            "layer", queries, labels=labels, num_active=5, union=True,
            want_positions=True)
        self.assertEqual(len(set(union.ids)), len(union.ids))
        own = union.ids[union.positions[union.offsets[2]:union.offsets[3]]]
        self.assertEqual(set(own), set(answer.rows(2)))

    def test_indexes_are_listed_and_deleted(self):
        for name in ("a", "b"):
            self.client.create_index(IndexSpec(name=name, num_rows=3, dim=2))
        self.assertEqual([s.name for s in self.client.list_indexes()],
                         ["a", "b"])
        self.assertEqual(self.client.get_index("a").num_rows, 3)
        self.client.delete_index("a")
        with self.assertRaises(MongooseError) as caught:
            self.client.get_index("a")
        self.assertEqual(caught.exception.code, grpc.StatusCode.NOT_FOUND)

    def test_errors_name_field_and_value(self):
        self.create_layer("layer", gaussian(50, 4))
        with self.assertRaisesRegex(MongooseError,
                                    "queries.cols must be 4, got 5"):
            self.client.query_neurons("layer", gaussian(1, 5))
        with self.assertRaisesRegex(MongooseError, "must be finite"):
            self.client.query_neurons("layer", np.full((1, 4), np.nan))


class BucketsTest(ServerCase):

    def create(self, **attention):
        self.client.create_index(IndexSpec(
            name="heads", kind=pb.INDEX_KIND_ATTENTION, dim=64,
            attention=AttentionSpec(seed=3, **attention)))

    def test_worker_and_server_agree(self):
        self.create(num_rounds=4, bucket_size=16)
        rotations = self.client.get_rotations("heads")
        for heads, seq in ((1, 1), (3, 100), (8, 1024)):
            vectors = gaussian(heads, seq, 64, seed=seq)
            mask = np.random.default_rng(1).random((heads, seq)) < 0.9
            asked = self.client.query_buckets("heads", vectors, mask=mask)
            own = rotations.assign(vectors, mask)
            self.assertEqual(asked.num_buckets, own.num_buckets)
            np.testing.assert_array_equal(asked.buckets, own.buckets)
            np.testing.assert_array_equal(asked.order, own.order)

    def test_zero_and_tiny_vectors_agree(self):
        self.create()
        vectors = np.zeros((1, 3, 64), np.float32)
        vectors[0, 1] = np.float32(2.0**-110)
        vectors[0, 2] = gaussian(64) * np.float32(2.0**-95)
        own = self.client.get_rotations("heads").assign(vectors)
        np.testing.assert_array_equal(
            self.client.query_buckets("heads", vectors).buckets, own.buckets)

    def test_a_million_positions_in_pieces(self):
        self.create(max_buckets=512)
        vectors = gaussian(1, 1_000_000, 64)
        pieces = [self.client.query_buckets(
            "heads", vectors[:, first:first + 250_000], num_buckets=512).buckets
                  for first in range(0, 1_000_000, 250_000)]
        own = self.client.get_rotations("heads").assign(vectors,
                                                        num_buckets=512)
        np.testing.assert_array_equal(np.concatenate(pieces, axis=2),
                                      own.buckets)

    def test_decoding_continues(self):
        self.create(num_rounds=2)
        vectors = gaussian(4, 60, 64)
        whole = self.client.query_buckets("heads", vectors, num_buckets=8)
        then = self.client.query_buckets("heads", vectors[:, :50],
                                         num_buckets=8)
        for first, last in ((50, 51), (51, 52), (52, 60)):
            then = self.client.append_tokens("heads", then,
                                             vectors[:, first:last])
        np.testing.assert_array_equal(then.buckets, whole.buckets)
        np.testing.assert_array_equal(then.order, whole.order)
        with self.assertRaisesRegex(MongooseError, "num_earlier = "):
            self.client.append_tokens("heads", then, vectors[:3, :1])

    def test_inverse_and_offsets(self):
        self.create()
        asked = self.client.query_buckets(
            "heads", gaussian(2, 300, 64), want_inverse=True,
            want_offsets=True)
        np.testing.assert_array_equal(
            np.take_along_axis(asked.inverse, asked.order.astype(int), 2),
            np.broadcast_to(np.arange(300), asked.order.shape))
        self.assertEqual(asked.offsets.shape[2], asked.num_buckets + 2)

    def test_bad_queries_are_refused(self):
        self.create()
        vectors = gaussian(2, 10, 64)
        for bad, message in (
                ({"num_buckets": 3}, "num_buckets must be even, got 3"),
                ({"index_version": 9}, "index_version must be 0 or 1"),
                ({"mask": np.ones(7)}, "sequences.mask must be")):
            with self.assertRaisesRegex(MongooseError, message):
                self.client.query_buckets("heads", vectors, **bad)
        with self.assertRaisesRegex(MongooseError, "cols must be the index's"):
            self.client.query_buckets("heads", gaussian(1, 4, 63))
        with self.assertRaisesRegex(MongooseError, "seq must be > 0"):
            self.client.query_buckets("heads", gaussian(1, 0, 64))
        with self.assertRaisesRegex(ValueError, "num_buckets must be even"):
            self.client.get_rotations("heads").hash(vectors[0], 5)


if __name__ == "__main__":
    unittest.main()
