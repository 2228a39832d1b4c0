"""The lines of compared sweeps: every sweep's over one another, or one less another; and their CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import stdtrit

from app.compare.comparison import Compared, shared_methods
from app.compare.races.lines import Line, cell, paired
from ipcore.sweeps.summary import CONFIDENCE, band


def overlay(runs: Iterable[Compared], setting: str, methods: Sequence[str]) -> list[Line]:
    """Test accuracy against the setting that is swept: mean over seeds and its 95 % band, of every run and method.

    Args:
        runs: sweeps over this setting alone.
        setting: that is swept.
        methods: that are wanted; a run need not have all.
    """
    lines = []
    for run in runs:
        values = np.array(run.recording.sweep.over[setting], float)
        for method in run.recording.config.methods:
            if method in methods:
                mean, low, high = band(run.recording.accuracy(method))
                lines.append(Line(run.index, method, values, mean, np.maximum(low, 0), np.minimum(high, 1)))
    return lines


def shared_values(a: Compared, b: Compared, setting: str) -> list[float]:
    """The values that both sweeps have tried, ascending."""
    return sorted(set(a.recording.sweep.over[setting]) & set(b.recording.sweep.over[setting]))


def difference(b: Compared, a: Compared, setting: str, methods: Sequence[str]) -> list[Line]:
    """Accuracy of sweep B less that of A, for the methods and the values that both have, with its 95 % band.

    Seeds are paired where both have them (see :func:`app.compare.races.lines.paired`), and the band is Student's t
    interval of the mean of their differences; otherwise it is Welch's, of the difference of two means.
    """
    values = shared_values(a, b, setting)
    places = [[run.recording.sweep.over[setting].index(value) for value in values] for run in (b, a)]
    seeds = paired(a.recording, b.recording)
    lines = []
    for method in shared_methods(a, b):
        if method not in methods:
            continue
        ours, theirs = (run.recording.accuracy(method)[rows] for run, rows in zip((b, a), places, strict=True))
        if seeds:
            columns = [[seed - run.recording.config.first_seed for seed in seeds] for run in (b, a)]
            ends = band(ours[:, columns[0]] - theirs[:, columns[1]])
        else:
            ends = welch(ours, theirs)
        lines.append(Line(b.index, method, np.array(values, float), *ends))
    return lines


def welch(b: np.ndarray, a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Difference of two means over seeds, and the ends of Welch's 95 % interval.

    ``mean(b) - mean(a) ± t(0.975, ν) sqrt(v_b + v_a)`` with ``v = s² / n`` and, after Welch and Satterthwaite,
    ``ν = (v_b + v_a)² / (v_b² / (n_b - 1) + v_a² / (n_a - 1))``.

    Args:
        b: shape (points, seeds); NaN where a network is not done.
        a: shape (points, seeds of its own).

    Returns:
        Mean, low, high, each of shape (points,); NaN where nothing is known, the ends also where one seed is.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = [np.isfinite(each).sum(1) for each in (b, a)]
        means = [np.nansum(each, 1) / count for each, count in zip((b, a), counts, strict=True)]
        shares = [
            np.nansum(np.square(each - mean[:, None]), 1) / (count - 1) / count
            for each, mean, count in zip((b, a), means, counts, strict=True)
        ]
        total = shares[0] + shares[1]
        freedom = total**2 / sum(share**2 / (count - 1) for share, count in zip(shares, counts, strict=True))
        half = np.where(total == 0, 0.0, stdtrit(freedom, (1 + CONFIDENCE) / 2) * np.sqrt(total))
    mean = means[0] - means[1]
    half = np.where(np.minimum(*counts) > 1, half, np.nan)
    return mean, mean - half, mean + half


def table(lines: Iterable[Line], setting: str, runs: Sequence[Compared], minus: Compared | None = None) -> str:
    """The points of the picture as CSV.

    Args:
        lines: of it.
        setting: that is swept.
        runs: all that are compared.
        minus: of a difference, the run that was subtracted.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    value = "test_accuracy" if minus is None else "test_accuracy_difference"
    rows.writerow(["run", *(["minus"] if minus else []), "method", setting, value, "low_95", "high_95"])
    for line in lines:
        # The letter before a name also keeps spreadsheets from reading it as a formula.
        head = [runs[line.run].label, *([minus.label] if minus else []), line.method]
        points = zip(line.x.tolist(), line.mean, line.low, line.high, strict=True)
        rows.writerows([*head, f"{at:.9g}", *map(cell, numbers)] for at, *numbers in points)
    return text.getvalue()
