"""All sweeps of the server, and what is fair between visitors. No Streamlit, no torch.

An executor trains the stacks of a sweep (:mod:`ipcore.executors.base`). Here it is decided which stacks, and when:

* Each visitor has one live sweep: a new one replaces it. The workers of the executor take turns between visitors.
* Only a few stacks are submitted ahead, so that a pause takes effect soon: stacks under way finish, no others begin.
* A stop cancels the stacks under way and keeps those that are done. A sweep that goes on later trains only the others.
* A visitor who has left and is not back within the grace loses their live sweep, and some minutes later also what was
  done.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Callable

from app.background.absences import GRACE, Absences
from app.background.places import Places
from app.background.sweep_run import PATIENCE, TICK, Event, SweepRun
from ipcore.executors.base import Executor
from ipcore.executors.choice import executor_for
from ipcore.sweeps.plan import Sweep

FORGET = 600.0
"""Seconds after which the finished sweeps of a visitor who left are forgotten."""
KEPT = 10
"""How many finished sweeps are kept of one visitor: the newest."""

AWAY = "stopped because you were away"
SHUT_DOWN = "the server was shut down"

log = logging.getLogger(__name__)


class Sweeps:
    """All sweeps of the server. Every method may be called from any thread, and only :meth:`close` waits.

    Args:
        open_executor: Makes a new executor for a visitor's sweep.
        grace: How many seconds a visitor may be away before their sweep is stopped.
        on_event: Called with a sweep and each of its events, in order; must not wait.

    Attributes:
        places: Where a new sweep would be trained.
    """

    def __init__(
        self,
        open_executor: Callable[[str], Executor] = executor_for,
        grace: float = GRACE,
        on_event: Callable[[SweepRun, Event], None] = lambda run, event: None,
    ) -> None:
        self._open_executor, self._on_event = open_executor, on_event
        self.places = Places(open_executor)
        self._absences = Absences(grace)
        self._lock = threading.RLock()
        self._runs: dict[str, SweepRun] = {}  # in the order of their starts
        self._closed = threading.Event()
        threading.Thread(target=self._look_after, name="sweeps", daemon=True).start()
        atexit.register(self.close)

    def start(self, sweep: Sweep, owner: str, *, keeper: str | None = None) -> SweepRun:
        """Starts a sweep. The visitor's live sweep, if there is one, is stopped.

        Args:
            sweep: Which networks are trained.
            owner: The visitor it belongs to.
            keeper: Who keeps it once it is saved; None if that is the owner.

        Raises:
            RuntimeError: After :meth:`close`.
        """
        return self._add(sweep, owner, keeper or owner)

    def go_on(self, run: SweepRun) -> SweepRun:
        """Starts a sweep that goes on where an earlier one ended, and replaces it: it trains only what is missing.

        Raises:
            RuntimeError: After :meth:`close`.
            ValueError: If the earlier sweep is not over, or nothing is missing.
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
            run = SweepRun(
                sweep, owner, keeper, self._open_executor, self._call_listener, before, self.places.now().slowdown
            )
            self._runs[run.id] = run
            if before is not None:
                self._runs.pop(before.id, None)
            for old in [other for other in self.of(owner) if other.over][:-KEPT]:
                del self._runs[old.id]
        return run

    def get(self, run_id: str) -> SweepRun | None:
        """The sweep with that id, if it is still known."""
        return self._runs.get(run_id)

    def of(self, owner: str) -> list[SweepRun]:
        """A visitor's sweeps, oldest first."""
        with self._lock:
            return [run for run in self._runs.values() if run.owner == owner]

    def present(self, owner: str) -> None:
        """The visitor is here, or has come back."""
        self._absences.present(owner)

    def left(self, owner: str) -> None:
        """The visitor's connection has ended. This only notes the time, because an event loop calls it."""
        self._absences.left(owner)

    def states(self) -> Counter[str]:
        """How many sweeps of the server are in which state."""
        with self._lock:
            return Counter(run.state for run in self._runs.values())

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

    def _call_listener(self, run: SweepRun, event: Event) -> None:
        """Passes an event to the listener. If it raises, that is logged and the sweep goes on."""
        try:
            self._on_event(run, event)
        except Exception:
            log.exception("an event of a sweep could not be handed on")

    def _look_after(self) -> None:
        """A thread of its own: stops, and later forgets, the sweeps of visitors who left."""
        while not self._closed.wait(TICK):
            for owner, seconds in self._absences.beyond_grace():
                for run in self.of(owner):
                    run.stop(AWAY)
                if seconds >= FORGET:
                    with self._lock:
                        for run in self.of(owner):
                            del self._runs[run.id]
                    self._absences.forget(owner)
