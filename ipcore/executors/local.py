"""Sweeps on this machine: worker processes that all sweeps of this process share. No torch.

They are started at their first use, used again, and ended once there was nothing to do for some minutes. Their priority
is below that of live races, which somebody watches.
"""

from __future__ import annotations

import atexit
import logging
import math
import threading
import time
from collections.abc import Sequence
from typing import Any

from ipcore.executors.base import OBEY, Course, Executor
from ipcore.worker.pool import COMMAND, Pool, Worker, slot_count
from ipcore.worker.turns import Turns

NICENESS = 10
IDLE = 180.0
"""Seconds without work after which workers are ended: each holds some 270 MB."""
TICK = 0.1
"""Seconds between two looks at deadlines."""
NO_WORKER = "a worker could not be started on this machine"

log = logging.getLogger(__name__)


class Crew:
    """Workers, and the queue of stacks before them, in which owners take turns.

    Args:
        slots: workers at most.
        command: program and arguments of a worker.
        idle: seconds without work after which they are ended.
    """

    def __init__(self, slots: int, command: Sequence[str] = (), idle: float = IDLE) -> None:
        command = command or (*COMMAND, "--niceness", str(NICENESS))
        self.lock = threading.RLock()
        self._queue: Turns[tuple[LocalExecutor, Course]] = Turns()
        self._pool = Pool(slots, command, self._on_event, self._on_exit)
        self._idle = idle
        self._kill_at: dict[Worker, float] = {}  # those that were told to stop
        self._worked_at = -math.inf
        self._kept = False  # whether the thread that looks at deadlines runs

    @property
    def slots(self) -> int:
        """Workers at most. Lowered, it holds for stacks that begin from then on."""
        return self._pool.slots

    @slots.setter
    def slots(self, slots: int) -> None:
        with self.lock:
            self._pool.slots = slots
            self._dispatch()

    @property
    def pids(self) -> list[int]:
        """The processes."""
        with self.lock:
            return [worker.pid for worker in self._pool.workers]

    def add(self, executor: LocalExecutor, course: Course, owner: str) -> None:
        """Has a stack run when its turn comes."""
        with self.lock:
            self._queue.add((executor, course), owner)
            self._dispatch()

    def withdraw(self, executor: LocalExecutor, course: Course) -> None:
        """Ends a stack, in the queue or in training."""
        with self.lock:
            worker = next((worker for worker in self._pool.workers if worker.run == (executor, course)), None)
            if worker is None:
                self._queue.remove((executor, course))
                executor._ended(course)
            elif worker.ready:
                self._kill_at[worker] = time.monotonic() + OBEY
                worker.send({"command": "stop"})
            else:  # it was not sent yet
                worker.run = None
                executor._ended(course)
                self._dispatch()

    def close(self) -> None:
        """Ends all processes and cancels what they do and what waits. Safe to repeat; called at exit."""
        with self.lock:
            while self._queue:
                executor, course = self._queue.take()
                executor._ended(course)
            workers = list(self._pool.workers)
            for worker in workers:
                executor, course = worker.run or (None, None)
                if course:
                    course.cancelled = True  # so that its end is no loss
                worker.kill()
        for worker in workers:
            worker.join(OBEY)
        atexit.unregister(self.close)

    # What follows is called with the lock held, unless it says otherwise.

    def _dispatch(self) -> None:
        while self._queue and sum(worker.run is not None for worker in self._pool.workers) < self.slots:
            try:
                worker = self._pool.free()
            except OSError as error:
                log.error("no worker can be started: %s", error)
                executor, course = self._queue.take()
                executor._fail(course, NO_WORKER)
                continue
            if worker is None:
                break
            worker.run = self._queue.take()
            if worker.ready:
                self._launch(worker)
            if not self._kept:
                self._kept = True
                threading.Thread(target=self._keep, name="sweep workers", daemon=True).start()
                atexit.register(self.close)

    def _launch(self, worker: Worker) -> None:
        executor, course = worker.run
        worker.send({"command": "stack", "stack": course.stack.to_dict()})
        executor._begin(course)

    def _on_event(self, worker: Worker, event: dict[str, Any]) -> None:
        """On a worker's reading thread, without the lock."""
        with self.lock:
            kind, (executor, course) = event["event"], worker.run or (None, None)
            if kind == "ready":
                worker.ready = True
                if course:
                    self._launch(worker)
            elif course is None or kind == "refused":
                log.info("worker %d: %s %s", worker.pid, kind, str(event.get("message"))[:200])
            elif kind == "curve":
                executor._receive(course, event)
            elif kind in ("done", "cancelled", "error"):
                worker.run = None
                self._kill_at.pop(worker, None)
                if course.cancelled or kind == "cancelled":
                    executor._ended(course)
                elif kind == "done":
                    executor._receive(course, event)
                else:
                    executor._fail(course, event["message"])
                self._dispatch()

    def _on_exit(self, worker: Worker) -> None:
        """On the worker's reading thread, without the lock, after its last event."""
        with self.lock:
            self._pool.remove(worker)
            self._kill_at.pop(worker, None)
            executor, course = worker.run or (None, None)
            if course:
                if not course.cancelled:
                    words = worker.last_words or "none"
                    log.warning("worker %d stopped unexpectedly; its last words: %s", worker.pid, words)
                if executor._lose(course):
                    executor._place(course)
            self._dispatch()

    def _keep(self) -> None:
        """A thread of its own while there are workers, without the lock: looks at what is due."""
        while True:
            with self.lock:
                now = time.monotonic()
                for worker, due in list(self._kill_at.items()):
                    if now >= due:
                        log.warning("worker %d did not stop when told; it is ended", worker.pid)
                        worker.kill()
                        del self._kill_at[worker]
                if self._queue or any(worker.run for worker in self._pool.workers):
                    self._worked_at = now
                elif now - self._worked_at >= self._idle:
                    for worker in self._pool.workers:
                        worker.run = None, None  # it takes no more work
                        worker.kill()
                if not self._pool.workers:
                    self._kept = False
                    return
            time.sleep(TICK)


class LocalExecutor(Executor):
    """Runs stacks in worker processes of this machine.

    Args:
        owner: whose sweep it is; owners take turns.
        workers: processes at most, for all sweeps that share the crew from now on; None: as it is, at first
            ``IPCORE_SLOTS`` or one per core.
        crew: whose workers; otherwise those that all sweeps of this process share.
    """

    def __init__(self, owner: str = "", workers: int | None = None, crew: Crew | None = None) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers!r}")
        self.crew = crew or shared_crew()
        if workers is not None:
            self.crew.slots = workers
        self._owner = owner
        super().__init__(self.crew.lock)

    @property
    def workers(self) -> int:
        """Processes at most."""
        return self.crew.slots

    def _place(self, course: Course) -> None:
        self.crew.add(self, course, self._owner)

    def _withdraw(self, course: Course) -> None:
        self.crew.withdraw(self, course)


_crew: Crew | None = None
_lock = threading.Lock()


def shared_crew() -> Crew:
    """The workers of this process, none of them started before there is work."""
    global _crew
    with _lock:
        _crew = _crew or Crew(slot_count(spared=0))
        return _crew
