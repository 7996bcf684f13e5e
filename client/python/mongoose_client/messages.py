"""Requests from arrays, and answers as arrays."""
from __future__ import annotations

import dataclasses
from typing import Any, Dict, Iterator, Optional, Sequence, Union

import numpy as np
from mongoose.v1 import index_service_pb2 as pb

from mongoose_client.arrays import ids_to_bytes, to_matrix
from mongoose_client.rotations import Buckets

_PAIRS_A_CHUNK = 4096
_VALUES_A_CHUNK = 1 << 18


@dataclasses.dataclass(frozen=True)
class ActiveSets:
    """The rows that are active for each query, or for the whole batch.

    ids:     [n] uint32.
    offsets: [batch + 1] uint32: query i has ids[offsets[i]:offsets[i + 1]]; of
             a union where its positions begin, empty without positions.
    scores:  [n] float32, empty unless asked for.
    positions: of a union, into `ids`, query by query; empty unless asked for.
    log_weights: [n] float32, ln of how many rows each stands for; empty when
             all stand for themselves.
    """
    state: pb.IndexState
    ids: np.ndarray
    offsets: np.ndarray
    scores: np.ndarray
    positions: np.ndarray
    log_weights: np.ndarray

    def rows(self, query: int) -> np.ndarray:
        """Of one query."""
        return self.ids[self.offsets[query]:self.offsets[query + 1]]


def query_neurons_request(
        index: str, queries: np.ndarray, *,
        labels: Optional[Sequence[Sequence[int]]] = None, union: bool = False,
        want_positions: bool = False, want_scores: bool = False,
        min_sequence: int = 0, bf16: bool = False,
        **plan: Union[int, bool]) -> pb.QueryNeuronsRequest:
    """The rows active for each of the queries [batch, dim].

    labels: of each query, always in the answer.  union: the distinct rows of
    the batch instead.  min_sequence: wait until so many update chunks are
    applied.  plan: fields of QueryPlan, where they differ from the index's
    default plan.
    """
    request = pb.QueryNeuronsRequest(
        index=index, queries=to_matrix(queries, bf16=bf16),
        plan=pb.QueryPlan(**plan), want_scores=want_scores,
        want_positions=want_positions, min_sequence=min_sequence)
    if union:
        request.layout = pb.ANSWER_LAYOUT_UNION
    if labels is not None:
        ends = np.cumsum([0] + [len(own) for own in labels])
        request.label_offsets = ids_to_bytes(ends)
        request.label_ids = ids_to_bytes(
            np.array([i for own in labels for i in own], np.int64))
    return request


def active_sets(answer: pb.QueryNeuronsResponse) -> ActiveSets:
    """Views of the answer's bytes."""
    return ActiveSets(state=answer.state,
                      ids=np.frombuffer(answer.ids, np.uint32),
                      offsets=np.frombuffer(answer.offsets, np.uint32),
                      scores=np.frombuffer(answer.scores, np.float32),
                      positions=np.frombuffer(answer.positions, np.uint32),
                      log_weights=np.frombuffer(answer.log_weights, np.float32))


def query_buckets_request(
        index: str, vectors: np.ndarray, *, mask: Optional[np.ndarray] = None,
        earlier: Optional[np.ndarray] = None, num_buckets: int = 0,
        index_version: int = 0, want_inverse: bool = False,
        want_offsets: bool = False, bf16: bool = False
) -> pb.QueryBucketsRequest:
    """Attention buckets of sequences [heads, seq, dim].

    mask: [heads, seq], or [masks, seq] with masks a divisor of heads; False for
    padding.  earlier: buckets [heads, rounds, positions] of positions before
    these, as answered, while decoding: give num_buckets then.  index_version:
    of the rotations; 0 for the current ones.
    """
    heads, seq, dim = vectors.shape
    sequences = pb.Sequences(
        vectors=to_matrix(vectors.reshape(heads * seq, dim), bf16=bf16),
        seq=seq)
    if mask is not None:
        sequences.mask = np.asarray(mask, bool).astype(np.uint8).tobytes()
    if earlier is not None:
        sequences.num_earlier = earlier.shape[2]
        sequences.earlier_buckets = np.ascontiguousarray(
            earlier, np.uint16).tobytes()
    return pb.QueryBucketsRequest(
        index=index, index_version=index_version, sequences=sequences,
        num_buckets=num_buckets, want_inverse=want_inverse,
        want_offsets=want_offsets)


def continuing(earlier: Buckets) -> Dict[str, Any]:
    """The options that put new positions behind those of an answer."""
    return {"earlier": earlier.buckets, "num_buckets": earlier.num_buckets,
            "index_version": earlier.version}


def buckets(answer: pb.QueryBucketsResponse, heads: int) -> Buckets:
    """Views of the answer's bytes."""
    shape = (heads, answer.num_rounds, -1)

    def read(data: bytes, dtype: Any) -> Optional[np.ndarray]:
        return np.frombuffer(data, dtype).reshape(shape) if data else None

    assigned = answer.sequences
    return Buckets(answer.index_version, answer.num_buckets,
                   read(assigned.buckets, np.uint16),
                   read(assigned.order, np.uint32),
                   read(assigned.inverse, np.uint32),
                   read(assigned.offsets, np.uint32))


def learn_hash_requests(index: str, queries: np.ndarray, rows: np.ndarray
                        ) -> Iterator[pb.LearnHashRequest]:
    """Pairs to learn from: queries [n, dim], rows [n] to be found for them."""
    for i in range(0, len(rows), _PAIRS_A_CHUNK):
        yield pb.LearnHashRequest(
            index=index, queries=to_matrix(queries[i:i + _PAIRS_A_CHUNK]),
            row_ids=ids_to_bytes(rows[i:i + _PAIRS_A_CHUNK]))


def learn_rotations_requests(index: str, vectors: np.ndarray,
                             mask: Optional[np.ndarray] = None
                             ) -> Iterator[pb.LearnHashRequest]:
    """Sequences [heads, seq, dim] to learn from.

    mask: [masks, seq] with masks a divisor of heads; False for padding.
    """
    heads, seq, dim = vectors.shape
    if mask is not None:
        mask = _mask_of_heads(mask, heads, seq)
    step = max(1, _VALUES_A_CHUNK // max(1, seq * dim))
    for i in range(0, heads, step):
        part = vectors[i:i + step]
        sequences = pb.Sequences(
            vectors=to_matrix(part.reshape(len(part) * seq, dim)), seq=seq)
        if mask is not None:
            sequences.mask = mask[i:i + step].tobytes()
        yield pb.LearnHashRequest(index=index, sequences=sequences)


def _mask_of_heads(mask: np.ndarray, heads: int, seq: int) -> np.ndarray:
    """[heads, seq] uint8."""
    masks = np.asarray(mask, bool).astype(np.uint8)
    if masks.ndim != 2 or masks.shape[1] != seq or heads % len(masks):
        raise ValueError(f"mask must be [masks, {seq}] with masks a divisor of "
                         f"{heads}, got {masks.shape}")
    return masks.repeat(heads // len(masks), 0)


def no_snapshot(name: str, rows_set: int, timeout: float) -> str:
    """Why waiting for a snapshot ended."""
    return (f"index \"{name}\" has {rows_set} rows set and no snapshot after "
            f"{timeout} s")
