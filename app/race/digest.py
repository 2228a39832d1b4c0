"""A digest: what frames need of a recording, folded in as it grows, so that packing takes the same time at any length.

One digest serves all viewers of a recording. Its curves are rebuilt when the axis of steps doubles, a few times in the
longest run.
"""

from __future__ import annotations

import itertools
import math
import threading
import weakref

import numpy as np

from app.ui.frames import decades, ends, every, horizon, over_seeds, over_steps, quantise
from ipcore.recordings.race import BIAS_EDGES, GAIN_EDGES, LayerStatistics, Recording, Snapshot

POINTS = 200
"""Buckets of steps on a curve of training loss."""
TESTS = 200
"""Tests on a curve of accuracy."""
COLUMNS = 100
"""Columns of a map of gradients over time."""
MOMENTS = 400
"""Moments on the slider through time."""
COVERED = 0.998
"""Share of a histogram that its axis must hold."""
BIAS_BOUNDS = (1.0, 2.0, 5.0, 10.0)
"""Axes of the bias, -bound to bound."""

_runs = itertools.count(1)
_digests: weakref.WeakKeyDictionary[Recording, Digest] = weakref.WeakKeyDictionary()
_digests_lock = threading.Lock()


def digest(recording: Recording) -> Digest:
    """The one digest of a recording."""
    with _digests_lock:
        found = _digests.get(recording)
        if found is None or found.config is not recording.config:
            found = _digests[recording] = Digest(recording)
        return found


class Digest:
    """What frames need of a recording so far. Call :meth:`update` with :attr:`lock` held, then read.

    Args:
        recording: it is not kept alive by its digest.
    """

    def __init__(self, recording: Recording) -> None:
        self.lock = threading.Lock()
        self.config = recording.config
        self.run = next(_runs)
        """Tells one run from another, in one process."""
        self.steps: list[int] = []
        """Steps of the snapshots."""
        self.gradient_decades = {"weight_gradient": (-4, 0), "error_signal": (-4, 0)}
        """Powers of ten between which the gradients lie; they only ever widen."""
        self.gain_decades = (-1, 1)
        self.bias_bound = BIAS_BOUNDS[0]
        self._extremes: dict[str, list[float]] = {name: [] for name in self.gradient_decades}
        self._tests: list[tuple[int, np.ndarray]] = []
        self._loss: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.horizon = self.bucket = 0
        self._turn(recording.step)

    def _turn(self, step: int) -> None:
        """Sets the axis of steps for ``step``, and drops what was drawn on another."""
        end = horizon(self.config.steps, step)
        if end != self.horizon:
            self.horizon, self.bucket = end, -(-end // POINTS)
            self._loss = {}
            shape = (len(self.config.methods), self.config.depth, COLUMNS)
            self._map = np.full(shape, np.nan, np.float32)
            self._mapped = 0

    def column(self, step: int) -> int:
        """Column of the map that holds ``step``."""
        return min(COLUMNS - 1, step * COLUMNS // self.horizon)

    def update(self, recording: Recording) -> None:
        """Takes in what has come since."""
        self._turn(max([recording.step, *(snapshot.step for snapshot in recording.snapshots[-1:])]))
        for snapshot in recording.snapshots[len(self.steps) :]:
            self.steps.append(snapshot.step)
            self._widen(snapshot)
        for snapshot in recording.snapshots[self._mapped : len(self.steps)]:
            for index, method in enumerate(self.config.methods):
                self._map[index, :, self.column(snapshot.step)] = snapshot.methods[method].weight_gradient
            self._mapped += 1
        for test in recording.tests[len(self._tests) :]:
            values = np.stack([over_seeds(test.accuracy[method][None])[:, 0] for method in self.config.methods])
            self._tests.append((test.step, values))

    def _widen(self, snapshot: Snapshot) -> None:
        """Makes the axes hold a snapshot too."""
        for name, extremes in self._extremes.items():
            values = np.concatenate([getattr(layers, name) for layers in snapshot.methods.values()])
            values = values[np.isfinite(values) & (values > 0)]
            if len(values):
                extremes[:] = (min([*extremes, values.min()]), max([*extremes, values.max()]))
                self.gradient_decades[name] = decades(extremes, least=2)
        for layers in snapshot.methods.values():
            low, high = _covering(layers.gain.sum(0), GAIN_EDGES)
            self.gain_decades = (
                min(self.gain_decades[0], math.floor(math.log10(low) + 1e-9)),
                max(self.gain_decades[1], math.ceil(math.log10(high) - 1e-9)),
            )
            reach = max(map(abs, _covering(layers.bias.sum(0), BIAS_EDGES, 0.0)))
            self.bias_bound = max(self.bias_bound, next(bound for bound in BIAS_BOUNDS if bound >= reach - 1e-9))

    def loss(self, recording: Recording, method: str, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Curve of training loss up to a step: steps, shape (points,); mean, lowest and highest seed, shape (3, points)."""
        values = recording.loss(method)[:step]
        whole, curve = self._loss.get(method, (np.zeros(0, np.int64), np.zeros((3, 0), np.float32)))
        start = int(whole[-1]) if len(whole) else 0
        fresh = ends(len(values), self.bucket)
        fresh = fresh[fresh > start]
        curve = np.concatenate([curve, over_seeds(over_steps(values, fresh, start))], 1)
        steps = np.concatenate([whole, fresh])
        done = len(steps) - (len(steps) > 1 and steps[-1] % self.bucket != 0)  # the newest bucket may still fill
        self._loss[method] = steps[:done], curve[:, :done]
        return steps, curve

    def accuracy(self) -> tuple[np.ndarray, np.ndarray]:
        """Curve of test accuracy: steps, shape (points,); mean, lowest and highest seed, shape (methods, 3, points)."""
        kept = every(len(self._tests), TESTS)
        steps = np.array([self._tests[index][0] for index in kept], np.float32)
        empty = np.zeros((len(self.config.methods), 3, 0), np.float32)
        return steps, np.stack([self._tests[index][1] for index in kept], -1) if len(kept) else empty

    def gradient_map(self, step: int) -> np.ndarray:
        """log10 of mean |dL/dW| as 0 to 254 between :attr:`gradient_decades`, 255 where there is none yet.

        A column holds the last snapshot up to it.

        Returns:
            uint8 of shape (methods, depth, COLUMNS).
        """
        last = self.column(step) if self.steps else -1
        holders = np.where(np.isin(np.arange(COLUMNS), [self.column(at) for at in self.steps]), np.arange(COLUMNS), 0)
        held = self._map[:, :, np.maximum.accumulate(holders)]
        held[:, :, last + 1 :] = np.nan
        low, high = self.gradient_decades["weight_gradient"]
        return quantise(np.log10(np.maximum(held, 10.0**low)), low, high)

    def moments(self) -> np.ndarray:
        """Steps of the slider through time, shape (moments,)."""
        return np.array(self.steps, np.int32)[every(len(self.steps), MOMENTS)]


def _covering(counts: np.ndarray, edges: np.ndarray, center: float = 1.0) -> tuple[float, float]:
    """The edges between which :data:`COVERED` of the counts lie; ``center`` twice if there are none."""
    total = counts.sum()
    if not total:
        return center, center
    share = np.cumsum(counts) / total
    first = int(np.searchsorted(share, (1 - COVERED) / 2, side="right"))
    last = int(np.searchsorted(share, 1 - (1 - COVERED) / 2))
    return float(edges[first]), float(edges[min(last, len(counts) - 1) + 1])


def pooled(layers: LayerStatistics, layer: int | None) -> dict[str, np.ndarray]:
    """Histograms of gain, bias and activity as shares, of one layer or of all.

    Args:
        layers: of one method at one moment.
        layer: index, input side first; None for all.
    """
    chosen = slice(None) if layer is None else slice(layer, layer + 1)
    counts = {name: getattr(layers, name)[chosen].sum(0, np.float64) for name in ("gain", "bias", "activity")}
    return {name: (values / (values.sum() or 1)).astype(np.float32) for name, values in counts.items()}
