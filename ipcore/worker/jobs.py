"""What the scheduler of worker processes knows of a piece of work. No torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from ipcore.worker.process import Command, Event

LAST_EVENTS = ("end", "done", "cancelled", "error")
"""The events of which a worker sends exactly one for each job, when it is done with the job and free for the next."""


class Job(ABC):
    """A piece of work for one worker process: a race, a measurement, a stack of a sweep.

    A :class:`~ipcore.worker.scheduler.Scheduler` runs it and calls the methods below. It holds its lock when it calls
    them, except for :meth:`receive`, so they must not wait. Exactly one of these ends a job, and nothing follows:
    :meth:`finished`, :meth:`stopped`, :meth:`failed`, or a :meth:`lost` that returns False.

    Attributes:
        owner: Whose job it is. Owners take turns.
    """

    owner: str

    @abstractmethod
    def begin(self, send: Callable[[Command], None]) -> None:
        """A worker is ready for the job: sends the commands that begin it.

        Called again if the job was lost and is run again.

        Args:
            send: Sends a command to the worker, without waiting.
        """

    @abstractmethod
    def receive(self, event: Event) -> None:
        """Takes in an event of the worker, also the last one.

        Called on the thread that reads from the worker, without the scheduler's lock, so it may take its time.

        Raises:
            Exception: If the event cannot be used. The worker is then killed, and the job is lost.
        """

    @abstractmethod
    def finished(self, event: Event) -> None:
        """The worker has sent the last event of the job, which :meth:`receive` has taken in, and is free again."""

    @abstractmethod
    def stopped(self) -> None:
        """The job was stopped, or the scheduler was closed, and no worker was there to send a last event."""

    @abstractmethod
    def lost(self) -> bool:
        """The worker has ended before the job did. Returns whether the job is to be run again, from its beginning."""

    @abstractmethod
    def failed(self, message: str) -> None:
        """The job cannot be run, for the reason in the message."""

    @abstractmethod
    def moved(self, place: int) -> None:
        """The job may have moved in the queue. ``place`` is 1 for the next in the queue; 0 once it has a worker."""
