"""Frames: named arrays and a header in one run of bytes, and functions that thin long curves.

A frame is a little-endian uint32 (length of the header), the header (JSON, padded with spaces) and the arrays. The
header's ``arrays`` says for each name ``[type, offset after the header, shape]``, and its ``length`` how many bytes the
arrays take.
Everything begins at a multiple of 4 bytes, so that the browser reads the arrays in place.

Curves are thinned on a fixed grid of steps, so that a point stays where it is while the run goes on. A point has the
mean of what it stands for, and the lowest and highest of it: a single step that is unlike all others is still drawn.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

TYPES: dict[str, np.dtype[Any]] = {"f4": np.dtype("<f4"), "u1": np.dtype("u1"), "i4": np.dtype("<i4")}
"""Types of arrays, as the header spells them."""


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """One frame.

    Args:
        header: plain values, ready for JSON; no NaN.
        arrays: name -> array of float32, uint8 or int32.

    Raises:
        ValueError: if an array is of another type, or the header holds NaN.
    """
    names = {dtype: name for name, dtype in TYPES.items()}
    for name, array in arrays.items():
        if array.dtype not in names:
            raise ValueError(f"array {name!r} is of {array.dtype}; a frame holds {', '.join(map(str, names))}")
    offset, index = 0, {}
    for name, array in arrays.items():
        index[name] = [names[array.dtype], offset, list(array.shape)]
        offset += -(-array.nbytes // 4) * 4
    text = json.dumps({**header, "arrays": index, "length": offset}, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    parts = [struct.pack("<I", len(text)), text]
    for array in arrays.values():
        parts += [np.ascontiguousarray(array).tobytes(), bytes(-array.nbytes % 4)]
    return b"".join(parts)


def unpack(frame: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a frame; the inverse of :func:`pack`. The arrays are views of its bytes."""
    (size,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + size])
    arrays = {
        name: np.frombuffer(frame, TYPES[kind], math.prod(shape), 4 + size + offset).reshape(shape)
        for name, (kind, offset, shape) in header["arrays"].items()
    }
    return header, arrays


def thinned(count: int, at_most: int) -> np.ndarray:
    """Indices of at most ``at_most`` of ``count`` entries, evenly spaced, with the first and the last.

    The stride is a power of two, so that entries once kept are kept while the count grows, until it doubles.
    """
    if count <= at_most:
        return np.arange(count)
    stride = 2
    while (count - 1) // stride + 2 > at_most:
        stride *= 2
    kept = np.arange(0, count, stride)
    return kept if kept[-1] == count - 1 else np.append(kept, count - 1)


def horizon(total: int, step: int, least: int = 1_000) -> int:
    """The end of the axis of steps: ``total``, halved as long as the curve fits, but at least ``least``."""
    end = total
    while end > least and (end + 1) // 2 >= step:
        end = (end + 1) // 2
    return end


def last_steps(step: int, bucket: int) -> np.ndarray:
    """The last step of each bucket of a curve of ``step`` steps: 1, then each multiple of ``bucket``, then the newest.

    The first step has a bucket of its own, since the loss of a fast network falls at once.
    """
    if step < 1:
        return np.zeros(0, np.int64)
    return np.unique(np.concatenate([[1], np.arange(bucket, step + 1, bucket), [step]]))


def over_steps(values: np.ndarray, bucket_ends: np.ndarray, start: int = 0) -> np.ndarray:
    """The mean of each replica over each bucket of steps, of the values that are finite.

    Args:
        values: shape (steps, seeds); row 0 is step 1.
        bucket_ends: last step of each bucket, shape (buckets,), ascending.
        start: last step before the first bucket.

    Returns:
        shape (buckets, seeds); NaN where nothing was finite.
    """
    if not len(bucket_ends):
        return np.zeros((0, values.shape[1]), np.float32)
    rows = values[start : bucket_ends[-1]]
    starts = np.concatenate([[start], bucket_ends[:-1]]) - start
    known = np.isfinite(rows)
    sums = np.add.reduceat(np.where(known, rows, 0), starts, axis=0, dtype=np.float64)
    counts = np.add.reduceat(known, starts, axis=0, dtype=np.int64)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0).astype(np.float32)


def over_seeds(values: np.ndarray) -> np.ndarray:
    """Mean, lowest and highest over the seeds that are finite.

    Args:
        values: shape (points, seeds).

    Returns:
        shape (3, points); NaN where no seed is finite.
    """
    return summarised(values, np.arange(1, len(values) + 1))


def summarised(values: np.ndarray, bucket_ends: np.ndarray, start: int = 0) -> np.ndarray:
    """Mean, lowest and highest over all that is finite in each bucket of steps.

    The mean is one over seeds of their means over steps, so that a seed that has diverged weighs as much as before.

    Args:
        values: shape (steps, seeds); row 0 is step 1.
        bucket_ends: last step of each bucket, shape (buckets,), ascending.
        start: last step before the first bucket.

    Returns:
        shape (3, buckets); NaN where nothing is finite.
    """
    if not len(bucket_ends):
        return np.zeros((3, 0), np.float32)
    means = over_steps(values, bucket_ends, start)
    known = np.isfinite(means)
    counts = known.sum(1)
    sums = np.where(known, means, 0).sum(1, dtype=np.float64)
    mean = np.divide(sums, counts, out=np.full(len(means), np.nan), where=counts > 0)
    rows = values[start : bucket_ends[-1]]
    starts = np.concatenate([[start], bucket_ends[:-1]]) - start
    finite = np.isfinite(rows)
    low = np.minimum.reduceat(np.where(finite, rows, np.inf).min(1, initial=np.inf), starts)
    high = np.maximum.reduceat(np.where(finite, rows, -np.inf).max(1, initial=-np.inf), starts)
    none = counts == 0
    return np.stack([mean, np.where(none, np.nan, low), np.where(none, np.nan, high)]).astype(np.float32)


def between(ends: np.ndarray, span: tuple[int, int], points: int) -> tuple[np.ndarray, int]:
    """The same buckets, but for finer ones in a part of the steps.

    Args:
        ends: last step of each bucket, ascending.
        span: the first and the last step of the part.
        points: how many buckets the part has about.

    Returns:
        The ends, and how many steps a bucket of the part has.
    """
    first, last = span
    before, after = ends[ends <= first], ends[ends >= last]
    begin = int(before[-1]) if len(before) else 0
    end = int(after[0]) if len(after) else int(ends[-1]) if len(ends) else 0
    bucket = max(1, -(-(last - first) // points))
    fine = np.arange(begin + bucket, end + 1, bucket)
    return np.unique(np.concatenate([before, fine, after, ends[-1:]])), bucket


def quantise(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Numbers from ``low`` to ``high`` as 0 to 254, clipped; 255 where there is none."""
    scaled = np.clip((values - low) / (high - low), 0, 1) * 254
    return np.where(np.isnan(values), 255, np.round(np.nan_to_num(scaled))).astype(np.uint8)


def decades(values: Sequence[float], least: float, span: int = 12) -> tuple[int, int]:
    """Two exponents of ten, ``least`` to ``span`` apart, between which the highest of the positive values lie."""
    low, high = np.floor(np.log10(min(values))), np.ceil(np.log10(max(values)))
    high = max(high, low + least)
    return int(max(low, high - span)), int(high)


class ArrayPool:
    """Numbered arrays; arrays of the same content have one number and are kept once."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self._numbers: dict[Any, int] = {}

    def add(self, array: np.ndarray) -> int:
        """The number of an array with this content."""
        key = array.dtype.str, array.shape, array.tobytes()
        number = self._numbers.setdefault(key, len(self._numbers))
        self.arrays.setdefault(str(number), array)
        return number
