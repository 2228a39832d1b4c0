"""Sweeps in the background: started, paused, stopped, and gone on with. No Streamlit, no torch.

An executor trains the stacks (:mod:`ipcore.executors.base`); here it is decided which and when:

* One live sweep per visitor: a new one replaces it. Between visitors, the executor's workers take turns.
* Few stacks are handed over ahead, so that a pause soon takes effect: those under way finish, no others begin.
* A stop cancels what is under way and keeps what is done. Gone on with, it trains only what is missing.
* A visitor who left and is not back within the grace loses their live sweep, and some minutes later what was done.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable

from app.background.absences import Absences
from app.background.places import Places
from app.background.sweep_run import PATIENCE, TICK, Event, SweepRun
from ipcore.executors.base import Executor
from ipcore.executors.choice import executor_for
from ipcore.sweeps.plan import Sweep

FORGET = 600.0
"""Seconds after which the finished sweeps of a visitor who left are forgotten."""
KEPT = 10
"""Finished sweeps kept of one visitor: the newest."""

AWAY = "stopped because you were away"
SHUT_DOWN = "the server was shut down"

log = logging.getLogger(__name__)


class Sweeps:
    """All sweeps of the server. Every method may be called from any thread and returns at once.

    Args:
        open_executor: a new executor for a visitor's sweep.
        grace: s that a visitor may be away before their sweep is stopped.
        on_event: called with a sweep and each of its events, in order; it must not wait.

    Attributes:
        places: where a new sweep would be trained.
    """

    def __init__(
        self,
        open_executor: Callable[[str], Executor] = executor_for,
        grace: float = 30.0,
        on_event: Callable[[SweepRun, Event], None] = lambda run, event: None,
    ) -> None:
        self._open_executor, self.on_event = open_executor, on_event
        self.places = Places(open_executor)
        self._absences = Absences(grace)
        self._lock = threading.RLock()
        self._runs: dict[str, SweepRun] = {}  # in order of their starts
        self._closed = threading.Event()
        threading.Thread(target=self._keep, name="sweeps", daemon=True).start()
        atexit.register(self.close)

    def start(self, sweep: Sweep, owner: str, *, keeper: str | None = None) -> SweepRun:
        """A new sweep, in place of the visitor's live one, which is stopped.

        Args:
            sweep: what is swept.
            owner: the visitor it belongs to.
            keeper: who keeps it once it is saved; None: the same.

        Raises:
            RuntimeError: after :meth:`close`.
        """
        return self._add(sweep, owner, keeper or owner)

    def go_on(self, run: SweepRun) -> SweepRun:
        """A new sweep in place of one that is over: what is done there is done here, the rest is trained.

        Raises:
            RuntimeError: after :meth:`close`.
            ValueError: if it is not over, or nothing is missing.
        """
        if not run.over or not run.missing:
            raise ValueError("only a sweep that ended early can be gone on with")
        return self._add(run.sweep, run.owner, run.keeper, run)

    def _add(self, sweep: Sweep, owner: str, keeper: str, before: SweepRun | None = None) -> SweepRun:
        with self._lock:
            if self._closed.is_set():
                raise RuntimeError(SHUT_DOWN)
            for other in self.of(owner):
                other.stop()
            run = SweepRun(sweep, owner, keeper, self._open_executor, self._tell, before)
            self._runs[run.id] = run
            if before is not None:
                self._runs.pop(before.id, None)
            for old in [other for other in self.of(owner) if other.over][:-KEPT]:
                del self._runs[old.id]
        return run

    def get(self, run_id: str) -> SweepRun | None:
        """The sweep of that id, if it is still known."""
        return self._runs.get(run_id)

    def of(self, owner: str) -> list[SweepRun]:
        """A visitor's sweeps, oldest first."""
        with self._lock:
            return [run for run in self._runs.values() if run.owner == owner]

    def present(self, owner: str) -> None:
        """The visitor is here, or back."""
        self._absences.present(owner)

    def left(self, owner: str) -> None:
        """The visitor's connection is gone. Only notes the time: an event loop calls this."""
        self._absences.left(owner)

    def close(self) -> None:
        """Ends every sweep. Safe to repeat; called at exit."""
        with self._lock:
            self._closed.set()
            runs = list(self._runs.values())
        for run in runs:
            run.stop(SHUT_DOWN)
        for run in runs:
            run.join(PATIENCE)
        atexit.unregister(self.close)

    def _tell(self, run: SweepRun, event: Event) -> None:
        """A listener's fault is no fault of the sweep."""
        try:
            self.on_event(run, event)
        except Exception:
            log.exception("an event of a sweep could not be handed on")

    def _keep(self) -> None:
        """A thread of its own: sees off visitors who left."""
        while not self._closed.wait(TICK):
            for owner, beyond in self._absences.beyond_grace():
                for run in self.of(owner):
                    run.stop(AWAY)
                if beyond >= FORGET:
                    with self._lock:
                        for run in self.of(owner):
                            del self._runs[run.id]
                    self._absences.forget(owner)
