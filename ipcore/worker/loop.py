"""What a worker does with its commands: races, measurements and stacks, several by turns on one thread."""

from __future__ import annotations

import queue
import time
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ipcore.config import METHODS, RunConfig
from ipcore.jsonlines import encode
from ipcore.methods import registry
from ipcore.recordings.events import measurement, race
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Cancelled
from ipcore.recordings.events.worker import Refused
from ipcore.sweeps.plan import Stack
from ipcore.worker import commands

if TYPE_CHECKING:
    from ipcore.networks.training import Training

TURN_SECONDS = 0.03
"""Seconds of a turn of one run while others are under way, if its steps are shorter than that."""
FIRST_BREAKS = 2
"""A race that has just begun pauses before its first step, where it goes on, and after it, where others may go on."""
PROGRESS_INTERVAL = 0.1
"""Least number of seconds between two progress events."""
FAULT = "the run stopped because of a fault in the program; details are in the server's log"
NO_MEMORY = "the run needs more memory than this machine has free; lower width, depth, seeds or batch size"
NOT_TRAINED = "the race that is to be continued is not being trained"


class Stopped(BaseException):
    """The run was stopped and cannot say so by itself. Handlers of Exception shall not catch it."""


def explain(error: Exception) -> str:
    """A failure in words for a visitor. Its details go to standard error, unless the words say it all."""
    from ipcore.data import DataUnavailable

    if isinstance(error, DataUnavailable):
        return str(error)
    traceback.print_exception(error)
    no_memory = isinstance(error, MemoryError) or "allocate memory" in str(error)  # torch has no class for it
    return NO_MEMORY if no_memory else FAULT


def stopped_early(config: RunConfig) -> race.End:
    """The end of a race that was stopped before it had its data."""
    unknown: dict[str, list[float | None]] = {method: [None] * config.seeds for method in config.methods}
    return race.End(step=0, state="stopped", elapsed=0.0, telemetry=0.0, first_layer_gradient=unknown)


class UnderWay:
    """A run that is under way, and the source of its commands.

    Args:
        name: names it in commands and events; empty if it is the only one.
        what: what it is, in words.
        if_stopped: the event that ends it if it is stopped and cannot say so by itself.

    Attributes:
        events: its events, and None wherever another run may have its turn.
        commands: the commands that have come for it and were not carried out.
        changes: changes of settings that are still to come, each after a number of steps.
        training: the race, once it is being trained.
        waits: whether it does nothing until a command comes.
    """

    def __init__(self, name: str, what: str, if_stopped: Event) -> None:
        self.name, self.what, self.if_stopped = name, what, if_stopped
        self.events: Iterator[Event | None] = iter(())
        self.commands: deque[commands.Command] = deque()
        self.changes: deque[tuple[int, dict[str, Any]]] = deque()
        self.training: Training | None = None
        self.waits = False

    def get(self, block: bool) -> dict[str, Any] | None:
        """The next command, as plain values; None if there is none. Never waits, but notes that the run does."""
        if self.changes and self.training and self.changes[0][0] <= self.training.race.step:
            return self.changes.popleft()[1]
        if self.commands:
            return self.commands.popleft().plain()
        self.waits = block
        return None

    def give(self, command: commands.Command) -> None:
        """Takes in a command."""
        self.commands.append(command)
        self.waits = False


class CommandLoop:
    """Takes commands and carries out races, measurements and stacks by turns, on the calling thread.

    A run that has just begun has its first turn before all others, up to its first step, so that whoever started it
    sees it move at once.

    Args:
        lines: the lines of the input, as they come.
        write: writes one line to the output.

    Attributes:
        turned: the time on the monotonic clock at which the last turn began or a wait for commands ended; None while it
            waits for commands.
    """

    def __init__(self, lines: queue.SimpleQueue[bytes], write: Callable[[str], None]) -> None:
        self._lines = lines
        self._write = write
        self._runs: dict[str, UnderWay] = {}
        self._new: deque[UnderWay] = deque()  # those that have not had a turn
        self._turns: deque[UnderWay] = deque()  # the others, the next one first
        self._last_data: Any = None  # kept for the next run, even if none uses it
        self._data: weakref.WeakValueDictionary[tuple[str, int], Any] = weakref.WeakValueDictionary()
        self.turned: float | None = None

    def serve(self) -> None:
        """Waits for commands and carries out runs, for ever."""
        while True:
            self._take(block=self._all_wait())
            self._turn()

    def finish(self) -> None:
        """Carries out the runs that have begun up to their ends, without waiting for commands."""
        while not self._all_wait():
            self._take(block=False)
            self._turn()

    def begin(self, name: str, command: commands.Beginning) -> None:
        """Begins a run. Nothing is computed yet."""
        match command:
            case commands.Start():
                run = UnderWay(name, "race", stopped_early(command.settings))
                for step, setting, value in sorted(command.changes, key=lambda change: change[0]):
                    run.changes.append((step, commands.Set(setting=setting, value=value).validated().plain()))
                run.events = self._race(run, command.settings, command.paused)
            case commands.Measure():
                run = UnderWay(name, "measurement", measurement.End(state="stopped", elapsed=0.0))
                run.events = self._measurement(run, command.settings)
            case commands.Stack():
                run = UnderWay(name, "stack", Cancelled(stack=command.planned.id))
                run.events = self._stack(run, command.planned)
            case commands.Fork(of=of):
                original = self._runs.get(of)
                if original is None or original.training is None:
                    self._say(name, race.Error(message=NOT_TRAINED))
                    return
                run = UnderWay(name, "race", original.if_stopped)
                run.changes, run.training = original.changes.copy(), original.training.copy()
                run.events = self._copy(run, run.training)
        self._runs[name] = run
        self._new.append(run)

    def warm_up(self) -> None:
        """A whole small race, so that no visitor's start waits for imports, data or first-time set-up."""
        batch = max(8, *(registry.get(name).least_batch for name in METHODS))
        config = RunConfig(methods=METHODS, depth=2, width=4, batch_size=batch, steps=2)
        quiet = CommandLoop(queue.SimpleQueue(), lambda line: None)
        quiet.begin("", commands.Start(config=config.to_dict()))
        quiet.finish()
        self._last_data = quiet._last_data
        self._data.update(quiet._data)

    # The runs

    def _race(self, run: UnderWay, config: RunConfig, paused: bool) -> Iterator[Event | None]:
        from ipcore.networks.training import Training, start_event, train_by_turns

        data = self._load(run, config)
        yield start_event(config, data)  # before the networks are built, because somebody may be waiting for it
        run.training = Training(config, data, paused)
        yield from train_by_turns(run.training, run)

    def _copy(self, run: UnderWay, training: Training) -> Iterator[Event | None]:
        from ipcore.networks.training import train_by_turns

        yield training.state("running" if training.allowed else "paused")
        yield from train_by_turns(training, run)

    def _measurement(self, run: UnderWay, config: RunConfig) -> Iterator[Event | None]:
        from ipcore.networks.measuring import measure_by_turns

        yield from measure_by_turns(config, self._load(run, config), lambda: self._asked_to_stop(run))

    def _stack(self, run: UnderWay, stack: Stack) -> Iterator[Event | None]:
        from ipcore.networks.stacks import train_stack

        for event in train_stack(stack, self._load(run, stack.config)):
            if self._asked_to_stop(run):
                raise Stopped
            yield event

    # Turns and commands

    def _all_wait(self) -> bool:
        return all(run.waits for run in self._runs.values())

    def _turn(self) -> None:
        """Lets the next run go on for a while: a new one up to its first step, one that waits not at all."""
        seconds, breaks = TURN_SECONDS, 1
        if self._new:
            run, seconds, breaks = self._new.popleft(), 0.0, FIRST_BREAKS
        else:
            while self._turns and self._turns[0].waits:
                self._turns.rotate(-1)
                if self._all_wait():
                    return
            if not self._turns:
                return
            run = self._turns.popleft()
        self.turned = time.monotonic()
        if self._goes_on(run, self.turned + seconds, breaks):
            self._turns.append(run)
        else:
            del self._runs[run.name]

    def _goes_on(self, run: UnderWay, until: float, breaks: int) -> bool:
        """Lets a run go on until its time is up, a command comes or it waits for one. Returns whether there is more.

        Args:
            run: the run.
            until: when its time is up, on the monotonic clock.
            breaks: at which of its pauses, counted from 1, the run can be interrupted at first.
        """
        try:
            for event in run.events:
                if event is not None:
                    self._say(run.name, event)
                    continue
                breaks -= 1
                if run.waits or (breaks <= 0 and (not self._lines.empty() or time.monotonic() >= until)):
                    return True
        except Stopped:
            self._say(run.name, run.if_stopped)
        except Exception as error:  # the visitor gets an event, the log gets the details
            self._say(run.name, race.Error(message=explain(error)))
        return False

    def _take(self, block: bool) -> None:
        """Takes in the commands that have come, after waiting for one if asked to."""
        if block:
            self.turned = None
            self._accept(self._lines.get())
            self.turned = time.monotonic()
        while not self._new:  # one that has just begun has its first turn before anything else is asked of it
            try:
                self._accept(self._lines.get(block=False))
            except queue.Empty:
                return

    def _accept(self, line: bytes) -> None:
        """Carries out one line: begins a run, passes a command on to one, or says what is wrong."""
        name, values = commands.unwrap(line)
        run = self._runs.get(name)
        try:
            command = commands.check(values)
        except ValueError as error:
            self._say(name, Refused(message=str(error)) if run else race.Error(message=str(error)))
            return
        if isinstance(command, commands.Beginning):
            if run:
                self._say(name, Refused(message="a run is under way; stop it first"))
            else:
                self.begin(name, command)
        elif run is None:
            self._say(name, Refused(message=f"no run is under way: nothing to {command.name}"))
        else:
            run.give(command)

    def _asked_to_stop(self, run: UnderWay) -> bool:
        """Whether there is a ``stop`` among the commands that have come for a run. Refuses all others."""
        if not self._lines.empty():
            self._take(block=False)
        while run.commands:
            command = run.commands.popleft()
            if isinstance(command, commands.Stop):
                return True
            self._say(run.name, Refused(message=f"a {run.what} cannot {command.name}; it can only be stopped"))
        return False

    def _load(self, run: UnderWay, config: RunConfig) -> Any:
        from ipcore.data import load

        wanted = config.dataset, config.train_examples
        data = self._data.get(wanted)
        if data is None:
            self._last_data = None  # two large data sets at once might not fit
            data = self._data[wanted] = load(config.dataset, self._progress(run), config.train_examples)
        self._last_data = data
        return data

    def _progress(self, run: UnderWay) -> Callable[[str, int, int | None], None]:
        """A function that reports progress at most ten times a second, and raises Stopped once there is a ``stop``."""
        next_report = 0.0

        def report(what: str, done: int, total: int | None) -> None:
            nonlocal next_report
            self.turned = now = time.monotonic()
            if now >= next_report:
                next_report = now + PROGRESS_INTERVAL
                self._say(run.name, race.Progress(what=what, done=done, total=total))
            self._take(block=False)
            if any(isinstance(command, commands.Stop) for command in run.commands):
                raise Stopped

        return report

    def _say(self, name: str, event: Event) -> None:
        line = encode(event)
        self._write(f'{{"{commands.RUN}":{encode(name)},{line[1:]}' if name else line)
