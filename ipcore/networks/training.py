"""The training loop: a generator that yields the events of a race, and carries out commands between steps.

The result of a step depends only on the configuration and on the commands that change a setting. Telemetry only reads,
so it makes no difference when anybody looks. It is paced by the clock, so that it takes at most a given share of the
time.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from typing import Any, Literal, Protocol

import numpy as np
import torch
from msgspec import UNSET, UnsetType

from ipcore.config import IN_FLIGHT, INFORMATION_EXAMPLES, RunConfig, parse_field
from ipcore.data.sets import Data
from ipcore.jsonlines import finite
from ipcore.networks import telemetry
from ipcore.networks.device import device_name, on_device
from ipcore.networks.minibatches import scaled_inputs
from ipcore.networks.pace import SHARES, SHARES_IN_THE_PLANE, SNAPSHOT_SECONDS, Pace, clocks
from ipcore.networks.race import Race
from ipcore.recordings.events import race as events
from ipcore.recordings.events.base import Event

CHUNK_SECONDS = 0.1
"""How long losses are collected before they are sent, in seconds."""
CHUNK = 1000
"""Number of examples that are tested at once, which limits the memory needed."""


class Commands(Protocol):
    """A source of commands: ``pause``, ``resume``, ``step`` (count), ``set`` (setting, value), ``stop``."""

    def get(self, block: bool) -> dict[str, Any] | None:
        """The next command; None if there is none.

        Args:
            block: whether to wait until there is one.
        """


class NoCommands:
    """A source that never gives a command."""

    def get(self, block: bool) -> None:
        return None


NO_COMMANDS = NoCommands()


class Training:
    """A race that is being trained: its networks, and what has been reported of them.

    All of its state between two steps is in this object, so that :meth:`copy` gives a race that goes on from there.

    Args:
        config: the settings.
        data: the data set that they name.
        paused: whether to wait for a command at step 0.
    """

    def __init__(self, config: RunConfig, data: Data, paused: bool) -> None:
        self.config, self.data = config, data
        self.race = Race(config, data)
        self.test_inputs = scaled_inputs(on_device(torch.from_numpy(data.test_inputs)), data)
        self.test_labels = on_device(torch.from_numpy(data.test_labels))
        self.allowed = 0 if paused else math.inf  # number of steps before the next pause
        self.begun = self.stopped = False
        self.elapsed = self.worked = 0.0  # seconds trained: time on the clock, and processor time
        self.losses: dict[str, list[list[float]]] = {method: [] for method in config.methods}
        self.sent_step = 0  # the last step whose losses were sent
        self.sent_at = time.perf_counter()  # when losses were last sent, or training last began or went on
        self.sending = 0.0  # processor seconds that sending has taken
        shares = SHARES if data.extent is None else SHARES_IN_THE_PLANE
        self.tests, self.snapshots, self.surfaces = (Pace(share, SNAPSHOT_SECONDS) for share in shares)
        self.test_step = self.snapshot_step = -1  # the steps of the last test and of the last snapshot
        self.surface_step = -1 if data.extent is not None else math.inf  # the step of the last decision surface
        self.first_layer: list[tuple[int, dict[str, list[float]]]] = []
        self.sums: dict[str, telemetry.Tally] = {}  # of the last test, for the one on all examples

    def begin(self) -> Iterator[Event]:
        """Yields the test before the first step, and the state of a race that waits there. A copy has begun already."""
        if self.begun:
            return
        self.begun = True
        yield from self.test()
        if not self.allowed:
            yield self.state("paused")

    def copy(self) -> Training:
        """A race that goes on from this step by itself: with the same networks, minibatches and unsent losses.

        Only the data are shared, which do not change.
        """
        shared = (self.config, self.data, self.test_inputs, self.test_labels, *self.race.minibatches.examples)
        return copy.deepcopy(self, {id(each): each for each in shared})

    def timed(self, event: Event, began: tuple[float, float], pace: Pace | None = None) -> Iterator[Event]:
        """Yields an event and counts the time since ``began``, which includes the time that its receiver took."""
        yield event
        self.count(began, pace)

    def count(self, began: tuple[float, float], pace: Pace | None = None) -> None:
        """Counts the time since ``began`` as telemetry of this pace, or as sending if there is none."""
        if not self.allowed or self.race.step <= 1:
            if pace:
                pace.expect(clocks()[1] - began[1])
            return  # the run is paused or has just begun, so this is no training time
        cost = self.spend(began)
        if pace is None:
            self.sending += cost
        else:
            pace.count(cost, self.worked)

    def spend(self, began: tuple[float, float]) -> float:
        """Adds the time since ``began`` to the training time, and returns it as processor seconds."""
        passed, worked = (end - start for start, end in zip(began, clocks(), strict=True))
        self.elapsed += passed
        self.worked += worked
        return worked

    def carry_out(self, command: dict[str, Any]) -> Iterator[Event]:
        """Carries out one command."""
        was_paused = not self.allowed
        match command["command"]:
            case "pause":
                self.allowed = 0
                if not was_paused:
                    yield from self.report_all()
                    yield self.state("paused")
            case "resume":
                self.allowed = math.inf
                if was_paused:
                    yield self.state("running")
            case "step":
                count = int(command.get("count", 1))
                self.allowed = count if self.allowed == math.inf else self.allowed + count
            case "stop":
                self.stopped = True
            case "set":
                setting = command["setting"]
                if setting not in IN_FLIGHT:
                    raise ValueError(f"setting must be one of {', '.join(IN_FLIGHT)} while training, not {setting!r}")
                value = parse_field(setting, command["value"])
                rate = self.race.rates[setting]
                previous = float(
                    f"{rate.view(-1)[0].item():.7g}"
                )  # the value as it was given, before rounding to float32
                rate.fill_(value)
                if value != previous:
                    yield events.Mark(step=self.race.step, setting=setting, previous=previous, value=value)
            case unknown:
                raise ValueError(f"no such command: {unknown!r}")

    def state(self, state: Literal["running", "paused"]) -> Event:
        return events.State(step=self.race.step, state=state)

    def advance(self) -> Iterator[Event]:
        """Makes one step of training, and yields the events that are due after it."""
        began = clocks()
        losses, diverged = self.race.advance()
        step, self.allowed = self.race.step, self.allowed - 1
        for method, row in losses.items():
            self.losses[method].append(row)
        if step == 1 or step % 10 == 0 or step > 0.9 * self.config.steps:
            gradients = {method: net.weight_gradients[0] for method, net in self.race.networks.items()}
            self.first_layer.append(
                (step, {method: g.abs().mean((0, 2, 3)).tolist() for method, g in gradients.items()})
            )
        self.spend(began)
        for method, replica in diverged:
            yield events.Diverged(step=step, method=method, seed=self.race.seeds[replica])
        if step == 1 or time.perf_counter() - self.sent_at >= CHUNK_SECONDS:
            yield from self.flush()
        tested = step == 1 or self.tests.due(self.worked)
        if tested or self.snapshots.due(self.worked):
            yield from self.snapshot()
        if tested:
            yield from self.test(surface=self.surfaces.due(self.worked))
        if not self.allowed and step < self.config.steps:
            yield from self.report_all()
            yield self.state("paused")

    def flush(self) -> Iterator[Event]:
        """Yields the losses that have not been sent yet."""
        if self.sent_step == self.race.step:
            return
        began = clocks()
        losses = {method: finite(rows) for method, rows in self.losses.items()}
        first, self.sent_step, self.sent_at = self.sent_step + 1, self.race.step, began[0]
        self.losses = {method: [] for method in self.losses}
        yield from self.timed(events.Steps(first=first, elapsed=self.seconds, loss=losses), began)

    @property
    def seconds(self) -> float:
        """Seconds trained so far, by the clock, rounded."""
        return round(self.elapsed, 4)

    def snapshot(self) -> Iterator[Event]:
        """Yields the state of every layer, measured on the latest minibatch, unless this step has been reported."""
        if self.snapshot_step == self.race.step or not self.race.step:
            return
        yield from self.flush()
        began, self.snapshot_step = clocks(), self.race.step
        methods = {method: telemetry.layers(net, self.race.alive[method]) for method, net in self.race.networks.items()}
        yield from self.timed(events.Snapshot(step=self.snapshot_step, methods=methods), began, self.snapshots)

    def test(self, surface: bool = True) -> Iterator[Event]:
        """Yields loss, accuracy and information on the first test examples, unless this step has been tested.

        Args:
            surface: whether to add decision surfaces, if the data are two-dimensional.
        """
        surface_is_old = surface and self.surface_step < self.test_step
        if self.test_step == self.race.step and not surface_is_old:
            return
        yield from self.flush()
        cells: dict[str, list[int]] | UnsetType = UNSET
        if surface and self.data.extent is not None:
            began, self.surface_step, extent = clocks(), self.race.step, list(self.data.extent)
            cells = {method: telemetry.surface(net, extent) for method, net in self.race.networks.items()}
            self.count(began, self.surfaces)
        began, self.test_step = clocks(), self.race.step
        inputs, labels = self.test_inputs[:INFORMATION_EXAMPLES], self.test_labels[:INFORMATION_EXAMPLES]
        information = {}
        for method, net in self.race.networks.items():
            self.sums[method], information[method] = telemetry.observe(net, inputs, labels, self.race.alive[method])
        loss, accuracy = self.means(len(labels))
        event = events.Test(
            step=self.test_step,
            surface=cells,
            examples=len(labels),
            loss=loss,
            accuracy=accuracy,
            information=information if self.test_step else UNSET,  # before the first step there is no snapshot
        )
        yield from self.timed(event, began, self.tests)

    def means(self, examples: int) -> tuple[dict[str, telemetry.PerSeed], dict[str, telemetry.PerSeed]]:
        """Method -> loss, and method -> accuracy, from the sums over so many examples."""
        results = {method: telemetry.means([sums], examples) for method, sums in self.sums.items()}
        return {method: each[0] for method, each in results.items()}, {
            method: each[1] for method, each in results.items()
        }

    def test_on_all(self) -> Iterator[Event]:
        """Yields loss and accuracy on all test examples, if they are more than those of the other tests."""
        began, rest = clocks(), slice(INFORMATION_EXAMPLES, None)
        inputs, labels = self.test_inputs[rest].split(CHUNK), self.test_labels[rest].split(CHUNK)
        if len(self.test_labels) <= INFORMATION_EXAMPLES:
            return
        for method, net in self.race.networks.items():
            for part in zip(inputs, labels, strict=True):
                loss, correct = telemetry.tally(net, *part)
                self.sums[method] = self.sums[method][0] + loss, self.sums[method][1] + correct
        loss_on_all, accuracy = self.means(len(self.test_labels))
        event = events.Test(step=self.race.step, examples=len(self.test_labels), loss=loss_on_all, accuracy=accuracy)
        yield from self.timed(event, began, self.tests)

    def report_all(self) -> Iterator[Event]:
        """Yields losses, a snapshot and a test of the present step."""
        yield from self.flush()
        yield from self.snapshot()
        yield from self.test()

    def end(self) -> Iterator[Event]:
        """Yields the last losses, a snapshot, a test, one on all test examples, and the event ``end``."""
        spent = self.tests.spent + self.snapshots.spent + self.surfaces.spent + self.sending
        share = spent / self.worked if self.worked else 0.0
        yield from self.flush()
        yield from self.snapshot()
        yield from self.test()
        yield from self.test_on_all()
        late = [gradients for step, gradients in self.first_layer if step > 0.9 * self.race.step] or [
            gradients
            for _, gradients in self.first_layer[-1:]  # after few steps, none of the last tenth may have been measured
        ]
        first_layer = {
            method: finite(
                [
                    float(np.mean([each[method][replica] for each in late])) if late and replica in alive else math.nan
                    for replica in range(self.config.seeds)
                ]
            )
            for method, alive in self.race.alive.items()
        }
        yield events.End(
            step=self.race.step,
            state="stopped" if self.stopped else "finished",
            elapsed=self.seconds,
            telemetry=round(share, 4),
            first_layer_gradient=first_layer,
        )


def start_event(config: RunConfig, data: Data) -> events.Start:
    """The first event of a race: its settings, and facts about the examples that they choose from its data set."""
    data = data.first(config.train_examples)
    facts = events.DataFacts(
        train=len(data.train_labels),
        test=len(data.test_labels),
        probe=min(INFORMATION_EXAMPLES, len(data.test_labels)),
        extent=UNSET if data.extent is None else list(data.extent),
        points=UNSET if data.extent is None else [(x, y, int(label)) for x, y, label in data.points()],
    )
    device = device_name()
    return events.Start(
        version=events.VERSION, config=config.to_dict(), data=facts, device=UNSET if device == "cpu" else device
    )


@torch.no_grad()
def train_by_turns(training: Training, commands: Commands) -> Iterator[Event | None]:
    """Trains a race up to its end, from wherever it stands, and yields its events.

    Args:
        training: the race.
        commands: the source of commands, which is read between steps. A source that is asked to wait may say that there
            is none; it is asked again at the next turn.

    Yields:
        Events, and None before the first step, after each step, and each time that a paused race has no command: the
        moments at which the caller may turn to another race, and at which the race may be copied.

    Raises:
        ValueError: if there is no such command, or it sets what may not be set.
    """
    yield from training.begin()
    yield None
    while training.race.step < training.config.steps and not training.stopped:
        command = commands.get(block=not training.allowed)
        if command is not None:
            yield from training.carry_out(command)
            continue
        if training.allowed:
            yield from training.advance()
        yield None
    yield from training.end()


def train(config: RunConfig, data: Data, commands: Commands = NO_COMMANDS, *, paused: bool = False) -> Iterator[Event]:
    """Trains the networks of a race, and yields the events that :mod:`ipcore.recordings.events.race` defines.

    It is for the caller to draw or store events, and to decide how fast training goes: between two events that it asks
    for, the generator does nothing.

    Args:
        config: the settings.
        data: the data set that they name.
        commands: the source of commands, which is read between steps.
        paused: whether to wait for a command at step 0.

    Raises:
        ValueError: if there is no such command, or it sets what may not be set.
    """
    yield start_event(config, data)  # before the networks are built, because somebody may be waiting for it
    for event in train_by_turns(Training(config, data, paused), commands):
        if event is not None:
            yield event
