"""Reformer-style self-attention over buckets of similar positions."""
from __future__ import annotations

import math
from typing import Callable, Optional, Tuple, Union

import torch
from torch import Tensor, nn

from mongoose_client.rotations import Rotations
from mongoose_client.torch.learned_rotations import LearnedRotations

# A position attends to itself only where it sees nothing else [Kitaev et al.
# 2020].
_SELF = -5e4


class LshSelfAttention(nn.Module):
    """Shared query-key attention within sorted buckets [Kitaev et al. 2020].

    Every round sorts the positions by bucket, cuts them into chunks, and lets
    each chunk attend to itself and to the one before (the first to the last);
    rounds are combined by the log-sum-exp of their scores.  Where the chunks
    cover the whole sequence, that is masked softmax attention exactly.

    dim: of inputs and outputs, a multiple of `heads`; dim / heads is that of
    the rotations.  rotations: hash functions, a call that gives those of the
    next forward pass, or LearnedRotations, which in training see what passes
    through the layer; hashing is done here, without the server.
    chunk_size: positions of a chunk; by default the bucket size of the index.
    """

    def __init__(self, dim: int, heads: int,
                 rotations: Union[Rotations, Callable[[], Rotations],
                                  LearnedRotations], *,
                 chunk_size: Optional[int] = None, causal: bool = False):
        super().__init__()
        if dim % heads != 0:
            raise ValueError(f"dim must be a multiple of heads {heads}, "
                             f"got {dim}")
        self.heads = heads
        self.causal = causal
        self.chunk_size = chunk_size
        self._rotations = rotations
        self.to_qk = nn.Linear(dim, dim, bias=False)
        self.to_v = nn.Linear(dim, dim, bias=False)
        self.to_out = nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        """x: [batch, seq, dim]; mask: [batch, seq], False for padding.

        Returns [batch, seq, dim].  Any seq > 0.
        """
        qk = self._split(self.to_qk(x))
        v = self._split(self.to_v(x))
        if mask is not None:
            mask = mask.bool().repeat_interleave(self.heads, 0)
        rotations = self._next_rotations(qk, mask)
        order = self.sort(rotations, qk, mask)
        chunk = self.chunk_size or rotations.bucket_size
        out = attend(qk, v, order, mask, chunk, self.causal)
        batch, seq, dim = x.shape
        merged = out.view(batch, self.heads, seq, -1).transpose(1, 2)
        return self.to_out(merged.reshape(batch, seq, dim))

    def _next_rotations(self, qk: Tensor, mask: Optional[Tensor]) -> Rotations:
        if isinstance(self._rotations, Rotations):
            return self._rotations
        if not isinstance(self._rotations, LearnedRotations):
            return self._rotations()
        if self.training:
            self._rotations.observe(self.to_qk.weight, qk, mask)
        return self._rotations(self.training)

    @staticmethod
    def sort(rotations: Rotations, qk: Tensor, mask: Optional[Tensor]) -> Tensor:
        """Positions by bucket [heads, rounds, seq] of qk [heads, seq, dim]."""
        buckets = rotations.assign(
            qk.detach().cpu().numpy(),
            None if mask is None else mask.cpu().numpy())
        return torch.from_numpy(buckets.order.astype("int64")).to(qk.device)

    def _split(self, x: Tensor) -> Tensor:
        """[batch, seq, dim] to [batch * heads, seq, dim / heads]."""
        batch, seq, dim = x.shape
        split = x.view(batch, seq, self.heads, dim // self.heads)
        return split.transpose(1, 2).reshape(batch * self.heads, seq, -1)


def attend(qk: Tensor, v: Tensor, order: Tensor, mask: Optional[Tensor],
           chunk: int, causal: bool) -> Tensor:
    """[heads, seq, dim] of values v attended to in sorted chunks.

    qk, v: [heads, seq, dim]; order: [heads, rounds, seq]; mask: [heads, seq].
    """
    heads, rounds, seq = order.shape
    chunks = -(-seq // chunk)
    # Places beyond the end hold position `seq`, which nobody sees.
    places = torch.full((heads, rounds, chunks * chunk), seq,
                        dtype=torch.int64, device=order.device)
    places[:, :, :seq] = order
    queries = _take(_append_zero(qk), places).unflatten(2, (chunks, chunk))
    keys = _take(_append_zero(nn.functional.normalize(qk, dim=-1)), places)
    values = _take(_append_zero(v), places)
    seen = torch.ones(heads, seq, dtype=torch.bool, device=qk.device)
    seen = nn.functional.pad(seen if mask is None else mask, (0, 1))
    seen = seen[:, None].expand(-1, rounds, -1).gather(2, places)
    positions = places.unflatten(2, (chunks, chunk))

    scores = (queries @ _with_previous(keys, chunks).transpose(-1, -2) /
              math.sqrt(qk.shape[-1]))
    key_positions = _with_previous(places[..., None], chunks).squeeze(-1)
    key_seen = _with_previous(seen[..., None], chunks).squeeze(-1)
    scores = _masked(scores, positions, key_positions, key_seen, causal)
    logsumexp = scores.logsumexp(-1, keepdim=True)
    out = (scores - logsumexp).exp() @ _with_previous(values, chunks)
    return _combine(out.flatten(2, 3), logsumexp.flatten(2, 3), order)


def _append_zero(x: Tensor) -> Tensor:
    """[heads, seq + 1, dim], the last position all zero."""
    return nn.functional.pad(x, (0, 0, 0, 1))


def _take(x: Tensor, places: Tensor) -> Tensor:
    """[heads, rounds, places, dim] of x [heads, positions, dim]."""
    heads, rounds, count = places.shape
    index = places.reshape(heads, rounds * count, 1).expand(-1, -1, x.shape[-1])
    return x.gather(1, index).view(heads, rounds, count, x.shape[-1])


def _with_previous(x: Tensor, chunks: int) -> Tensor:
    """[heads, rounds, chunks, 2 * chunk, dim]: each chunk and the one before.

    x: [heads, rounds, chunks * chunk, dim].  A single chunk stays alone.
    """
    parts = x.unflatten(2, (chunks, -1))
    if chunks == 1:
        return parts
    return torch.cat([parts, parts.roll(1, 2)], 3)


def _masked(scores: Tensor, queries: Tensor, keys: Tensor, key_seen: Tensor,
            causal: bool) -> Tensor:
    """Scores with what must not be seen at the least value, itself last."""
    least = torch.finfo(scores.dtype).min
    query, key = queries[..., :, None], keys[..., None, :]
    scores = scores.masked_fill(query == key, _SELF)
    hidden = ~key_seen[..., None, :]
    if causal:
        hidden = hidden | (query < key)
    return scores.masked_fill(hidden, least)


def _combine(out: Tensor, logsumexp: Tensor, order: Tensor) -> Tensor:
    """Rounds in the order of positions, weighted by their share of the sum."""
    seq = order.shape[2]
    inverse = order.argsort(2)[..., None]
    out = out[:, :, :seq].gather(2, inverse.expand(-1, -1, -1, out.shape[-1]))
    weights = logsumexp[:, :, :seq].gather(2, inverse).softmax(1)
    return (out * weights).sum(1)
