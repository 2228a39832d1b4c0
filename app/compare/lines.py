"""What the charts of compared races and sweeps share: their lines, the pairs of seeds, and the CSV. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.compare.comparison import Compared
from ipcore.tables import to_csv


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Args:
        run: index of its :class:`~app.compare.comparison.Compared` run; in a difference, of the run subtracted from.
        method: the method that it shows.
        x: steps, hidden layers (1 is next to the input) or values of a setting; shape (points,).
        mean: the mean over seeds, shape (points,); NaN where it is not known.
        low, high: the ends of the band, shape (points,); equal to the mean where a point is one number.
        step: step of the snapshot that it was read from, for a line over layers.
        bucket: how many steps a point stands for, for a line over steps.
    """

    run: int
    method: str
    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    step: int | None = None
    bucket: int = 1

    @property
    def banded(self) -> bool:
        """Whether the line has a band, which it has with more than one seed or more than one step in a point."""
        return not np.array_equal(self.low, self.high, equal_nan=True)


def paired_seeds(a: Compared[Any], b: Compared[Any]) -> tuple[int, ...]:
    """The seeds by which two runs are paired: all that both have; none if they share one of several."""
    ours, theirs = seeds(a), seeds(b)
    common = tuple(seed for seed in ours if seed in theirs)
    return common if len(common) > 1 or len(ours) == len(theirs) == len(common) else ()


def seeds(run: Compared[Any]) -> range:
    """The seeds of a run, in the order of its replicas."""
    first = run.recording.config.first_seed
    return range(first, first + run.recording.config.seeds)


def lines_csv(
    names: Sequence[str],
    lines: Iterable[Line],
    points: Callable[[Line], Sequence[Any]],
    runs: Sequence[Compared[Any]],
    minus: Compared[Any] | None,
) -> str:
    """The points of lines as CSV.

    Args:
        names: the names of the columns: run, in a difference the run subtracted, method, then those of ``points``.
        lines: the lines of the chart.
        points: gives the columns of a line, each of shape (points,).
        runs: all runs that are compared.
        minus: the run that was subtracted, if the lines are of a difference.
    """
    import pandas as pd  # here, since the page is drawn without

    made = []
    for line in lines:
        columns = points(line)
        # The letter before a name also keeps spreadsheets from reading it as a formula.
        head = [runs[line.run].label, *([minus.label] if minus else []), line.method]
        repeated = [[text] * len(line.x) for text in head]
        made.append(pd.DataFrame(dict(zip(names, [*repeated, *columns], strict=True))))
    return to_csv(pd.concat(made) if made else pd.DataFrame(columns=pd.Index(names)))
