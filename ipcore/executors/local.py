"""Sweeps on this machine: stacks are jobs in worker processes that all sweeps of this process share. It needs no torch.

The workers are started when they are first needed, used for many stacks, and ended after some minutes without work.
Their priority is lower than that of live races, because somebody is watching a live race.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ipcore.executors.base import STOP_SECONDS, Executor, Submission
from ipcore.recordings.events.stack import Curve, Done
from ipcore.recordings.reading import STREAMS
from ipcore.worker.jobs import Job
from ipcore.worker.process import COMMAND, Command, Event
from ipcore.worker.scheduler import Deadlines, Scheduler
from ipcore.worker.slots import slot_count

NICENESS = 10
"""The niceness of the workers, by which their priority is lowered."""
IDLE = 180.0
"""Seconds without work after which the workers are ended. Each takes some 270 MB of memory."""


@dataclass(frozen=True)
class StackJob(Job):
    """A stack as a job of the scheduler. Two jobs of the same submission are equal.

    Args:
        executor: The executor, which is notified of what happens to the stack.
        submission: The stack, as it was submitted to the executor.
    """

    executor: LocalExecutor
    submission: Submission

    @property
    def owner(self) -> str:  # type: ignore[override]  # a property may stand for an attribute that is only read
        """Whose sweep it is."""
        return self.executor.owner

    def moved(self, place: int) -> None:
        """Does nothing, because the place of a stack in the queue is not shown to anybody."""

    def begin(self, send: Callable[[Command], None]) -> None:
        """Sends the stack to the worker."""
        send({"command": "stack", "stack": self.submission.stack.to_dict()})
        self.executor._begin(self.submission)

    def receive(self, event: Event) -> None:
        """Passes a curve on to the executor. :meth:`finished` passes on the last event, when the worker is free."""
        if event["event"] == "curve":
            self._receive(event)

    def finished(self, event: Event) -> None:
        """Tells the executor how training ended."""
        if self.submission.cancelled or event["event"] == "cancelled":
            self.executor._cancelled(self.submission)
        elif event["event"] == "done":
            self._receive(event)
        else:
            self.executor._fail(self.submission, event["message"])

    def _receive(self, values: Event) -> None:
        event = STREAMS["sweep"].convert(values)
        assert isinstance(event, (Curve, Done))  # no other event gets here
        self.executor._receive(self.submission, event)

    def stopped(self) -> None:
        """See :meth:`ipcore.worker.jobs.Job.stopped`."""
        self.executor._cancelled(self.submission)

    def lost(self) -> bool:
        """Tells the executor, and returns whether the stack must run again, which it does once."""
        return self.executor._lose(self.submission)

    def failed(self, message: str) -> None:
        """See :meth:`ipcore.worker.jobs.Job.failed`."""
        self.executor._fail(self.submission, message)


class LocalExecutor(Executor):
    """Runs stacks in worker processes of this machine.

    Args:
        owner: Whose sweep it is. The sweeps of different owners take turns.
        workers: The largest number of processes, from now on and for all sweeps that share the scheduler. None does not
            change the number, which is at first ``IPCORE_SLOTS`` or one for each core.
        scheduler: The scheduler that runs the stacks; by default the one that all sweeps of this process share.

    Raises:
        ValueError: If ``workers`` is less than 1.
    """

    def __init__(self, owner: str = "", workers: int | None = None, scheduler: Scheduler | None = None) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers!r}")
        self.scheduler = scheduler or shared_scheduler()
        if workers is not None:
            self.scheduler.slots = workers
        self.owner = owner
        super().__init__(self.scheduler.lock)

    @property
    def workers(self) -> int:
        """The largest number of processes."""
        return self.scheduler.slots

    def _place(self, submission: Submission) -> None:
        self.scheduler.add(StackJob(self, submission))

    def _withdraw(self, submission: Submission) -> None:
        self.scheduler.stop(StackJob(self, submission))


def stack_scheduler(slots: int, command: Sequence[str] = (), idle: float = IDLE) -> Scheduler:
    """A new scheduler for stacks.

    Args:
        slots: The largest number of workers.
        command: The program of a worker and its arguments; if empty, ``python -m ipcore.worker`` at a lower priority.
        idle: Seconds without work after which the workers are ended.
    """
    command = command or (*COMMAND, "--niceness", str(NICENESS))
    return Scheduler(slots, command, idle=idle, deadlines=Deadlines(obey=STOP_SECONDS))


_shared: Scheduler | None = None
_lock = threading.Lock()


def shared_scheduler() -> Scheduler:
    """The scheduler that all sweeps of this process share. It starts no worker before it has work."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = stack_scheduler(slot_count())
            atexit.register(_shared.close)
        return _shared
