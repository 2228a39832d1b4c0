"""One race or measurement of one visitor, from its start to its end. No Streamlit, no torch."""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar, cast

from ipcore.recordings.measurement import Measurement
from ipcore.recordings.race import Recording
from ipcore.worker.commands import Beginning, Stop, check
from ipcore.worker.jobs import Job
from ipcore.worker.process import Command, Event
from ipcore.worker.scheduler import Scheduler

COMMANDS_KEPT = 100
"""How many commands are kept for a run that has not started."""

DIED = "the worker stopped unexpectedly"
BROKEN = "the worker sent a report that does not fit this run"

State = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
Kind = Literal["race", "measurement"]
OVER = ("finished", "stopped", "failed", "interrupted")

log = logging.getLogger(__name__)


R = TypeVar("R", bound=Recording | Measurement)


class Run(Job, Generic[R]):
    """One race or measurement of one visitor. Every method may be called from any thread.

    :class:`app.background.runs.Runs` makes it.

    Args:
        scheduler: Where it runs.
        owner: The visitor it belongs to.
        recording: What takes in its events, still empty.
        beginning: The command that begins it, without its ``config``.
        keeper: Who keeps it once it is saved; None if that is the owner.
        on_event: Called with this run and each event that the recording has taken in, from any thread; must not wait.
        on_end: Called once with this run when it is over, with the scheduler's lock held; must not wait.

    Attributes:
        id: Names it in links; cannot be guessed.
        owner: The visitor it belongs to.
        keeper: Who keeps it once it is saved.
        config: Its settings.
        recording: All its events so far, a Recording or a Measurement; reading never blocks.
        state: What it is doing, or how it has ended.
        message: Why it ended, in words, if the visitor did not end it; else empty.
        paused_at: The time on the monotonic clock since which it stands still; infinity while it does not.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        owner: str,
        recording: R,
        beginning: Command,
        keeper: str | None,
        on_event: Callable[[Run[Any], Event], None],
        on_end: Callable[[Run[Any]], None],
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.owner = owner
        self.keeper = keeper or owner
        self.config = recording.config
        self.recording = recording
        self.state: State = "queued"
        self.message = ""
        self.paused_at = math.inf
        self._scheduler = scheduler
        self._changed = threading.Condition(scheduler.lock)
        self._beginning = {**beginning, "config": recording.config.to_dict()}
        self._commands: list[Command] = []  # those given before it has begun
        self._outcome: tuple[State, str] | None = None  # how it will end, and why, once that is decided
        self._on_event, self._on_end = on_event, on_end

    @property
    def kind(self) -> Kind:
        """Whether it is a race or a measurement."""
        return "measurement" if isinstance(self.recording, Measurement) else "race"

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state in OVER

    @property
    def ending(self) -> bool:
        """Whether it is decided how it ends, so that nothing more can be asked of it."""
        return self._outcome is not None

    @property
    def waits_at_start(self) -> bool:
        """Whether it was started to wait at step 0, and no step has been made yet."""
        recording = self.recording
        return isinstance(recording, Recording) and recording.step == 0 and bool(self._beginning.get("paused"))

    @property
    def position(self) -> int:
        """Its place in the queue: 1 for the next one, 0 if it does not wait."""
        return self._scheduler.position(self)

    def send(self, command: Command) -> None:
        """Steers it by a command of :mod:`ipcore.worker.commands`.

        A command that is given before the run has begun is kept and applied then. After its end none has any effect.

        Raises:
            ValueError: If it is not a command to a run.
        """
        checked = check(command)
        if isinstance(checked, Beginning):
            raise ValueError("a run is started once; start another with Runs.start")
        if isinstance(checked, Stop):
            self.stop()
            return
        command = checked.plain()
        with self._scheduler.lock:
            if self.over or self.ending or self._scheduler.send(self, command):
                return
            if len(self._commands) >= COMMANDS_KEPT:
                raise ValueError("too many commands for a run that has not started")
            self._commands.append(command)

    def stop(self, message: str = "") -> None:
        """Ends it soon: within a step if the worker obeys, else by the scheduler's deadline. Safe to repeat.

        Args:
            message: Why, if the visitor did not ask for it.
        """
        with self._scheduler.lock:
            if not (self.over or self.ending):
                self._outcome = "stopped", message
                self._scheduler.stop(self)

    def interrupt(self, message: str) -> None:
        """Decides that it ends as *interrupted*, for the reason in the message, if nothing else is decided yet."""
        with self._scheduler.lock:
            self._outcome = self._outcome or ("interrupted", message)

    def wait(self, revision: int, timeout: float) -> int:
        """Waits until there is something new.

        Args:
            revision: The revision of its recording that the caller has seen.
            timeout: How long to wait at most, in seconds.

        Returns:
            The revision now. It is unchanged if only the state or the place in the queue has changed, if the run is
            over, or if time is up.
        """
        with self._changed:
            seen = self.state, self.position
            self._changed.wait_for(
                lambda: self.recording.revision != revision or self.over or (self.state, self.position) != seen, timeout
            )
            return self.recording.revision

    # What follows is called by the scheduler, with its lock held except where it says otherwise.

    def moved(self, place: int) -> None:
        """See :meth:`ipcore.worker.jobs.Job.moved`."""
        if place == 0:
            self.state = "starting"
        self._changed.notify_all()

    def begin(self, send: Callable[[Command], None]) -> None:
        """Sends what begins it, and the commands that were given before."""
        for command in (self._beginning, *self._commands):
            send(command)
        self._commands.clear()

    def receive(self, event: Event) -> None:
        """Takes in an event; called without the lock. Once the run has begun, no other thread adds to its recording."""
        try:
            added = self.recording.add(event)
        except ValueError:
            self._outcome = "failed", BROKEN
            raise
        self._call(self._on_event, self, added)
        with self._scheduler.lock:
            state = cast(State, self.recording.state)
            self.paused_at = time.monotonic() if state == "paused" else math.inf  # each step made begins the time anew
            if not self.recording.over:
                self.state = state
                self._changed.notify_all()

    def finished(self, event: Event) -> None:
        """The worker has said how it ended."""
        state = cast(State, self.recording.state)
        if state == "stopped" and self._outcome:
            self._end(*self._outcome)
        else:
            self._end(state, self.recording.message)

    def stopped(self) -> None:
        """It was stopped before it began, or the worker did not obey."""
        self._conclude(*(self._outcome or ("stopped", "")))

    def lost(self) -> bool:
        """Its worker has died. A race is not run again by itself: the visitor decides."""
        self._conclude(*(self._outcome or ("failed", DIED)))
        return False

    def failed(self, message: str) -> None:
        """See :meth:`ipcore.worker.jobs.Job.failed`."""
        self._conclude("failed", message)

    def _conclude(self, state: State, message: str) -> None:
        """Ends it in place of a worker that cannot say so."""
        if state == "failed":
            self._call(self._on_event, self, self.recording.add({"event": "error", "message": message}))
        self._end(state, message)

    def _end(self, state: State, message: str) -> None:
        """The last thing that happens to a run."""
        if not self.recording.over:
            self._call(self._on_event, self, self.recording.end_as_stopped())
        self.state, self.message = state, message
        self._call(self._on_end, self)
        self._changed.notify_all()

    @staticmethod
    def _call(listener: Callable[..., None], *arguments: Any) -> None:
        """Calls a listener. If it raises, that is logged and the run goes on."""
        try:
            listener(*arguments)
        except Exception:
            log.exception("a listener to runs fails")
