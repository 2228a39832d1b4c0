"""Single moments of a race: tests, snapshots, changed settings and divergences."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from ipcore.recordings.bins import Histograms


@dataclass(frozen=True)
class Test:
    """Loss and accuracy on test examples at one step; arrays of shape (seeds,), NaN for networks that have diverged."""

    step: int
    examples: int
    loss: dict[str, np.ndarray]
    accuracy: dict[str, np.ndarray]
    surface: dict[str, np.ndarray] = field(default_factory=dict)
    """Method -> probability of class 1, shape (SIDE, SIDE), rows upward; empty where there is none."""


@dataclass(frozen=True)
class LayerStatistics:
    """Statistics of the layers of one method in a snapshot. The first axis of each array is the layer.

    They are NaN where they are not known: ``response`` in recordings of earlier programs, ``entropy`` and ``activity``
    where no test measured them.
    """

    weight_gradient: np.ndarray
    error_signal: np.ndarray
    slope: np.ndarray
    """Mean 1 - y^2."""
    response: np.ndarray
    """Mean dy/dx = gain (1 - y^2)."""
    saturated: np.ndarray
    entropy: np.ndarray
    gains: Histograms
    biases: Histograms
    activity: np.ndarray
    """Shares, shape (layers, ACTIVITY_BINS)."""

    @property
    def gain(self) -> np.ndarray:
        """Counts of effective gain, shape (layers, len(GAIN_EDGES) - 1)."""
        return self.gains.full()

    @property
    def bias(self) -> np.ndarray:
        """Counts of effective bias, shape (layers, len(BIAS_EDGES) - 1)."""
        return self.biases.full()


@dataclass(frozen=True)
class Snapshot:
    """The state of every network at one step."""

    step: int
    methods: dict[str, LayerStatistics]
    examples: int = 0
    """Number of examples on which entropy and activity were measured; 0 where they are not known."""
    of_minibatch: bool = False
    """Whether these were the examples of the minibatch, as in recordings of earlier programs, and not test examples."""


@dataclass(frozen=True)
class Mark:
    """A setting changed while the race was under way, after ``step`` updates."""

    step: int
    setting: str
    previous: float
    value: float


@dataclass(frozen=True)
class Divergence:
    """A replica whose loss stopped being finite at ``step``."""

    step: int
    method: str
    seed: int


class _Moment(Protocol):
    @property
    def step(self) -> int: ...


Moment = TypeVar("Moment", bound=_Moment)


def latest(moments: Sequence[Moment], step: int | None) -> Moment | None:
    """The last moment at or before a step.

    Args:
        moments: in ascending order; another thread may append to them.
        step: updates done; None: the newest moment.

    Returns:
        This moment, or the first if all are later. None if there is no moment at all.
    """
    count = len(moments)  # read once: another thread may append
    if not count:
        return None
    if step is None:
        return moments[count - 1]
    return moments[max(0, bisect.bisect_right(moments, step, 0, count, key=lambda moment: moment.step) - 1)]
