"""The training loop: a generator that yields the events of a race, and obeys commands between steps.

The numbers of a step depend on the configuration and on the commands that change a setting, not on when anyone looked:
telemetry only reads, and it is paced by the clock, so that watching costs at most a known share of the time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, Literal, Protocol

import numpy as np
import torch
from msgspec import UNSET, UnsetType

from ipcore.config import IN_FLIGHT, PROBE, RunConfig, parse_field
from ipcore.data.sets import Data
from ipcore.jsonlines import finite
from ipcore.networks import telemetry
from ipcore.networks.race import Race, scaled_inputs
from ipcore.recordings.events import race as events
from ipcore.recordings.events.base import Event

SHARES = (0.015, 0.02, 0.0)
"""Shares of the training time that tests, snapshots and decision surfaces may take. The rest to 5 % is for sending."""
SHARES_IN_THE_PLANE = (0.01, 0.015, 0.01)
"""The same of two-dimensional data. A surface costs as much as several tests, so it has a share of its own."""
CREDIT_SECONDS = 0.3
"""Time trained that a run is given in advance, so that its first moments, when most happens, are seen."""
CHUNK_SECONDS = 0.1
"""How long losses are gathered before they are sent."""
SNAPSHOT_SECONDS = 0.05
"""Least time between snapshots; it grows to 1 % of the time trained, so that long recordings stay small."""


class Commands(Protocol):
    """Where the loop finds commands: ``pause``, ``resume``, ``step`` (count), ``set`` (setting, value), ``stop``."""

    def get(self, block: bool) -> dict[str, Any] | None:
        """The next command; None if there is none, which ``block`` waits for."""


class NoCommands:
    """Nobody steers."""

    def get(self, block: bool) -> None:
        return None


NO_COMMANDS = NoCommands()


def now() -> tuple[float, float]:
    """Seconds by the clock, and processor seconds of this thread."""
    return time.perf_counter(), time.thread_time()


class Pace:
    """Tells when something that costs time is due, so that all of it takes at most a share of the time trained.

    Time is the processor's, so that a busy machine does not make telemetry look dear, and it is counted from
    CREDIT_SECONDS before the start.

    Args:
        share: of the time trained.
        least: seconds between two occasions; later a hundredth of the time trained, if that is more.
    """

    def __init__(self, share: float, least: float) -> None:
        self.spent = 0.0
        self._share, self._least = share, least
        self._last, self._last_cost = 0.0, 0.0

    def due(self, elapsed: float) -> bool:
        """Whether the next occasion, if it costs what the last one did, stays within the share."""
        return self.spent + self._last_cost <= self._share * (elapsed + CREDIT_SECONDS) and elapsed - self._last >= max(
            self._least, elapsed / 100
        )

    def count(self, cost: float, elapsed: float) -> None:
        """Takes note of an occasion: seconds that it took, seconds trained by then."""
        self.spent, self._last, self._last_cost = self.spent + cost, elapsed, cost


class _Run:
    """The state of one call of :func:`train`."""

    def __init__(self, config: RunConfig, data: Data, paused: bool) -> None:
        self.config, self.data = config, data
        self.race = Race(config, data)
        self.test_inputs = scaled_inputs(torch.from_numpy(data.test_inputs), data)
        self.test_labels = torch.from_numpy(data.test_labels)
        self.allowed = 0 if paused else math.inf  # steps before the next pause
        self.stopped = False
        self.elapsed = self.worked = 0.0  # seconds trained by the clock, and of the processor
        self.losses: dict[str, list[list[float]]] = {method: [] for method in config.methods}
        self.sent = 0
        self.sending = 0.0
        self.sent_at = 0.0
        shares = SHARES if data.extent is None else SHARES_IN_THE_PLANE
        self.tests, self.snapshots, self.surfaces = (Pace(share, SNAPSHOT_SECONDS) for share in shares)
        self.tested = self.seen = -1  # step of the last test, of the last snapshot
        self.drawn = -1 if data.extent is not None else math.inf  # of the last decision surface
        self.first_layer: list[tuple[int, dict[str, list[float]]]] = []

    def timed(self, event: Event, began: tuple[float, float], pace: Pace | None = None) -> Iterator[Event]:
        """Yields an event and counts the time it took, that of its receiver too."""
        yield event
        self.count(began, pace)

    def count(self, began: tuple[float, float], pace: Pace | None = None) -> None:
        """Counts the time since ``began`` as telemetry of this pace, or as sending."""
        if not self.allowed or self.race.step <= 1:
            return  # no time of training: the run is paused, or has just begun
        cost = self.spend(began)
        if pace is None:
            self.sending += cost
        else:
            pace.count(cost, self.worked)

    def spend(self, began: tuple[float, float]) -> float:
        """Adds what was spent since ``began`` to the time trained; the processor seconds among it."""
        passed, worked = (end - start for start, end in zip(began, now(), strict=True))
        self.elapsed += passed
        self.worked += worked
        return worked

    def obey(self, command: dict[str, Any]) -> Iterator[Event]:
        """Carries out one command."""
        was_paused = not self.allowed
        match command["command"]:
            case "pause":
                self.allowed = 0
                if not was_paused:
                    yield from self.now()
                    yield self.state("paused")
            case "resume":
                self.allowed = math.inf
                if was_paused:
                    yield self.state("running")
            case "step":
                self.allowed = int(command.get("count", 1))
            case "stop":
                self.stopped = True
            case "set":
                setting = command["setting"]
                if setting not in IN_FLIGHT:
                    raise ValueError(f"setting must be one of {', '.join(IN_FLIGHT)} while training, not {setting!r}")
                value = parse_field(setting, command["value"])
                rate = self.race.rates[setting]
                previous = float(f"{rate.view(-1)[0].item():.7g}")  # as it was asked for, not as float32 holds it
                rate.fill_(value)
                if value != previous:
                    yield events.Mark(step=self.race.step, setting=setting, previous=previous, value=value)
            case unknown:
                raise ValueError(f"no such command: {unknown!r}")

    def state(self, state: Literal["running", "paused"]) -> Event:
        return events.State(step=self.race.step, state=state)

    def advance(self) -> Iterator[Event]:
        """One step, and what is due after it."""
        began = now()
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
        if step == 1 or self.elapsed - self.sent_at >= CHUNK_SECONDS:
            yield from self.flush()
        if step == 1 or self.snapshots.due(self.worked):
            yield from self.snapshot()
        if self.tests.due(self.worked):
            yield from self.test(surface=self.surfaces.due(self.worked))
        if not self.allowed and step < self.config.steps:
            yield from self.now()
            yield self.state("paused")

    def flush(self) -> Iterator[Event]:
        """Losses not yet sent."""
        if self.sent == self.race.step:
            return
        began = now()
        losses = {method: finite(rows) for method, rows in self.losses.items()}
        first, self.sent, self.sent_at = self.sent + 1, self.race.step, self.elapsed
        self.losses = {method: [] for method in self.losses}
        yield from self.timed(events.Steps(first=first, elapsed=self.seconds, loss=losses), began)

    @property
    def seconds(self) -> float:
        return round(self.elapsed, 4)

    def snapshot(self) -> Iterator[Event]:
        """The state of every layer, of the minibatch that just passed."""
        if self.seen == self.race.step or not self.race.step:
            return
        yield from self.flush()
        began, self.seen = now(), self.race.step
        methods = {method: telemetry.layers(net, self.race.alive[method]) for method, net in self.race.networks.items()}
        yield from self.timed(events.Snapshot(step=self.seen, methods=methods), began, self.snapshots)

    def test(self, examples: int = PROBE, surface: bool = True) -> Iterator[Event]:
        """Loss and accuracy on the first test examples; of two-dimensional data, if wanted, decision surfaces."""
        if self.tested == self.race.step and examples == PROBE and not (surface and self.drawn < self.tested):
            return
        yield from self.flush()
        cells: dict[str, list[int]] | UnsetType = UNSET
        if surface and self.data.extent is not None:
            began, self.drawn, extent = now(), self.race.step, list(self.data.extent)
            cells = {method: telemetry.surface(net, extent) for method, net in self.race.networks.items()}
            self.count(began, self.surfaces)
        began, self.tested = now(), self.race.step
        inputs, labels = self.test_inputs[:examples], self.test_labels[:examples]
        results = {method: telemetry.test(net, inputs, labels) for method, net in self.race.networks.items()}
        loss, accuracy = ({method: each[place] for method, each in results.items()} for place in (0, 1))
        event = events.Test(step=self.tested, surface=cells, examples=len(labels), loss=loss, accuracy=accuracy)
        yield from self.timed(event, began, self.tests)

    def now(self) -> Iterator[Event]:
        """All that can be said of the present step."""
        yield from self.flush()
        yield from self.snapshot()
        yield from self.test()

    def end(self) -> Iterator[Event]:
        spent = self.tests.spent + self.snapshots.spent + self.surfaces.spent + self.sending
        share = spent / self.worked if self.worked else 0.0
        yield from self.flush()
        yield from self.snapshot()
        yield from self.test(len(self.test_labels))
        late = [gradients for step, gradients in self.first_layer if step > 0.9 * self.race.step] or [
            gradients
            for _, gradients in self.first_layer[-1:]  # of few steps done, none of the last was measured
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


def about(config: RunConfig, data: Data) -> events.Start:
    """The first event of a run."""
    facts = events.DataFacts(
        train=len(data.train_labels),
        test=len(data.test_labels),
        probe=min(PROBE, len(data.test_labels)),
        extent=UNSET if data.extent is None else list(data.extent),
        points=UNSET if data.extent is None else [(x, y, int(label)) for x, y, label in data.points()],
    )
    return events.Start(version=events.VERSION, config=config.to_dict(), data=facts)


@torch.no_grad()
def train(config: RunConfig, data: Data, commands: Commands = NO_COMMANDS, *, paused: bool = False) -> Iterator[Event]:
    """Trains the networks of a race, and yields its events which :mod:`ipcore.recordings.events.race` defines.

    The caller draws, stores and paces; a generator that is not asked for more does nothing.

    Args:
        config: the settings.
        data: the data set that they name.
        commands: looked at between steps.
        paused: whether to wait at step 0 for a command.

    Raises:
        ValueError: if a command is not one, or sets what may not be set.
    """
    yield about(config, data)  # before anything is built: somebody waits
    run = _Run(config, data, paused)
    yield from run.test()
    if paused:
        yield run.state("paused")
    while run.race.step < config.steps and not run.stopped:
        command = commands.get(block=not run.allowed)
        if command is not None:
            yield from run.obey(command)
        elif run.allowed:
            yield from run.advance()
    yield from run.end()
