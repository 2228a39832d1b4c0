"""The interface of executors, which train the stacks of a sweep on this machine or on a cluster. It needs no torch.

An executor reports the events of :mod:`ipcore.recordings.events.stack`. The training events of a stack, ``curve`` and
``done``, are numbered by ``sequence``. A stack that is run again because its worker died gives the same events again.
Their numbers show which of them have been reported already.
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
STOP_SECONDS = 1.0
"""Seconds within which a worker must stop training a stack after it was told to."""

LOST = "its worker stopped unexpectedly; it is run again"
LOST_AGAIN = "its worker stopped unexpectedly, and again when it was run a second time"


class ExecutorUnavailable(RuntimeError):
    """Sweeps cannot run now. The message says why, in words for a visitor."""


class Submission:
    """A stack that was submitted to an executor, and what has been reported about it.

    Attributes:
        stack: The stack to train.
        reported: How many of its training events have been reported.
        begun: Whether its beginning has been reported.
        losses: How many workers have died while they trained it.
        cancelled: Whether it was told to stop.
        ended: Whether its last event has been reported.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.reported = 0
        self.losses = 0
        self.begun = self.cancelled = self.ended = False


class Executor(ABC):
    """Runs the stacks of one sweep. Every method may be called from any thread.

    This class decides what is reported, and makes sure that nothing is reported twice. A subclass runs stacks in one
    kind of place: its ``_place`` starts a stack there, and its ``_withdraw`` stops it. When something happens to a
    stack, it calls ``_begin``, ``_receive``, ``_lose``, ``_fail`` or ``_cancelled``.

    Args:
        lock: A reentrant lock. It is held in every method, and also when ``_place`` and ``_withdraw`` are called.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._changed = threading.Condition(lock)
        self._events: deque[Event] = deque()
        self._submissions: dict[str, Submission] = {}  # those that have not ended, by the id of their stack
        self._closed = False

    @property
    @abstractmethod
    def workers(self) -> int:
        """The number of stacks that run at a time; 0 while a cluster has no worker.

        On a cluster the number may change, and this property may take a second.
        """

    @abstractmethod
    def _place(self, submission: Submission) -> None:
        """Starts or queues a stack, from its beginning, and returns at once."""

    @abstractmethod
    def _withdraw(self, submission: Submission) -> None:
        """Stops a stack that waits or trains, and returns at once. ``_cancelled`` is called when it has stopped, at the
        latest shortly after STOP_SECONDS."""

    def submit(self, stack: Stack) -> None:
        """Queues a stack, which is trained as soon as a worker is free.

        Raises:
            RuntimeError: After :meth:`close`.
            ValueError: If a stack with this id has been submitted and has not ended.
        """
        with self._changed:
            if self._closed:
                raise RuntimeError("this executor is closed")
            if stack.id in self._submissions:
                raise ValueError(f"stack {stack.id!r} is under way already")
            submission = self._submissions[stack.id] = Submission(stack)
            self._place(submission)

    def events(self, timeout: float) -> list[Event]:
        """The events since the last call. Those of each stack are in order, and each event is returned once.

        Args:
            timeout: How many seconds to wait for at least one event.

        Returns:
            The events. The list is empty if there was none in time, or if the executor is closed and has returned all
            its events.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._closed, timeout)
            events = list(self._events)
            self._events.clear()
            return events

    def cancel(self, stack_id: str) -> None:
        """Stops a stack within 2 s. Only ``cancelled`` is reported about it from now on, or nothing if it has ended."""
        with self._changed:
            submission = self._submissions.get(stack_id)
            if submission and not submission.cancelled:
                submission.cancelled = True
                self._withdraw(submission)

    def close(self) -> None:
        """Cancels all stacks and waits until they have ended. It may be called more than once."""
        with self._changed:
            self._closed = True
            for stack_id in list(self._submissions):
                self.cancel(stack_id)
            self._changed.wait_for(lambda: not self._submissions, 2 * STOP_SECONDS)
            self._changed.notify_all()

    # Subclasses call the following methods. None of them has any effect on a submission that has ended.

    def _begin(self, submission: Submission) -> None:
        """Reports that a worker has begun to train the stack."""
        with self._changed:
            if not (submission.begun or submission.cancelled or submission.ended):
                submission.begun = True
                self._append(Begun(stack=submission.stack.id))

    def _receive(self, submission: Submission, event: Curve | Done) -> None:
        """Reports a training event, unless it has been reported or an earlier event is missing."""
        with self._changed:
            if submission.cancelled or submission.ended or event.sequence != submission.reported:
                return
            self._begin(submission)
            submission.reported += 1
            self._append(event)
            if isinstance(event, Done):
                self._end(submission)

    def _lose(self, submission: Submission) -> bool:
        """Reports that the worker has died.

        Returns:
            Whether the caller must start the stack again.
        """
        with self._changed:
            if submission.cancelled or submission.ended:
                self._cancelled(submission)
                return False
            submission.losses += 1
            if submission.losses > 1:
                self._fail(submission, LOST_AGAIN)
                return False
            self._append(Lost(stack=submission.stack.id, message=LOST))
            return True

    def _fail(self, submission: Submission, message: str) -> None:
        """Reports that the stack cannot be trained."""
        with self._changed:
            if submission.cancelled or submission.ended:
                self._cancelled(submission)
                return
            self._append(Failed(stack=submission.stack.id, message=message))
            self._end(submission)

    def _cancelled(self, submission: Submission) -> None:
        """Reports that a stack that was cancelled has stopped."""
        with self._changed:
            if not submission.ended:
                self._append(Cancelled(stack=submission.stack.id))
                self._end(submission)

    def _append(self, event: Event) -> None:
        self._events.append(event)
        self._changed.notify_all()

    def _end(self, submission: Submission) -> None:
        submission.ended = True
        del self._submissions[submission.stack.id]
        self._changed.notify_all()
