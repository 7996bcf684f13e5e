"""A softmax over the labels that matter for a batch."""
from __future__ import annotations

import math
from typing import Any, List, Optional, Sequence

import numpy as np
import torch
from mongoose.v1 import index_service_pb2 as pb
from torch import Tensor, nn

from mongoose_client.client import Client
from mongoose_client.messages import ActiveSets
from mongoose_client.updates import UpdateStream


class LshSampledSoftmax(nn.Module):
    """An output layer with many labels of which a batch computes few.

    forward() asks the server which rows are active for the batch and returns
    the loss over those; after optimizer.step(), push() sends the rows that
    changed, in the background.  Use torch.optim.SparseAdam or Adagrad:
    gradients are sparse.

    A row that stands in the answer for other samples counts by how often it
    does, over about `horizon` batches, to the power `correction`: that makes
    the loss that of all labels in the mean [Bengio and Senecal 2003].

    num_labels, dim: of the layer; index: its name, created if it is not there;
    num_active: rows a sample; spec: further fields of IndexSpec.
    """

    def __init__(self, client: Client, index: str, num_labels: int, dim: int, *,
                 num_active: int = 8, correction: float = 1.0,
                 horizon: float = 100.0, writer_id: str = "torch",
                 **spec: Any):
        super().__init__()
        self.weight = nn.Embedding(num_labels, dim, sparse=True)
        self.bias = nn.Embedding(num_labels, 1, sparse=True)
        nn.init.normal_(self.weight.weight, std=1 / math.sqrt(dim))
        nn.init.zeros_(self.bias.weight)
        self.correction = correction
        self.num_active = num_active
        self._horizon = horizon
        self._client = client
        self._index = index
        self.register_buffer("rates", torch.zeros(num_labels))
        self._batches = 0
        self._active: Optional[Tensor] = None
        # What the index learns to find are as many rows as its default plan's.
        spec.setdefault("default_plan", pb.QueryPlan(num_active=num_active))
        client.create_index(pb.IndexSpec(
            name=index, num_rows=num_labels, dim=dim, has_bias=True, **spec))
        self._updates: UpdateStream = client.open_updates(index, writer_id)
        self._send(torch.arange(num_labels))
        self._updates.wait_acked(300)
        client.wait_for_snapshot(index, 300)

    def forward(self, hidden: Tensor, labels: Sequence[Sequence[int]]) -> Tensor:
        """The mean loss of hidden [batch, dim] and the labels of each sample.

        A sample's target is spread evenly over its labels; one without labels
        counts for nothing.
        """
        answer = self._client.query_neurons(
            self._index, hidden.detach().cpu().numpy(), labels=labels,
            union=True, want_positions=True, num_active=self.num_active)
        ids = torch.from_numpy(answer.ids.astype(np.int64))
        self._active = ids
        logits = hidden @ self.weight(ids).T + self.bias(ids).T
        log_probs = (logits - self._corrections(ids, answer)).log_softmax(1)
        return self._loss(log_probs, ids, labels)

    def push(self) -> None:
        """Sends the rows of the last batch: call it after optimizer.step()."""
        if self._active is not None:
            self._send(self._active)

    def logits(self, hidden: Tensor) -> Tensor:
        """[batch, num_labels] of hidden [batch, dim], all labels."""
        return hidden @ self.weight.weight.T + self.bias.weight.T

    def close(self) -> None:
        """Waits until the server has all rows, and ends the stream."""
        self._updates.wait_acked(60)
        self._updates.close()

    def _send(self, ids: Tensor) -> None:
        with torch.no_grad():
            rows = torch.cat([self.weight(ids), self.bias(ids)], 1)
        self._updates.set_rows(ids.numpy(), rows.cpu().numpy())

    def _corrections(self, ids: Tensor, answer: ActiveSets) -> Tensor:
        """What is taken off each logit [batch, active]: nothing of own rows."""
        self._batches += 1
        share = 1 / min(self._batches, self._horizon)
        self.rates.mul_(1 - share)
        self.rates[ids] += share
        batch = len(answer.offsets) - 1
        off = self.correction * self.rates[ids].log().expand(batch, -1).clone()
        own = np.repeat(np.arange(batch), np.diff(answer.offsets.astype(int)))
        off[torch.from_numpy(own),
            torch.from_numpy(answer.positions.astype(np.int64))] = 0
        return off

    @staticmethod
    def _loss(log_probs: Tensor, ids: Tensor, labels: Sequence[Sequence[int]]
              ) -> Tensor:
        place = {int(label): i for i, label in enumerate(ids)}
        samples: List[int] = []
        places: List[int] = []
        weights: List[float] = []
        for sample, own in enumerate(labels):
            for label in set(own):
                samples.append(sample)
                places.append(place[int(label)])
                weights.append(1 / len(set(own)))
        picked = log_probs[torch.tensor(samples, dtype=torch.int64),
                           torch.tensor(places, dtype=torch.int64)]
        return -(picked * torch.tensor(weights)).sum() / len(labels)
