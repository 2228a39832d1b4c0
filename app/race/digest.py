"""A digest: the curves, ranges and maps that frames are made of, kept up to date as a recording grows.

With it a frame takes the same time to make whatever the length of the run. One digest serves all viewers of a
recording. Its curves are computed anew when the axis of steps doubles, a few times in the longest run.
"""

from __future__ import annotations

import itertools
import math
import threading
import weakref
from collections.abc import Sequence

import numpy as np

from app.race.points import Point, add_test
from app.ui.frames import between, decades, horizon, last_steps, over_seeds, quantise, summarised, thinned
from ipcore.recordings.race import BIAS_EDGES, GAIN_EDGES, Recording, Snapshot

POINTS = 200
"""The most points on a curve, about; each stands for a bucket of steps, with its mean, its lowest and its highest."""
COLUMNS = 100
"""Columns of a map of gradients over time; half as many with more than :data:`MANY` methods, and four fifths of the
points, so that a frame stays small."""
MANY = 4
MOMENTS = 200
"""The most snapshots on the slider through time, beside the points of the curves."""
COVERED = 0.998
"""The share of a histogram that its axis must show."""
RESPONSE_BOUNDS = (0.5, 2.0)
"""The axis of dy/dx reaches at least from the first to the second; it grows to the next of 1, 2 and 5."""
BIAS_BOUNDS = (1.0, 2.0, 5.0, 10.0)
"""The axis of the bias reaches from -bound to bound, with one of these bounds."""

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
    """The digest of one recording. Hold :attr:`lock`, call :meth:`update`, then read.

    Args:
        recording: the recording; its digest keeps no reference to it.
    """

    def __init__(self, recording: Recording) -> None:
        self.lock = threading.Lock()
        self.config = recording.config
        self.run = next(_runs)
        """A number that no other run of this process has."""
        self.steps: list[int] = []
        """The steps of the snapshots so far."""
        self.gradient_decades = {"weight_gradient": (-4, 0), "error_signal": (-4, 0)}
        """The powers of ten between which the gradients lie; the range only grows."""
        self.gain_decades = (-1, 1)
        self.bias_bound = BIAS_BOUNDS[0]
        self.response_bounds = RESPONSE_BOUNDS
        """The numbers between which dy/dx lies; the range only grows."""
        self._extremes: dict[str, list[float]] = {name: [] for name in self.gradient_decades}
        self._test_steps: list[int] = []
        self._tests: list[np.ndarray] = []  # of each test: mean, lowest and highest seed, shape (methods, 3)
        self._loss: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._columns = COLUMNS if len(self.config.methods) <= MANY else COLUMNS // 2
        self._points = POINTS if len(self.config.methods) <= MANY else POINTS * 4 // 5
        self.horizon = self.bucket = 0
        self._set_axis(recording.step)

    def _set_axis(self, step: int) -> None:
        """Makes the axis of steps hold ``step``; if it has to grow, the curves and the map are begun anew."""
        end = horizon(self.config.steps, step)
        if end != self.horizon:
            self.horizon, self.bucket = end, -(-end // self._points)
            self._loss = {}
            self._accuracy: list[Point] = []
            self._summarised = 0
            shape = (len(self.config.methods), self.config.depth, self._columns)
            self._map = np.full(shape, np.nan, np.float32)
            self._mapped = 0

    def column(self, step: int) -> int:
        """Column of the map that holds ``step``."""
        return min(self._columns - 1, step * self._columns // self.horizon)

    def update(self, recording: Recording) -> None:
        """Takes in what the recording has gained since the last call."""
        self._set_axis(max([recording.step, *(snapshot.step for snapshot in recording.snapshots[-1:])]))
        for snapshot in recording.snapshots[len(self.steps) :]:
            self.steps.append(snapshot.step)
            self._widen(snapshot)
        for snapshot in recording.snapshots[self._mapped : len(self.steps)]:
            for index, method in enumerate(self.config.methods):
                self._map[index, :, self.column(snapshot.step)] = snapshot.methods[method].weight_gradient
            self._mapped += 1
        for test in recording.curve()[len(self._tests) :]:
            each = [over_seeds(test.accuracy[method][None])[:, 0] for method in self.config.methods]
            self._tests.append(np.stack(each))
            self._test_steps.append(test.step)
        for step, values in zip(self._test_steps[self._summarised :], self._tests[self._summarised :], strict=True):
            add_test(self._accuracy, step, values, self.bucket)
        self._summarised = len(self._tests)

    def _widen(self, snapshot: Snapshot) -> None:
        """Widens the ranges of gradient, gain and bias so that they hold a snapshot."""
        for name, extremes in self._extremes.items():
            values = np.concatenate([getattr(layers, name) for layers in snapshot.methods.values()])
            values = values[np.isfinite(values) & (values > 0)]
            if len(values):
                extremes[:] = (min([*extremes, values.min()]), max([*extremes, values.max()]))
                self.gradient_decades[name] = decades(extremes, least=2)
        responses = np.concatenate([layers.response for layers in snapshot.methods.values()])
        responses = responses[np.isfinite(responses) & (responses > 0)]
        if len(responses):
            low, high = self.response_bounds
            self.response_bounds = min(low, _rounded(responses.min(), -1)), max(high, _rounded(responses.max(), 1))
        for layers in snapshot.methods.values():
            low, high = _covering(layers.gain.sum(0), GAIN_EDGES)
            self.gain_decades = (
                min(self.gain_decades[0], math.floor(math.log10(low) + 1e-9)),
                max(self.gain_decades[1], math.ceil(math.log10(high) - 1e-9)),
            )
            reach = max(map(abs, _covering(layers.bias.sum(0), BIAS_EDGES, 0.0)))
            self.bias_bound = max(self.bias_bound, next(bound for bound in BIAS_BOUNDS if bound >= reach - 1e-9))

    def loss(self, recording: Recording, method: str, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The curve of training loss up to a step.

        Returns:
            steps, shape (points,); mean, lowest and highest of each bucket, shape (3, points).
        """
        values = recording.loss(method)[:step]
        kept, curve = self._loss.get(method, (np.zeros(0, np.int64), np.zeros((3, 0), np.float32)))
        start = int(kept[-1]) if len(kept) else 0
        fresh = last_steps(len(values), self.bucket)
        fresh = fresh[fresh > start]
        curve = np.concatenate([curve, summarised(values, fresh, start)], 1)
        steps = np.concatenate([kept, fresh])
        done = len(steps) - (len(steps) > 1 and steps[-1] % self.bucket != 0)  # the newest bucket may still fill
        self._loss[method] = steps[:done], curve[:, :done]
        return steps, curve

    def accuracy(self, bucket: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The curve of test accuracy.

        Args:
            bucket: how many steps a point stands for; None for as many as on the curve of loss.

        Returns:
            steps of the last test of each point, shape (points,); mean, lowest and highest of the tests and seeds of
            each point, shape (methods, 3, points).
        """
        if bucket is None or bucket == self.bucket:
            return self._curve(self._accuracy)
        points: list[Point] = []
        for step, values in zip(self._test_steps, self._tests, strict=True):
            add_test(points, step, values, bucket)
        return self._curve(points)

    @property
    def tests_per_point(self) -> int:
        """How many tests a point on the curve of accuracy stands for, at most."""
        return max((point.tests for point in self._accuracy), default=1)

    def finer(
        self, recording: Recording, method: str, step: int, span: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray, int]:
        """The curve of training loss with finer buckets in a part of the steps.

        Returns:
            As :meth:`loss`; and how many steps a bucket of the part has.
        """
        steps, curve = self.loss(recording, method, step)
        ends, bucket = between(steps, span, POINTS)
        inside = (ends > _last(steps, span[0])) & (ends <= _first(steps, span[1]))
        if bucket >= self.bucket or not inside.any():
            return steps, curve, self.bucket
        part = ends[inside]
        start = _last(steps, span[0])
        fine = summarised(recording.loss(method), part, start)
        before, after = steps <= start, steps > part[-1]
        return (
            np.concatenate([steps[before], part, steps[after]]),
            np.concatenate([curve[:, before], fine, curve[:, after]], 1),
            bucket,
        )

    def finer_accuracy(self, span: tuple[int, int], bucket: int) -> tuple[np.ndarray, np.ndarray]:
        """The curve of test accuracy with finer buckets in a part of the steps."""
        points: list[Point] = []
        for step, values in zip(self._test_steps, self._tests, strict=True):
            add_test(points, step, values, bucket if span[0] <= step <= span[1] else self.bucket)
        return self._curve(points)

    def _curve(self, points: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
        steps = np.array([point.step for point in points], np.float32)
        empty = np.zeros((len(self.config.methods), 3, 0), np.float32)
        return steps, np.stack([point.values() for point in points], -1) if points else empty

    def gradient_map(self, step: int) -> np.ndarray:
        """The map of gradients: log10 of mean |dL/dW| by layer and time.

        The numbers 0 to 254 stand for the range :attr:`gradient_decades`, 255 for a time that has not come yet. A
        column shows the last snapshot before its end.

        Returns:
            uint8 of shape (methods, depth, columns).
        """
        last = self.column(step) if self.steps else -1
        columns = np.arange(self._columns)
        holders = np.where(np.isin(columns, [self.column(at) for at in self.steps]), columns, 0)
        filled = self._map[:, :, np.maximum.accumulate(holders)]
        filled[:, :, last + 1 :] = np.nan
        low, high = self.gradient_decades["weight_gradient"]
        return quantise(np.log10(np.maximum(filled, 10.0**low)), low, high)

    def moments(self, step: int) -> np.ndarray:
        """The steps on the slider through time up to a step: the points of the curves, and the snapshots.

        Returns:
            int32 of shape (moments,), ascending.
        """
        snapshots = np.array(self.steps, np.int64)[thinned(len(self.steps), MOMENTS)]
        return np.union1d(snapshots, last_steps(step, self.bucket)).astype(np.int32)


def _last(steps: np.ndarray, at: int) -> int:
    """The last step of a curve that is not after ``at``; 0 without one."""
    before = steps[steps <= at]
    return int(before[-1]) if len(before) else 0


def _first(steps: np.ndarray, at: int) -> int:
    """The first step of a curve that is not before ``at``; its last one without one."""
    after = steps[steps >= at]
    return int(after[0] if len(after) else steps[-1] if len(steps) else 0)


def _covering(counts: np.ndarray, edges: np.ndarray, center: float = 1.0) -> tuple[float, float]:
    """The edges between which the share :data:`COVERED` of the counts lies; ``center`` twice if all counts are 0."""
    total = counts.sum()
    if not total:
        return center, center
    share = np.cumsum(counts) / total
    first = int(np.searchsorted(share, (1 - COVERED) / 2, side="right"))
    last = int(np.searchsorted(share, 1 - (1 - COVERED) / 2))
    return float(edges[first]), float(edges[min(last, len(counts) - 1) + 1])


def _rounded(value: float, way: int) -> float:
    """The next of 1, 2 and 5 times a power of ten: up if ``way`` is 1, down if it is -1."""
    power = 10.0 ** math.floor(math.log10(value))
    steps = [digit * power for digit in (1, 2, 5, 10)]
    found = (
        min(at for at in steps if at >= value / 1.0001) if way > 0 else max(at for at in steps if at <= value * 1.0001)
    )
    return float(f"{max(found, 1e-3):.3g}")


def pooled(counts: np.ndarray, layer: int | None) -> np.ndarray:
    """A histogram as shares, of one layer or of all.

    Args:
        counts: shape (layers, bins).
        layer: the index of the layer, from 0 at the input side; None for all layers.

    Returns:
        Shape (bins,); all 0 where nothing was counted.
    """
    chosen = counts if layer is None else counts[layer : layer + 1]
    values = chosen.sum(0, np.float64)
    return (values / (values.sum() or 1)).astype(np.float32)
