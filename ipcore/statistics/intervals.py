"""Means over seeds with their 95 % intervals, and paired differences of two methods.

A result that is NaN is not known, or is that of a network that diverged; it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

CONFIDENCE = 0.95
"""Confidence level of bands and intervals."""
FEWEST = 3
"""From fewer seeds there is no interval: that of two is nearly 13 times as wide as their distance, or of no width."""
TOO_FEW = f"fewer than {FEWEST} seeds"
"""The reason why there is no interval, in words."""


@dataclass(frozen=True)
class Interval:
    """A mean, or another statistic over seeds, with its 95 % interval.

    Args:
        mean: the statistic; NaN if nothing is known.
        low: the lower end of the interval; NaN if there is none.
        high: the upper end of the interval; NaN if there is none.
        count: the number of seeds, or of pairs, from which it was computed.
        reason: why there is no interval, in words; empty if there is one.
    """

    mean: float
    low: float
    high: float
    count: int
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return not self.reason

    @property
    def ends(self) -> tuple[float, float]:
        """The lower and the upper end."""
        return self.low, self.high


def without(mean: float, count: int, reason: str = TOO_FEW) -> Interval:
    """A statistic that has no interval.

    Args:
        mean: the statistic.
        count: the number of seeds.
        reason: why there is no interval, in words.
    """
    return Interval(mean, math.nan, math.nan, count, reason)


@lru_cache(maxsize=1024)
def t_quantile(freedom: float) -> float:
    """The quantile of Student's t distribution that bounds the 95 % interval, ``t(0.975, freedom)``.

    Args:
        freedom: the degrees of freedom.
    """
    from scipy.special import stdtrit  # here: most of those who import this module only draw what is known

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def t_interval(values: Iterable[float] | np.ndarray) -> Interval:
    """The mean over seeds with Student's t interval, ``mean ± t(0.975, n - 1) s / sqrt(n)``.

    If results are independent and roughly normal, 95 of 100 such intervals contain the mean over all possible seeds.
    An interval may extend beyond the values that an accuracy can have.

    Args:
        values: one result for each seed; NaN is left out.
    """
    given = np.asarray(values if isinstance(values, np.ndarray) else list(values), float)
    known = given[np.isfinite(given)]
    mean, low, high = band(known)
    if len(known) < FEWEST:
        return without(float(mean), len(known))
    return Interval(float(mean), float(low), float(high), len(known))


def paired_difference(a: np.ndarray, b: np.ndarray) -> Interval:
    """The mean of ``a - b`` seed by seed, with Student's t interval of the differences.

    Methods share initial weights and minibatches seed by seed, so what is due to these cancels in each difference, and
    the interval of the mean difference is narrower than those of the two means.

    Args:
        a: a result for each seed, NaN where it is not known or the network diverged, shape (seeds,).
        b: the results of the same seeds in the same order, shape (seeds,).

    Raises:
        ValueError: if the numbers of seeds differ.
    """
    ours, theirs = np.asarray(a, float), np.asarray(b, float)
    if ours.shape != theirs.shape or ours.ndim != 1:
        raise ValueError(f"the results of the same seeds are needed, not {ours.shape} and {theirs.shape}")
    return t_interval(ours - theirs)


def band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Many means over seeds and the ends of their Student's t intervals (:func:`t_interval`).

    Args:
        values: results, shape (..., seeds); NaN is left out.

    Returns:
        Mean, lower end and upper end, each of shape (...,). They are NaN where there is no result; the ends are also
        NaN where there are results of fewer than :data:`FEWEST` seeds.
    """
    known = np.isfinite(values)
    count = known.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0).sum(-1) / count
        variance = np.square(np.where(known, values - mean[..., None], 0)).sum(-1) / (count - 1)
        half = _quantiles(count) * np.sqrt(variance / count)
    half = np.where(count >= FEWEST, half, np.nan)
    return mean, mean - half, mean + half


def _quantiles(count: np.ndarray) -> np.ndarray:
    """``t(0.975, count - 1)`` for each count of seeds; NaN where there are too few for an interval."""
    counts, places = np.unique(count, return_inverse=True)
    quantiles = [t_quantile(int(each) - 1) if each >= FEWEST else math.nan for each in counts]
    return np.array(quantiles)[places].reshape(np.shape(count))
