"""Where the stacks of a sweep are trained: one face, with this machine or a cluster behind it. No torch.

Events of a stack, in this order (:mod:`ipcore.networks.stacks` has the fields of the middle two):

=========  ===========================================================================================================
event      says
=========  ===========================================================================================================
begun      a worker has taken it up; once, even if it is run again
curve      loss and accuracy so far
done       finished; the last event
lost       ``message``: its worker died. It is run again, once; what was told before is not told again
failed     ``message``: its worker died again, or training failed; the last event
cancelled  as asked; the last event
=========  ===========================================================================================================

All have ``stack``, the id. A stack that is run again gives the same numbers at the same steps, so its events are told
apart by ``sequence`` alone.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from typing import Any

from ipcore.sweeps.plan import Stack

ADDRESS_VARIABLE = "DASK_SCHEDULER_ADDRESS"
"""Scheduler of the Dask cluster that sweeps run on, such as ``tcp://10.0.0.1:8786``. Default: none, so that sweeps run
on this machine."""
OBEY = 1.0
"""Seconds that a worker has to end a stack when told to."""

LOST = "its worker stopped unexpectedly; it is run again"
LOST_AGAIN = "its worker stopped unexpectedly, and again when it was run a second time"

Event = dict[str, Any]


class ExecutorUnavailable(RuntimeError):
    """Sweeps cannot run now; the message says why, in words for a visitor."""


class Course:
    """One stack on its way through an executor.

    Attributes:
        stack: what is trained.
        told: events of its training that were handed on.
        begun: whether its beginning was.
        losses: workers that died of it, or with it.
        cancelled: whether it is to end.
        over: whether it has ended; nothing is told of it any more.
    """

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.told = 0
        self.losses = 0
        self.begun = self.cancelled = self.over = False


class Executor(ABC):
    """Runs the stacks of one sweep. Every method may be called from any thread.

    What is told, and what is told only once, is decided here, alike for every place where stacks run. Such a place says
    what happened (``_begin``, ``_receive``, ``_lose``, ``_fail``, ``_ended``), and how to place and withdraw a stack.

    Args:
        lock: one that may be taken again; every method holds it, also when it calls ``_place`` and ``_withdraw``.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._changed = threading.Condition(lock)
        self._events: deque[Event] = deque()
        self._courses: dict[str, Course] = {}  # those under way, by the id of their stack
        self._closed = False

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many stacks run at a time; 0 while a cluster has no worker. There it may take a second, and change."""

    @abstractmethod
    def _place(self, course: Course) -> None:
        """Has a stack run, from its beginning. Never waits."""

    @abstractmethod
    def _withdraw(self, course: Course) -> None:
        """Ends a stack wherever it stands; ``_ended`` follows within ``OBEY`` and a moment. Never waits."""

    def submit(self, stack: Stack) -> None:
        """Has a stack run as soon as there is room.

        Raises:
            RuntimeError: after :meth:`close`.
            ValueError: if a stack of this id is under way.
        """
        with self._changed:
            if self._closed:
                raise RuntimeError("this executor is closed")
            if stack.id in self._courses:
                raise ValueError(f"stack {stack.id!r} is under way already")
            course = self._courses[stack.id] = Course(stack)
            self._place(course)

    def events(self, timeout: float) -> list[Event]:
        """What happened since the last call, the events of a stack in order and none twice.

        Args:
            timeout: seconds to wait for at least one.

        Returns:
            The events; none if time is up, or after :meth:`close` once all were had.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._events or self._closed, timeout)
            events = list(self._events)
            self._events.clear()
            return events

    def cancel(self, stack_id: str) -> None:
        """Ends a stack within 2 s; from now on nothing but ``cancelled`` is told of it. Of one that is over, nothing."""
        with self._changed:
            course = self._courses.get(stack_id)
            if course and not course.cancelled:
                course.cancelled = True
                self._withdraw(course)

    def close(self) -> None:
        """Cancels what is left and waits until it has ended. Safe to repeat."""
        with self._changed:
            self._closed = True
            for stack_id in list(self._courses):
                self.cancel(stack_id)
            self._changed.wait_for(lambda: not self._courses, 2 * OBEY)
            self._changed.notify_all()

    # What happened. Nothing of it has any effect on a course that is over.

    def _begin(self, course: Course) -> None:
        """A worker has taken the stack up."""
        with self._changed:
            if not (course.begun or course.cancelled or course.over):
                course.begun = True
                self._tell("begun", course)

    def _receive(self, course: Course, event: Event) -> None:
        """An event of training; one that was told before is dropped, one that comes too early too."""
        with self._changed:
            if course.cancelled or course.over or event["sequence"] != course.told:
                return
            self._begin(course)
            course.told += 1
            self._append(event)
            if event["event"] == "done":
                self._end(course)

    def _lose(self, course: Course) -> bool:
        """The worker died. Returns whether the stack is to be run again, which the caller sees to."""
        with self._changed:
            if course.cancelled or course.over:
                self._ended(course)
                return False
            course.losses += 1
            if course.losses > 1:
                self._fail(course, LOST_AGAIN)
                return False
            self._tell("lost", course, message=LOST)
            return True

    def _fail(self, course: Course, message: str) -> None:
        """It cannot be done."""
        with self._changed:
            if course.cancelled or course.over:
                return self._ended(course)
            self._tell("failed", course, message=message)
            self._end(course)

    def _ended(self, course: Course) -> None:
        """A cancelled stack trains no more."""
        with self._changed:
            if not course.over:
                self._tell("cancelled", course)
                self._end(course)

    def _tell(self, kind: str, course: Course, **fields: Any) -> None:
        self._append({"event": kind, "stack": course.stack.id, **fields})

    def _append(self, event: Event) -> None:
        self._events.append(event)
        self._changed.notify_all()

    def _end(self, course: Course) -> None:
        course.over = True
        del self._courses[course.stack.id]
        self._changed.notify_all()
