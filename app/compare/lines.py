"""What lines of races and of sweeps have in common: the line, the pairs of seeds, and a number in the CSV. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.compare.comparison import Compared


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Args:
        run: index of its :class:`~app.compare.comparison.Compared` run; in a difference, of the run subtracted from.
        method: the method that it shows.
        x: steps, hidden layers (1 is next to the input) or values of a setting; shape (points,).
        mean: the mean over seeds, shape (points,); NaN where it is not known.
        low, high: the ends of the band, shape (points,); equal to the mean where seeds are not known apart.
        step: step of the snapshot that it was read from, for a line over layers.
    """

    run: int
    method: str
    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    step: int | None = None

    @property
    def banded(self) -> bool:
        """Whether there is more than one seed to it."""
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


def cell(number: float) -> str:
    """A number as the CSV has it; empty for NaN."""
    return "" if np.isnan(number) else f"{number:.7g}"
