"""Update streams: order, replay after a lost server, refusals."""
import unittest

import grpc
import numpy as np
from cuttable_link import CuttableLink
from mongoose_client import Client, IndexSpec, MongooseError, UpdateStream
from server_case import ServerCase


class UpdateStreamTest(ServerCase):

    def create(self, num_rows=1000, dim=8):
        self.client.create_index(IndexSpec(name="layer", num_rows=num_rows,
                                           dim=dim))

    def rows(self):
        """The replica, by asking for every axis."""
        answer = self.client.query_neurons(
            "layer", np.eye(8, dtype=np.float32), num_active=1000,
            num_probes=63, max_candidates=1000, want_scores=True)
        rows = np.empty((1000, 8), np.float32)
        for axis in range(8):
            begin, end = answer.offsets[axis], answer.offsets[axis + 1]
            rows[answer.ids[begin:end], axis] = answer.scores[begin:end]
        return rows

    def test_changes_are_applied_in_order_in_chunks(self):
        self.create()
        expected = np.random.default_rng(1).standard_normal((1000, 8), np.float32)
        with self.client.open_updates("layer", "w", chunk_bytes=4096) as updates:
            updates.set_rows(np.arange(1000), np.zeros((1000, 8)))
            updates.set_rows(np.arange(1000), expected)
            updates.add_deltas(np.array([5]), np.ones((1, 8)))
            updates.wait_acked(20)
            self.assertGreater(updates.state.applied_sequence, 15)
        expected[5] += 1
        self.client.wait_for_snapshot("layer")
        self.assertEqual(self.client.get_index_status("layer").steps, 3)
        np.testing.assert_allclose(self.rows(), expected, rtol=1e-6)

    def test_a_second_stream_goes_on_after_the_first(self):
        self.create()
        for step in range(3):
            with self.client.open_updates("layer", "w") as updates:
                updates.set_rows(np.arange(10), np.full((10, 8), step))
                updates.wait_acked(20)
        status = self.client.get_index_status("layer")
        self.assertEqual(status.writer_sequences["w"], 3)

    def test_a_cut_network_loses_and_repeats_nothing(self):
        """Deltas of one, so that a chunk lost or applied twice shows."""
        self.create()
        link = CuttableLink(self.socket.removeprefix("unix:") + ".link",
                            self.socket.removeprefix("unix:"))
        self.addCleanup(link.cut)
        client = Client("unix:" + link.path)
        self.addCleanup(client.close)
        updates = client.open_updates("layer", "w", chunk_bytes=4096)
        self.addCleanup(updates.close)
        updates.set_rows(np.arange(1000), np.zeros((1000, 8)))
        for cut in range(4):
            for _ in range(20):
                updates.add_deltas(np.arange(1000), np.ones((1000, 8)))
            link.cut()
            updates.add_deltas(np.arange(1000), np.ones((1000, 8)))
            if cut == 0:
                with self.assertRaises(MongooseError) as caught:
                    updates.wait_acked(0.2)
                self.assertEqual(caught.exception.code,
                                 grpc.StatusCode.DEADLINE_EXCEEDED)
            link.restore()
        updates.wait_acked(30)
        self.client.wait_for_snapshot("layer")
        self.assertEqual(self.client.get_index_status("layer").steps, 85)
        np.testing.assert_array_equal(self.rows(), np.full((1000, 8), 84))

    def test_an_index_that_is_gone_is_told(self):
        self.create()
        with self.client.open_updates("layer", "w") as updates:
            self.client.delete_index("layer")
            updates.set_rows(np.arange(10), np.ones((10, 8)))
            with self.assertRaises(MongooseError) as caught:
                updates.wait_acked(20)
        self.assertEqual(caught.exception.code, grpc.StatusCode.NOT_FOUND)

    def test_gives_up_in_the_end(self):
        self.stop_server()
        updates = UpdateStream(self.client._stub, "layer", "w", 0,
                               reconnect_timeout=0.5)
        self.addCleanup(updates.close)
        updates.set_rows(np.arange(10), np.ones((10, 8)))
        with self.assertRaises(MongooseError) as caught:
            updates.wait_acked(20)
        self.assertEqual(caught.exception.code, grpc.StatusCode.UNAVAILABLE)

    def test_refusals_are_raised(self):
        self.create()
        with self.client.open_updates("layer", "w") as updates:
            updates.set_rows(np.array([1000]), np.ones((1, 8)))
            with self.assertRaisesRegex(MongooseError, "1000"):
                updates.wait_acked(20)
            with self.assertRaises(MongooseError):
                updates.set_rows(np.array([1]), np.ones((1, 8)))
        with self.client.open_updates("layer", "w") as updates:
            with self.assertRaisesRegex(ValueError, "equal length"):
                updates.set_rows(np.array([1, 2]), np.ones((1, 8)))
            with self.assertRaisesRegex(ValueError, "0..4294967295"):
                updates.set_rows(np.array([-1]), np.ones((1, 8)))

    def test_rows_are_wanted_after_reports_of_drift(self):
        self.create()
        with self.client.open_updates("layer", "w") as updates:
            updates.set_rows(np.arange(1000), np.ones((1000, 8)))
            updates.report_drift(np.array([3, 7]), np.array([5.0, 1e-6]))
            updates.wait_acked(20)
            np.testing.assert_array_equal(updates.take_rows_wanted(), [3])
            self.assertEqual(len(updates.take_rows_wanted()), 0)


if __name__ == "__main__":
    unittest.main()
