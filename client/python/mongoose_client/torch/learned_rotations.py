"""Where attention layers get their rotations from."""
from __future__ import annotations

import threading
from typing import Optional

import numpy as np
import torch
from torch import Tensor

from mongoose_client.client import Client
from mongoose_client.rotations import Rotations


class FreshRotations:
    """New random rotations each time, as Reformer has them.

    like: of which shape; seed: of the random numbers.
    """

    def __init__(self, like: Rotations, seed: int = 0):
        self._like = like
        self._random = np.random.default_rng(seed)

    def __call__(self) -> Rotations:
        return self._like.redrawn(self._random)


class LearnedRotations:
    """Rotations that an index learns while one layer trains.

    Until the index has adopted some, they are drawn anew each time.  Later
    too, a share `explore` of the passes in training uses new ones: rotations
    that keep what a network attends to already would hide the rest from it.

    Each forward pass in training looks how far the layer's projection has
    moved since sequences were last learned from, which costs no more than
    reading it; only when that is far enough, and the last answer is there, are
    the sequences of this pass sent, in the background [the schedule of
    MONGOOSE section 3.2, on values in place of hash codes].  How far is
    doubled by each candidate that the index refuses, up to 16 times
    `threshold`, and `threshold` again after one that it adopts.  With the answer
    comes the index's newest version.  While the server is away, training goes
    on with the rotations it has.

    index: of kind ATTENTION, one for each layer.  threshold: of the mean over
    rows of |row - row then| / |row then|.  heads: the most that are sent;
    passes with fewer than eight are not learned from.  For one thread.
    """

    _MIN_HEADS = 8  # what an index learns from
    _MOST_PATIENCE = 16

    def __init__(self, client: Client, index: str, *, threshold: float = 0.005,
                 explore: float = 0.5, heads: int = 64, seed: int = 0):
        self.threshold = threshold
        self.explore = explore
        self.heads = heads
        self.passes = 0  # forward passes in training
        self.sent = 0  # of which sequences were learned from
        self.adopted = 0  # candidates the index took
        self.error: Optional[Exception] = None  # of the last call
        self._client = client
        self._index = index
        self._current = client.get_rotations(index)
        self._random = np.random.default_rng(seed)
        self._fresh = FreshRotations(self._current, seed)
        self._then: Optional[Tensor] = None
        self._patience = 1  # times threshold
        self._thread: Optional[threading.Thread] = None

    def __call__(self, training: bool = False) -> Rotations:
        """Those of the next forward pass."""
        current = self._current
        explores = training and self._random.random() < self.explore
        return self._fresh() if explores or current.version == 1 else current

    @property
    def version(self) -> int:
        """Of the rotations learned; 1: none yet."""
        return self._current.version

    @property
    def skipped(self) -> float:
        """The share of passes from which nothing was learned."""
        return 1 - self.sent / max(1, self.passes)

    def observe(self, weight: Tensor, qk: Tensor, mask: Optional[Tensor]
                ) -> None:
        """weight: [out, in] of the projection; qk: [heads, seq, dim];
        mask: [heads, seq]."""
        self.passes += 1
        if (self._is_busy() or len(qk) < self._MIN_HEADS or
                self._drift(weight) < self._patience * self.threshold):
            return
        heads = torch.from_numpy(
            self._random.permutation(len(qk))[:self.heads]).to(qk.device)
        sequences = qk.detach()[heads].cpu().numpy()
        masks = None if mask is None else mask[heads].cpu().numpy()
        self._thread = threading.Thread(
            target=self._learn,
            args=(weight.detach().clone(), sequences, masks), daemon=True)
        self._thread.start()

    def wait(self, timeout: float = 60.0) -> None:
        """Until the index has judged what was sent."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _drift(self, weight: Tensor) -> float:
        if self._then is None:
            return float("inf")
        now = weight.detach()
        moved = (now - self._then).norm(dim=1)
        return float((moved / self._then.norm(dim=1).clamp(min=1e-12)).mean())

    def _learn(self, weight: Tensor, sequences: np.ndarray,
               masks: Optional[np.ndarray]) -> None:
        try:
            answer = self._client.learn_rotations(self._index, sequences, masks)
            if answer.state.index_version != self._current.version:
                self._current = self._client.get_rotations(self._index)
            self.adopted += answer.adopted
            self._patience = 1 if answer.adopted else min(
                2 * self._patience, self._MOST_PATIENCE)
            self.sent += 1
            self._then = weight
            self.error = None
        except Exception as error:  # nobody else would see it
            self.error = error
