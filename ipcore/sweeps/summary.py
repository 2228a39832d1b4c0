"""The results of a sweep in a few numbers: means with their bands, the best point, the usable range of learning rates.

Shapes: ``M`` methods, ``P`` points (learning rates in ascending order), ``S`` seeds. NaN stands for a network that is
not trained yet. Means are over the other networks; bootstrap intervals use only the seeds whose networks are all
trained.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from ipcore.jsonlines import finite
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.values import format_number

CONFIDENCE = 0.95
"""Confidence level of bands and intervals."""
USABLE = 0.8
"""A learning rate is usable if the mean accuracy is at least this share of the best mean accuracy of any method."""
RESAMPLES = 2000
"""Number of bootstrap samples of the seeds."""


def band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean over seeds and its 95 % band: Student's t interval, ``mean ± t(0.975, n - 1) s / sqrt(n)``.

    If results are independent and roughly normal, 95 of 100 such bands contain the mean over all possible seeds. A band
    may extend beyond the values that an accuracy can have.

    Args:
        values: results of networks, shape (..., S); NaN where there is none.

    Returns:
        Mean, lower end and upper end of the band, each of shape (...,). They are NaN where there is no result; the ends
        are also NaN where there is only one.
    """
    known = np.isfinite(values)
    count = known.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0).sum(-1) / count
        variance = np.square(np.where(known, values - mean[..., None], 0)).sum(-1) / (count - 1)
        half = stdtrit(np.maximum(count - 1, 1), (1 + CONFIDENCE) / 2) * np.sqrt(variance / count)
    half = np.where(count > 1, half, np.nan)
    return mean, mean - half, mean + half


def decades(rates: np.ndarray, accuracy: np.ndarray, least: np.ndarray | float) -> np.ndarray:
    """The usable range of learning rates in decades (factors of 10): where the accuracy is at least ``least``.

    The accuracy is interpolated linearly over log10 of the learning rate. The range is the total length of all parts
    with sufficient accuracy, even if they are not connected. It covers only the rates that were tried, and not the
    interval between two rates if one of the two results is missing.

    Args:
        rates: learning rates, ascending, shape (P,).
        accuracy: accuracies, shape (..., P); NaN where there is none.
        least: the least accuracy, a number or shape (...,).

    Returns:
        The range in decades, shape (...,); NaN where there is no accuracy at all.
    """
    above = accuracy - np.asarray(least)[..., None]
    low, high = np.minimum(above[..., :-1], above[..., 1:]), np.maximum(above[..., :-1], above[..., 1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(low >= 0, 1.0, np.where(high > 0, high / (high - low), 0.0))
    total = (np.where(np.isfinite(low), share, 0) * np.diff(np.log10(rates))).sum(-1)
    return np.where(np.isfinite(accuracy).any(-1), total, np.nan)


@dataclass(frozen=True)
class Summary:
    """The best accuracy and the usable range of learning rates of one method, with 95 % intervals; NaN if not known.

    Attributes:
        best: the best mean accuracy over all points.
        best_interval: lower and upper end of its interval.
        best_point: the index of the point with the best accuracy; None if no network is trained.
        decades: the usable range in decades, for each curve of accuracy over learning rate, shape (curves,). It is
            empty if the sweep does not vary the learning rate.
        decades_interval: lower and upper ends of the intervals of ``decades``, shape (2, curves).
    """

    best: float
    best_interval: tuple[float, float]
    best_point: int | None
    decades: np.ndarray
    decades_interval: np.ndarray


def summarise(accuracy: np.ndarray, rates: np.ndarray | None = None, curves: np.ndarray | None = None) -> list[Summary]:
    """Summaries of all methods of a sweep.

    A learning rate is usable if the mean accuracy of a method is at least 0.8 times the best mean accuracy of any
    method anywhere in the sweep. Intervals are the 2.5th to 97.5th percentiles of a bootstrap. Seeds are drawn with
    replacement, the same seeds for all methods and points, because these share initial weights and minibatches. A seed
    is drawn only if it is trained wherever any seed is: a sample without such seeds would have gaps, which would look
    like low accuracy. Intervals from few seeds are too narrow, and one seed gives none. The random numbers are seeded,
    so the same results give the same intervals.

    Args:
        accuracy: shape (M, P, S).
        rates: the learning rates of the sweep, ascending, shape (rates,); None if it does not vary the learning rate.
        curves: for each value of the other setting the indices of the points with these rates, shape (curves, rates).
            By default there is no other setting, and the points are the rates.

    Returns:
        A summary for each method.
    """
    if rates is not None and curves is None:
        curves = np.arange(len(rates))[None]
    found = _numbers(accuracy, np.ones((1, accuracy.shape[-1])), rates, curves)
    complete = accuracy[..., _complete_seeds(accuracy)]
    seeds = complete.shape[-1]
    drawn = np.random.RandomState(0).multinomial(seeds, [1 / max(1, seeds)] * seeds, RESAMPLES if seeds > 1 else 1)
    parts = np.array_split(drawn.astype(float), len(drawn) // 100 + 1)  # in parts, to save memory
    by_part = [_numbers(complete, some, rates, curves)[:2] for some in parts]
    resampled = [np.concatenate(each, 1) for each in zip(*by_part, strict=True)]
    summaries = []
    for method, (best, spans) in enumerate(zip(*found[:2], strict=True)):
        intervals = [_interval(numbers[method], seeds > 1) for numbers in resampled]
        place = None if math.isnan(best[0]) else int(np.nanargmax(found[2][method, 0]))
        summaries.append(Summary(float(best[0]), tuple(intervals[0].tolist()), place, spans[0], intervals[1]))
    return summaries


def _complete_seeds(accuracy: np.ndarray) -> np.ndarray:
    """Whether each seed has a result for every method and point for which there is any result, shape (S,)."""
    known = np.isfinite(accuracy)
    return (known | ~known.any(-1, keepdims=True)).all((0, 1))


def _numbers(
    accuracy: np.ndarray, weights: np.ndarray, rates: np.ndarray | None, curves: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The statistics of B bootstrap samples, in which ``weights``, shape (B, S), says how often each seed was drawn.

    Returns:
        Best mean accuracy, shape (M, B); usable decades, shape (M, B, curves); mean accuracies, shape (M, B, P).
    """
    known = np.isfinite(accuracy)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weights @ np.where(known, accuracy, 0).mT) / (weights @ known.astype(float).mT)
    best = np.where(np.isnan(mean), -np.inf, mean).max(-1)
    least = USABLE * best.max(0)
    best = np.where(np.isinf(best), np.nan, best)
    if rates is None or curves is None:
        return best, np.empty((*best.shape, 0)), mean
    return best, decades(rates, mean[..., curves], np.broadcast_to(least[:, None], (*best.shape, len(curves)))), mean


def _interval(numbers: np.ndarray, several: bool) -> np.ndarray:
    """The 2.5th and 97.5th percentiles over the first axis, shape (2, ...); NaN if there are not several seeds."""
    if not several:
        return np.full((2, *numbers.shape[1:]), np.nan)
    return np.percentile(numbers, [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)], axis=0)


def summaries(sweep: Sweep, accuracy: Mapping[str, np.ndarray]) -> dict[str, Summary]:
    """The summary of each method of a sweep, by the name of the method.

    Args:
        sweep: the sweep.
        accuracy: method -> accuracy of each seed at each of ``sweep.points()``, shape (P, S).
    """
    rates = curves = None
    if "learning_rate" in sweep.over:
        rates = np.array(sweep.over["learning_rate"])
        grid = np.arange(len(sweep.points())).reshape([len(values) for values in sweep.over.values()])
        curves = np.moveaxis(grid, list(sweep.over).index("learning_rate"), -1).reshape(-1, len(rates))
    found = summarise(np.stack([accuracy[method] for method in sweep.config.methods]), rates, curves)
    return dict(zip(sweep.config.methods, found, strict=True))


def plain(sweep: Sweep, found: Mapping[str, Summary]) -> dict[str, dict[str, Any]]:
    """Summaries as plain values, ready for JSON; null stands for what is not known.

    ``decades`` is included if the sweep varies the learning rate. It is one number; if the sweep varies a second
    setting too, it is one number for each value of that setting.
    """
    points = sweep.points()
    others = [
        format_number(value) for name, values in sweep.over.items() for value in values if name != "learning_rate"
    ]
    written = {}
    for method, each in found.items():
        at = None if each.best_point is None else dict(points[each.best_point].values)
        written[method] = {"best": finite(each.best), "best_interval": finite(list(each.best_interval)), "best_at": at}
        if "learning_rate" in sweep.over:
            spans, intervals = finite(each.decades.tolist()), finite(each.decades_interval.T.tolist())
            alone = len(sweep.over) == 1
            written[method]["decades"] = spans[0] if alone else dict(zip(others, spans, strict=True))
            written[method]["decades_interval"] = intervals[0] if alone else dict(zip(others, intervals, strict=True))
    return written
