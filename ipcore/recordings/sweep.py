"""The events of a sweep, in the form in which they are streamed, stored and exported, and the record that holds them.

They are JSON lines like those of a run (:mod:`ipcore.recordings.race`). A sweep has one ``start``, and nothing follows its
``end`` or ``error``. The events of different stacks come in any order; those of one stack in theirs.

==========  ==========================================================================================================
event       fields
==========  ==========================================================================================================
start       ``kind`` ("sweep"), ``version`` (of this form), those of ``Sweep.to_dict()``; ``stacks``: how it was cut, a
            list of ``id``, ``method`` and ``replicas`` ([[index of point, seed], ...])
state       ``state``: ``"running"`` or ``"paused"``
begun       ``stack`` (id): it is being trained
curve       see :mod:`ipcore.networks.stacks`
done        likewise; the last event of a stack, as are ``cancelled`` and ``failed``
lost        ``stack``, ``message``: its worker died; it is trained once more, and what was said of it stands
cancelled   ``stack``
failed      ``stack``, ``message``: it could not be trained; in words for a visitor
end         ``state`` (``"finished"`` or ``"stopped"``), ``elapsed`` (s)
error       ``message``: the sweep could not go on; in words for a visitor
==========  ==========================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.config import RunConfig, shown
from ipcore.jsonlines import finite
from ipcore.recordings.fields import array, check_version, number, required, text, whole
from ipcore.sweeps.plan import Point, Sweep
from ipcore.sweeps.stack_size import CURVE_POINTS, moments, network_seconds

if TYPE_CHECKING:
    import pandas as pd

    from ipcore.sweeps.summary import Summary

VERSION = 1


def start_event(sweep: Sweep) -> dict[str, Any]:
    """The first event of a sweep. It says how it was cut: another version of the program may cut it otherwise."""
    place = {point.key: index for index, point in enumerate(sweep.points())}
    stacks = [
        {"id": each.id, "method": each.method, "replicas": [[place[one.point], one.seed] for one in each.replicas]}
        for each in sweep.stacks()
    ]
    return {"event": "start", "kind": "sweep", "version": VERSION, **sweep.to_dict(), "stacks": stacks}


@dataclass
class Course:
    """How far a stack is.

    Args:
        method: its method.
        points: index of the point of each replica.
        seeds: index of the seed of each replica.
        seconds: how long it should take.

    Attributes:
        sequence: of the next event of its training.
        state: ``waiting``, ``running``, ``done``, ``cancelled`` or ``failed``.
        losses: a message for each worker that died of it.
    """

    method: str
    points: np.ndarray
    seeds: np.ndarray
    seconds: float
    sequence: int = 0
    state: str = "waiting"
    losses: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether its last event has come."""
        return self.state in ("done", "cancelled", "failed")


class SweepRecording:
    """All events of a sweep so far. One thread adds, any number read; reading never blocks.

    Args:
        sweep: what is swept.

    Attributes:
        stacks: id -> how far each stack is.
        state: ``starting``, ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``.
        message: why it failed, in words.
        networks: of the whole sweep.
        done_networks: those trained to their end.
        failures: id of a stack that could not be trained -> why.
        elapsed: seconds that it took, once it is over.
        revision: grows with every event: a reader that saw this number has seen all.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.state, self.message = "starting", ""
        self.failures: dict[str, str] = {}
        self.elapsed = 0.0
        self.revision = 0
        self._cut(sweep, _courses(sweep, start_event(sweep)["stacks"]))

    def _cut(self, sweep: Sweep, stacks: dict[str, Course]) -> None:
        self.sweep, self.stacks = sweep, stacks
        self.networks, self.done_networks = sweep.networks, 0
        # Counted as events come: a large sweep has too many stacks to go through them each time.
        self._seconds, self._seconds_done = sum(stack.seconds for stack in stacks.values()), 0.0
        self._points = sweep.points()
        self._place = {point.key: index for index, point in enumerate(self._points)}
        points, seeds = len(self._points), sweep.config.seeds
        self._moments = [moments(point.settings["steps"]) for point in self._points]
        self._results = {
            method: {name: np.full((points, seeds), np.nan) for name in ("test_accuracy", "test_loss", "diverged")}
            for method in sweep.config.methods
        }
        self._curves = {
            method: np.full((2, points, CURVE_POINTS, seeds), np.nan, np.float32) for method in sweep.config.methods
        }

    @property
    def over(self) -> bool:
        """Whether its last event has come."""
        return self.state in ("finished", "stopped", "failed")

    @property
    def config(self) -> RunConfig:
        """Everything that is not swept, with the methods and seeds."""
        return self.sweep.config

    @property
    def progress(self) -> float:
        """Share of the work that is done, from 0 to 1, in the time that it should take."""
        return min(1.0, self._seconds_done / self._seconds)

    @property
    def nbytes(self) -> int:
        """Bytes of all results and curves; they have their room from the start."""
        return sum(each.nbytes for found in (*self._results.values(), self._curves) for each in found.values())

    def index(self, point: Point | str) -> int:
        """The place of a point, or of its key, in :meth:`Sweep.points`."""
        return self._place[point if isinstance(point, str) else point.key]

    def accuracy(self, method: str) -> np.ndarray:
        """Accuracy on all test examples, shape (points, seeds); NaN where a network is not done."""
        return self._results[method]["test_accuracy"].copy()

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
            examples, each of shape (moments, seeds), NaN where not known yet, the loss also once diverged.
        """
        index = self.index(point)
        steps = self._moments[index]
        loss, accuracy = self._curves[method][:, index, : len(steps)].copy()
        return np.array(steps), loss, accuracy

    def summaries(self) -> dict[str, Summary]:
        """What was found of each method, as far as networks are done: see :func:`ipcore.sweeps.summary.summaries`."""
        from ipcore.sweeps.summary import summaries  # here, since to take in events SciPy need not be loaded

        return summaries(self.sweep, {method: self.accuracy(method) for method in self.sweep.config.methods})

    def results(self) -> dict[str, Any]:
        """What was found, as ``python -m ipcore sweep --json`` prints it.

        Per method and point, lists over seeds: ``test_accuracy`` and ``test_loss`` on all test examples, ``train_loss``
        over the last twentieth of the steps, ``diverged`` (a step or null); null where a network is not done. Where a
        method is impossible, ``refused`` says why. ``summary`` is that of :mod:`ipcore.sweeps.summary`.
        """
        from ipcore.sweeps.summary import plain  # here, for the same reason

        sweep = self.sweep
        summary = plain(sweep, self.summaries())
        found = {
            method: {point.key: self._result(method, index, point) for index, point in enumerate(self._points)}
            for method in sweep.config.methods
        }
        return {**sweep.to_dict(), "results": found, "summary": summary}

    def _result(self, method: str, index: int, point: Point) -> dict[str, Any]:
        if reason := self.sweep.impossible(method, point):
            return {"refused": reason}
        accuracy, loss, fell = (
            self._results[method][name][index] for name in ("test_accuracy", "test_loss", "diverged")
        )
        last = self._curves[method][0, index, len(self._moments[index]) - 1]
        return {
            "test_accuracy": finite(accuracy.tolist()),
            "test_loss": finite(loss.tolist()),
            "train_loss": finite([float(f"{value:.6g}") for value in last]),
            "diverged": [None if np.isnan(step) else int(step) for step in fell],
        }

    def to_frame(self, kind: str) -> pd.DataFrame:
        """The sweep so far as a tidy pandas frame, see :data:`ipcore.recordings.sweep_frames.FRAMES`.

        Args:
            kind: ``"networks"``, ``"curves"``, ``"points"`` or ``"summary"``.

        Raises:
            ValueError: if there is no such frame.
        """
        from ipcore.recordings import sweep_frames  # here, since frames are made of recordings

        return sweep_frames.frame(self, kind)

    def to_csv(self) -> str:
        """The table that a whole sweep is exported as: what each network came to."""
        from ipcore.recordings import sweep_frames

        return sweep_frames.export_csv(self)

    def add(self, event: dict[str, Any]) -> None:
        """Takes in one event.

        Raises:
            ValueError: if it does not fit the sweep; the recording is unchanged.
        """
        name = event.get("event") if isinstance(event, dict) else None
        handler = getattr(self, f"_on_{name}", None) if isinstance(name, str) else None
        if handler is None:
            raise ValueError(f"no such event of a sweep: {shown(name if isinstance(event, dict) else event)}")
        if self.over:
            raise ValueError(f"event {name!r} comes after the end")
        try:
            handler(event)
        except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
            raise ValueError(f"event {name!r} is malformed: {type(error).__name__} {error}") from None
        self.revision += 1

    # Each reads all of an event before it changes anything, so that one that does not fit changes nothing.

    def _on_start(self, event: dict[str, Any]) -> None:
        if self.state != "starting":
            raise ValueError("a sweep starts once")
        sweep = _sweep(event)
        self._cut(sweep, _courses(sweep, required(event, "stacks")))
        self.state = "running"

    def _on_state(self, event: dict[str, Any]) -> None:
        if required(event, "state") not in ("running", "paused"):
            raise ValueError(f"no such state: {shown(event['state'])}")
        self.state = event["state"]

    def _on_begun(self, event: dict[str, Any]) -> None:
        stack = self._stack(event)
        if stack.state != "waiting":
            raise ValueError(f"stack {shown(event['stack'])} begins once")
        stack.state = "running"

    def _on_curve(self, event: dict[str, Any]) -> None:
        stack, steps = self._next(event)
        if stack.sequence == len(steps):
            raise ValueError(f"the curve of stack {shown(event['stack'])} has {len(steps)} points")
        whole(event, "step", steps[stack.sequence], steps[stack.sequence])
        loss, accuracy = _numbers(event, stack, "loss", None), _numbers(event, stack, "accuracy", 1)
        for curve, each in zip(self._curves[stack.method], (loss, accuracy), strict=True):
            curve[stack.points, stack.sequence, stack.seeds] = each
        stack.sequence += 1
        self._seconds_done += stack.seconds / len(steps)

    def _on_done(self, event: dict[str, Any]) -> None:
        stack, steps = self._next(event)
        if stack.sequence != len(steps):
            raise ValueError(f"stack {shown(event['stack'])} is done before its curve is")
        whole(event, "step", steps[-1], steps[-1])
        number(event, "seconds")
        bounds = {"test_accuracy": 1, "test_loss": None, "diverged": steps[-1]}
        found = {name: _numbers(event, stack, name, most, float) for name, most in bounds.items()}
        fell = found["diverged"][np.isfinite(found["diverged"])]
        if (fell < 1).any() or (fell % 1).any():
            raise ValueError(f"diverged must hold whole steps from 1 to {steps[-1]}, or null")
        for name, each in found.items():
            self._results[stack.method][name][stack.points, stack.seeds] = each
        stack.sequence += 1
        stack.state = "done"
        self.done_networks += len(stack.points)

    def _on_lost(self, event: dict[str, Any]) -> None:
        stack, message = self._stack(event), text(event, "message")
        stack.losses.append(message)

    def _on_cancelled(self, event: dict[str, Any]) -> None:
        self._stack(event).state = "cancelled"

    def _on_failed(self, event: dict[str, Any]) -> None:
        stack, message = self._stack(event), text(event, "message")
        stack.state = "failed"
        self.failures[event["stack"]] = message

    def _on_end(self, event: dict[str, Any]) -> None:
        if required(event, "state") not in ("finished", "stopped"):
            raise ValueError(f"no such end: {shown(event['state'])}")
        self.elapsed = float(number(event, "elapsed"))
        self.state = event["state"]

    def _on_error(self, event: dict[str, Any]) -> None:
        self.message, self.state = text(event, "message"), "failed"

    def _stack(self, event: dict[str, Any]) -> Course:
        """The stack that an event is of, which must not be over."""
        stack = self.stacks.get(text(event, "stack"))
        if self.state == "starting" or stack is None or stack.over:
            raise ValueError(f"no stack {shown(event['stack'])} is under way")
        return stack

    def _next(self, event: dict[str, Any]) -> tuple[Course, list[int]]:
        """Likewise, with the steps of its curve; the event must be the next in its sequence."""
        stack = self._stack(event)
        whole(event, "sequence", stack.sequence, stack.sequence)
        if stack.state != "running":
            raise ValueError(f"stack {shown(event['stack'])} has not begun")
        return stack, self._moments[stack.points[0]]


def _numbers(
    event: dict[str, Any], stack: Course, name: str, most: float | None, kind: type = np.float32
) -> np.ndarray:
    """A field that holds a number from 0 up, or null, for each network of a stack."""
    return array(required(event, name), len(stack.points), name=name, least=0, most=most, kind=kind)


def _sweep(start: Any) -> Sweep:
    """The sweep in a start event."""
    if not isinstance(start, dict) or start.get("event") != "start" or start.get("kind") != "sweep":
        raise ValueError("a recording of a sweep begins with its start event")
    check_version(start, VERSION)
    return Sweep.from_dict(start)


def _courses(sweep: Sweep, stacks: Any) -> dict[str, Course]:
    """The stacks in a start event, which must hold every network once."""
    if not isinstance(stacks, list):
        raise ValueError(f"stacks must be a list, not {shown(stacks)}")
    courses: dict[str, Course] = {}
    points = sweep.points()
    wanted = {
        (method, index, seed)
        for method in sweep.config.methods
        for index, point in enumerate(points)
        if not sweep.impossible(method, point)
        for seed in sweep.seeds
    }
    held = []
    for each in stacks:
        name, method, replicas = text(each, "id"), text(each, "method"), required(each, "replicas")
        if name in courses:
            raise ValueError(f"two stacks have the name {shown(name)}")
        if not isinstance(replicas, list) or not replicas or not all(map(_is_replica, replicas)):
            raise ValueError(f"replicas must be a list of [index of point, seed], not {shown(replicas)}")
        held += [(method, *replica) for replica in replicas]
        places, seeds = np.array(replicas).reshape(-1, 2).T
        steps = {points[place].settings["steps"] for place in places if 0 <= place < len(points)}
        if not wanted.issuperset(held[-len(replicas) :]) or len(steps) > 1:
            raise ValueError(f"stack {shown(name)} does not fit the sweep")
        seconds = len(replicas) * network_seconds(points[places[0]].config(method), len(replicas))
        courses[name] = Course(method, places, seeds - sweep.config.first_seed, seconds)
    if len(held) != len(wanted) or set(held) != wanted:
        raise ValueError("the stacks of a sweep must hold every network once")
    return courses


def _is_replica(value: Any) -> bool:
    """Whether a value is two whole numbers."""
    return isinstance(value, list) and list(map(type, value)) == [int, int]


def from_events(events: Iterable[dict[str, Any]]) -> SweepRecording:
    """The recording that holds these events; the first must be ``start``.

    Raises:
        ValueError: if it is not, or an event does not fit.
    """
    recording = None
    for event in events:
        if recording is None:
            recording = SweepRecording(_sweep(event))
        recording.add(event)
    if recording is None:
        raise ValueError("a recording holds at least its start event")
    return recording
