"""Single moments of a race: tests, snapshots, changed settings and divergences."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from ipcore.recordings.bins import ACTIVITY_BINS, Histograms

PER_LAYER = ("weight_gradient", "error_signal", "slope", "response", "saturated", "entropy")
"""Fields of :class:`LayerStatistics` with one number for each layer."""


@dataclass(frozen=True)
class Test:
    """Loss and accuracy on test examples at one step; arrays of shape (seeds,), NaN for networks that have diverged."""

    step: int
    examples: int
    loss: dict[str, np.ndarray]
    accuracy: dict[str, np.ndarray]
    surface: dict[str, np.ndarray] = field(default_factory=dict)
    """Method -> probability of class 1, shape (SIDE, SIDE), rows upward; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of every network at one step.

    A server holds many of them, so all methods have their numbers in the same few arrays.

    Args:
        step: updates done.
        names: the methods.
        numbers: for each method the quantities of :data:`PER_LAYER`, shape (methods, quantities, layers).
        gains: of each layer of each method, one method after the other: how many neurons have which effective gain.
        biases: the same of effective biases.
        activities: the same of the activity, in thousandths of the outputs; None where it is not known.
        examples: how many examples entropy and activity were measured on; 0 where they are not known.
        of_minibatch: whether these were the examples of the minibatch, as in recordings of earlier programs, and not
            test examples.
    """

    step: int
    names: tuple[str, ...]
    numbers: np.ndarray
    gains: Histograms
    biases: Histograms
    activities: Histograms | None = None
    examples: int = 0
    of_minibatch: bool = False

    @property
    def methods(self) -> dict[str, LayerStatistics]:
        """Method -> statistics of its layers."""
        return {name: LayerStatistics(self, place) for place, name in enumerate(self.names)}

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        activities = self.activities.nbytes if self.activities else 0
        return self.numbers.nbytes + self.gains.nbytes + self.biases.nbytes + activities


@dataclass(frozen=True, slots=True)
class LayerStatistics:
    """Statistics of the layers of one method in a snapshot. The first axis of each array is the layer.

    They are NaN where they are not known: ``response`` in recordings of earlier programs, ``entropy`` and ``activity``
    where no test measured them.

    Args:
        snapshot: holds them.
        place: of the method in the snapshot.
    """

    snapshot: Snapshot
    place: int

    @property
    def weight_gradient(self) -> np.ndarray:
        """Mean |dL/dW|."""
        return self._numbers("weight_gradient")

    @property
    def error_signal(self) -> np.ndarray:
        """Root mean square of dL/dx."""
        return self._numbers("error_signal")

    @property
    def slope(self) -> np.ndarray:
        """Mean 1 - y^2."""
        return self._numbers("slope")

    @property
    def response(self) -> np.ndarray:
        """Mean dy/dx = gain (1 - y^2)."""
        return self._numbers("response")

    @property
    def saturated(self) -> np.ndarray:
        """Share of outputs with |y| > 0.97."""
        return self._numbers("saturated")

    @property
    def entropy(self) -> np.ndarray:
        """Entropy of each neuron's activity divided by that of equal shares, mean over the layer."""
        return self._numbers("entropy")

    @property
    def gain(self) -> np.ndarray:
        """Counts of effective gain, shape (layers, len(GAIN_EDGES) - 1)."""
        return self.snapshot.gains.full(self._layers)

    @property
    def bias(self) -> np.ndarray:
        """Counts of effective bias, shape (layers, len(BIAS_EDGES) - 1)."""
        return self.snapshot.biases.full(self._layers)

    @property
    def activity(self) -> np.ndarray:
        """Shares of the outputs, shape (layers, ACTIVITY_BINS)."""
        if self.snapshot.activities is None:
            return np.full((self.snapshot.numbers.shape[2], ACTIVITY_BINS), np.nan, np.float32)
        return self.snapshot.activities.full(self._layers).astype(np.float32) / 1000

    @property
    def _layers(self) -> slice:
        depth = self.snapshot.numbers.shape[2]
        return slice(self.place * depth, (self.place + 1) * depth)

    def _numbers(self, name: str) -> np.ndarray:
        return self.snapshot.numbers[self.place, PER_LAYER.index(name)]


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
