"""The usable range of learning rates: where a method learns nearly as well as any method does at its best.

A learning rate is usable if the mean accuracy over seeds is at least ``chance + 0.8 (best - chance)``, in which
``best`` is the best mean accuracy of any method anywhere in the sweep, and ``chance`` that of guessing. Its length is
in decades (factors of 10).

Shapes: ``M`` methods, ``C`` curves of accuracy over learning rate, one for each value of the other setting, ``R``
learning rates in ascending order, ``S`` seeds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ipcore.statistics.chance import at_chance
from ipcore.statistics.intervals import FEWEST, Interval, t_quantile, without

USABLE = 0.8
"""Share of the way from guessing to the best mean accuracy that makes a learning rate usable."""
NEAR_CHANCE = 0.02
"""An accuracy this close to chance does not count as learning, whatever its interval: always naming the commonest
class reaches chance + 0.0135 on the test examples of MNIST, with every seed."""
NOTHING_LEARNED = "no method learned"
"""The reason why there is no usable range, in words."""
NOTHING_DONE = "nothing is done yet"
"""The reason why nothing is known, in words."""


@dataclass(frozen=True)
class UsableRange:
    """The usable range of learning rates of one method.

    Args:
        decades: its length in decades, with its interval; both are within the rates tried.
        open_low: whether the lowest rate tried is usable, so that the range may begin below it.
        open_high: whether the highest rate tried is usable, so that the range may end above it.
    """

    decades: Interval
    open_low: bool = False
    open_high: bool = False

    @property
    def open(self) -> bool:
        """Whether the range is open at an end, so that its length is at least the one measured."""
        return self.open_low or self.open_high

    @property
    def in_words(self) -> str:
        """The length, such as ``"2.73"``, or ``"≥ 2.73"`` if the range is open; why there is none; or a dash."""
        if math.isnan(self.decades.mean):
            return NOTHING_LEARNED if self.decades.reason == NOTHING_LEARNED else "–"
        return f"{'≥ ' if self.open else ''}{self.decades.mean:.2f}"


def threshold(best: np.ndarray | float, chance: float) -> np.ndarray:
    """The least usable accuracy, ``chance + 0.8 (best - chance)``.

    Args:
        best: the best mean accuracy of any method.
        chance: the accuracy of guessing, 1 / classes.
    """
    return chance + USABLE * (np.asarray(best) - chance)


def beats_chance(best: Interval, examples: int, classes: int) -> bool:
    """Whether an accuracy is above that of guessing, ``1 / classes``: by more than its interval, and by more than 0.02.

    It must not be at chance either, see :func:`ipcore.statistics.chance.at_chance`.

    Args:
        best: the accuracy with its interval.
        examples: on how many examples it was measured.
        classes: the number of classes.
    """
    if math.isnan(best.mean) or at_chance(best.mean, examples, classes):
        return False
    width = best.mean - best.low if best.known else 0.0
    return best.mean - 1 / classes > max(width, NEAR_CHANCE)


def length(rates: np.ndarray, accuracy: np.ndarray, least: np.ndarray | float) -> np.ndarray:
    """The length in decades of the parts of curves where the accuracy is at least ``least``.

    The accuracy is interpolated linearly over log10 of the learning rate. The length is that of all parts with
    sufficient accuracy, even if they are not connected. It covers only the rates that were tried, and not the interval
    between two rates if one of the two results is missing.

    Args:
        rates: learning rates, ascending, shape (R,).
        accuracy: accuracies, shape (..., R); NaN where there is none.
        least: the least accuracy, a number or shape (...,).

    Returns:
        The length, shape (...,); NaN where there is no accuracy at all.
    """
    above = accuracy - np.asarray(least)[..., None]
    low, high = np.minimum(above[..., :-1], above[..., 1:]), np.maximum(above[..., :-1], above[..., 1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(low >= 0, 1.0, np.where(high > 0, high / (high - low), 0.0))
    total = (np.where(np.isfinite(low), share, 0) * np.diff(np.log10(rates))).sum(-1)
    return np.where(np.isfinite(accuracy).any(-1), total, np.nan)


def lengths(rates: np.ndarray, accuracy: np.ndarray, weights: np.ndarray, chance: float) -> np.ndarray:
    """The lengths of all usable ranges when seeds count with weights, as in a resampling of the seeds.

    Args:
        rates: learning rates, ascending, shape (R,).
        accuracy: shape (M, C, R, S); NaN where it is not known.
        weights: how often each seed counts in each of B samples, shape (B, S).
        chance: the accuracy of guessing.

    Returns:
        shape (M, C, B).
    """
    mean = weighted_mean(accuracy, weights)
    best = np.where(np.isnan(mean), -np.inf, mean).max((0, 1, 3))
    return length(rates, mean, np.broadcast_to(threshold(best, chance), mean.shape[:-1]))


def weighted_mean(accuracy: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Means over seeds with weights, of what is known.

    Args:
        accuracy: shape (M, C, R, S).
        weights: shape (B, S).

    Returns:
        shape (M, C, B, R).
    """
    known = np.isfinite(accuracy)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (weights @ np.where(known, accuracy, 0).mT) / (weights @ known.astype(float).mT)


def usable_ranges(rates: np.ndarray, accuracy: np.ndarray, chance: float) -> list[list[UsableRange]]:
    """The usable range of each method, for each curve.

    The interval is Student's t interval with the jackknife's standard error,
    ``length ± t(0.975, n - 1) sqrt((n - 1) / n sum_i (length_i - mean length_i)²)``, in which ``length_i`` is that
    without seed ``i``, at all rates and for all methods: these share a seed's initial weights and minibatches. Its ends
    are kept within the lengths that are possible. Only seeds count that have a result wherever any seed has: without
    the others curves would have gaps, which would look like low accuracy.

    Args:
        rates: learning rates, ascending, shape (R,).
        accuracy: shape (M, C, R, S); NaN where it is not known. A network that diverged counts as guessing: give
            ``chance`` for it.
        chance: the accuracy of guessing.

    Returns:
        For each method a range for each curve.
    """
    seeds = accuracy.shape[-1]
    mean = weighted_mean(accuracy, np.ones((1, seeds)))[:, :, 0]
    found = lengths(rates, accuracy, np.ones((1, seeds)), chance)[..., 0]
    least = threshold(np.nanmax(mean, initial=-np.inf), chance)
    complete = accuracy[..., complete_seeds(accuracy)]
    count = complete.shape[-1]
    half = np.full(found.shape, np.nan)
    if count >= FEWEST:
        half = t_quantile(count - 1) * jackknife_error(lengths(rates, complete, 1 - np.eye(count), chance))
    longest = math.log10(rates[-1] / rates[0])
    with np.errstate(invalid="ignore"):
        usable = mean >= least
    ranges = []
    for method in range(len(found)):
        row = []
        for curve, span in enumerate(found[method].tolist()):
            width = float(half[method, curve])
            if math.isnan(span):
                decades = without(math.nan, 0, NOTHING_DONE)
            elif count < FEWEST:
                decades = without(span, count)
            else:
                decades = Interval(span, max(0.0, span - width), min(longest, span + width), count)
            ends = usable[method, curve]
            row.append(UsableRange(decades, bool(ends[0]), bool(ends[-1])))
        ranges.append(row)
    return ranges


def complete_seeds(accuracy: np.ndarray) -> np.ndarray:
    """Whether each seed has a result wherever any seed has one.

    Args:
        accuracy: shape (..., S); NaN where it is not known.

    Returns:
        shape (S,).
    """
    known = np.isfinite(accuracy)
    return (known | ~known.any(-1, keepdims=True)).reshape(-1, accuracy.shape[-1]).all(0)


def jackknife_error(left_out: np.ndarray) -> np.ndarray:
    """The jackknife's standard error of a statistic.

    Args:
        left_out: the statistic without each of the seeds, shape (..., S).

    Returns:
        ``sqrt((S - 1) / S sum_i (left_out_i - mean)²)``, shape (...,).
    """
    count = left_out.shape[-1]
    return np.sqrt((count - 1) / count * np.square(left_out - left_out.mean(-1, keepdims=True)).sum(-1))
