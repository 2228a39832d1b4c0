"""A sweep as tidy pandas frames: a row for each observation, a column for each variable.

What is not known is NaN, or NA in a column of whole numbers. Methods are categories in the order of the sweep.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.statistics.intervals import band
from ipcore.tables import to_csv

if TYPE_CHECKING:
    import pandas as pd

    from ipcore.recordings.sweep import SweepRecording

EXPORTED = (
    "seed", "test_accuracy", "diverged_at_step", "test_accuracy_first_half", "test_accuracy_second_half",
)  # fmt: skip
"""Columns of the frame ``networks`` that an exported table has after the method and the values swept."""


def frame(recording: SweepRecording, kind: str) -> pd.DataFrame:
    """A frame of a sweep so far.

    Args:
        recording: the sweep.
        kind: one of :data:`FRAMES`.

    Raises:
        ValueError: if there is no such frame.
    """
    if kind not in FRAMES:
        raise ValueError(f"a frame of a sweep must be one of {', '.join(FRAMES)}, not {str(kind)[:60]!r}")
    return FRAMES[kind](recording)


def export_csv(recording: SweepRecording) -> str:
    """What each network came to as CSV: the table that a whole sweep is exported as."""
    return to_csv(frame(recording, "networks")[["method", *recording.sweep.over, *EXPORTED]])


def curves(recording: SweepRecording, points: Iterable[int] | None = None) -> pd.DataFrame:
    """Learning curves: a row for each method, point, seed and moment.

    Args:
        recording: the sweep.
        points: indices of the points that are wanted; all by default.
    """
    sweep = recording.sweep
    chosen = list(range(len(sweep.points())) if points is None else points)
    places, steps, losses, accuracies = [], [], [], []
    for method in sweep.config.methods:
        for place in chosen:
            at, loss, accuracy = recording.curves(method, sweep.points()[place])
            places.append(np.full(loss.size, place))
            steps.append(np.tile(at, loss.shape[1]))
            losses.append(loss.T.ravel())
            accuracies.append(accuracy.T.ravel())
    per_method = sum(map(len, places)) // len(sweep.config.methods)
    lengths = [len(each) // len(sweep.seeds) for each in places]
    return _data_frame(
        recording,
        np.repeat(np.arange(len(sweep.config.methods)), per_method),
        _joined(places),
        {
            "seed": _joined([np.repeat(np.array(sweep.seeds), length) for length in lengths]),
            "step": _joined(steps),
            "train_loss": _joined(losses, float),
            "test_accuracy_on_first_examples": _joined(accuracies, float),
        },
    )


def networks(recording: SweepRecording) -> pd.DataFrame:
    """What each network came to: a row for each method, point and seed."""
    sweep = recording.sweep
    methods, points, seeds = sweep.config.methods, len(sweep.points()), np.array(sweep.seeds)
    halves = [recording.halves(method) for method in methods]
    return _data_frame(
        recording,
        np.repeat(np.arange(len(methods)), points * len(seeds)),
        np.tile(np.repeat(np.arange(points), len(seeds)), len(methods)),
        {
            "seed": np.tile(seeds, len(methods) * points),
            "test_accuracy": _joined(recording.accuracy(method).ravel() for method in methods),
            "diverged_at_step": _whole(_joined(recording.diverged(method).ravel() for method in methods)),
            "test_loss": _joined(recording.test_loss(method).ravel() for method in methods),
            "test_accuracy_first_half": _joined(half[0].ravel() for half in halves),
            "test_accuracy_second_half": _joined(half[1].ravel() for half in halves),
        },
    )


def points(recording: SweepRecording) -> pd.DataFrame:
    """Mean test accuracy over the seeds that did not diverge, with its 95 % band: a row for each method and point."""
    methods, count = recording.config.methods, len(recording.sweep.points())
    accuracy, surviving = (
        np.stack([of(method) for method in methods]) for of in (recording.accuracy, recording.surviving)
    )
    mean, low, high = (each.ravel() for each in band(surviving))
    return _data_frame(
        recording,
        np.repeat(np.arange(len(methods)), count),
        np.tile(np.arange(count), len(methods)),
        {
            "test_accuracy": mean,
            "low_95": low,
            "high_95": high,
            "networks_done": np.isfinite(accuracy).sum(-1).ravel(),
            "networks_diverged": (np.isfinite(accuracy) & ~np.isfinite(surviving)).sum(-1).ravel(),
        },
    )


def summary(recording: SweepRecording) -> pd.DataFrame:
    """The best point of each method, its difference from plain, and the decades of learning rates that are usable.

    There is a row for each method; of two settings of which one is the learning rate, one for each value of the other.
    See :class:`ipcore.sweeps.summary.Summary`.
    """
    import pandas as pd

    sweep = recording.sweep
    others = {name: values for name, values in sweep.over.items() if name != "learning_rate"}
    compared = recording.differences()
    rows = []
    for method, found in recording.summaries().items():
        at = {} if found.best_point is None else sweep.points()[found.best_point].values
        best: dict[str, Any] = {
            "best_accuracy": found.best.mean,
            "best_low_95": found.best.low,
            "best_high_95": found.best.high,
            **{f"best_{name}": at.get(name, math.nan) for name in sweep.over},
            "best_on_other_half": found.on_half,
            "learned": found.learned,
        }
        if compared is not None:
            minus = compared.best.get(method)
            ends = (math.nan,) * 3 if minus is None else (minus.mean, minus.low, minus.high)
            best |= dict(zip(("best_minus", "best_minus_low_95", "best_minus_high_95"), ends, strict=True))
            best["minus_method"] = compared.minus
        for curve, span in enumerate(found.ranges):
            other = {name: values[curve] for name, values in others.items()}
            decades = span.decades
            lengths = {"decades": decades.mean, "decades_low_95": decades.low, "decades_high_95": decades.high}
            ends_open = {"decades_open_low": span.open_low, "decades_open_high": span.open_high}
            rows.append({"method": method, **best, **other, **lengths, **ends_open})
        if not found.ranges:
            rows.append({"method": method, **best})
    made = pd.DataFrame(rows)
    return made.assign(method=pd.Categorical(made["method"], sweep.config.methods))


FRAMES: dict[str, Callable[[SweepRecording], pd.DataFrame]] = {
    "networks": networks,
    "curves": curves,
    "points": points,
    "summary": summary,
}
"""Frames of a sweep -> what makes them."""


def _data_frame(
    recording: SweepRecording, methods: np.ndarray, points: np.ndarray, columns: dict[str, Any]
) -> pd.DataFrame:
    """A frame that begins with the method and the values that are swept.

    Args:
        recording: the sweep.
        methods: for each row, the index of its method.
        points: for each row, the index of its point.
        columns: the other columns.
    """
    import pandas as pd  # here, since whoever only records a sweep needs no frame

    sweep = recording.sweep
    values = {
        name: np.array([point.values[name] for point in sweep.points()])[points.astype(int)] for name in sweep.over
    }
    method = pd.Categorical.from_codes(methods.astype(np.int8), pd.Index(sweep.config.methods))
    return pd.DataFrame({"method": method, **values, **columns})


def _joined(arrays: Iterable[np.ndarray], kind: type | None = None) -> np.ndarray:
    listed = list(arrays)
    return np.concatenate(listed).astype(kind or listed[0].dtype) if listed else np.zeros(0)


def _whole(values: np.ndarray) -> Any:
    """A column of whole numbers, NA where the value is not known."""
    import pandas as pd

    unknown = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(unknown, 0, values).astype(np.int64), unknown)
