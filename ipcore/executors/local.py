"""Sweeps on this machine: stacks are jobs in worker processes that all sweeps of this process share. No torch.

The workers are started when they are first needed, used again, and ended after some minutes without work. Their
priority is lower than that of live races, because somebody watches those.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ipcore.executors.base import OBEY, Executor, Submission
from ipcore.recordings.events.stack import Curve, Done
from ipcore.recordings.reading import STREAMS
from ipcore.worker.jobs import Job
from ipcore.worker.process import COMMAND, Command, Event
from ipcore.worker.scheduler import Deadlines, Scheduler
from ipcore.worker.slots import slot_count

NICENESS = 10
"""By how much the priority of workers is lowered."""
IDLE = 180.0
"""Seconds without work after which the workers are ended. Each takes some 270 MB of memory."""


@dataclass(frozen=True)
class StackJob(Job):
    """A stack as a job of the scheduler; two of the same submission are equal.

    Args:
        executor: The executor that is told what happens.
        submission: The stack, as it was submitted to the executor.
    """

    executor: LocalExecutor
    submission: Submission

    @property
    def owner(self) -> str:  # type: ignore[override]  # a property may stand for an attribute that is only read
        """Whose sweep it is."""
        return self.executor.owner

    def moved(self, place: int) -> None:
        """Has no effect: nobody sees the place of a stack in the queue."""

    def begin(self, send: Callable[[Command], None]) -> None:
        """Sends the stack."""
        send({"command": "stack", "stack": self.submission.stack.to_dict()})
        self.executor._begin(self.submission)

    def receive(self, event: Event) -> None:
        """Passes on the curves. The last event is left to :meth:`finished`, when the worker is free for the next."""
        if event["event"] == "curve":
            self._receive(event)

    def finished(self, event: Event) -> None:
        """Passes on how training ended."""
        if self.submission.cancelled or event["event"] == "cancelled":
            self.executor._cancelled(self.submission)
        elif event["event"] == "done":
            self._receive(event)
        else:
            self.executor._fail(self.submission, event["message"])

    def _receive(self, values: Event) -> None:
        event = STREAMS["sweep"].convert(values)
        assert isinstance(event, (Curve, Done))  # by their names
        self.executor._receive(self.submission, event)

    def stopped(self) -> None:
        """See :meth:`ipcore.worker.jobs.Job.stopped`."""
        self.executor._cancelled(self.submission)

    def lost(self) -> bool:
        """Has the stack run again, once."""
        return self.executor._lose(self.submission)

    def failed(self, message: str) -> None:
        """See :meth:`ipcore.worker.jobs.Job.failed`."""
        self.executor._fail(self.submission, message)


class LocalExecutor(Executor):
    """Runs stacks in worker processes of this machine.

    Args:
        owner: Whose sweep it is; owners take turns.
        workers: How many processes there may be, from now on and for all sweeps that share the scheduler. None leaves
            the number as it is, at first ``IPCORE_SLOTS`` or one per core.
        scheduler: What runs the stacks; None for the scheduler that all sweeps of this process share.

    Raises:
        ValueError: If there is not at least one worker.
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
        """How many processes there may be."""
        return self.scheduler.slots

    def _place(self, submission: Submission) -> None:
        self.scheduler.add(StackJob(self, submission))

    def _withdraw(self, submission: Submission) -> None:
        self.scheduler.stop(StackJob(self, submission))


def stack_scheduler(slots: int, command: Sequence[str] = (), idle: float = IDLE) -> Scheduler:
    """A new scheduler for stacks.

    Args:
        slots: How many workers there may be.
        command: The program that a worker runs, and its arguments; if empty, the worker itself at a lower priority.
        idle: Seconds without work after which the workers are ended.
    """
    command = command or (*COMMAND, "--niceness", str(NICENESS))
    return Scheduler(slots, command, idle=idle, deadlines=Deadlines(obey=OBEY))


_shared: Scheduler | None = None
_lock = threading.Lock()


def shared_scheduler() -> Scheduler:
    """The scheduler that all sweeps of this process share. It starts no worker before there is work."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = stack_scheduler(slot_count(spared=0))
            atexit.register(_shared.close)
        return _shared
