"""All races and measurements of the server, and what is fair between visitors. No Streamlit, no torch.

They run in worker processes, as jobs of a :class:`ipcore.worker.scheduler.Scheduler`. When there are more runs than
slots:

* Each visitor has one live race and one measurement: a new one replaces it, unless asked otherwise.
* Visitors take turns: the tenth run of one visitor waits behind the first run of every other.
* A paused run keeps its slot. But once it has stood still for ``PAUSE_LIMIT`` and others wait, it is stopped; its
  recording stays.
* A visitor who has left and is not back within the grace loses their live runs, and some minutes later their finished
  ones.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from app.background.absences import Absences
from app.background.run import Kind, R, Run
from ipcore.config import RunConfig
from ipcore.recordings.measurement import Measurement
from ipcore.recordings.race import Recording
from ipcore.worker.process import COMMAND, Command, Event
from ipcore.worker.scheduler import Deadlines, Scheduler
from ipcore.worker.slots import slot_count

SPARES = 2
"""How many free workers are kept ahead, as far as the slots allow. Each takes some 270 MB of memory."""
OBEY = 2.0
"""Seconds a worker has to end a run when told to, before it is killed."""
PAUSE_LIMIT = 120.0
"""Seconds a run may stay paused while others wait."""
FORGET = 600.0
"""Seconds after which the finished runs of a visitor who left are forgotten."""
KEPT = 10
"""How many finished runs of each kind are kept of one visitor: the newest."""
TICK = 0.2
"""Seconds between two checks of who has left and who is paused."""

AWAY = "stopped because you were away"
PAUSED_TOO_LONG = "stopped because it was paused for long while others waited"
SHUT_DOWN = "the server was shut down"


def default_slots() -> int:
    """The number of cores less one, which is left to the web server, but at least 1; or what ``IPCORE_SLOTS`` says."""
    return slot_count(spared=1)


class Runs:
    """All runs of the server. Every method may be called from any thread, and only :meth:`close` waits.

    Args:
        slots: How many runs train at a time; None for :func:`default_slots`.
        command: The program that speaks the worker's protocol, and its arguments; None for the worker itself.
        grace: How many seconds a visitor may be away before their runs are stopped.
        on_event: Called with a run and each event that its recording took in, from any thread; must not wait.
        on_end: Called once with each run that is over, after its last event, with the lock held; must not wait.

    Raises:
        ValueError: If there is not at least one slot.
    """

    def __init__(
        self,
        slots: int | None = None,
        command: Sequence[str] | None = None,
        grace: float = 30.0,
        on_event: Callable[[Run[Any], Event], None] = lambda run, event: None,
        on_end: Callable[[Run[Any]], None] = lambda run: None,
    ) -> None:
        if slots is not None and slots < 1:
            raise ValueError(f"slots must be at least 1, not {slots!r}")
        self.slots = slots or default_slots()
        self.scheduler = Scheduler(self.slots, tuple(command or COMMAND), spares=SPARES, deadlines=Deadlines(obey=OBEY))
        self._lock = self.scheduler.lock
        self._on_event, self._on_end = on_event, on_end
        self._runs: dict[str, Run[Any]] = {}  # in the order of their starts
        self._absences = Absences(grace)
        self._closed = threading.Event()
        threading.Thread(target=self._look_after, name="runs", daemon=True).start()
        atexit.register(self.close)

    def warm_up(self) -> None:
        """Starts workers ahead of the first run."""
        self.scheduler.warm_up()

    def start(
        self, config: RunConfig, owner: str, *, keeper: str | None = None, paused: bool = False, replace: bool = True
    ) -> Run[Recording]:
        """Starts a race, which waits in the queue if no slot is free.

        Args:
            config: Its settings.
            owner: The visitor it belongs to.
            keeper: Who keeps it once it is saved; None if that is the owner.
            paused: Whether it waits at step 0.
            replace: Whether it replaces the visitor's live races, which are then stopped.

        Raises:
            RuntimeError: After :meth:`close`.
        """
        return self._add(Recording(config), owner, {"command": "start", "paused": paused}, keeper, replace)

    def measure(self, config: RunConfig, owner: str) -> Run[Measurement]:
        """Starts a measurement, in the same queue. It replaces the visitor's live measurement, if there is one.

        Args:
            config: Its settings, see :func:`ipcore.networks.measuring.measure`.
            owner: The visitor it belongs to.

        Raises:
            RuntimeError: After :meth:`close`.
            ValueError: If a method cannot be measured.
        """
        return self._add(Measurement(config), owner, {"command": "measure"}, keeper=None, replace=True)

    def _add(self, recording: R, owner: str, beginning: Command, keeper: str | None, replace: bool) -> Run[R]:
        run = Run(self.scheduler, owner, recording, beginning, keeper, self._on_event, self._ended)
        with self._lock:
            if self._closed.is_set():
                raise RuntimeError(SHUT_DOWN)
            if replace:
                for other in self._live(owner):
                    if other.kind == run.kind:
                        other.stop()
            self._runs[run.id] = run
            self.scheduler.add(run)
        return run

    def get(self, run_id: str) -> Run[Any] | None:
        """The run with that id, if it is still known."""
        return self._runs.get(run_id)

    def of(self, owner: str, kind: Kind = "race") -> list[Run[Any]]:
        """A visitor's runs of a kind, oldest first."""
        with self._lock:
            return [run for run in self._runs.values() if run.owner == owner and run.kind == kind]

    def present(self, owner: str) -> None:
        """The visitor is here, or has come back."""
        self._absences.present(owner)

    def left(self, owner: str) -> None:
        """The visitor's connection has ended. This only notes the time, because an event loop calls it."""
        self._absences.left(owner)

    def close(self) -> None:
        """Ends every run and every worker. Safe to repeat; called at exit."""
        with self._lock:
            self._closed.set()
            for run in self._live():
                run.interrupt(SHUT_DOWN)
        self.scheduler.close()
        atexit.unregister(self.close)

    # What follows is called with the lock held, except where it says otherwise.

    def _live(self, owner: str | None = None) -> list[Run[Any]]:
        return [run for run in self._runs.values() if not run.over and owner in (None, run.owner)]

    def _ended(self, run: Run[Any]) -> None:
        """Forgets the oldest finished runs of a visitor when there are more than are kept."""
        for old in [other for other in self.of(run.owner, run.kind) if other.over][:-KEPT]:
            del self._runs[old.id]
        self._on_end(run)

    def _look_after(self) -> None:
        """A thread of its own, without the lock: ends the runs of those who left, and pauses that last too long."""
        while not self._closed.wait(TICK):
            with self._lock:
                self._end_runs_of_absent()
                self._end_long_pauses(time.monotonic())

    def _end_runs_of_absent(self) -> None:
        """Stops, and later forgets, the runs of visitors who left."""
        for owner, seconds in self._absences.beyond_grace():
            for run in self._live(owner):
                run.stop(AWAY)
            if seconds >= FORGET:
                for run in list(self._runs.values()):
                    if run.owner == owner and run.over:
                        del self._runs[run.id]
                self._absences.forget(owner)

    def _end_long_pauses(self, now: float) -> None:
        """Stops runs that have been paused for long, the longest first, but no more than others wait."""
        live = self._live()
        wanted = self.scheduler.waiting - sum(run.ending for run in live)
        paused = [run for run in live if now - run.paused_at > PAUSE_LIMIT and not run.ending]
        for run in sorted(paused, key=lambda run: run.paused_at)[: max(0, wanted)]:
            run.stop(PAUSED_TOO_LONG)
