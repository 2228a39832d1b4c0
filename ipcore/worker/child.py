"""A process that trains and measures: ``python -m ipcore.worker``, commands in, events out, one JSON object a line.

Standard input takes the commands of :mod:`ipcore.worker.commands`, which says how each is answered. Standard output
gives the events of :mod:`ipcore.recordings.events`.

The process ends as soon as standard input does, even in the middle of a run, so that it never outlives the process that
started it. To try it by hand, keep the input open::

    (echo '{"command": "start", "config": {"dataset": "spirals", "steps": 200}}'; cat) | python -m ipcore.worker

Stray prints and details of faults go to standard error. One thread computes: on a machine shared with a server and a
browser, two are slower. Once warm it lowers its priority by 5, or by what ``--niceness`` says, so that the web server
on the same machine answers first.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from ipcore.config import METHODS, RunConfig
from ipcore.jsonlines import encode
from ipcore.methods import registry
from ipcore.recordings.events import measurement, race
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Cancelled
from ipcore.recordings.events.worker import Ready, Refused
from ipcore.sweeps.plan import Stack
from ipcore.worker import commands

NICENESS = 5
PROGRESS_INTERVAL = 0.1
"""Least number of seconds between two progress events."""
FAULT = "the run stopped because of a fault in the program; details are in the server's log"
NO_MEMORY = "the run needs more memory than this machine has free; lower width, depth, seeds or batch size"


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


def listen(stream: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    """Passes lines on. Ends the process at the end of the input, even while other threads compute."""
    try:
        for line in stream:
            if line.strip():
                lines.put(line)
    finally:
        os._exit(0)


class CommandLoop:
    """Takes commands and carries out races, measurements and stacks, one after another, on the calling thread.

    No other thread writes.

    Args:
        lines: the lines of the input, as they come.
        write: writes one line to the output.
    """

    def __init__(self, lines: queue.SimpleQueue[bytes], write: Callable[[str], None]) -> None:
        self._lines = lines
        self._write = write
        self._postponed: deque[commands.Command] = deque()  # commands that came while data were being fetched
        self._data: tuple[tuple[str, int], Any] | None = None  # the last data set used, with what it was loaded for

    def serve(self) -> None:
        """Waits for commands and carries out runs, for ever."""
        while True:
            try:
                command = commands.decode(self._lines.get())
            except ValueError as error:
                self._say(race.Error(message=str(error)))
                continue
            match command:
                case commands.Start():
                    self.race(command.settings, command.paused)
                case commands.Measure():
                    self.measure(command.settings)
                case commands.Stack():
                    self.stack(command.planned)
                case _:
                    self._say(Refused(message=f"no run is under way: nothing to {command.name}"))

    def get(self, block: bool) -> dict[str, Any] | None:
        """The next command to the run under way, as plain values; None if there is none and ``block`` is false."""
        command = self._next(block)
        return None if command is None else command.plain()

    def _next(self, block: bool) -> commands.Command | None:
        return self._postponed.popleft() if self._postponed else self._read(block)

    def race(self, config: RunConfig, paused: bool) -> None:
        """Carries out a race, up to its ``end`` or ``error``. Never raises an Exception."""

        def events() -> Iterator[Event]:
            from ipcore.networks.training import train

            yield from train(config, self._load(config), self, paused=paused)

        self._carry_out(events(), stopped_early(config))

    def measure(self, config: RunConfig) -> None:
        """Carries out a measurement, up to its ``end`` or ``error``. Never raises an Exception."""

        def events() -> Iterator[Event]:
            from ipcore.networks.measuring import measure

            yield from measure(config, self._load(config), lambda: self._asked_to_stop("measurement"))

        self._carry_out(events(), measurement.End(state="stopped", elapsed=0.0))

    def stack(self, stack: Stack) -> None:
        """Trains a stack of a sweep, up to its last event. Never raises an Exception."""

        def events() -> Iterator[Event]:
            from ipcore.networks.stacks import train_stack

            for event in train_stack(stack, self._load(stack.config)):
                if self._asked_to_stop("stack"):
                    raise Stopped
                if event is not None:
                    yield event

        self._carry_out(events(), Cancelled(stack=stack.id))

    def _asked_to_stop(self, what: str) -> bool:
        """Whether there is a ``stop`` among the commands that have come. Refuses all others."""
        while (command := self._next(block=False)) is not None:
            if isinstance(command, commands.Stop):
                return True
            self._say(Refused(message=f"a {what} cannot {command.name}; it can only be stopped"))
        return False

    def _carry_out(self, events: Iterator[Event], if_stopped: Event) -> None:
        self._postponed.clear()
        try:
            for event in events:
                self._say(event)
        except Stopped:
            self._say(if_stopped)
        except Exception as error:  # the visitor gets an event, the log gets the details
            self._say(race.Error(message=explain(error)))

    def warm_up(self) -> None:
        """A whole small race, so that no visitor's start waits for imports, data or first-time set-up."""
        batch = max(8, *(registry.get(name).least_batch for name in METHODS))
        config = RunConfig(methods=METHODS, depth=2, width=4, batch_size=batch, steps=2)
        quiet = CommandLoop(queue.SimpleQueue(), lambda line: None)
        quiet.race(config, paused=False)
        self._data = quiet._data

    def _load(self, config: RunConfig) -> Any:
        from ipcore.data import load

        wanted = config.dataset, config.train_examples
        if self._data is None or self._data[0] != wanted:
            self._data = None  # two large data sets at once might not fit
            self._data = wanted, load(config.dataset, self._progress(), config.train_examples)
        return self._data[1]

    def _progress(self) -> Callable[[str, int, int | None], None]:
        """A function that reports progress at most ten times a second, and raises Stopped once there is a ``stop``."""
        next_report = 0.0

        def report(what: str, done: int, total: int | None) -> None:
            nonlocal next_report
            now = time.monotonic()
            if now >= next_report:
                next_report = now + PROGRESS_INTERVAL
                self._say(race.Progress(what=what, done=done, total=total))
            while (command := self._read(block=False)) is not None:
                if isinstance(command, commands.Stop):
                    raise Stopped
                self._postponed.append(command)

        return report

    def _read(self, block: bool) -> commands.Command | None:
        """The next valid command to a run from the input. Refuses invalid commands and beginnings before it."""
        while True:
            try:
                command = commands.decode(self._lines.get(block))
            except queue.Empty:
                return None
            except ValueError as error:
                self._say(Refused(message=str(error)))
                continue
            if not isinstance(command, commands.Beginning):
                return command
            self._say(Refused(message="a run is under way; stop it first"))

    def _say(self, event: Event) -> None:
        self._write(encode(event))


def _claim_output() -> Callable[[str], None]:
    """Reserves standard output for events: all other prints, of Python or of C, go to standard error."""
    sys.stdout.flush()
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)

    def write(line: str) -> None:
        try:
            output.write(line + "\n")
            output.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody listens any more

    return write


def main() -> int:
    """Serves until standard input ends or Ctrl-C. Returns the exit status."""
    options = argparse.ArgumentParser(prog="python -m ipcore.worker", description="Commands in, events out.")
    options.add_argument("--niceness", type=int, default=NICENESS, help="how much to lower the priority")
    niceness = options.parse_args().niceness
    if registry.problem():
        print(f"error: {registry.problem()}", file=sys.stderr)
        return 2
    try:
        write = _claim_output()
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=listen, args=(sys.stdin.buffer, lines), name="listen", daemon=True).start()
        import torch  # only now: from here on the end of input is noticed, and prints are harmless

        from ipcore.networks.device import use_training_device

        torch.set_num_threads(1)
        try:
            use_training_device()
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        loop = CommandLoop(lines, write)
        loop.warm_up()
        if hasattr(os, "nice"):
            os.nice(niceness)  # not before: somebody may be waiting for it to get warm
        loop._say(Ready())
        loop.serve()
    except KeyboardInterrupt:
        return 130
    except Exception:  # an installation that cannot even import; whoever started this sees the process end
        traceback.print_exc()
        return 1
    return 0
