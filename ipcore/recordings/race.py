"""A recording of a race: its events (:mod:`ipcore.recordings.events.race`), and what was found so far.

The same form is streamed, stored, replayed and exported.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from msgspec import UNSET, to_builtins

from ipcore.config import IN_FLIGHT, RunConfig
from ipcore.messages import shorten
from ipcore.recordings.arrays import GrowingRows, array, check_between
from ipcore.recordings.base import StoredRecording
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, Histograms, histograms
from ipcore.recordings.events import race as events
from ipcore.recordings.moments import PER_LAYER, Divergence, Mark, Snapshot, Test, latest
from ipcore.recordings.reading import Sent

if TYPE_CHECKING:
    import pandas as pd

Value = TypeVar("Value")


class Recording(StoredRecording):
    """All events of a race so far. One thread adds, any number read; reading never blocks.

    Args:
        config: the settings of the race. Its start event replaces them.

    Attributes:
        config: the settings.
        data: facts about the data set, from the start event.
        progress: the last ``progress`` event's fields while the data set is fetched, else None.
        telemetry_share: share of the time that telemetry took; NaN until the race ends.
        first_layer_gradient: method -> mean |dL/dW| of the first layer, per seed; empty until the race ends.
        tests: the tests in ascending order of their steps.
        snapshots: the snapshots in ascending order of their steps.
        marks: settings that were changed while the race was under way.
        diverged: networks whose loss stopped being finite.
    """

    kind = "race"
    resumable = False

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self.config = config
        self.data: dict[str, Any] = {}
        self.threads, self.device = 1, "cpu"
        self.progress: dict[str, Any] | None = None
        self.telemetry_share = math.nan
        self.first_layer_gradient: dict[str, list[float | None]] = {}
        self.tests: list[Test] = []
        self.snapshots: list[Snapshot] = []
        self.marks: list[Mark] = []
        self.diverged: list[Divergence] = []
        self._loss = {method: GrowingRows(config.seeds) for method in config.methods}

    @classmethod
    def of(cls, start: events.Start) -> Self:
        """An empty recording with the settings that a start event has."""
        return cls(RunConfig.from_dict(start.config))

    def copy(self) -> Self:
        """A recording with the same events so far, which goes on by itself. Not while another thread adds an event."""
        made = super().copy()
        made._loss = {method: rows.copy() for method, rows in self._loss.items()}
        return made

    @property
    def step(self) -> int:
        """Steps done, for every method."""
        return min(map(len, self._loss.values()))

    @property
    def done(self) -> int:
        """Steps done."""
        return self.step

    def settings(self) -> dict[str, Any]:
        """The settings of the race, as plain values."""
        return self.config.to_dict()

    def accuracies(self) -> dict[str, float]:
        """Method -> mean accuracy of the last test over the seeds that have not diverged; none if all have."""
        found = {}
        for test in self.tests[-1:]:
            for method, values in test.accuracy.items():
                known = values[np.isfinite(values)]
                if len(known):
                    found[method] = float(known.mean())
        return found

    def loss(self, method: str) -> np.ndarray:
        """Training loss, shape (steps, seeds); row 0 is step 1."""
        return self._loss[method].view()

    def moment(self, step: int | None) -> Snapshot | None:
        """The last snapshot at or before ``step`` (by default the newest), or the first one if all are later."""
        return latest(self.snapshots, step)

    def informed(self, step: int | None) -> Snapshot | None:
        """The last snapshot with entropy and activity at or before ``step``, or the first one if all are later."""
        return latest([snapshot for snapshot in self.snapshots if snapshot.examples], step)

    def curve(self) -> list[Test]:
        """The tests that are points of the curves of accuracy: those on as many examples as the first.

        At the end of a race one test more is on all test examples. It is a result, but no point of the curve, which
        would jump there though no network has changed.
        """
        return [test for test in self.tests if test.examples == self.tests[0].examples]

    def tested(self, step: int | None) -> Test | None:
        """The last test at or before ``step`` (by default the newest), or the first one if all are later."""
        return latest(self.tests, step)

    def drawn(self, step: int | None) -> Test | None:
        """The last test with decision surfaces at or before ``step``, or the first one if all are later."""
        return latest([test for test in self.tests if test.surface], step)

    def to_frame(self, kind: str) -> pd.DataFrame:
        """The run so far as a tidy pandas frame, see :data:`ipcore.recordings.frames.race.FRAMES`.

        Args:
            kind: ``"curves"``, ``"tests"``, ``"layers"``, ``"histograms"``, ``"surfaces"``, ``"rates"``, ``"changes"``
                or ``"summary"``.

        Raises:
            ValueError: if there is no such frame.
        """
        from ipcore.recordings.frames import race as race_frames  # here, since frames are made of recordings

        return race_frames.frame(self, kind)

    def to_csv(self) -> str:
        """The table that a whole race is exported as: its curves."""
        from ipcore.recordings.frames import race as race_frames

        return race_frames.export_csv(self)

    def _stopped(self) -> events.End:
        return events.End(
            step=self.step, state="stopped", elapsed=self.elapsed, telemetry=None, first_layer_gradient={}
        )

    def _on_start(self, event: events.Start) -> None:
        if self.state != "starting" or self.step:
            raise ValueError("a run starts once")
        config = RunConfig.from_dict(event.config)
        _check_data(event.data, config)
        self._loss = {method: GrowingRows(config.seeds) for method in config.methods}
        self.config, self.data, self.progress, self.state = config, _plain(event.data), None, "running"
        self.threads = 1 if event.threads is UNSET else event.threads
        self.device = "cpu" if event.device is UNSET else event.device

    def _on_progress(self, event: events.Progress) -> None:
        self.progress = {"what": event.what, "done": event.done, "total": event.total}

    def _on_steps(self, event: events.Steps) -> None:
        first = event.first
        check_between("elapsed", event.elapsed, self.elapsed, math.inf)
        loss = self._arrays("loss", event.loss, None, self.config.seeds)
        last = {first + len(rows) - 1 for rows in loss.values()}
        if first != self.step + 1 or len(last) != 1 or max(last) > self.config.steps:
            raise ValueError(f"steps {first} to {max(last)} do not follow step {self.step} of {self.config.steps}")
        for method, rows in loss.items():
            self._loss[method].append(rows)
        self.elapsed = float(event.elapsed)

    def _on_test(self, event: events.Test) -> None:
        check_between("step", event.step, self.tests[-1].step if self.tests else 0, self.step)
        seeds = self.config.seeds
        loss = self._arrays("loss", event.loss, seeds)
        accuracy = self._arrays("accuracy", event.accuracy, seeds)
        cells = {} if event.surface is UNSET else self._arrays("surface", event.surface, SIDE**2)
        surface = {method: each.reshape(SIDE, SIDE) / 100 for method, each in cells.items()}
        for each in self.diverged:  # frozen: what it answers is no result of its method
            if each.step <= event.step:
                place = each.seed - self.config.first_seed
                loss[each.method][place] = accuracy[each.method][place] = np.nan
        informed = None if event.information is UNSET else self._informed(event, event.information)
        self.tests.append(Test(event.step, event.examples, loss, accuracy, surface))
        if informed:
            self.snapshots[-1] = informed

    def _on_snapshot(self, event: events.Snapshot) -> None:
        check_between("step", event.step, self.snapshots[-1].step + 1 if self.snapshots else 0, self.step)
        numbers = self._by_method(event.methods)
        known = {each.entropy is not UNSET and each.activity is not UNSET for each in numbers.values()}
        if len(known) != 1:
            raise ValueError("entropy and activity are needed of each method, or of none")
        examples = self.config.batch_size if known == {True} else 0
        self.snapshots.append(
            Snapshot(
                event.step,
                self.config.methods,
                np.stack([self._numbers(each) for each in numbers.values()]),
                self._histograms((each.gain for each in numbers.values()), GAIN_EDGES),
                self._histograms((each.bias for each in numbers.values()), BIAS_EDGES),
                self._activity(each.activity for each in numbers.values()) if examples else None,
                examples,
                of_minibatch=bool(examples),
            )
        )

    def _on_mark(self, event: events.Mark) -> None:
        if event.setting not in IN_FLIGHT:
            raise ValueError(f"setting must be one of {', '.join(IN_FLIGHT)}, not {shorten(event.setting)}")
        check_between("step", event.step, self.step, self.config.steps)  # the losses before it may not have come yet
        self.marks.append(Mark(event.step, event.setting, float(event.previous), float(event.value)))

    def _on_diverged(self, event: events.Diverged) -> None:
        config, method, seed = self.config, event.method, event.seed
        check_between("seed", seed, config.first_seed, config.first_seed + config.seeds - 1)
        if method not in config.methods or (method, seed) in ((each.method, each.seed) for each in self.diverged):
            raise ValueError(f"no network of method {shorten(method)} and seed {seed} was left to diverge")
        check_between("step", event.step, max(1, self.step), config.steps)
        self.diverged.append(Divergence(event.step, method, seed))

    def _on_state(self, event: events.State) -> None:
        check_between("step", event.step, self.step, self.config.steps)
        self.state = event.state

    def _on_end(self, event: events.End) -> None:
        check_between("step", event.step, self.step, self.step)
        check_between("elapsed", event.elapsed, self.elapsed, math.inf)
        if event.state == "finished" and event.step != self.config.steps:
            raise ValueError(f"a run of {self.config.steps:,} steps is not finished at step {event.step:,}")
        gradient: dict[str, list[float | None]] = {}
        if event.first_layer_gradient:
            self._arrays("first_layer_gradient", event.first_layer_gradient, self.config.seeds)
            gradient = {method: list(event.first_layer_gradient[method]) for method in self.config.methods}
        self.elapsed, self.first_layer_gradient = float(event.elapsed), gradient
        self.telemetry_share = math.nan if event.telemetry is None else float(event.telemetry)
        self.state = event.state

    def _on_error(self, event: events.Error) -> None:
        self.message, self.state = event.message, "failed"

    def _by_method(self, values: dict[str, Value]) -> dict[str, Value]:
        """The entries of an object, which needs one for each method of the race, in their order."""
        if values.keys() != set(self.config.methods):
            raise ValueError(f"an entry is needed for each of {', '.join(self.config.methods)} and for nothing else")
        return {method: values[method] for method in self.config.methods}

    def _arrays(self, name: str, values: dict[str, list[Any]], *shape: int | None) -> dict[str, np.ndarray]:
        """A field that holds numbers of every method, as arrays of a shape (see :func:`array`)."""
        return {
            method: array(each, *shape, name=f"{name} of {method}") for method, each in self._by_method(values).items()
        }

    def _numbers(self, numbers: events.LayerNumbers) -> np.ndarray:
        """The quantities of :data:`PER_LAYER` of one method, shape (quantities, layers)."""
        depth = self.config.depth
        said = {name: getattr(numbers, name) for name in PER_LAYER}
        return np.stack(
            [array([None] * depth if each is UNSET else each, depth, name=name) for name, each in said.items()]
        )

    def _histograms(self, methods: Iterable[list[list[int]]], edges: np.ndarray) -> Histograms:
        """The histograms of the layers of all methods, which a snapshot says for each method."""
        depth, neurons = self.config.depth, self.config.width * self.config.seeds
        return Histograms.of(np.concatenate([histograms(each, depth, len(edges) - 1, neurons) for each in methods]))

    def _activity(self, methods: Iterable[Any]) -> Histograms:
        """The activity of the layers of all methods, in thousandths."""
        depth = self.config.depth
        said = [array(each, depth, ACTIVITY_BINS, name="activity") for each in methods]
        return Histograms.of(np.concatenate(said).astype(np.uint16))

    def _informed(self, event: events.Test, information: dict[str, events.LayerInformation]) -> Snapshot:
        """The newest snapshot with the entropy and the activity that a test of its step measured.

        Raises:
            ValueError: if there is no snapshot of this step.
        """
        if not self.snapshots or self.snapshots[-1].step != event.step:
            raise ValueError(f"the test of step {event.step} has information, and there is no snapshot of that step")
        snapshot, said = self.snapshots[-1], self._by_method(information).values()
        numbers = snapshot.numbers.copy()
        numbers[:, PER_LAYER.index("entropy")] = [
            array(each.entropy, self.config.depth, name="entropy") for each in said
        ]
        activities = self._activity(each.activity for each in said)
        return replace(snapshot, numbers=numbers, activities=activities, examples=event.examples, of_minibatch=False)


def _check_data(data: events.DataFacts, config: RunConfig) -> None:
    """Checks that the facts about the data agree with one another and with the settings.

    Raises:
        ValueError: naming what does not fit.
    """
    if data.extent is not UNSET:
        x0, x1, y0, y1 = data.extent
        if not (x0 < x1 and y0 < y1):
            raise ValueError(f"extent must be [x0, x1, y0, y1] in ascending pairs, not {shorten(data.extent)}")
    if data.points is not UNSET and any(label >= config.data.classes for _, _, label in data.points):
        raise ValueError(f"the class of a point must be below {config.data.classes}")


def _plain(data: events.DataFacts) -> dict[str, Any]:
    """Facts about the data as plain values: those that are known."""
    facts: dict[str, Any] = to_builtins(data)
    return {name: [list(point) for point in value] if name == "points" else value for name, value in facts.items()}


def from_events(sent: Iterable[Sent]) -> Recording:
    """The recording that holds these events; the first must be ``start``.

    Raises:
        ValueError: if it is not, or an event does not fit.
    """
    return Recording.from_events(sent)
