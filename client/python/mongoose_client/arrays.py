"""Arrays as the little-endian bytes of the wire, and back.

Answers are read-only views of the message's bytes; inputs are copied once, by
protobuf.
"""
from __future__ import annotations

import sys

import numpy as np
from mongoose.v1 import index_service_pb2 as pb

if sys.byteorder != "little":
    raise ImportError("mongoose_client needs a little-endian machine")


def to_matrix(values: np.ndarray, *, bf16: bool = False) -> pb.Matrix:
    """`values` [rows, cols], float32 or what converts to it.

    With `bf16`, rounded to nearest even, at half the bytes.  ValueError unless
    the array has two dimensions.
    """
    array = np.ascontiguousarray(values, dtype=np.float32)
    if array.ndim != 2:
        raise ValueError(f"values must be [rows, cols], got {array.shape}")
    rows, cols = array.shape
    # No name holds the bytes: memory that is let go at once is used again.
    if bf16:
        return pb.Matrix(dtype=pb.DATA_TYPE_BF16, rows=rows, cols=cols,
                         values=_round_to_bf16(array).tobytes())
    return pb.Matrix(dtype=pb.DATA_TYPE_FP32, rows=rows, cols=cols,
                     values=array.tobytes())


def _round_to_bf16(array: np.ndarray) -> np.ndarray:
    """The upper halves [..] uint16, rounded to nearest even; NaN stays NaN."""
    bits = array.view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(array), np.uint16(0x7FC0), rounded)


def from_matrix(matrix: pb.Matrix) -> np.ndarray:
    """[rows, cols] float32 of FP32, FP16 and BF16; INT8 with its scales."""
    shape = (matrix.rows, matrix.cols)
    if matrix.dtype == pb.DATA_TYPE_FP32:
        return np.frombuffer(matrix.values, np.float32).reshape(shape)
    if matrix.dtype == pb.DATA_TYPE_FP16:
        return np.frombuffer(matrix.values,
                             np.float16).reshape(shape).astype(np.float32)
    if matrix.dtype == pb.DATA_TYPE_BF16:
        upper = np.frombuffer(matrix.values, np.uint16).reshape(shape)
        return (upper.astype(np.uint32) << 16).view(np.float32)
    if matrix.dtype == pb.DATA_TYPE_INT8:
        scales = np.frombuffer(matrix.scales, np.float32)[:, None]
        return np.frombuffer(matrix.values, np.int8).reshape(shape) * scales
    raise ValueError(f"unknown data type {matrix.dtype}")


def ids_to_bytes(ids: np.ndarray) -> bytes:
    """Row ids [n] as uint32.  ValueError when one does not fit."""
    array = np.ascontiguousarray(ids)
    if array.ndim != 1:
        raise ValueError(f"ids must be [n], got {array.shape}")
    if array.size and (array.min() < 0 or array.max() > 0xFFFFFFFF):
        raise ValueError("ids must be 0..4294967295")
    return array.astype(np.uint32).tobytes()
