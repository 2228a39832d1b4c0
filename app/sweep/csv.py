"""A sweep's recording -> CSV. Pure; no Streamlit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ipcore.recordings.sweep import SweepRecording

Rows = Iterator[Iterable[Any]]
CHARTS = ("lines", "map", "loss", "accuracy")
"""Pictures whose data can be downloaded; the last two show the learning curves of a point."""


def table(recording: SweepRecording, chart: str, point: int) -> str:
    """The data of a picture as CSV; the first line names the columns.

    Args:
        recording: the sweep so far.
        chart: one of :data:`CHARTS`.
        point: index of the point whose learning curves are shown.

    Raises:
        ValueError: if there is no such picture.
    """
    if chart not in CHARTS:
        raise ValueError(f"chart must be one of {', '.join(CHARTS)}, not {str(chart)[:60]!r}")
    rows = _results(recording) if chart in ("lines", "map") else _curves(recording, point)
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)


def _results(recording: SweepRecording) -> Rows:
    sweep = recording.sweep
    yield ["method", *sweep.over, "seed", "test_accuracy", "diverged_at_step"]
    for method in sweep.config.methods:
        accuracy, diverged = recording.accuracy(method), recording.diverged(method)
        for index, point in enumerate(sweep.points()):
            for place, seed in enumerate(sweep.seeds):
                numbers = float(accuracy[index, place]), float(diverged[index, place])
                yield [method, *point.values.values(), seed, *numbers]


def _curves(recording: SweepRecording, at: int) -> Rows:
    sweep = recording.sweep
    point = sweep.points()[at]
    yield ["method", *sweep.over, "seed", "step", "train_loss", "test_accuracy_on_first_examples"]
    for method in sweep.config.methods:
        steps, loss, accuracy = recording.curves(method, point)
        for place, seed in enumerate(sweep.seeds):
            for moment, step in enumerate(steps.tolist()):
                numbers = float(loss[moment, place]), float(accuracy[moment, place])
                yield [method, *point.values.values(), seed, step, *numbers]


def _cell(value: Any) -> str:
    """A number as short as float32 allows, nothing for NaN; text as it is."""
    if isinstance(value, (str, int)):
        return str(value)
    return "" if np.isnan(value) else f"{value:.7g}"
