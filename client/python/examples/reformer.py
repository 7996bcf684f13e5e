"""A small Transformer over tokens, with one kind of attention in all layers.

Modes: full (every position sees all earlier ones), reformer (chunks of
positions sorted by random rotations, new ones each step) and mongoose
(rotations learned by a server while the network trains).
"""
from __future__ import annotations

import argparse
import dataclasses
import math
from typing import Any, Callable, List, Optional, Type

import torch
from mongoose_client import AttentionSpec, Client, IndexSpec, Rotations
from mongoose_client.torch import (FreshRotations, LearnedRotations,
                                   LshSelfAttention)
from torch import Tensor, nn

MODES = ("full", "reformer", "mongoose")


@dataclasses.dataclass(frozen=True)
class Shape:
    """Of a network."""
    vocabulary: int
    seq: int
    dim: int
    heads: int
    layers: int
    chunk: int  # positions of a chunk
    rounds: int  # of hashing
    mix: int  # tokens that a short convolution sees; 0: there is none


def add_shape_flags(parser: argparse.ArgumentParser, **defaults: int) -> None:
    """Flags for all of a Shape but its vocabulary."""
    words = {
        "seq": "positions of a sequence", "dim": "width of the network",
        "heads": "attention heads", "layers": "attention layers",
        "chunk": "positions of a chunk", "rounds": "rounds of hashing",
        "mix": "tokens that a convolution before attention sees; 0: none"
    }
    for name, meaning in words.items():
        parser.add_argument(f"--{name}", type=int, default=defaults[name],
                            help=f"{meaning} (default {defaults[name]})")


def shape_of(flags: argparse.Namespace, vocabulary: int) -> Shape:
    """What those flags say."""
    return Shape(vocabulary, flags.seq, flags.dim, flags.heads, flags.layers,
                 flags.chunk, flags.rounds, flags.mix)


def index_spec(name: str, shape: Shape, rounds: int, seed: int) -> IndexSpec:
    """An attention index for one layer, with no more buckets than it needs."""
    buckets = max(2, 2 * -(-shape.seq // (2 * shape.chunk)))
    return IndexSpec(
        name=name, kind="INDEX_KIND_ATTENTION", dim=shape.dim // shape.heads,
        attention=AttentionSpec(num_rounds=rounds, max_buckets=buckets,
                                bucket_size=shape.chunk, causal=True,
                                seed=seed))


class RotationSource:
    """Indexes for the layers of one network, and what the layers ask."""

    def __init__(self, client: Client, name: str, mode: str, shape: Shape,
                 seed: int, threshold: float, explore: float):
        self.learned: List[LearnedRotations] = []
        self._client = client
        self._mode = mode
        self._seed = seed
        self._threshold = threshold
        self._explore = explore
        self._names = [f"{name}-{layer}" for layer in range(shape.layers)]
        for layer, index in enumerate(self._names):
            client.create_index(index_spec(index, shape, shape.rounds,
                                           1000 * seed + layer))

    def of_layer(self, layer: int) -> Any:
        """What LshSelfAttention takes."""
        index = self._names[layer]
        seed = 1000 * self._seed + layer
        if self._mode == "mongoose":
            self.learned.append(LearnedRotations(
                self._client, index, threshold=self._threshold,
                explore=self._explore, seed=seed))
            return self.learned[-1]
        rotations: Rotations = self._client.get_rotations(index)
        if self._mode == "reformer":
            return FreshRotations(rotations, seed)
        return rotations

    def close(self) -> None:
        """Waits for answers and deletes the indexes."""
        for rotations in self.learned:
            rotations.wait()
        for index in self._names:
            self._client.delete_index(index)


class FullAttention(LshSelfAttention):
    """The same layer, without chunks: every position sees all earlier ones."""

    def forward(self, x: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        batch, seq, dim = x.shape
        qk, v = self._split(self.to_qk(x)), self._split(self.to_v(x))
        keys = nn.functional.normalize(qk, dim=-1).transpose(1, 2)
        scores = qk @ keys / math.sqrt(qk.shape[-1])
        positions = torch.arange(seq)
        scores = scores.masked_fill(positions[:, None] == positions, -5e4)
        scores = scores.masked_fill(positions[:, None] < positions,
                                    torch.finfo(scores.dtype).min)
        out = (scores.softmax(-1) @ v).view(batch, self.heads, seq, -1)
        return self.to_out(out.transpose(1, 2).reshape(batch, seq, dim))


class Mix(nn.Module):
    """Adds to each channel a causal convolution over its last tokens [So et al.
    2021], which makes of bytes something that attention can find again."""

    def __init__(self, dim: int, tokens: int):
        super().__init__()
        self.convolution = nn.Conv1d(dim, dim, tokens, groups=dim,
                                     padding=tokens - 1)

    def forward(self, x: Tensor) -> Tensor:
        mixed = self.convolution(x.transpose(1, 2))[:, :, :x.shape[1]]
        return x + mixed.transpose(1, 2)


class Reformer(nn.Module):
    """Logits [batch, seq, vocabulary] of the next of tokens [batch, seq]."""

    def __init__(self, shape: Shape, layer_type: Type[LshSelfAttention],
                 rotations_of: Callable[[int], Any]):
        super().__init__()
        width = shape.dim
        self.tokens = nn.Embedding(shape.vocabulary, width)
        self.positions = nn.Embedding(shape.seq, width)
        nn.init.normal_(self.tokens.weight, std=0.3)
        nn.init.normal_(self.positions.weight, std=0.3)
        self.attention = nn.ModuleList(
            layer_type(width, shape.heads, rotations_of(layer),
                       chunk_size=shape.chunk, causal=True)
            for layer in range(shape.layers))
        self.before = nn.ModuleList(_before(shape)
                                    for _ in range(shape.layers))
        self.forward_layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width),
                          nn.GELU(), nn.Linear(2 * width, width))
            for _ in range(shape.layers))
        self.last_norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, shape.vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.positions.weight[:tokens.shape[1]]
        for before, attention, layer in zip(self.before, self.attention,
                                            self.forward_layers):
            x = x + attention(before(x))
            x = x + layer(x)
        return self.out(self.last_norm(x))


def _before(shape: Shape) -> nn.Module:
    """What stands before attention."""
    norm = nn.LayerNorm(shape.dim)
    if shape.mix == 0:
        return norm
    return nn.Sequential(norm, Mix(shape.dim, shape.mix))


def make_network(mode: str, shape: Shape, source: RotationSource) -> Reformer:
    layer_type = FullAttention if mode == "full" else LshSelfAttention
    return Reformer(shape, layer_type, source.of_layer)
