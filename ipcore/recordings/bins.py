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


@dataclass(frozen=True)
class Histograms:
    """A histogram for each layer, without the bins at both ends that no layer uses.

    A server holds many snapshots of many visitors, and of 320 bins of a layer most are empty.

    Args:
        used: counts, shape (layers, bins that are used).
        first: index of the first of these bins.
        bins: how many bins there are with those that are not used.
    """

    used: np.ndarray
    first: int
    bins: int

    @classmethod
    def of(cls, counts: np.ndarray) -> Histograms:
        """The same counts, shape (layers, bins)."""
        columns = np.flatnonzero(counts.any(0))
        first, last = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, 0)
        return cls(counts[:, first:last].copy(), first, counts.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes of the counts that are kept."""
        return self.used.nbytes

    def full(self) -> np.ndarray:
        """The counts of all bins, shape (layers, bins)."""
        counts = np.zeros((len(self.used), self.bins), self.used.dtype)
        counts[:, self.first : self.first + self.used.shape[1]] = self.used
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
