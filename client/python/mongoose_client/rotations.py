"""Attention buckets: as answered, and computed by the worker itself."""
from __future__ import annotations

import copy
import dataclasses
from typing import Optional

import numpy as np
from mongoose.v1 import index_service_pb2 as pb


@dataclasses.dataclass(frozen=True)
class Buckets:
    """Buckets of sequences; padding is in bucket `num_buckets`.

    buckets: [heads, rounds, positions] uint16.
    order:   [heads, rounds, positions] uint32, positions by bucket, equal
             buckets by position.
    inverse: like order, where each position stands in it; None unless asked.
    offsets: [heads, rounds, num_buckets + 2] uint32, where each bucket begins
             in `order`, padding too, and the end; None unless asked.
    """
    version: int
    num_buckets: int
    buckets: np.ndarray
    order: np.ndarray
    inverse: Optional[np.ndarray] = None
    offsets: Optional[np.ndarray] = None


class Rotations:
    """The hash functions of an attention index, to hash without the server.

    Gives the same buckets as the server on every machine: all products are
    whole numbers below 2^24, which float32 holds exactly in any order.
    """

    # Vectors that are multiplied at a time: bounds memory.
    _BLOCK = 65536

    def __init__(self, response: pb.GetProjectionResponse):
        attention = response.attention
        self.version: int = response.state.index_version
        self.num_rounds: int = attention.num_rounds
        self.max_buckets: int = attention.max_buckets
        self.bucket_size: int = attention.bucket_size
        self.dim: int = response.rotations.cols
        directions = np.frombuffer(response.rotations.values, np.int8)
        # [max_buckets / 2, rounds, dim]
        self._directions = directions.astype(np.float32).reshape(
            self.max_buckets // 2, self.num_rounds, self.dim)

    @property
    def directions(self) -> np.ndarray:
        """[max_buckets / 2, rounds, dim] float32 of whole numbers."""
        return self._directions

    def redrawn(self, random: np.random.Generator) -> Rotations:
        """Gaussian ones of the same shape that no index has; version 0."""
        other = copy.copy(self)
        drawn = random.standard_normal(self._directions.shape, np.float32)
        other._directions = np.rint(drawn * (127 / np.abs(drawn).max()))
        other.version = 0
        return other

    def num_buckets_for(self, positions: int) -> int:
        """Even, so that buckets have about bucket_size positions."""
        pairs = -(-positions // (2 * self.bucket_size))
        return max(2, min(2 * pairs, self.max_buckets))

    def hash(self, vectors: np.ndarray, num_buckets: int) -> np.ndarray:
        """Buckets [n, rounds] uint16 of finite vectors [n, dim]."""
        if num_buckets % 2 or not 2 <= num_buckets <= self.max_buckets:
            raise ValueError(f"num_buckets must be even, 2..{self.max_buckets},"
                             f" got {num_buckets}")
        x = np.ascontiguousarray(vectors, np.float32)
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ValueError(f"vectors must be [n, {self.dim}], got {x.shape}")
        half = num_buckets // 2
        used = self._directions[:half].reshape(half * self.num_rounds, self.dim)
        out = np.empty((len(x), self.num_rounds), np.uint16)
        for first in range(0, len(x), self._BLOCK):
            block = _round(x[first:first + self._BLOCK])
            products = (block @ used.T).reshape(-1, half, self.num_rounds)
            out[first:first + self._BLOCK] = np.concatenate(
                [products, -products], axis=1).argmax(axis=1)
        return out

    def assign(self, vectors: np.ndarray, mask: Optional[np.ndarray] = None,
               num_buckets: int = 0) -> Buckets:
        """What Client.query_buckets answers, without `inverse` and `offsets`.

        vectors: [heads, seq, dim]; mask: [heads, seq], False for padding.
        """
        heads, seq, dim = vectors.shape
        num_buckets = num_buckets or self.num_buckets_for(seq)
        hashed = self.hash(vectors.reshape(heads * seq, dim), num_buckets)
        buckets = np.ascontiguousarray(
            hashed.reshape(heads, seq, self.num_rounds).transpose(0, 2, 1))
        if mask is not None:
            padding = ~np.asarray(mask, bool).reshape(heads, 1, seq)
            buckets[np.broadcast_to(padding, buckets.shape)] = num_buckets
        order = buckets.argsort(axis=2, kind="stable").astype(np.uint32)
        return Buckets(self.version, num_buckets, buckets, order)


def _round(x: np.ndarray) -> np.ndarray:
    """Each vector by its largest coordinate to whole numbers in [-127, 127]."""
    largest = np.abs(x).max(axis=1, keepdims=True)
    tiny = largest < np.float32(2.0**-100)
    scale = np.float32(127) / np.where(tiny, np.float32(1), largest)
    return np.rint(x * np.where(tiny, np.float32(0), scale))
