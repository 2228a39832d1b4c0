"""Sweeps in the background: started, paused, stopped, and gone on with. No Streamlit, no torch.

An executor trains the stacks (:mod:`ipcore.executors`); here it is decided which and when:

* One live sweep per visitor: a new one replaces it. Between visitors, the executor's workers take turns.
* Few stacks are handed over ahead, so that a pause soon takes effect: those under way finish, no others begin.
* A stop cancels what is under way and keeps what is done. Gone on with, it trains only what is missing.
* A visitor who left and is not back within the grace loses their live sweep, and some minutes later what was done.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Literal

from app.presence import Presence
from ipcore.executors import ADDRESS_VARIABLE, Executor, ExecutorUnavailable, executor_for
from ipcore.sweep import Stack, Sweep
from ipcore.sweep_recording import SweepRecording, start_event
from ipcore.workers import slot_count

PATIENCE = 4.0
"""Seconds an executor has to cancel, before a sweep ends without its answer."""
FORGET = 600.0
"""Seconds after which the finished sweeps of a visitor who left are forgotten."""
KEPT = 10
"""Finished sweeps kept of one visitor: the newest."""
TICK = 0.2
"""Seconds between two looks at deadlines."""

AWAY = "stopped because you were away"
SHUT_DOWN = "the server was shut down"
BROKEN = "the sweep could not go on: the server's log has more"

State = Literal["starting", "running", "paused", "stopping", "finished", "stopped", "failed"]
Event = dict[str, Any]

log = logging.getLogger(__name__)


class SweepRun:
    """One sweep of one visitor. Made by :class:`Sweeps`; every method may be called from any thread.

    Attributes:
        id: names it; unguessable.
        owner: the visitor it belongs to.
        keeper: who keeps it once it is saved.
        sweep: what is swept.
        recording: all its events so far; reading never blocks.
        events: the same, as they came.
        message: why it ended, in words, if that was not the visitor's own doing; else empty.
        workers: stacks that are trained at a time; 0 while that is not known.
    """

    # Its lock is held while events are taken in and stacks handed over; the executor's own is only taken within it.

    def __init__(self, sweep: Sweep, owner: str, keeper: str, open_executor: Callable[[str], Executor],
                 on_event: Callable[[SweepRun, Event], None], before: SweepRun | None = None) -> None:
        self.id = secrets.token_urlsafe(16)
        self.owner, self.keeper, self.sweep, self.message, self.workers = owner, keeper, sweep, "", 0
        self.recording = SweepRecording(sweep)
        self.events: list[Event] = []
        self._open, self._on_event = open_executor, on_event
        self._changed = threading.Condition(threading.RLock())
        self._executor: Executor | None = None
        self._under_way: dict[str, Stack] = {}
        self._stopping = False
        self._give_up_at = math.inf
        self._elapsed, self._going_since = (before.elapsed if before else 0.0), None
        with self._changed:
            for event in (start_event(sweep), *(before.done_events() if before else ())):
                self._add(event)
            self._waiting = deque(each for each in sweep.stacks() if not self.recording.stacks[each.id].over)
            self._keep_time()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """Where it stands."""
        return "stopping" if self._stopping and not self.over else self.recording.state

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.recording.over

    @property
    def elapsed(self) -> float:
        """Seconds in which something was trained."""
        since = self._going_since
        return self._elapsed + (time.monotonic() - since if since is not None else 0.0)

    @property
    def under_way(self) -> int:
        """Networks that are being trained, or handed over to be trained next."""
        with self._changed:
            return sum(len(stack.replicas) for stack in self._under_way.values())

    @property
    def missing(self) -> int:
        """Networks that are not done."""
        return self.recording.networks - self.recording.done_networks

    def pause(self) -> None:
        """Begins no more stacks; those under way finish. Safe to repeat."""
        self._set_state("running", "paused")

    def resume(self) -> None:
        """Goes on after a pause. Safe to repeat."""
        self._set_state("paused", "running")

    def stop(self, message: str = "") -> None:
        """Ends it within 2 s, and keeps what is done. Safe to repeat.

        Args:
            message: why, if it is not the visitor who wants it.
        """
        with self._changed:
            if self.over or self._stopping:
                return
            self._stopping, self.message = True, message
            self._give_up_at = time.monotonic() + PATIENCE
            self._waiting.clear()
            for stack in self._under_way:
                self._executor.cancel(stack)
            self._settle()

    def wait(self, revision: int, timeout: float) -> int:
        """Waits until there is something new.

        Args:
            revision: of its recording, as last seen.
            timeout: s.

        Returns:
            The revision now; unchanged if the sweep is over or time is up.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.recording.revision != revision or self.over, timeout)
            return self.recording.revision

    def done_events(self) -> list[Event]:
        """The events of the stacks that are done, for a sweep that goes on where this one ended."""
        with self._changed:
            kept = {name for name, stack in self.recording.stacks.items() if stack.state == "done"}
            return [event for event in self.events if event.get("stack") in kept]

    def join(self, timeout: float) -> None:
        """Waits until its executor is closed."""
        self._thread.join(timeout)

    def _run(self) -> None:
        """A thread of its own: takes in what the executor says."""
        executor = None
        try:
            executor = self._open(self.owner)
            with self._changed:
                self._executor, self.workers = executor, executor.workers
                self._settle()
            while not self.over:
                events = executor.events(TICK)
                with self._changed:
                    self._take(events)
                    self._settle()
        except ExecutorUnavailable as error:
            self._fail(str(error))
        except Exception:  # a fault must not leave a sweep that says it goes on
            log.exception("a sweep could not go on")
            self._fail(BROKEN)
        finally:
            if executor is not None:
                executor.close()

    # What follows but for _fail is called with the lock held.

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            self._add(event)
            if event["event"] in ("done", "failed", "cancelled"):
                del self._under_way[event["stack"]]
        if time.monotonic() >= self._give_up_at:
            log.warning("an executor did not cancel %d stacks in time", len(self._under_way))
            for stack in list(self._under_way):
                self._add({"event": "cancelled", "stack": stack})
                del self._under_way[stack]

    def _settle(self) -> None:
        """Hands over what should be under way, and ends what has come to its end."""
        if self.over:
            return
        while self._executor and self._waiting and self.recording.state == "running" and len(self._under_way) <= self.workers:
            stack = self._waiting.popleft()
            self._under_way[stack.id] = stack
            self._executor.submit(stack)
        self._keep_time()
        if self._under_way or self._waiting:
            return
        failures = self.recording.failures
        if failures and not self.recording.done_networks and not self._stopping:
            return self._fail(next(iter(failures.values())))
        self._keep_time(over=True)
        self._add({"event": "end", "state": "stopped" if self._stopping else "finished", "elapsed": self.elapsed})

    def _set_state(self, before: str, after: str) -> None:
        with self._changed:
            if self.recording.state == before and not self._stopping:
                self._add({"event": "state", "state": after})
                self._settle()

    def _fail(self, message: str) -> None:
        with self._changed:
            if not self.over:
                self.message = message
                self._keep_time(over=True)
                self._add({"event": "error", "message": message})

    def _keep_time(self, over: bool = False) -> None:
        going = not over and any(self.recording.stacks[stack].state == "running" for stack in self._under_way)
        if going and self._going_since is None:
            self._going_since = time.monotonic()
        elif not going:
            self._elapsed, self._going_since = self.elapsed, None

    def _add(self, event: Event) -> None:
        self.recording.add(event)
        self.events.append(event)
        self._on_event(self, event)
        self._changed.notify_all()


class Sweeps:
    """All sweeps of the server. Every method may be called from any thread and returns at once.

    Args:
        open_executor: a new executor for a visitor's sweep.
        grace: s that a visitor may be away before their sweep is stopped.
        on_event: called with a sweep and each of its events, in order; it must not wait.
    """

    def __init__(self, open_executor: Callable[[str], Executor] = executor_for, grace: float = 30.0,
                 on_event: Callable[[SweepRun, Event], None] = lambda run, event: None) -> None:
        self._open_executor, self.on_event = open_executor, on_event
        self._presence = Presence(grace)
        self._lock = threading.RLock()
        self._runs: dict[str, SweepRun] = {}  # in order of their starts
        self._workers: int | None = None  # of the executor that was opened last
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
            run = SweepRun(sweep, owner, keeper, self._open, self._tell, before)
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

    def workers(self) -> int | None:
        """How many stacks a new sweep would have trained at a time; None while that is not known of a cluster."""
        if self._workers is None and not os.environ.get(ADDRESS_VARIABLE, "").strip():
            return slot_count(spared=0)
        return self._workers

    def present(self, owner: str) -> None:
        """The visitor is here, or back."""
        self._presence.present(owner)

    def left(self, owner: str) -> None:
        """The visitor's connection is gone. Only notes the time: an event loop calls this."""
        self._presence.left(owner)

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

    def _open(self, owner: str) -> Executor:
        executor = self._open_executor(owner)
        self._workers = executor.workers
        return executor

    def _tell(self, run: SweepRun, event: Event) -> None:
        """A listener's fault is no fault of the sweep."""
        try:
            self.on_event(run, event)
        except Exception:
            log.exception("an event of a sweep could not be handed on")

    def _keep(self) -> None:
        """A thread of its own: sees off visitors who left."""
        while not self._closed.wait(TICK):
            for owner, beyond in self._presence.gone():
                for run in self.of(owner):
                    run.stop(AWAY)
                if beyond >= FORGET:
                    with self._lock:
                        for run in self.of(owner):
                            del self._runs[run.id]
                    self._presence.forget(owner)
