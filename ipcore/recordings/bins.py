"""The bins in which a snapshot counts activity, gain and bias, and the cells of a decision surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipcore.messages import shorten

ACTIVITY_BINS = 30
"""Bins of the activity over [-1, 1]."""
GAIN_EDGES = 10.0 ** np.linspace(-3, 3, 121)
"""Edges of the bins of effective gain; values outside are counted in the outermost bins."""
BIAS_EDGES = np.linspace(-10, 10, 201)
"""Edges of the bins of effective bias; values outside are counted in the outermost bins."""
SIDE = 40
"""Cells of a decision surface along each axis."""


@dataclass(frozen=True, slots=True)
class Histograms:
    """Several histograms, each without the empty bins at both of its ends.

    A server holds many snapshots of many visitors, and of 350 bins of a layer most are empty.

    Args:
        packed: for each histogram the index of its first bin that is used, for each the number of its bins from there
            to the last that is used, and then the counts of these bins, one histogram after the other.
        rows: how many histograms there are.
        bins: how many bins each has with those that are not used.
    """

    packed: np.ndarray
    rows: int
    bins: int

    @classmethod
    def of(cls, counts: np.ndarray) -> Histograms:
        """The same counts, shape (histograms, bins)."""
        rows, bins = counts.shape
        used = counts != 0
        first = np.where(used.any(1), used.argmax(1), 0)
        length = np.where(used.any(1), bins - used[:, ::-1].argmax(1) - first, 0)
        column = np.arange(bins) - first[:, None]
        kept = counts[(column >= 0) & (column < length[:, None])]
        kind = np.promote_types(counts.dtype, np.min_scalar_type(bins))
        return cls(np.concatenate([first, length, kept]).astype(kind), rows, bins)

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept."""
        return self.packed.nbytes

    def full(self, rows: slice = slice(None)) -> np.ndarray:
        """The counts of all bins of some of the histograms, shape (histograms, bins)."""
        first, length = self.packed[: 2 * self.rows].reshape(2, -1).tolist()
        begin = 2 * self.rows + sum(length[: rows.start or 0])
        counts = np.zeros((len(first[rows]), self.bins), self.packed.dtype)
        for row, start, count in zip(counts, first[rows], length[rows], strict=True):
            row[start : start + count] = self.packed[begin : begin + count]
            begin += count
        return counts


def trim(counts: np.ndarray) -> list[int]:
    """Counts of a histogram as a snapshot holds them: ``[index of first bin, counts up to the last that is not 0]``."""
    (used,) = counts.nonzero()
    return [int(used[0]), *counts[used[0] : used[-1] + 1].tolist()] if len(used) else [0]


def histograms(trimmed: list[list[int]], layers: int, bins: int, neurons: int) -> np.ndarray:
    """The inverse of :func:`trim` for every layer.

    Args:
        trimmed: a histogram for each layer.
        layers: how many histograms there must be.
        bins: how many bins each histogram has.
        neurons: how many neurons each histogram may count at most.

    Returns:
        Counts, shape (layers, bins), of the smallest type that can count the neurons.

    Raises:
        ValueError: if the histograms do not fit.
    """
    if len(trimmed) != layers:
        raise ValueError(f"a histogram is needed for each of {layers} layers")
    full = np.zeros((layers, bins), np.min_scalar_type(neurons))
    for row, (first, *counts) in zip(full, trimmed, strict=True):
        if first > bins - len(counts):
            raise ValueError(f"a histogram of {len(counts)} bins from bin {shorten(first)} does not fit {bins}")
        if sum(counts) > neurons:
            raise ValueError(f"a histogram must count from 0 to {neurons} neurons, not {shorten(counts)}")
        row[first : first + len(counts)] = counts
    return full
