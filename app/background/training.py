"""A race or measurement that is trained once for all visitors who watch it. No Streamlit, no torch."""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from app.background.log import EventLog
from app.background.recovery import Recovery
from ipcore.recordings.events.base import Event as RecordedEvent
from ipcore.recordings.measurement import Measurement
from ipcore.recordings.race import Recording
from ipcore.worker.jobs import Job
from ipcore.worker.process import Command, Event
from ipcore.worker.scheduler import Scheduler

if TYPE_CHECKING:
    from app.background.run import Run

COMMANDS_KEPT = 100
"""How many commands are kept for a run that has not started."""
LOSSES_SURVIVED = 2
"""How often a race or measurement is trained again after its worker was lost: the last time by a worker of its own."""
SPEED_SECONDS = 6.0
"""The speed of a race is that of so many last seconds."""

DIED = "the worker stopped unexpectedly"
BROKEN = "the worker sent a report that does not fit this run"

State = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
OVER = ("finished", "stopped", "failed", "interrupted")
R = TypeVar("R", bound=Recording | Measurement)
log = logging.getLogger(__name__)


class Training(Job, Generic[R]):
    """What is trained, and who watches it. Every method may be called from any thread.

    The same settings give the same numbers, so all visitors who ask for the same race watch one training. It belongs to
    none of them: it may be steered only while one visitor watches it (see :meth:`app.background.run.Run.send`).

    Args:
        scheduler: Where it runs.
        apart: Where it runs, by a worker of its own, after it has lost two workers; None for nowhere.
        owner: Whose turn it takes in the queue.
        recording: What takes in its events, still empty.
        beginning: The command that begins it, without its ``config``.

    Attributes:
        id: Names it; cannot be guessed.
        config: Its settings.
        recording: All its events so far, a Recording or a Measurement; reading never blocks.
        watchers: The visitors' runs that it is trained for.
        log: All events of a race, for those who join it later and for its saver; None for a measurement.
        steered: Whether it is no longer what its settings alone make of it, and no race that others may join.
        state: What it is doing, or how it has ended.
        message: Why it ended, in words, if a visitor did not end it; else empty.
        paused_at: The time on the monotonic clock since which it stands still; infinity while it does not.
        began_at: The time on the monotonic clock at which it began; infinity before.
    """

    def __init__(
        self, scheduler: Scheduler, apart: Scheduler | None, owner: str, recording: R, beginning: Command
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.owner = owner
        self.config = recording.config
        self.recording = recording
        self.watchers: list[Run[R]] = []
        self.log = EventLog() if isinstance(recording, Recording) else None
        self.steered = self.log is None or bool(beginning.get("paused"))
        self.state: State = "queued"
        self.message = ""
        self.paused_at = self.began_at = math.inf
        self.scheduler, self._apart = scheduler, apart
        self.changed = threading.Condition(scheduler.lock)
        self.intake = threading.RLock()  # held while an event is taken in; acquired after the scheduler's lock, if both
        self._beginning = {**beginning, "config": recording.config.to_dict()}
        self._commands: list[Command] = []  # those given before it has begun, or before a copy has been made
        self._stops_at: float | None = 0 if beginning.get("paused") else math.inf  # None: at the step of a ``pause``
        self._outcome: tuple[State, str] | None = None  # how it will end, and why, once that is decided
        self._recovery = Recovery()
        self._original: Training[R] | None = None  # what it is a copy of, until it has begun
        self._speeds: deque[tuple[float, int]] = deque(maxlen=64)

    @classmethod
    def fork(cls, original: Training[R], owner: str) -> Training[R]:
        """A copy of a race that goes on from where the original stands; to be given to ``Scheduler.add_fork``."""
        made = cls(original.scheduler, original._apart, owner, original.recording, original._beginning)
        made.state, made.paused_at, made.began_at = original.state, original.paused_at, original.began_at
        made._original, made._stops_at, made.steered = original, original._stops_at, True
        made.log = original.log  # until it has one of its own: nothing is added to it meanwhile
        return made

    def once_more(self, owner: str) -> Training[R]:
        """A training with the same settings that goes on from where this one stands, after it was trained that far.

        For a race that cannot be copied: its worker trains no other beside it, or it waits in the queue.
        """
        made = Training(self.scheduler, self._apart, owner, cast(R, self.recording.copy()), self._beginning)
        made.log, made.steered = self.log and self.log.copy(), True
        made._recovery.go_on_from(made.recording)
        if made._recovery.again:
            made._stops_at = self._stops_at
        return made

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
    def restoring(self) -> bool:
        """Whether its worker was lost, and it is trained again to where it stood."""
        return self._recovery.stood_at is not None

    @property
    def speed(self) -> float:
        """Steps a second, by the clock on the wall, of late; 0 if that is not known."""
        known, now = tuple(self._speeds), time.monotonic()  # at once, since another thread adds
        if len(known) < 2 or self.state != "running":
            return 0.0
        at, step = next((each for each in known if now - each[0] <= SPEED_SECONDS), known[-1])
        return (known[-1][1] - step) / (now - at) if now > at else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds that a race takes to its end at its present speed; None if that is not known."""
        recording = self.recording
        return (
            (recording.config.steps - recording.step) / self.speed
            if self.speed and isinstance(recording, Recording)
            else None
        )

    def send(self, command: Command) -> None:
        """Steers it. A command that is given before it has begun is kept and applied then.

        Raises:
            ValueError: If too many are given before it has begun.
        """
        with self.scheduler.lock:
            if self.over or self.ending:
                return
            self.steered = True
            match command:
                case {"command": "pause"}:
                    self._stops_at = None
                case {"command": "resume"}:
                    self._stops_at = math.inf
                case {"command": "step", "count": count}:
                    step = cast(Recording, self.recording).step
                    pauses_later = self._stops_at is not None and step < self._stops_at < math.inf
                    self._stops_at = (self._stops_at if pauses_later else step) + int(count)  # type: ignore[operator]
                case {"command": "set"}:
                    self._recovery.sent(command)
            with self.intake:
                sent = not self.restoring and self.scheduler.send(self, command)
                if sent and self._original is None:
                    return
                if len(self._commands) >= COMMANDS_KEPT:
                    raise ValueError("too many commands for a run that has not started")
                self._commands.append(command)

    def stop(self, message: str = "") -> None:
        """Ends it soon: within a step if the worker obeys, else by the scheduler's deadline. Safe to repeat."""
        with self.scheduler.lock:
            if not (self.over or self.ending):
                self._outcome = "stopped", message
                self.scheduler.stop(self)

    def interrupt(self, message: str) -> None:
        """Decides that it ends as *interrupted*, for the reason in the message, if nothing else is decided yet."""
        with self.scheduler.lock:
            self._outcome = self._outcome or ("interrupted", message)

    # What follows is called by the scheduler, with its lock held except where it says otherwise.

    def moved(self, place: int) -> None:
        """See :meth:`ipcore.worker.jobs.Job.moved`."""
        if place == 0:
            self.state = "starting"
        self.changed.notify_all()

    def begin(self, send: Callable[[Command], None]) -> None:
        """Sends what begins it, and the commands that were given before."""
        self.began_at = min(self.began_at, time.monotonic())
        if self._recovery.again and isinstance(self.recording, Recording):
            self._commands.clear()  # they are among the changes, or say where it stops
            for command in self._recovery.commands(self._beginning, self.recording, self._stops_at):
                send(command)
        else:
            send(self._beginning)
        if not self.restoring:
            for command in self._commands:
                send(command)
            self._commands.clear()

    def receive(self, event: Event) -> None:
        """Takes in an event; called without the lock. Once it has begun, no other thread adds to its recording."""
        with self.intake:
            if self._original is not None:
                if event["event"] == "error":
                    return  # the original has ended meanwhile
                self._take_over(self._original)
            recording = self.recording
            fresh = self._recovery.news(event, recording)
            if fresh is None:
                return
            try:
                added = recording.add(fresh)
            except ValueError:
                self._outcome = "failed", BROKEN
                raise
            self._pass_on(added)
            if isinstance(recording, Recording):
                self._note(added, recording)
        with self.scheduler.lock:
            if self._commands and not self.restoring:  # they came while it was trained again
                for command in self._commands:
                    self.scheduler.send(self, command)
                self._commands.clear()
            state = cast(State, recording.state)
            self.paused_at = time.monotonic() if state == "paused" else math.inf  # each step made begins the time anew
            if not recording.over and not self.restoring:
                self.state = state
                self.changed.notify_all()

    def _note(self, event: RecordedEvent, recording: Recording) -> None:
        if event.name == "steps":
            self._speeds.append((time.monotonic(), recording.step))
        elif event.name == "state":
            self._speeds.clear()
        self._recovery.recorded(event, recording)

    def _pass_on(self, event: RecordedEvent) -> None:
        """Notes an event for those who join later and for the saver, and tells those who watch."""
        if self.log is not None:
            self.log.add(event)
        for run in list(self.watchers):
            run.heard(event)

    def _take_over(self, original: Training[R]) -> None:
        """The copy has been made: from here on its visitors have a recording of their own."""
        with original.intake:
            self.recording = cast(R, original.recording.copy())
            self.log = original.log and original.log.copy()
            for run in self.watchers:
                original.watchers.remove(run)
        self._original = None
        self._commands.clear()

    def finished(self, event: Event) -> None:
        """The worker has said how it ended."""
        if self._original is not None:
            self._give_back()
            return
        state = cast(State, self.recording.state)
        if state == "stopped" and self._outcome:
            self._end(*self._outcome)
        else:
            self._end(state, self.recording.message)

    def stopped(self) -> None:
        """It was stopped before it began, or the worker did not obey."""
        if self._original is not None:
            self._give_back()
            return
        self._conclude(*(self._outcome or ("stopped", "")))

    def lost(self) -> bool:
        """Its worker has died. It is trained again in silence, since that gives the same numbers."""
        if self._original is not None:
            self._give_back()
            return False
        if self._outcome or self._recovery.losses >= LOSSES_SURVIVED:
            self._conclude(*(self._outcome or ("failed", DIED)))
            return False
        self._recovery.lost(self.recording)
        if isinstance(self.recording, Measurement):
            self.recording = cast(Any, Measurement(self.config))
        self.state = "queued"
        self._speeds.clear()
        if self._recovery.losses < LOSSES_SURVIVED or self._apart in (None, self.scheduler):
            return True
        self.scheduler = cast(Scheduler, self._apart)  # a run that kills its workers shall kill nobody else's
        self.scheduler.add(self)
        return False

    def failed(self, message: str) -> None:
        """See :meth:`ipcore.worker.jobs.Job.failed`."""
        self._conclude("failed", message)

    def _give_back(self) -> None:
        """No copy could be made, since the original has ended or has lost its worker: its visitors watch that again."""
        original, self._original = self._original, None
        assert original is not None
        self.state = "stopped"
        for run in self.watchers:
            run.training = original
            for command in self._commands:
                run.send(command)
            if self._outcome:
                run.stop(self._outcome[1])
        self.changed.notify_all()

    def _conclude(self, state: State, message: str) -> None:
        """Ends it in place of a worker that cannot say so."""
        with self.intake:
            if state == "failed" and not self.recording.over:
                self._pass_on(self.recording.add({"event": "error", "message": message}))
        self._end(state, message)

    def _end(self, state: State, message: str) -> None:
        """The last thing that happens to it."""
        with self.intake:
            if not self.recording.over:
                self._pass_on(self.recording.end_as_stopped())
            self.state, self.message, self._recovery.stood_at = state, message, None
            for run in list(self.watchers):
                run.ended()
        self.changed.notify_all()
