"""A recording of a sweep: its events (:mod:`ipcore.recordings.events.sweep`) and the results so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from msgspec import UNSET

from ipcore.messages import shorten
from ipcore.recordings.arrays import array, check_between
from ipcore.recordings.base import StoredRecording
from ipcore.recordings.events import stack as stack_events
from ipcore.recordings.events import sweep as events
from ipcore.recordings.reading import Sent
from ipcore.recordings.stack_progress import StackProgress, stacks_of, start_event, sweep_of
from ipcore.sweeps.plan import Point, Sweep
from ipcore.sweeps.stack_size import CURVE_POINTS, moments

if TYPE_CHECKING:
    import pandas as pd

    from ipcore.sweeps.summary import Differences, Outcome, Summary

RESULTS = ("test_accuracy", "test_loss", "diverged")
"""Fields of the event ``done`` that the recording stores."""
HALVES = ("first_half_accuracy", "second_half_accuracy")
"""Fields of the event ``done`` that it stores if they are there: they are not in recordings of earlier versions."""


class SweepRecording(StoredRecording):
    """All events of a sweep so far. One thread adds, any number read; reading never blocks.

    Args:
        sweep: the plan of the sweep.

    Attributes:
        sweep: the plan of the sweep.
        config: everything that is not swept, with the methods and seeds.
        stacks: id of each stack -> its progress.
        networks: number of networks in the whole sweep.
        done_networks: number of networks that were trained to their end.
        failures: id of a stack that could not be trained -> why.
    """

    kind = "sweep"
    resumable = True

    def __init__(self, sweep: Sweep) -> None:
        super().__init__()
        self.failures: dict[str, str] = {}
        self._cut(sweep, stacks_of(sweep, start_event(sweep).stacks))

    @classmethod
    def of(cls, start: events.Start) -> Self:
        """An empty recording of the sweep that a start event describes."""
        return cls(sweep_of(start))

    def _cut(self, sweep: Sweep, stacks: dict[str, StackProgress]) -> None:
        self.sweep, self.config, self.stacks = sweep, sweep.config, stacks
        self.networks, self.done_networks = sweep.networks, 0
        # Counted as events come: a large sweep has too many stacks to go through them each time.
        self._seconds, self._seconds_done = sum(stack.seconds for stack in stacks.values()), 0.0
        self._points = sweep.points()
        self._place = {point.key: index for index, point in enumerate(self._points)}
        points, seeds = len(self._points), sweep.config.seeds
        self._moments = [moments(point.settings["steps"]) for point in self._points]
        self._results = {
            method: {name: np.full((points, seeds), np.nan) for name in (*RESULTS, *HALVES)}
            for method in sweep.config.methods
        }
        self._curves = {
            method: np.full((2, points, CURVE_POINTS, seeds), np.nan, np.float32) for method in sweep.config.methods
        }

    @property
    def progress(self) -> float:
        """Share of the work that is done, from 0 to 1, in the time that it should take."""
        return min(1.0, self._seconds_done / self._seconds)

    @property
    def nbytes(self) -> int:
        """Bytes of all results and curves, whose arrays are made at the start."""
        results = sum(each.nbytes for by_field in self._results.values() for each in by_field.values())
        return results + sum(each.nbytes for each in self._curves.values())

    def index(self, point: Point | str) -> int:
        """The place of a point, or of its key, in :meth:`Sweep.points`."""
        return self._place[point if isinstance(point, str) else point.key]

    def accuracy(self, method: str) -> np.ndarray:
        """Accuracy on all test examples, shape (points, seeds); NaN where a network is not done."""
        return self._results[method]["test_accuracy"].copy()

    def surviving(self, method: str) -> np.ndarray:
        """The same of the networks that did not diverge, over which means are taken; NaN where one did."""
        found = self._results[method]
        return np.where(np.isnan(found["diverged"]), found["test_accuracy"], np.nan)

    def outcome(self, method: str) -> Outcome:
        """What the networks of a method came to so far, from which their summary is made."""
        from ipcore.sweeps.summary import Outcome

        return Outcome(self.accuracy(method), self.halves(method), np.isfinite(self._results[method]["diverged"]))

    def halves(self, method: str) -> np.ndarray:
        """Accuracy on the first and on the second half of the test examples, shape (2, points, seeds).

        It is NaN where a network is not done, or was trained by an earlier version.
        """
        return np.stack([self._results[method][name] for name in HALVES])

    @property
    def done(self) -> int:
        """Networks that are trained."""
        return self.done_networks

    def settings(self) -> dict[str, Any]:
        """The settings of the sweep and the values that it goes over, as plain values."""
        return self.sweep.to_dict()

    def accuracies(self) -> dict[str, float]:
        """Method -> the best mean accuracy over seeds of any point, of the networks that are trained so far.

        Networks that diverged are left out.
        """
        found = {}
        for method in self.sweep.config.methods:
            accuracy = self.surviving(method)
            known = np.isfinite(accuracy)
            if known.any():
                points = known.any(1)
                found[method] = float((np.where(known, accuracy, 0).sum(1)[points] / known.sum(1)[points]).max())
        return found

    def test_loss(self, method: str) -> np.ndarray:
        """Loss on all test examples, shape (points, seeds); NaN where a network is not done, or has diverged."""
        return self._results[method]["test_loss"].copy()

    def newest(self, method: str) -> np.ndarray:
        """Accuracy at the newest moment of each network's curve, on the first test examples; shape (points, seeds)."""
        curves = self._curves[method][1]
        last = curves.shape[1] - 1 - np.isfinite(curves)[:, ::-1].argmax(1)
        return np.take_along_axis(curves, last[:, None], 1)[:, 0]

    def diverged(self, method: str) -> np.ndarray:
        """Step at which each network diverged, shape (points, seeds); NaN where it did not, or is not done."""
        return self._results[method]["diverged"].copy()

    def curves(self, method: str, point: Point | str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Learning curves of the networks of a point.

        Returns:
            Steps, shape (moments,); loss on minibatches since the moment before, and accuracy on the first test
            examples, each of shape (moments, seeds), NaN where not known yet, and once a network has diverged.
        """
        index = self.index(point)
        steps = self._moments[index]
        loss, accuracy = self._curves[method][:, index, : len(steps)].copy()
        return np.array(steps), loss, np.where(np.isnan(loss), np.float32(np.nan), accuracy)  # no loss: it is frozen

    def summaries(self) -> dict[str, Summary]:
        """What was found of each method, as far as networks are done: see :func:`ipcore.sweeps.summary.summaries`."""
        from ipcore.sweeps.summary import summaries

        return summaries(self.sweep, self._outcomes())

    def differences(self) -> Differences | None:
        """Every method minus plain so far, paired by seeds: see :func:`ipcore.sweeps.summary.compared`."""
        from ipcore.sweeps.summary import compared

        return compared(self.sweep, self._outcomes(), self.summaries())

    def _outcomes(self) -> dict[str, Outcome]:
        return {method: self.outcome(method) for method in self.sweep.config.methods}

    def results(self) -> dict[str, Any]:
        """What was found, as ``python -m ipcore sweep --json`` prints it."""
        from ipcore.recordings.sweep_results import results  # here, since results are made of recordings

        return results(self)

    def to_frame(self, kind: str) -> pd.DataFrame:
        """The sweep so far as a tidy pandas frame, see :data:`ipcore.recordings.frames.sweep.FRAMES`.

        Args:
            kind: ``"networks"``, ``"curves"``, ``"points"`` or ``"summary"``.

        Raises:
            ValueError: if there is no such frame.
        """
        from ipcore.recordings.frames import sweep as sweep_frames  # here, since frames are made of recordings

        return sweep_frames.frame(self, kind)

    def to_csv(self) -> str:
        """The table that a whole sweep is exported as: what each network came to."""
        from ipcore.recordings.frames import sweep as sweep_frames

        return sweep_frames.export_csv(self)

    def _stopped(self) -> events.End:
        return events.End(state="stopped", elapsed=self.elapsed)

    def _on_start(self, event: events.Start) -> None:
        if self.state != "starting":
            raise ValueError("a sweep starts once")
        sweep = sweep_of(event)
        self._cut(sweep, stacks_of(sweep, event.stacks))
        self.state = "running"

    def _on_state(self, event: events.State) -> None:
        self.state = event.state

    def _on_begun(self, event: stack_events.Begun) -> None:
        stack = self._stack(event.stack)
        if stack.state != "waiting":
            raise ValueError(f"stack {shorten(event.stack)} begins once")
        stack.state = "running"

    def _on_curve(self, event: stack_events.Curve) -> None:
        stack, steps = self._next(event)
        if stack.sequence == len(steps):
            raise ValueError(f"the curve of stack {shorten(event.stack)} has {len(steps)} points")
        check_between("step", event.step, steps[stack.sequence], steps[stack.sequence])
        count = len(stack.points)
        loss, accuracy = (array(getattr(event, name), count, name=name) for name in ("loss", "accuracy"))
        for curve, each in zip(self._curves[stack.method], (loss, accuracy), strict=True):
            curve[stack.points, stack.sequence, stack.seeds] = each
        stack.sequence += 1
        self._seconds_done += stack.seconds / len(steps)

    def _on_done(self, event: stack_events.Done) -> None:
        stack, steps = self._next(event)
        if stack.sequence != len(steps):
            raise ValueError(f"stack {shorten(event.stack)} is done before its curve is")
        check_between("step", event.step, steps[-1], steps[-1])
        found = {name: array(getattr(event, name), len(stack.points), name=name, kind=float) for name in RESULTS}
        for name in HALVES:
            halved = getattr(event, name)
            if halved is not UNSET:
                found[name] = array(halved, len(stack.points), name=name, kind=float)
        if (found["diverged"] > steps[-1]).any():
            raise ValueError(f"diverged must hold whole steps from 1 to {steps[-1]}, or null")
        for name, each in found.items():
            self._results[stack.method][name][stack.points, stack.seeds] = each
        stack.sequence += 1
        stack.state = "done"
        self.done_networks += len(stack.points)

    def _on_lost(self, event: stack_events.Lost) -> None:
        self._stack(event.stack).losses.append(event.message)

    def _on_cancelled(self, event: stack_events.Cancelled) -> None:
        self._stack(event.stack).state = "cancelled"

    def _on_failed(self, event: stack_events.Failed) -> None:
        self._stack(event.stack).state = "failed"
        self.failures[event.stack] = event.message

    def _on_end(self, event: events.End) -> None:
        self.elapsed, self.state = float(event.elapsed), event.state

    def _on_error(self, event: events.Error) -> None:
        self.message, self.state = event.message, "failed"

    def _stack(self, name: str) -> StackProgress:
        """The stack that an event names, which must not be over."""
        stack = self.stacks.get(name)
        if self.state == "starting" or stack is None or stack.over:
            raise ValueError(f"no stack {shorten(name)} is under way")
        return stack

    def _next(self, event: stack_events.Curve | stack_events.Done) -> tuple[StackProgress, list[int]]:
        """The stack that an event is of, and the steps of its curve; the event must be the next in its sequence."""
        stack = self._stack(event.stack)
        check_between("sequence", event.sequence, stack.sequence, stack.sequence)
        if stack.state != "running":
            raise ValueError(f"stack {shorten(event.stack)} has not begun")
        return stack, self._moments[stack.points[0]]


def from_events(sent: Iterable[Sent]) -> SweepRecording:
    """The recording that holds these events; the first must be ``start``.

    Raises:
        ValueError: if it is not, or an event does not fit.
    """
    return SweepRecording.from_events(sent)
