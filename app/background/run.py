"""One race or measurement of one visitor, from its start to its end. No Streamlit, no torch."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Generic, Literal

from app.background.log import EventLog
from app.background.training import BROKEN, DIED, OVER, R, State, Training
from ipcore.recordings.events.base import Event
from ipcore.recordings.measurement import Measurement
from ipcore.worker.commands import Beginning, Stop, check
from ipcore.worker.process import Command

__all__ = ["BROKEN", "DIED", "OVER", "Kind", "R", "Run", "State"]

Kind = Literal["race", "measurement"]
log = logging.getLogger(__name__)


class Run(Generic[R]):
    """A visitor's race or measurement: a training, which others may watch too, and what this visitor did with it.

    Every method may be called from any thread. :class:`app.background.runs.Runs` makes it.

    Args:
        training: What is trained.
        owner: The visitor it belongs to.
        keeper: Who keeps it once it is saved.
        address: The network address that it was started from; empty if that is not known.
        on_event: Called with this run and each event that its recording has taken in, from any thread; must not wait.
        on_end: Called once with this run when it is over, with the scheduler's lock held; must not wait.

    Attributes:
        id: Names it in links; cannot be guessed.
        owner: The visitor it belongs to.
        keeper: Who keeps it once it is saved.
        address: The network address that it was started from.
        training: What is trained; another one once this visitor has departed from what others watch.
    """

    def __init__(
        self,
        training: Training[R],
        owner: str,
        keeper: str,
        address: str,
        on_event: Callable[[Run[Any], Event], None],
        on_end: Callable[[Run[Any]], None],
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.owner, self.keeper, self.address = owner, keeper, address
        self.training = training
        self._on_event, self._on_end = on_event, on_end
        self._left: tuple[R, State, str] | None = None  # recording, state and message when it left what others watch
        self._log: EventLog | None = None  # its events, once it has left

    @property
    def config(self) -> Any:
        """Its settings."""
        return self.training.config

    @property
    def recording(self) -> R:
        """All its events so far, a Recording or a Measurement; reading never blocks."""
        return self._left[0] if self._left else self.training.recording

    @property
    def state(self) -> State:
        """What it is doing, or how it has ended."""
        return self._left[1] if self._left else self.training.state

    @property
    def message(self) -> str:
        """Why it ended, in words, if the visitor did not end it; else empty."""
        return self._left[2] if self._left else self.training.message

    @property
    def paused_at(self) -> float:
        """The time on the monotonic clock since which it stands still; infinity while it does not."""
        return self.training.paused_at

    @property
    def stream(self) -> str:
        """Names what is on screen: the same for all visitors who watch the same training."""
        return self.id if self._left else self.training.id

    @property
    def speed(self) -> float:
        """Steps a second of late, by the clock on the wall; 0 if that is not known."""
        return 0.0 if self._left else self.training.speed

    @property
    def restoring(self) -> bool:
        """Whether its worker was lost, and it is trained again to where it stood."""
        return not self._left and self.training.restoring

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
        return self._left is not None or self.training.ending

    @property
    def waits_at_start(self) -> bool:
        """Whether it was started to wait at step 0, and no step has been made yet."""
        return self.training.waits_at_start

    @property
    def others(self) -> int:
        """How many other visitors watch the same training."""
        return 0 if self._left else max(0, len(self.training.watchers) - 1)

    @property
    def position(self) -> int:
        """Its place in the queue: 1 for the next one, 0 if it does not wait."""
        return 0 if self._left else self.training.scheduler.position(self.training)

    @property
    def beside(self) -> int:
        """How many other races its worker trains by turns with it now: those that are not paused."""
        beside = self.training.scheduler.beside(self.training)
        return sum(isinstance(job, Training) and job.state in ("starting", "running") for job in beside)

    def send(self, command: Command) -> None:
        """Steers it by a command of :mod:`ipcore.worker.commands`.

        If other visitors watch the same training, this run departs from it first: it continues by itself from the step
        that has been reached, and theirs goes on undisturbed. A command that is given before the run has begun is kept
        and applied then. After its end none has any effect.

        Raises:
            ValueError: If it is not a command to a run.
        """
        checked = check(command)
        if isinstance(checked, Beginning):
            raise ValueError("a run is started once; start another with Runs.start")
        if isinstance(checked, Stop):
            self.stop()
            return
        with self.training.scheduler.lock:
            if self.over or self.ending:
                return
            fresh = len(self.training.watchers) > 1 and not self._depart()
            self.training.send(checked.plain())
            if fresh:
                self.training.scheduler.add(self.training)

    def stop(self, message: str = "") -> None:
        """Ends it soon; what other visitors watch goes on. Safe to repeat.

        Args:
            message: Why, if the visitor did not ask for it.
        """
        with self.training.scheduler.lock:
            if self.over or self.ending:
                return
            if len(self.training.watchers) > 1:
                self._leave(message)
            else:
                self.training.stop(message)

    def interrupt(self, message: str) -> None:
        """Decides that it ends as *interrupted*, for the reason in the message, if nothing else is decided yet."""
        self.training.interrupt(message)

    def wait(self, revision: int, timeout: float) -> int:
        """Waits until there is something new.

        Args:
            revision: The revision of its recording that the caller has seen.
            timeout: How long to wait at most, in seconds.

        Returns:
            The revision now. It is unchanged if only the state or the place in the queue has changed, if the run is
            over, or if time is up.
        """
        with self.training.changed:
            seen = self.state, self.position
            self.training.changed.wait_for(
                lambda: self.recording.revision != revision or self.over or (self.state, self.position) != seen, timeout
            )
            return self.recording.revision

    def lines(self) -> Iterator[bytes]:
        """The events that its recording has taken in, each as a line of JSON; those of a measurement are not kept."""
        log = self._log or self.training.log
        return log.lines() if log else iter(())

    def join(self) -> None:
        """Begins to watch its training, which others may watch already. Called once, with the scheduler's lock held."""
        with self.training.intake:
            for event in self.training.log or ():
                self.heard(event)
            self.training.watchers.append(self)
            if self.training.over:
                self.ended()

    def heard(self, event: Event) -> None:
        """Its training has taken in an event."""
        self._call(self._on_event, self, event)

    def ended(self) -> None:
        """Its training is over."""
        self._call(self._on_end, self)

    # What follows is called with the scheduler's lock held.

    def _depart(self) -> bool:
        """Continues by itself, with a copy of what is trained, or else with a training that is still to be added.

        Until the copy has been made, the run has the recording that the others have.

        Returns:
            Whether it is a copy.
        """
        original = self.training
        own = Training.fork(original, self.keeper)
        own.watchers.append(self)
        copied = original.scheduler.add_fork(own, original)
        if not copied:
            with original.intake:
                own = original.once_more(self.keeper)
                original.watchers.remove(self)
                own.watchers.append(self)
        self.training = own
        return copied

    def _leave(self, message: str) -> None:
        """Ends as stopped, with the recording as it is now; the others watch on."""
        training = self.training
        with training.intake:
            training.watchers.remove(self)
            recording: Any = training.recording.copy()
            last = recording.end_as_stopped()
            if training.log is not None:
                self._log = training.log.copy()
                self._log.add(last)
        self._left = recording, "stopped", message
        self.heard(last)
        self.ended()
        training.changed.notify_all()

    @staticmethod
    def _call(listener: Callable[..., None], *arguments: Any) -> None:
        """Calls a listener. If it raises, that is logged and the run goes on."""
        try:
            listener(*arguments)
        except Exception:
            log.exception("a listener to runs fails")
