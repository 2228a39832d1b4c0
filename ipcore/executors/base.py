"""Executors train the stacks of a sweep: one interface, with this machine or a cluster behind it. No torch.

An executor reports the events of :mod:`ipcore.recordings.events.stack`. The training events of a stack, ``curve`` and
``done``, are numbered by ``sequence``. A stack that is run again, because its worker died, gives the same events again,
so their numbers tell which of them were reported before.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque

from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Begun, Cancelled, Curve, Done, Failed, Lost
from ipcore.sweeps.plan import Stack

ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"
"""Scheduler of the Dask cluster that sweeps run on, such as ``tcp://10.0.0.1:8786``. Default: none, so that sweeps run
on this machine."""
OBEY = 1.0
"""Seconds a worker has to end a stack when told to."""

LOST = "its worker stopped unexpectedly; it is run again"
LOST_AGAIN = "its worker stopped unexpectedly, and again when it was run a second time"


class ExecutorUnavailable(RuntimeError):
    """Sweeps cannot run now; the message says why, in words for a visitor."""


class Submission:
    """A stack that was submitted to an executor, and what has been reported of it.

    Attributes:
        stack: The stack to train.
        reported: How many of its training events were reported.
        begun: Whether its beginning was reported.
        losses: How many workers have died while they had it.
        cancelled: Whether it is to end.
        over: Whether it has ended, so that nothing more is reported.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.reported = 0
        self.losses = 0
        self.begun = self.cancelled = self.over = False


class Executor(ABC):
    """Runs the stacks of one sweep. Every method may be called from any thread.

    This class decides what is reported, and sees to it that nothing is reported twice, in the same way for every place
    where stacks run. A subclass knows such a place: how to place a stack there and withdraw it (``_place``,
    ``_withdraw``). It calls ``_begin``, ``_receive``, ``_lose``, ``_fail`` and ``_cancelled`` when that has happened.

    Args:
        lock: A reentrant lock, held in every method, also when ``_place`` and ``_withdraw`` are called.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._changed = threading.Condition(lock)
        self._events: deque[Event] = deque()
        self._submissions: dict[str, Submission] = {}  # those that are not over, by the id of their stack
        self._closed = False

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many stacks run at a time; 0 while a cluster has no worker.

        On a cluster the number may change, and asking for it may take a second.
        """

    @abstractmethod
    def _place(self, submission: Submission) -> None:
        """Has a stack run, from its beginning. Never waits."""

    @abstractmethod
    def _withdraw(self, submission: Submission) -> None:
        """Ends a stack, whether it waits or trains. ``_cancelled`` is called soon after ``OBEY``. Never waits."""

    def submit(self, stack: Stack) -> None:
        """Has a stack run as soon as a worker is free.

        Raises:
            RuntimeError: After :meth:`close`.
            ValueError: If a stack with this id has been submitted and is not over.
        """
        with self._changed:
            if self._closed:
                raise RuntimeError("this executor is closed")
            if stack.id in self._submissions:
                raise ValueError(f"stack {stack.id!r} is under way already")
            submission = self._submissions[stack.id] = Submission(stack)
            self._place(submission)

    def events(self, timeout: float) -> list[Event]:
        """The events since the last call: those of each stack in order, and none twice.

        Args:
            timeout: How many seconds to wait for at least one event.

        Returns:
            The events. None if time is up, or if the executor is closed and all its events were returned before.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._closed, timeout)
            events = list(self._events)
            self._events.clear()
            return events

    def cancel(self, stack_id: str) -> None:
        """Ends a stack within 2 s. From now on only ``cancelled`` is reported of it; nothing if it is over."""
        with self._changed:
            submission = self._submissions.get(stack_id)
            if submission and not submission.cancelled:
                submission.cancelled = True
                self._withdraw(submission)

    def close(self) -> None:
        """Cancels all stacks and waits until they have ended. Safe to repeat."""
        with self._changed:
            self._closed = True
            for stack_id in list(self._submissions):
                self.cancel(stack_id)
            self._changed.wait_for(lambda: not self._submissions, 2 * OBEY)
            self._changed.notify_all()

    # The subclass calls these. None of them has any effect on a submission that is over.

    def _begin(self, submission: Submission) -> None:
        """A worker has begun to train the stack."""
        with self._changed:
            if not (submission.begun or submission.cancelled or submission.over):
                submission.begun = True
                self._append(Begun(stack=submission.stack.id))

    def _receive(self, submission: Submission, event: Curve | Done) -> None:
        """Reports a training event, unless it was reported before or comes too early."""
        with self._changed:
            if submission.cancelled or submission.over or event.sequence != submission.reported:
                return
            self._begin(submission)
            submission.reported += 1
            self._append(event)
            if isinstance(event, Done):
                self._end(submission)

    def _lose(self, submission: Submission) -> bool:
        """The worker has died. Returns whether the caller must have the stack run again."""
        with self._changed:
            if submission.cancelled or submission.over:
                self._cancelled(submission)
                return False
            submission.losses += 1
            if submission.losses > 1:
                self._fail(submission, LOST_AGAIN)
                return False
            self._append(Lost(stack=submission.stack.id, message=LOST))
            return True

    def _fail(self, submission: Submission, message: str) -> None:
        """The stack cannot be trained."""
        with self._changed:
            if submission.cancelled or submission.over:
                self._cancelled(submission)
                return
            self._append(Failed(stack=submission.stack.id, message=message))
            self._end(submission)

    def _cancelled(self, submission: Submission) -> None:
        """A stack that was cancelled is not being trained any more."""
        with self._changed:
            if not submission.over:
                self._append(Cancelled(stack=submission.stack.id))
                self._end(submission)

    def _append(self, event: Event) -> None:
        self._events.append(event)
        self._changed.notify_all()

    def _end(self, submission: Submission) -> None:
        submission.over = True
        del self._submissions[submission.stack.id]
        self._changed.notify_all()
