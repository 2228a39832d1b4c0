"""Background work: runs (races and measurements), the slots they train in, and the queue before them. No Streamlit, no torch.

A slot is a worker process (:mod:`ipcore.worker.pool`), started ahead and used again, so that a start takes milliseconds.
What is fair when there are more runs than slots:

* One live race and one measurement per visitor: a new one replaces it, unless asked otherwise.
* Visitors take turns (:mod:`ipcore.worker.turns`): someone's tenth run waits behind everybody's first.
* A paused run keeps its slot, but once it has stood still for ``PAUSE_LIMIT`` and others wait, it is stopped; its
  recording stays.
* A visitor who left and is not back within the grace loses their live runs, and some minutes later their finished
  ones.
"""

from __future__ import annotations

import atexit
import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from app.background.presence import Presence
from ipcore.config import RunConfig
from ipcore.recordings.measurement import Measurement
from ipcore.recordings.race import Recording
from ipcore.worker.commands import BEGINNINGS, check
from ipcore.worker.pool import COMMAND, Pool, Worker, slot_count
from ipcore.worker.turns import Turns

OBEY = 2.0
"""Seconds a worker has to end a run when told to, before it is killed."""
PAUSE_LIMIT = 120.0
"""Seconds a run may stay paused while others wait."""
FORGET = 600.0
"""Seconds after which the finished runs of a visitor who left are forgotten."""
KEPT = 10
"""Finished runs of each kind kept of one visitor: the newest."""
COMMANDS_KEPT = 100
"""Commands kept for a run that has not started."""
TICK = 0.2
"""Seconds between two looks at deadlines."""

DIED = "the worker stopped unexpectedly"
BROKEN = "the worker sent a report that does not fit this run"
NO_WORKER = "a worker could not be started on this machine"
AWAY = "stopped because you were away"
PAUSED_TOO_LONG = "stopped because it was paused for long while others waited"
SHUT_DOWN = "the server was shut down"

State = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
Kind = Literal["race", "measurement"]
OVER = ("finished", "stopped", "failed", "interrupted")

log = logging.getLogger(__name__)


def default_slots() -> int:
    """Cores less one, which is for the web server, but at least 1; or what ``IPCORE_SLOTS`` says."""
    return slot_count(spared=1)


class Run:
    """One race or measurement of one visitor. Made by :class:`Runs`; every method may be called from any thread.

    Attributes:
        id: names it in links; unguessable.
        owner: the visitor it belongs to.
        keeper: who keeps it once it is saved.
        config: its settings.
        recording: all its events so far, a Recording or a Measurement; reading never blocks.
        state: where it stands.
        message: why it ended, in words, if that was not the visitor's own doing; else empty.
    """

    def __init__(
        self, runs: Runs, owner: str, recording: Recording | Measurement, start: dict[str, Any],
        keeper: str | None = None,
    ) -> None:  # fmt: skip
        self.id = secrets.token_urlsafe(16)
        self.owner = owner
        self.keeper = keeper or owner
        self.config = recording.config
        self.recording = recording
        self.state: State = "queued"
        self.message = ""
        self._runs = runs
        self._changed = threading.Condition(runs._lock)
        self._start = {**start, "config": recording.config.to_dict()}
        self._commands: list[dict[str, Any]] = []  # given before the start was sent
        self._worker: Worker | None = None
        self._sent = False  # whether the worker has got the start
        self._verdict: tuple[State, str] | None = None  # how it shall end, once that is decided
        self._kill_at = math.inf
        self._paused_at = math.inf

    @property
    def kind(self) -> Kind:
        """What it does."""
        return "measurement" if isinstance(self.recording, Measurement) else "race"

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in OVER

    @property
    def position(self) -> int:
        """Place in the queue, 1 being next; 0 if it does not wait."""
        with self._runs._lock:
            return self._runs._queue.position(self)

    def send(self, command: dict[str, Any]) -> None:
        """Steers it: a command of :mod:`ipcore.worker.commands`.

        One given before it starts is kept and applied then; none has any effect after its end.

        Raises:
            ValueError: if it is no command to a run.
        """
        command = check(command)
        if command["command"] in BEGINNINGS:
            raise ValueError("a run is started once; start another with Runs.start")
        if command["command"] == "stop":
            return self.stop()
        with self._runs._lock:
            if self.over or self._verdict:
                return
            if self._sent:
                self._worker.send(command)
            elif len(self._commands) < COMMANDS_KEPT:
                self._commands.append(command)
            else:
                raise ValueError("too many commands for a run that has not started")

    def stop(self) -> None:
        """Ends it, soon: within a step if the worker obeys, else within ``OBEY``. Safe to repeat."""
        with self._runs._lock:
            self._runs._stop(self, "stopped", "")

    def wait(self, revision: int, timeout: float) -> int:
        """Waits until there is something new.

        Args:
            revision: of its recording, as last seen.
            timeout: s.

        Returns:
            The revision now. Unchanged if only state or place in the queue changed, the run is over, or time is up.
        """
        with self._changed:
            seen = self.state, self.position
            self._changed.wait_for(
                lambda: self.recording.revision != revision or self.over or (self.state, self.position) != seen, timeout
            )
            return self.recording.revision


class Runs:
    """All runs of the server. Every method may be called from any thread and returns at once.

    Args:
        slots: how many train at a time; None: :func:`default_slots`.
        command: program that speaks the worker's protocol.
        grace: s that a visitor may be away before their runs are stopped.
        on_event: called with a run and each event that its recording took in, from any thread; must not wait.
        on_end: called once with each run that is over, after its last event; with the lock held, so it must not wait.
    """

    # Under the lock nothing waits: sending does not block, events are taken in before it is acquired.

    def __init__(
        self,
        slots: int | None = None,
        command: Sequence[str] | None = None,
        grace: float = 30.0,
        on_event: Callable[[Run, dict[str, Any]], None] = lambda run, event: None,
        on_end: Callable[[Run], None] = lambda run: None,
    ) -> None:
        if slots is not None and slots < 1:
            raise ValueError(f"slots must be at least 1, not {slots!r}")
        self.slots = slots or default_slots()
        self._listener, self._end_listener = on_event, on_end
        self._lock = threading.RLock()
        self._runs: dict[str, Run] = {}  # in order of their starts
        self._queue: Turns[Run] = Turns()
        self._pool = Pool(self.slots, tuple(command or COMMAND), self._on_event, self._on_exit)
        self._warm = False  # whether spares are wanted
        self._presence = Presence(grace)
        self._closed = threading.Event()
        threading.Thread(target=self._keep, name="runs", daemon=True).start()
        atexit.register(self.close)

    def warm_up(self) -> None:
        """Starts workers ahead of their first use."""
        with self._lock:
            self._warm = True
            self._dispatch()

    def start(
        self, config: RunConfig, owner: str, *, keeper: str | None = None, paused: bool = False, replace: bool = True
    ) -> Run:
        """A new race, queued if no slot is free.

        Args:
            config: its settings.
            owner: the visitor it belongs to.
            keeper: who keeps it once it is saved; None: the same.
            paused: whether it waits at step 0.
            replace: whether it takes the place of the visitor's live races, which are stopped.

        Raises:
            RuntimeError: after :meth:`close`.
        """
        return self._add(Run(self, owner, Recording(config), {"command": "start", "paused": paused}, keeper), replace)

    def measure(self, config: RunConfig, owner: str) -> Run:
        """A new measurement, in the same queue; it takes the place of the visitor's one that is not over.

        Args:
            config: its settings, see :func:`ipcore.networks.measuring.measure`.
            owner: the visitor it belongs to.

        Raises:
            RuntimeError: after :meth:`close`.
            ValueError: if a method cannot be measured.
        """
        return self._add(Run(self, owner, Measurement(config), {"command": "measure"}), replace=True)

    def _add(self, run: Run, replace: bool) -> Run:
        owner = run.owner
        with self._lock:
            if self._closed.is_set():
                raise RuntimeError(SHUT_DOWN)
            self._warm = True
            if replace:
                for other in self._live(owner):
                    if other.kind == run.kind:
                        self._stop(other, "stopped", "")
            self._runs[run.id] = run
            self._queue.add(run, owner)
            self._dispatch()
        return run

    def get(self, run_id: str) -> Run | None:
        """The run of that id, if it is still known."""
        return self._runs.get(run_id)

    def of(self, owner: str, kind: Kind = "race") -> list[Run]:
        """A visitor's runs of a kind, oldest first."""
        with self._lock:
            return [run for run in self._runs.values() if run.owner == owner and run.kind == kind]

    def present(self, owner: str) -> None:
        """The visitor is here, or back."""
        self._presence.present(owner)

    def left(self, owner: str) -> None:
        """The visitor's connection is gone. Only notes the time: an event loop calls this."""
        self._presence.left(owner)

    def close(self) -> None:
        """Ends everything: every run, every worker. Safe to repeat; called at exit."""
        with self._lock:
            self._closed.set()
            for run in self._live():
                run._verdict = run._verdict or ("interrupted", SHUT_DOWN)
                if not run._sent:
                    self._end(run, *run._verdict)
            workers = list(self._pool.workers)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join(OBEY)
        atexit.unregister(self.close)

    # What follows is called with the lock held, unless it says otherwise.

    def _live(self, owner: str | None = None) -> list[Run]:
        return [run for run in self._runs.values() if not run.over and owner in (None, run.owner)]

    def _dispatch(self) -> None:
        """Gives free slots to those who wait, and keeps spares."""
        while self._queue and not self._closed.is_set():
            try:
                worker = self._pool.free()
            except OSError as error:
                log.error("no worker can be started: %s", error)
                self._fail(self._queue.take(), NO_WORKER)
                continue
            if worker is None:
                break
            run = self._queue.take()
            run._worker, worker.run, run.state = worker, run, "starting"
            run._changed.notify_all()
            if worker.ready:
                self._launch(run)
        for run in self._queue.items():
            run._changed.notify_all()  # its place may have changed
        self._keep_spares()

    def _keep_spares(self) -> None:
        if self._warm and not self._closed.is_set():
            self._pool.keep_spares()

    def _launch(self, run: Run) -> None:
        for command in (run._start, *run._commands):
            run._worker.send(command)
        run._sent = True
        run._commands.clear()

    def _stop(self, run: Run, state: State, message: str) -> None:
        if run.over or run._verdict:
            return
        run._verdict = state, message
        if run._sent:
            run._kill_at = time.monotonic() + OBEY
            run._worker.send({"command": "stop"})
        else:
            self._end(run, state, message)
            self._dispatch()

    def _end(self, run: Run, state: State, message: str) -> None:
        """The last thing that happens to a run. Its worker, if it lives, is free again."""
        self._queue.remove(run)
        if run._worker is not None:
            run._worker.run = run._worker = None
        if not run.recording.over:  # nobody was left to say so
            self._tell(self._listener, run, run.recording.cut_off())
        run.state, run.message = state, message
        self._tell(self._end_listener, run)
        run._changed.notify_all()
        for old in [other for other in self.of(run.owner, run.kind) if other.over][:-KEPT]:
            del self._runs[old.id]

    def _fail(self, run: Run, message: str) -> None:
        """An end that no worker could report."""
        error = {"event": "error", "message": message}
        run.recording.add(error)
        self._tell(self._listener, run, error)
        self._end(run, "failed", message)

    @staticmethod
    def _tell(listener: Callable[..., None], *about: Any) -> None:
        """Whatever a listener does, the run goes on. Also called without the lock."""
        try:
            listener(*about)
        except Exception:
            log.exception("a listener to runs fails")

    def _on_event(self, worker: Worker, event: dict[str, Any]) -> None:
        """On a worker's reading thread, without the lock. Once a run was sent, no other thread adds to its recording."""
        kind, run = event["event"], worker.run
        if kind == "ready":
            with self._lock:
                worker.ready = True
                if worker.run is not None:
                    self._launch(worker.run)
            return
        if kind == "refused" or run is None:
            log.info("worker %d: %s %s", worker.pid, kind, str(event.get("message"))[:200])
            return
        try:
            run.recording.add(event)
        except ValueError:
            run._verdict = "failed", BROKEN
            raise  # ends the worker, and so the run
        self._tell(self._listener, run, event)
        with self._lock:
            state = run.recording.state
            run._paused_at = time.monotonic() if state == "paused" else math.inf  # a step renews it
            if kind in ("end", "error"):
                told = run._verdict if state == "stopped" and run._verdict else (state, run.recording.message)
                self._end(run, *told)
                self._dispatch()
            else:
                run.state = state
                run._changed.notify_all()

    def _on_exit(self, worker: Worker) -> None:
        """On the worker's reading thread, without the lock, after its last event."""
        with self._lock:
            self._pool.remove(worker)
            run = worker.run
            state, message = run._verdict or ("failed", DIED) if run else ("failed", DIED)
            if state == "failed" and not self._closed.is_set():
                words = worker.last_words or "none"
                log.warning("worker %d stopped unexpectedly; its last words: %s", worker.pid, words)
            if run and state == "failed":
                self._fail(run, message)
            elif run:
                self._end(run, state, message)
            self._dispatch()

    def _keep(self) -> None:
        """A thread of its own, without the lock: looks at what is due."""
        while not self._closed.wait(TICK):
            with self._lock:
                now = time.monotonic()
                for run in self._live():
                    if now >= run._kill_at:
                        log.warning("run %s did not stop when told; its worker is ended", run.id)
                        run._worker.kill()
                        run._kill_at = math.inf
                self._see_off()
                self._end_long_pauses(now)
                self._keep_spares()

    def _see_off(self) -> None:
        """Stops, and later forgets, the runs of visitors who left."""
        for owner, beyond in self._presence.gone():
            for run in self._live(owner):
                self._stop(run, "stopped", AWAY)
            if beyond >= FORGET:
                for run in list(self._runs.values()):
                    if run.owner == owner and run.over:
                        del self._runs[run.id]
                self._presence.forget(owner)

    def _end_long_pauses(self, now: float) -> None:
        """Stops as many long-paused runs as others wait, the longest-paused first."""
        live = self._live()
        wanted = len(self._queue) - sum(run._verdict is not None for run in live)
        still = [run for run in live if now - run._paused_at > PAUSE_LIMIT and not run._verdict]
        for run in sorted(still, key=lambda run: run._paused_at)[: max(0, wanted)]:
            self._stop(run, "stopped", PAUSED_TOO_LONG)
