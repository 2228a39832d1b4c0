"""One sweep in the background, and the thread that takes in the events of its executor. No Streamlit, no torch."""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, cast

from ipcore.executors.base import Executor, ExecutorUnavailable
from ipcore.recordings.events import sweep as sweep_events
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Cancelled, Done, Failed
from ipcore.recordings.sweep import SweepRecording, start_event
from ipcore.sweeps.plan import Stack, Sweep

PATIENCE = 4.0
"""Seconds an executor has to cancel stacks, before a sweep ends without waiting for it any longer."""
TICK = 0.2
"""Seconds after which the thread looks at its deadlines, even if there is no event."""
COUNT_EVERY = 1.0
"""Seconds between two counts of the workers, because a cluster may grow or shrink."""

BROKEN = "the sweep could not go on: the server's log has more"

State = Literal["starting", "running", "paused", "stopping", "finished", "stopped", "failed"]

log = logging.getLogger(__name__)


class SweepRun:
    """One sweep of one visitor. Made by :class:`Sweeps`; every method may be called from any thread.

    Attributes:
        id: Names it; cannot be guessed.
        owner: The visitor it belongs to.
        keeper: Who keeps it once it is saved.
        sweep: Which networks are trained.
        recording: All its events so far, taken in; reading never blocks.
        events: All its events so far, as they came.
        message: Why it ended, in words, if the visitor did not end it; else empty.
        before: The seconds and the share of the work that it began with, if it goes on where another ended early.
        workers: How many stacks are trained at a time now; 0 while there is no worker, or that is not known.
        slowdown: How many times longer than on an idle machine it should take, when it began.
    """

    # Its lock is held while events are taken in and stacks are submitted. The executor's lock is only taken within it.

    def __init__(
        self,
        sweep: Sweep,
        owner: str,
        keeper: str,
        open_executor: Callable[[str], Executor],
        on_event: Callable[[SweepRun, Event], None],
        before: SweepRun | None = None,
        slowdown: float = 1.0,
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.owner, self.keeper, self.sweep, self.message, self.workers = owner, keeper, sweep, "", 0
        self.slowdown = slowdown
        self.recording = SweepRecording(sweep)
        self.events: list[Event] = []
        self._open, self._on_event = open_executor, on_event
        self._changed = threading.Condition(threading.RLock())
        self._executor: Executor | None = None
        self._under_way: dict[str, Stack] = {}
        self._stopping = False
        self._give_up_at = math.inf
        self._elapsed = before.elapsed if before else 0.0  # seconds, up to _training_since
        self._training_since: float | None = None
        with self._changed:
            for event in (start_event(sweep), *(before.done_events() if before else ())):
                self._add(event)
            self.before = (self.elapsed, self.recording.progress)
            self._waiting = deque(each for each in sweep.stacks() if not self.recording.stacks[each.id].over)
            self._keep_time()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """What it is doing, or how it has ended."""
        return "stopping" if self._stopping and not self.over else cast(State, self.recording.state)

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.recording.over

    @property
    def elapsed(self) -> float:
        """How many seconds it has trained, pauses left out."""
        since = self._training_since
        return self._elapsed + (time.monotonic() - since if since is not None else 0.0)

    @property
    def under_way(self) -> int:
        """How many networks are being trained, or are submitted to be trained next."""
        with self._changed:
            return sum(len(stack.replicas) for stack in self._under_way.values())

    @property
    def missing(self) -> int:
        """How many networks are not done."""
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
            message: Why, if the visitor did not ask for it.
        """
        with self._changed:
            if self.over or self._stopping:
                return
            self._stopping, self.message = True, message
            self._give_up_at = time.monotonic() + PATIENCE
            self._waiting.clear()
            if self._executor is not None:
                for stack in self._under_way:
                    self._executor.cancel(stack)
            self._settle()

    def wait(self, revision: int, timeout: float) -> int:
        """Waits until there is something new.

        Args:
            revision: The revision of its recording that the caller has seen.
            timeout: How long to wait at most, in seconds.

        Returns:
            The revision now. It is unchanged if the sweep is over or time is up.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.recording.revision != revision or self.over, timeout)
            return self.recording.revision

    def done_events(self) -> list[Event]:
        """The events of the stacks that are done, for a sweep that goes on where this one ended."""
        with self._changed:
            done = {name for name, stack in self.recording.stacks.items() if stack.state == "done"}
            return [event for event in self.events if getattr(event, "stack", None) in done]

    def lines(self) -> Iterator[bytes]:
        """All its events so far, each as a line of JSON without its newline."""
        return (event.line().encode() for event in self.events.copy())

    def join(self, timeout: float) -> None:
        """Waits until its executor is closed, but at most ``timeout`` seconds."""
        self._thread.join(timeout)

    def _run(self) -> None:
        """A thread of its own: takes in the events of the executor."""
        executor = None
        try:
            executor = self._open(self.owner)
            self.workers, counted = executor.workers, time.monotonic()
            with self._changed:
                self._executor = executor
                self._settle()
            while not self.over:
                events = executor.events(TICK)
                if time.monotonic() - counted >= COUNT_EVERY:  # without the lock, because a cluster may not answer
                    self.workers, counted = executor.workers, time.monotonic()
                with self._changed:
                    self._take(events)
                    self._settle()
        except ExecutorUnavailable as error:
            self._fail(str(error))
        except Exception:  # a sweep whose thread has ended must not claim to go on
            log.exception("a sweep could not go on")
            self._fail(BROKEN)
        finally:
            if executor is not None:
                executor.close()

    # What follows is called with the lock held, except for _fail.

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            self._add(event)
            if isinstance(event, (Done, Failed, Cancelled)):
                del self._under_way[event.stack]
        if time.monotonic() >= self._give_up_at:
            log.warning("an executor did not cancel %d stacks in time", len(self._under_way))
            for stack in list(self._under_way):
                self._add(Cancelled(stack=stack))
                del self._under_way[stack]

    def _settle(self) -> None:
        """Submits the stacks that should be under way now, and ends the sweep if nothing is left to do."""
        if self.over:
            return
        if self._executor is not None and self.recording.state == "running":
            while self._waiting and len(self._under_way) <= self.workers:  # one more than can be trained at a time
                stack = self._waiting.popleft()
                self._under_way[stack.id] = stack
                self._executor.submit(stack)
        self._keep_time()
        if self._under_way or self._waiting:
            return
        failures = self.recording.failures
        if failures and not self.recording.done_networks and not self._stopping:
            self._fail(next(iter(failures.values())))
            return
        self._keep_time(over=True)
        self._add(sweep_events.End(state="stopped" if self._stopping else "finished", elapsed=self.elapsed))

    def _set_state(self, before: str, after: Literal["running", "paused"]) -> None:
        with self._changed:
            if self.recording.state == before and not self._stopping:
                self._add(sweep_events.State(state=after))
                self._settle()

    def _fail(self, message: str) -> None:
        with self._changed:
            if not self.over:
                self.message = message
                self._keep_time(over=True)
                self._add(sweep_events.Error(message=message))

    def _keep_time(self, over: bool = False) -> None:
        """Starts or stops the clock: it runs while a stack is being trained."""
        training = not over and any(self.recording.stacks[stack].state == "running" for stack in self._under_way)
        if training and self._training_since is None:
            self._training_since = time.monotonic()
        elif not training:
            self._elapsed, self._training_since = self.elapsed, None

    def _add(self, event: Event) -> None:
        self.recording.add(event)
        self.events.append(event)
        self._on_event(self, event)
        self._changed.notify_all()
