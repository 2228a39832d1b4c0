"""The lines of compared sweeps: those of all sweeps, or the difference of two; and their CSV. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from app.compare.comparison import shared_methods
from app.compare.lines import Line, lines_csv, paired_seeds, seeds
from app.compare.sweeps.words import ComparedSweep
from ipcore.statistics.intervals import band
from ipcore.statistics.unpaired import welch


def overlay(runs: Iterable[ComparedSweep], setting: str, methods: Sequence[str]) -> list[Line]:
    """Test accuracy over the values of the setting, as a mean over seeds with its 95 % band, of each run and method.

    Args:
        runs: sweeps over this setting alone.
        setting: the name of the setting.
        methods: the wanted methods; a run need not have all of them.
    """
    lines = []
    for run in runs:
        values = np.array(run.recording.sweep.over[setting], float)
        for method in run.recording.config.methods:
            if method in methods:
                mean, low, high = band(run.recording.surviving(method))
                lines.append(Line(run.index, method, values, mean, np.maximum(low, 0), np.minimum(high, 1)))
    return lines


def shared_values(a: ComparedSweep, b: ComparedSweep, setting: str) -> list[float]:
    """The values of the setting that both sweeps have, in ascending order."""
    return sorted(set(a.recording.sweep.over[setting]) & set(b.recording.sweep.over[setting]))


def difference(b: ComparedSweep, a: ComparedSweep, setting: str, methods: Sequence[str]) -> list[Line]:
    """Accuracy of sweep B minus that of A, for the methods and the values that both have, with its 95 % band.

    Seeds are paired where both have them (:func:`app.compare.lines.paired_seeds`), and the band is Student's t
    interval of the mean of their differences; otherwise it is Welch's interval of the difference of two means.
    """
    values = shared_values(a, b, setting)
    rows = [[run.recording.sweep.over[setting].index(value) for value in values] for run in (b, a)]
    pairs = paired_seeds(a, b)
    lines = []
    for method in shared_methods(a, b):
        if method not in methods:
            continue
        ours, theirs = (run.recording.surviving(method)[of] for run, of in zip((b, a), rows, strict=True))
        if pairs:
            columns = [[seeds(run).index(seed) for seed in pairs] for run in (b, a)]
            mean, low, high = band(ours[:, columns[0]] - theirs[:, columns[1]])
        else:
            mean, low, high = welch(ours, theirs)
        lines.append(Line(b.index, method, np.array(values, float), mean, low, high))
    return lines


def table(
    lines: Iterable[Line], setting: str, runs: Sequence[ComparedSweep], minus: ComparedSweep | None = None
) -> str:
    """The points of the chart as CSV.

    Args:
        lines: the lines of the chart.
        setting: the name of the setting.
        runs: all sweeps that are compared.
        minus: the sweep that was subtracted, if the lines are of a difference.
    """
    value = "test_accuracy" if minus is None else "test_accuracy_difference"
    names = ["run", *(["minus"] if minus else []), "method", setting, value, "low_95", "high_95"]

    def points(line: Line) -> list[Any]:
        values = [f"{at:.9g}" for at in line.x]  # as text: a value may have more digits than a measured number
        return [values, line.mean, line.low, line.high]

    return lines_csv(names, lines, points, runs, minus)
