"""The PyTorch modules against what they stand for."""
import math
import unittest

import numpy as np
import torch
from mongoose.v1 import index_service_pb2 as pb
from mongoose_client import (AttentionSpec, Client, IndexSpec, MongooseError,
                             Rotations)
from mongoose_client.messages import learn_rotations_requests
from mongoose_client.torch import (LearnedRotations, LshSampledSoftmax,
                                   LshSelfAttention)
from mongoose_client.torch.attention import attend
from server_case import ServerCase
from torch import nn


def direct(qk, v, mask, causal):
    """Masked shared query-key softmax over all positions."""
    key = torch.nn.functional.normalize(qk, dim=-1)
    scores = qk @ key.transpose(1, 2) / math.sqrt(qk.shape[-1])
    seq = qk.shape[1]
    scores = scores.masked_fill(torch.eye(seq, dtype=torch.bool), -5e4)
    if mask is not None:
        scores = scores.masked_fill(~mask[:, None], torch.finfo().min)
    if causal:
        future = torch.ones(seq, seq, dtype=torch.bool).triu(1)
        scores = scores.masked_fill(future, torch.finfo().min)
    return scores.softmax(-1) @ v


def drawn(dim, rounds, max_buckets, bucket_size, seed=1):
    """Rotations as a server would answer them."""
    rows = max_buckets // 2 * rounds
    values = np.random.default_rng(seed).integers(-127, 128, (rows, dim),
                                                  dtype=np.int8)
    return Rotations(pb.GetProjectionResponse(
        state=pb.IndexState(index_version=1),
        attention=AttentionSpec(num_rounds=rounds, max_buckets=max_buckets,
                                bucket_size=bucket_size),
        rotations=pb.Matrix(rows=rows, cols=dim, values=values.tobytes())))


class AttentionTest(unittest.TestCase):

    def setUp(self):
        torch.manual_seed(1)

    def test_equals_direct_attention_where_chunks_cover_all(self):
        for seq in (1, 5, 16, 31, 32):
            for rounds in (1, 3):
                for causal in (False, True):
                    for masked in (False, True):
                        with self.subTest(seq=seq, rounds=rounds,
                                          causal=causal, masked=masked):
                            self.check(seq, rounds, causal, masked)

    def check(self, seq, rounds, causal, masked):
        qk, v = torch.randn(2, 3, seq, 8)
        mask = None
        if masked:
            mask = torch.rand(3, seq) < 0.7
            mask[:, 0] = True
        rotations = drawn(8, rounds, 4, 16)
        order = LshSelfAttention.sort(rotations, qk, mask)
        got = attend(qk, v, order, mask, 16, causal)
        want = direct(qk, v, mask, causal)
        real = torch.ones(3, seq, dtype=torch.bool) if mask is None else mask
        torch.testing.assert_close(got[real], want[real], rtol=1e-4, atol=1e-5)

    def test_long_sequences_attend_within_their_chunks(self):
        """Every position sees those of its bucket that stand near it."""
        qk, v = torch.randn(2, 2, 300, 8)
        order = LshSelfAttention.sort(drawn(8, 2, 16, 20), qk, None)
        out = attend(qk, v, order, None, 20, False)
        self.assertEqual(out.shape, v.shape)
        self.assertTrue(torch.isfinite(out).all())
        moved = v.clone()
        moved[:, 7] += 1
        changed = (attend(qk, moved, order, None, 20, False) != out).any(-1)
        for head in range(2):
            near = set()
            for places in order[head]:
                chunks = places.view(15, 20)
                at = int((chunks == 7).any(1).nonzero())
                near |= set(chunks[at].tolist())
                near |= set(chunks[(at + 1) % 15].tolist())
            seen = set(changed[head].nonzero().flatten().tolist())
            self.assertLessEqual(seen, near)
            self.assertGreater(len(seen), 20)

    def test_nothing_of_the_future_is_seen(self):
        module = LshSelfAttention(16, 2, drawn(8, 2, 16, 8), causal=True)
        x = torch.randn(1, 100, 16)
        changed = x.clone()
        changed[:, 60:] = torch.randn(1, 40, 16)
        order = LshSelfAttention.sort(module._rotations,
                                      module._split(module.to_qk(x)), None)
        outs = []
        for one in (x, changed):
            qk, v = module._split(module.to_qk(one)), module._split(
                module.to_v(one))
            outs.append(attend(qk, v, order, None, 8, True)[:, :60])
        torch.testing.assert_close(outs[0], outs[1])

    def test_padding_changes_nothing(self):
        module = LshSelfAttention(16, 2, drawn(8, 1, 16, 8))
        x = torch.randn(2, 50, 16)
        mask = torch.ones(2, 50, dtype=torch.bool)
        mask[1, 30:] = False
        other = x.clone()
        other[1, 30:] = 100
        torch.testing.assert_close(module(x, mask)[mask],
                                   module(other, mask)[mask])

    def test_gradients_reach_all_parameters(self):
        module = LshSelfAttention(16, 2, lambda: drawn(8, 2, 16, 8))
        module(torch.randn(2, 40, 16)).square().mean().backward()
        for name, parameter in module.named_parameters():
            self.assertGreater(parameter.grad.abs().sum(), 0, name)

    def test_dim_must_fit_heads(self):
        with self.assertRaisesRegex(ValueError, "multiple of heads 3, got 16"):
            LshSelfAttention(16, 3, drawn(8, 1, 4, 8))


class ServedAttentionTest(ServerCase):

    def test_uses_the_rotations_of_an_index(self):
        self.client.create_index(IndexSpec(
            name="heads", kind=pb.INDEX_KIND_ATTENTION, dim=16,
            attention=AttentionSpec(num_rounds=2, bucket_size=16)))
        module = LshSelfAttention(64, 4, self.client.get_rotations("heads"))
        self.assertEqual(module(torch.randn(2, 100, 64)).shape, (2, 100, 64))


class LearnedRotationsTest(ServerCase):

    def setUp(self):
        super().setUp()
        torch.manual_seed(1)
        self.client.create_index(IndexSpec(
            name="heads", kind=pb.INDEX_KIND_ATTENTION, dim=16,
            attention=AttentionSpec(bucket_size=6, max_buckets=16)))
        self.inputs = self.make_inputs()
        self.rotations = LearnedRotations(self.client, "heads", threshold=0.1,
                                          explore=0)
        self.module = LshSelfAttention(16, 1, self.rotations)
        with torch.no_grad():
            self.module.to_qk.weight.copy_(torch.eye(16))

    @staticmethod
    def make_inputs():
        """In groups that attend to themselves, hidden by a mean that all share,
        [batch, seq, dim]."""
        centres = nn.functional.normalize(torch.randn(17, 16), dim=1)
        groups = torch.randint(16, (16, 96))
        return (36 * centres[16] + 24 * centres[groups] +
                torch.randn(16, 96, 16))

    def step(self):
        self.module(self.inputs)
        self.rotations.wait()

    def test_takes_what_the_index_adopts(self):
        self.assertEqual(self.rotations.version, 1)
        self.assertEqual(self.rotations().version, 0)  # drawn anew
        self.assertFalse((self.rotations().directions ==
                          self.rotations().directions).all())
        self.step()
        self.assertIsNone(self.rotations.error)
        self.assertEqual(self.rotations.adopted, 1)
        self.assertEqual(self.rotations().version, 2)
        current = self.client.get_rotations("heads")
        self.assertTrue((self.rotations().directions ==
                         current.directions).all())

    def test_explores_in_training_alone(self):
        self.step()
        self.rotations.explore = 0.5
        versions = [self.rotations(True).version for _ in range(200)]
        self.assertEqual(set(versions), {0, 2})
        self.assertAlmostEqual(versions.count(0) / 200, 0.5, delta=0.15)
        self.assertEqual({self.rotations().version for _ in range(20)}, {2})

    def test_what_failed_is_sent_again(self):
        self.rotations._index = "gone"
        self.step()
        self.assertEqual(self.rotations.sent, 0)
        self.assertIsInstance(self.rotations.error, MongooseError)
        self.rotations._index = "heads"
        self.step()
        self.assertEqual(self.rotations.sent, 1)
        self.assertIsNone(self.rotations.error)

    def test_few_heads_are_not_sent(self):
        self.inputs = self.inputs[:7]
        self.step()
        self.assertEqual((self.rotations.passes, self.rotations.sent), (1, 0))
        self.assertIsNone(self.rotations.error)

    def test_masks_of_several_heads_are_spread(self):
        vectors = self.inputs.repeat(4, 8, 1).numpy()  # several chunks
        mask = np.ones((16, vectors.shape[1]), bool)
        mask[3, 5:] = False
        requests = list(learn_rotations_requests("heads", vectors, mask))
        self.assertGreater(len(requests), 2)
        sent = np.frombuffer(b"".join(r.sequences.mask for r in requests),
                             np.uint8).reshape(64, -1)
        np.testing.assert_array_equal(sent, mask.repeat(4, 0))
        with self.assertRaisesRegex(ValueError, "a divisor of 64"):
            list(learn_rotations_requests("heads", vectors, mask[:3]))

    def test_sends_only_when_the_projection_has_moved(self):
        for _ in range(5):
            self.step()
        self.assertEqual(self.rotations.sent, 1)
        self.assertAlmostEqual(self.rotations.skipped, 0.8)
        with torch.no_grad():
            self.module.to_qk.weight *= 1.05
        self.step()
        self.assertEqual(self.rotations.sent, 1)
        with torch.no_grad():
            self.module.to_qk.weight *= 1.06
        self.step()
        self.assertEqual(self.rotations.sent, 2)

    def test_refusals_ask_for_more_drift_and_adoptions_for_less(self):
        self.step()
        self.assertEqual((self.rotations.sent, self.rotations.adopted), (1, 1))
        self.move(1.11)  # nothing is new in the same sequences, a bit longer
        self.assertEqual((self.rotations.sent, self.rotations.adopted), (2, 1))
        self.move(1.11)
        self.assertEqual(self.rotations.sent, 2)
        self.move(1.11)  # 0.23 since then
        self.assertEqual(self.rotations.sent, 3)
        for _ in range(6):
            self.move(3)  # patience ends at 16 times 0.1
        self.assertEqual((self.rotations.sent, self.rotations.adopted), (9, 1))
        with torch.no_grad():
            self.module.to_qk.weight.copy_(torch.eye(16))
        self.rotations._then = None
        self.inputs = self.make_inputs()  # others
        self.step()
        self.assertEqual((self.rotations.sent, self.rotations.adopted), (10, 2))
        self.move(1.11)
        self.assertEqual(self.rotations.sent, 11)

    def move(self, factor):
        with torch.no_grad():
            self.module.to_qk.weight *= factor
        self.step()

    def test_learns_nothing_while_it_evaluates(self):
        self.module.eval()
        self.step()
        self.assertEqual(self.rotations.passes, 0)

    def test_goes_on_without_a_server(self):
        self.step()
        self.stop_server()
        with torch.no_grad():
            self.module.to_qk.weight *= 2
        client = Client(self.socket, timeout=0.5)
        self.addCleanup(client.close)
        self.rotations._client = client
        self.step()
        self.assertIsInstance(self.rotations.error, MongooseError)
        self.assertEqual(self.rotations.sent, 1)
        self.assertEqual(self.rotations().version, 2)


class SampledSoftmaxTest(ServerCase):

    def layer(self, num_labels=300, dim=16, **options):
        torch.manual_seed(2)
        layer = LshSampledSoftmax(self.client, "layer", num_labels, dim,
                                  **options)
        self.addCleanup(layer.close)
        return layer

    def test_is_the_full_softmax_when_every_row_is_active(self):
        layer = self.layer(num_active=300, correction=0)
        hidden = torch.randn(8, 16)
        labels = [[i, 2 * i + 100] for i in range(8)]
        target = torch.zeros(8, 300)
        for i, own in enumerate(labels):
            target[i, own] = 0.5
        want = -(layer.logits(hidden).log_softmax(1) * target).sum(1).mean()
        got = self._with_all_cells(layer, hidden, labels)
        torch.testing.assert_close(got, want)

    def _with_all_cells(self, layer, hidden, labels):
        query = self.client.query_neurons
        self.client.query_neurons = lambda *args, **more: query(
            *args, **more, num_probes=31, max_candidates=300)
        return layer(hidden, labels)

    def test_learns_a_planted_problem(self):
        """Labels are nearest directions; few rows a sample suffice."""
        layer = self.layer(num_labels=1000, num_active=8)
        torch.manual_seed(3)
        directions = torch.nn.functional.normalize(torch.randn(1000, 16), dim=1)
        optimizer = torch.optim.Adagrad(layer.parameters(), lr=0.3)
        active = []
        for _ in range(150):
            labels = torch.randint(1000, (128,))
            hidden = 4 * directions[labels] + 0.1 * torch.randn(128, 16)
            optimizer.zero_grad()
            layer(hidden, labels[:, None].tolist()).backward()
            optimizer.step()
            layer.push()
            active.append(len(layer._active))
        found = layer.logits(4 * directions).argmax(1) == torch.arange(1000)
        self.assertGreater(found.float().mean(), 0.8)
        self.assertLess(np.mean(active), 700)

    def test_the_server_has_the_rows_after_push(self):
        layer = self.layer(num_labels=64)
        optimizer = torch.optim.Adagrad(layer.parameters(), lr=0.5)
        layer(torch.randn(4, 16), [[1], [2], [], [3, 3]]).backward()
        optimizer.step()
        layer.push()
        layer._updates.wait_acked(20)
        hidden = torch.randn(1, 16)
        answer = self.client.query_neurons(
            "layer", hidden.numpy(), num_active=64, num_probes=15,
            max_candidates=64, want_scores=True)
        want = layer.logits(hidden)[0].detach().numpy()[answer.ids]
        np.testing.assert_allclose(answer.scores, want, rtol=1e-4, atol=1e-5)


if __name__ == "__main__":
    unittest.main()
