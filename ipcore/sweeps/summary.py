"""The results of a sweep in a few numbers: the best point of each method, and its usable range of learning rates.

A network that diverged is frozen: it is left out of means, and where points are compared (to choose the best one, and
in usable ranges) it counts as guessing, since a value at which most networks diverge is not one at which they learn.

Shapes: ``P`` points, ``S`` seeds. NaN stands for a network that is not trained yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ipcore.jsonlines import finite
from ipcore.statistics.intervals import Interval, t_interval, without
from ipcore.statistics.pairs import baseline, differences, plain_interval
from ipcore.statistics.ranges import NOTHING_DONE, NOTHING_LEARNED, UsableRange, beats_chance, usable_ranges
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.values import format_number


@dataclass(frozen=True)
class Outcome:
    """What the networks of one method came to.

    Args:
        accuracy: accuracy on all test examples, shape (P, S); NaN where a network is not done.
        halves: accuracy on the first half of the test examples (the 1st, the 3rd …, since in order of a data set some
            parts are harder) and on the second (the 2nd, the 4th …), shape (2, P, S); None, or NaN where a network is
            done, if the recording is from a version that did not measure them.
        diverged: whether a network diverged, shape (P, S); by default none did.
    """

    accuracy: np.ndarray
    halves: np.ndarray | None = None
    diverged: np.ndarray | None = None

    @property
    def halved(self) -> bool:
        """Whether the accuracy on both halves is known of all networks that are done."""
        return self.halves is not None and bool(np.isfinite(self.halves[:, np.isfinite(self.accuracy)]).all())

    @cached_property
    def surviving(self) -> np.ndarray:
        """Accuracy on all test examples, NaN also where a network diverged, shape (P, S)."""
        return self._with_diverged(self.accuracy, math.nan)

    def chosen_on(self, chance: float) -> np.ndarray:
        """Mean accuracy by which the best point is chosen, shape (P,): on the first half if both halves are known."""
        return _means(self._with_diverged(self._half(0), chance))

    @cached_property
    def reported_on(self) -> np.ndarray:
        """Accuracies by which a chosen point is reported, shape (P, S): on the second half if both are known."""
        return self._with_diverged(self._half(1), math.nan)

    def guessing_if_diverged(self, chance: float) -> np.ndarray:
        """Accuracy on all test examples, where networks that diverged count as guessing, shape (P, S)."""
        return self._with_diverged(self.accuracy, chance)

    def _half(self, which: int) -> np.ndarray:
        return self.halves[which] if self.halved and self.halves is not None else self.accuracy

    def _with_diverged(self, accuracy: np.ndarray, value: float) -> np.ndarray:
        if self.diverged is None:
            return accuracy
        return np.where(self.diverged & np.isfinite(self.accuracy), value, accuracy)


@dataclass(frozen=True)
class Summary:
    """The best point of one method and its usable range of learning rates.

    Args:
        best: the mean accuracy at the best point, on examples that had no part in choosing it if ``on_half``.
        best_point: the index of that point; None if no network is trained.
        on_half: whether the point was chosen on the first half of the test examples and is reported on the second. A
            recording of an earlier version knows only the accuracy on all, which then does both.
        learned: whether ``best`` beats guessing, see :func:`ipcore.statistics.ranges.beats_chance`; None if nothing is
            known.
        ranges: the usable range for each curve of accuracy over learning rate, that is for each value of the other
            setting; empty if the sweep does not vary the learning rate. If no method learned, they have no length.
    """

    best: Interval
    best_point: int | None
    on_half: bool
    learned: bool | None
    ranges: tuple[UsableRange, ...] = ()


def summaries(sweep: Sweep, outcomes: Mapping[str, Outcome]) -> dict[str, Summary]:
    """The summary of each method of a sweep.

    Args:
        sweep: the sweep.
        outcomes: method -> what its networks came to.
    """
    on_half = all(outcomes[method].halved for method in sweep.config.methods)
    found = {method: _best(sweep, outcomes[method], on_half) for method in sweep.config.methods}
    ranges = _ranges(sweep, outcomes)
    if not any(each.learned for each in found.values()):
        ranges = {method: [_no_range(each) for each in of_method] for method, of_method in ranges.items()}
    return {method: replace(each, ranges=tuple(ranges.get(method, ()))) for method, each in found.items()}


def _best(sweep: Sweep, outcome: Outcome, on_half: bool) -> Summary:
    """The best point of a method, without ranges."""
    outcome = outcome if on_half else replace(outcome, halves=None)
    data = sweep.config.data
    by_point = outcome.chosen_on(data.chance)
    if np.isnan(by_point).all():
        return Summary(without(math.nan, 0, NOTHING_DONE), None, on_half, None)
    place = int(np.nanargmax(by_point))
    best = t_interval(outcome.reported_on[place])
    examples = data.test - data.test // 2 if on_half else data.test
    return Summary(best, place, on_half, beats_chance(best, examples, data.classes))


def _ranges(sweep: Sweep, outcomes: Mapping[str, Outcome]) -> dict[str, list[UsableRange]]:
    """The usable ranges of each method, whether or not any learned; empty if the learning rate is not varied."""
    if "learning_rate" not in sweep.over:
        return {}
    sizes = [len(values) for values in sweep.over.values()]
    axis = list(sweep.over).index("learning_rate")
    chance, methods = sweep.config.data.chance, sweep.config.methods
    grids = [outcomes[method].guessing_if_diverged(chance).reshape(*sizes, -1) for method in methods]
    accuracy = np.moveaxis(np.stack(grids), axis + 1, -2)
    rates = np.array(sweep.over["learning_rate"])
    curves = accuracy.reshape(len(methods), -1, *accuracy.shape[-2:])
    return dict(zip(methods, usable_ranges(rates, curves, chance), strict=True))


def _no_range(each: UsableRange) -> UsableRange:
    """The same range where no method learned: whatever is near the best is near chance too."""
    reason = NOTHING_DONE if math.isnan(each.decades.mean) else NOTHING_LEARNED
    return UsableRange(without(math.nan, each.decades.count, reason))


def _means(values: np.ndarray) -> np.ndarray:
    """Means over the seeds that are known, NaN where none is, shape (P,)."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0).sum(-1) / known.sum(-1)


@dataclass(frozen=True)
class Differences:
    """Every method minus one of them, paired by seeds, which share initial weights and minibatches.

    Args:
        minus: the method that is subtracted.
        best: each other method -> its accuracy at its best point minus that of ``minus`` at its own best point.
        points: each other method -> for each point the difference of the accuracies on all test examples.
    """

    minus: str
    best: dict[str, Interval]
    points: dict[str, list[Interval]]


def compared(sweep: Sweep, outcomes: Mapping[str, Outcome], found: Mapping[str, Summary]) -> Differences | None:
    """Every method of a sweep minus plain, or minus the first method if plain does not take part.

    Args:
        sweep: the sweep.
        outcomes: method -> what its networks came to.
        found: the summary of each method.

    Returns:
        The differences; None if there is only one method.
    """
    minus = baseline(sweep.config.methods)
    if minus is None:
        return None
    nothing = np.full(sweep.config.seeds, math.nan)
    at_best, at_points = {}, []
    for method in sweep.config.methods:
        place, outcome = found[method].best_point, outcomes[method]
        outcome = outcome if found[method].on_half else replace(outcome, halves=None)
        at_best[method] = nothing if place is None else outcome.reported_on[place]
    for place in range(len(sweep.points())):
        surviving = {method: outcomes[method].surviving[place] for method in sweep.config.methods}
        at_points.append(differences(surviving, minus))
    points = {method: [each[method] for each in at_points] for method in sweep.config.methods if method != minus}
    return Differences(minus, differences(at_best, minus), points)


def plain(sweep: Sweep, found: Mapping[str, Summary]) -> dict[str, dict[str, Any]]:
    """Summaries as plain values, ready for JSON; null stands for what is not known.

    ``decades``, ``decades_interval`` and ``decades_open`` are included if the sweep varies the learning rate. If it
    varies a second setting too, each is an object with an entry for each value of that setting.
    """
    points = sweep.points()
    others = other_values(sweep)
    written: dict[str, dict[str, Any]] = {}
    for method, each in found.items():
        at = None if each.best_point is None else dict(points[each.best_point].values)
        written[method] = {
            "best": finite(each.best.mean),
            "best_interval": finite(list(each.best.ends)),
            "best_at": at,
            "best_examples": "second half" if each.on_half else "all",
            "no_interval": each.best.reason or None,
            "learned": each.learned,
        }
        if each.ranges:
            spans = [_plain_range(span) for span in each.ranges]
            for name in spans[0]:
                values = [span[name] for span in spans]
                written[method][name] = dict(zip(others, values, strict=True)) if others else values[0]
    return written


def _plain_range(span: UsableRange) -> dict[str, Any]:
    ends = None if math.isnan(span.decades.mean) else {"low": span.open_low, "high": span.open_high}
    return {
        "decades": finite(span.decades.mean),
        "decades_interval": finite(list(span.decades.ends)),
        "decades_open": ends,
    }


def other_values(sweep: Sweep) -> list[str]:
    """The values of the setting beside the learning rate, as text; empty if there is none."""
    return [format_number(value) for name, values in sweep.over.items() for value in values if name != "learning_rate"]


def plain_differences(sweep: Sweep, found: Differences | None) -> dict[str, Any] | None:
    """Differences as plain values, ready for JSON, with the points by their keys; None if there are none."""
    if found is None:
        return None
    keys = [point.key for point in sweep.points()]
    return {
        "minus": found.minus,
        "best": {method: plain_interval(each) for method, each in found.best.items()},
        "points": {
            method: dict(zip(keys, map(plain_interval, each), strict=True)) for method, each in found.points.items()
        },
    }
