"""What a sweep says in a few numbers: mean and band, the best and where, the usable range of learning rates.

Shapes: ``M`` methods, ``P`` points (rates in ascending order), ``S`` seeds. NaN stands for a network that is not done;
means are over the others, bootstrap intervals over the seeds that are done everywhere.
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
USABLE = 0.8
"""Share of the best mean accuracy of any method from which a learning rate is said to serve."""
RESAMPLES = 2000
"""Resamplings of the seeds behind an interval."""


def band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over seeds, and the ends of its 95 % band: Student's t interval, ``mean ± t(0.975, n - 1) s / sqrt(n)``.

    Where the networks of all seeds were drawn alike and their results are roughly normal, 95 of 100 such bands hold the
    mean over all possible seeds. It may reach beyond what an accuracy can be.

    Args:
        values: shape (..., S).

    Returns:
        Mean, low, high, each of shape (...,); NaN where no seed is done, the ends also where one alone is.
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
    """How many decades of learning rate give an accuracy of at least ``least``.

    The accuracy is interpolated linearly over log10 of the rate. What counts is the total length of the parts where it
    holds, also if they do not touch. Nothing is said of rates beyond those tried, nor between two of which one is not
    known.

    Args:
        rates: ascending, shape (P,).
        accuracy: shape (..., P).
        least: a number or shape (...,).

    Returns:
        Shape (...,); NaN where no accuracy is known.
    """
    above = accuracy - np.asarray(least)[..., None]
    low, high = np.minimum(above[..., :-1], above[..., 1:]), np.maximum(above[..., :-1], above[..., 1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(low >= 0, 1.0, np.where(high > 0, high / (high - low), 0.0))
    total = (np.where(np.isfinite(low), share, 0) * np.diff(np.log10(rates))).sum(-1)
    return np.where(np.isfinite(accuracy).any(-1), total, np.nan)


@dataclass(frozen=True)
class Summary:
    """One method's best and its decades, each with the ends of a 95 % interval; NaN where not known.

    Attributes:
        best: its best mean accuracy over all points.
        best_interval: low, high.
        best_point: where it is, an index of a point; None if nothing is done.
        decades: one for each curve, shape (curves,); of a sweep without learning rates, none.
        decades_interval: low and high of each, shape (2, curves).
    """

    best: float
    best_interval: tuple[float, float]
    best_point: int | None
    decades: np.ndarray
    decades_interval: np.ndarray


def summarise(accuracy: np.ndarray, rates: np.ndarray | None = None, curves: np.ndarray | None = None) -> list[Summary]:
    """Summaries of all methods of a sweep.

    A learning rate serves where a method's mean accuracy is at least 0.8 times the best mean accuracy of any method
    anywhere in the sweep. Intervals are the 2.5th to 97.5th percentile of a bootstrap: seeds are drawn with
    replacement, the same for all methods and points, since these share initial weights and minibatches. Only those are
    drawn that are done wherever any is: a draw of others alone would leave gaps, which look like low accuracy. From few
    seeds such intervals are too narrow, and of one there is none. The drawing is seeded: the same results give the same
    intervals.

    Args:
        accuracy: shape (M, P, S).
        rates: the learning rates swept, ascending, if any are.
        curves: for each value of the other setting, which points have these rates: indices, shape (curves, rates). By
            default the points are the rates.

    Returns:
        One for each method.
    """
    if rates is not None and curves is None:
        curves = np.arange(len(rates))[None]
    found = _numbers(accuracy, np.ones((1, accuracy.shape[-1])), rates, curves)
    complete = accuracy[..., _everywhere(accuracy)]
    seeds = complete.shape[-1]
    drawn = np.random.RandomState(0).multinomial(seeds, [1 / max(1, seeds)] * seeds, RESAMPLES if seeds > 1 else 1)
    parts = np.array_split(drawn.astype(float), len(drawn) // 100 + 1)  # or it would take much memory
    by_part = [_numbers(complete, some, rates, curves)[:2] for some in parts]
    resampled = [np.concatenate(each, 1) for each in zip(*by_part, strict=True)]
    summaries = []
    for method, (best, spans) in enumerate(zip(*found[:2], strict=True)):
        ends = [_interval(numbers[method], seeds > 1) for numbers in resampled]
        place = None if math.isnan(best[0]) else int(np.nanargmax(found[2][method, 0]))
        summaries.append(Summary(float(best[0]), tuple(ends[0].tolist()), place, spans[0], ends[1]))
    return summaries


def _everywhere(accuracy: np.ndarray) -> np.ndarray:
    """Which seeds are done wherever any is, shape (S,)."""
    known = np.isfinite(accuracy)
    return (known | ~known.any(-1, keepdims=True)).all((0, 1))


def _numbers(
    accuracy: np.ndarray, weights: np.ndarray, rates: np.ndarray | None, curves: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best (M, B), decades (M, B, curves) and means (M, B, P) with seeds weighted in B ways, ``weights`` (B, S)."""
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
    """Percentiles over the first axis, shape (2, ...); NaN where a number is not, or there are not several seeds."""
    if not several:
        return np.full((2, *numbers.shape[1:]), np.nan)
    return np.percentile(numbers, [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)], axis=0)


def summaries(sweep: Sweep, accuracy: Mapping[str, np.ndarray]) -> dict[str, Summary]:
    """Method -> its summary.

    Args:
        sweep: what was swept.
        accuracy: method -> accuracy at each of ``sweep.points()``, shape (P, S).
    """
    rates = curves = None
    if "learning_rate" in sweep.over:
        rates = np.array(sweep.over["learning_rate"])
        grid = np.arange(len(sweep.points())).reshape([len(values) for values in sweep.over.values()])
        curves = np.moveaxis(grid, list(sweep.over).index("learning_rate"), -1).reshape(-1, len(rates))
    found = summarise(np.stack([accuracy[method] for method in sweep.config.methods]), rates, curves)
    return dict(zip(sweep.config.methods, found, strict=True))


def plain(sweep: Sweep, found: Mapping[str, Summary]) -> dict[str, dict[str, Any]]:
    """Summaries as plain values, ready for JSON; null where not known.

    ``decades`` is there if learning rates were swept: a number or, beside another setting, one for each of its values.
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
