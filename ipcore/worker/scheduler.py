"""The scheduler of everything that runs in worker processes: races, measurements and stacks of sweeps. No torch.

A :class:`Scheduler` has a number of slots, each for one worker process, and a queue of jobs
(:mod:`ipcore.worker.jobs`), in which owners take turns (:mod:`ipcore.worker.turns`). A worker runs one job at a time,
or several by turns, and is used again for the next, because starting one takes seconds. Spare workers may be started
ahead of need. A worker that misses a deadline is killed, and one that has ended, for whatever reason, leaves its slot
to another. Who is next is decided by the functions of :mod:`ipcore.worker.slots`.
"""

from __future__ import annotations

import itertools
import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ipcore.worker.commands import RUN
from ipcore.worker.jobs import LAST_EVENTS, Job
from ipcore.worker.process import COMMAND, Command, Event, WorkerProcess
from ipcore.worker.slots import Worker, missing_spares, next_worker
from ipcore.worker.turns import Turns

HOLD_OFF = 10.0
"""Seconds without new spares after one has died idle, so that a machine where workers cannot live is left alone."""
TICK = 0.1
"""Seconds between two checks of the deadlines."""
LATE = 1.0
"""Seconds between two checks that show that this process itself has stood still."""
NO_WORKER = "a worker could not be started on this machine"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deadlines:
    """How many seconds a worker has for what it must do. One that takes longer is killed.

    Args:
        obey: To end a job after it was told to.
        ready: To become ready for its first job after its start. On a busy machine, importing torch takes a long time.
        silence: To give a sign of life, if it is of a program that gives them at intervals.
    """

    obey: float = 2.0
    ready: float = 180.0
    silence: float = 10.0


class Scheduler:
    """Runs jobs in worker processes. Every method may be called from any thread, and only :meth:`close` waits.

    Whoever makes one closes it.

    Args:
        slots: How many workers there may be.
        command: The program that a worker runs, and its arguments.
        share: How many jobs a worker may have at a time. If more than one, commands and events have the field ``run``.
        spares: How many free workers are kept ahead of need, from the first job or :meth:`warm_up` on.
        idle: Seconds without any job after which all workers are ended, to free their memory.
        deadlines: What a worker must do in time.
        lock: The lock to use; by default a new one. Schedulers of one owner may share it.

    Attributes:
        lock: Held by the scheduler while it decides. The owner of the jobs may use it for its own state, so that
            both always change together. It is reentrant.
    """

    # Nothing waits under the lock: sending does not block, and events are taken in before the lock is acquired.

    def __init__(
        self,
        slots: int,
        command: Sequence[str] = COMMAND,
        *,
        share: int = 1,
        spares: int = 0,
        idle: float = math.inf,
        deadlines: Deadlines = Deadlines(),
        lock: threading.RLock | None = None,
    ) -> None:
        self.lock = lock or threading.RLock()
        self._share = share
        self._keys = itertools.count(1)
        self._slots, self._command, self._spares, self._idle, self._deadlines = slots, command, spares, idle, deadlines
        self._queue: Turns[Job] = Turns()
        self._workers: list[Worker] = []
        self._active = False  # whether it has been used: the thread that checks the deadlines runs, spares are kept
        self._no_spares_until = -math.inf
        self._last_work = time.monotonic()
        self._closed = threading.Event()

    @property
    def slots(self) -> int:
        """How many workers there may be. A lower number takes effect as jobs end."""
        return self._slots

    @slots.setter
    def slots(self, slots: int) -> None:
        with self.lock:
            self._slots = slots
            self._dispatch()

    @property
    def pids(self) -> list[int]:
        """The ids of the worker processes."""
        with self.lock:
            return [worker.process.pid for worker in self._workers]

    @property
    def waiting(self) -> int:
        """How many jobs wait in the queue."""
        return len(self._queue)

    def position(self, job: Job) -> int:
        """The place of a job in the queue: 1 for the next one, 0 if it does not wait."""
        with self.lock:
            return self._queue.position(job)

    def warm_up(self) -> None:
        """Starts spare workers ahead of the first job."""
        with self.lock:
            self._activate()
            self._keep_spares()

    def add(self, job: Job) -> None:
        """Runs a job when its turn comes. One that is added after :meth:`close` waits until it is stopped."""
        with self.lock:
            self._activate()
            self._last_work = time.monotonic()
            self._queue.add(job, job.owner)
            self._dispatch()

    def add_fork(self, job: Job, of: Job) -> bool:
        """Runs a job beside another that is under way, by the same worker, which begins it as a copy of the other.

        It may be one job more than a worker may have. Its method ``begin`` is not called, as nothing need be sent.

        Returns:
            False, and nothing is done, if the other job is not under way or workers have one job at a time.
        """
        with self.lock:
            worker, original = self._place(of)
            if worker is None or not worker.ready or not original or worker.killed or original in worker.stopping:
                return False
            key = self._new_key()
            worker.jobs[key] = job
            worker.process.send({"command": "fork", "of": original, RUN: key})
            return True

    def send(self, job: Job, command: Command) -> bool:
        """Sends a command to the worker of a job. Returns False, and sends nothing, if the job is not under way."""
        with self.lock:
            worker, key = self._place(job)
            if worker is None or not worker.ready:
                return False
            self._send(worker, key, command)
            return True

    def beside(self, job: Job) -> list[Job]:
        """The other jobs of the worker that has a job."""
        with self.lock:
            worker, _ = self._place(job)
            return [] if worker is None else [other for other in worker.jobs.values() if other != job]

    def stop(self, job: Job) -> None:
        """Ends a job. If it has not begun, it ends at once; else its worker must end it within a deadline.

        Has no effect on a job that has ended. Safe to repeat.
        """
        with self.lock:
            worker, key = self._place(job)
            if worker is not None and worker.ready:
                if key not in worker.stopping:
                    worker.stopping[key] = time.monotonic() + self._deadlines.obey
                    self._send(worker, key, {"command": "stop"})
                return
            if worker is not None:
                del worker.jobs[key]  # the worker goes on becoming ready, for another job
            elif not self._queue.remove(job):
                return
            job.stopped()
            self._dispatch()

    def close(self) -> None:
        """Stops all jobs and ends all workers; waits until they have ended. Safe to repeat."""
        with self.lock:
            self._closed.set()
            workers = list(self._workers)
            unbegun: list[Job] = []
            for worker in workers:
                if not worker.ready:
                    unbegun += worker.jobs.values()
                    worker.jobs.clear()
                worker.process.kill()  # a job that has begun is told that it was stopped once the process has ended
            while self._queue:
                unbegun.append(self._queue.take())
            for job in unbegun:
                job.stopped()
        for worker in workers:
            worker.process.join(self._deadlines.obey)

    # What follows is called with the lock held, except where it says otherwise.

    def _place(self, job: Job) -> tuple[Worker | None, str]:
        """The worker that has a job, and the key of the job there."""
        for worker in self._workers:
            for key, other in worker.jobs.items():
                if other == job:
                    return worker, key
        return None, ""

    def _new_key(self) -> str:
        return str(next(self._keys)) if self._share > 1 else ""

    def _send(self, worker: Worker, key: str, command: Command) -> None:
        worker.process.send({**command, RUN: key} if key else command)

    def _dispatch(self) -> None:
        """Gives workers to the jobs whose turn it is, and starts spares."""
        while self._queue and not self._closed.is_set():
            try:
                worker = next_worker(self._workers, self._slots, self._share) or self._start_worker()
            except OSError as error:
                log.error("no worker can be started: %s", error)
                self._queue.take().failed(NO_WORKER)
                continue
            if worker is None:
                break
            key, job = self._new_key(), self._queue.take()
            worker.jobs[key] = job
            job.moved(0)
            if worker.ready:
                job.begin(partial(self._send, worker, key))
        for place, job in enumerate(self._queue.items(), 1):
            job.moved(place)
        self._keep_spares()

    def _start_worker(self) -> Worker | None:
        """A new worker, or None if every slot has one."""
        if len(self._workers) >= self._slots:
            return None
        now = time.monotonic()
        worker = Worker(WorkerProcess(self._command), ready_by=now + self._deadlines.ready, heard=now)
        self._workers.append(worker)
        worker.process.listen(partial(self._on_event, worker), partial(self._on_exit, worker))
        return worker

    def _keep_spares(self) -> None:
        """Starts workers ahead, unless one has just died idle."""
        if self._closed.is_set() or not self._active or time.monotonic() < self._no_spares_until:
            return
        try:
            for _ in range(missing_spares(self._workers, self._slots, self._spares)):
                self._start_worker()
        except OSError as error:
            log.error("no worker can be started ahead: %s", error)
            self._hold_off()

    def _hold_off(self) -> None:
        self._no_spares_until = time.monotonic() + HOLD_OFF

    def _on_event(self, worker: Worker, event: Event) -> None:
        """Called on the thread that reads from a worker, without the lock.

        A job that has begun is taken from its worker on this thread only, so it may be read here without the lock.
        """
        kind, key = event["event"], event.pop(RUN, "")
        worker.heard = time.monotonic()
        job = worker.jobs.get(key)
        if kind == "alive":
            worker.beats = True
        elif kind == "ready":
            with self.lock:
                worker.ready = True
                for key, job in worker.jobs.items():
                    job.begin(partial(self._send, worker, key))
        elif kind == "refused" or job is None:
            log.info("worker %d: %s %s", worker.process.pid, kind, str(event.get("message"))[:200])
        else:
            job.receive(event)
            if kind in LAST_EVENTS:
                with self.lock:
                    worker.jobs.pop(key, None)
                    worker.stopping.pop(key, None)
                    job.finished(event)
                    self._dispatch()

    def _on_exit(self, worker: Worker) -> None:
        """Called on the thread that reads from a worker, without the lock, after its last event."""
        with self.lock:
            self._workers.remove(worker)
            jobs, worker.jobs = worker.jobs, {}
            if not (worker.dismissed or worker.killed or self._closed.is_set()):
                errors = worker.process.errors or "none"
                log.warning("worker %d stopped unexpectedly; its last errors: %s", worker.process.pid, errors)
            if not (worker.dismissed or self._closed.is_set()) and not (jobs and worker.ready):
                self._hold_off()
            for key, job in jobs.items():
                if key in worker.stopping or self._closed.is_set():
                    job.stopped()
                elif job.lost():
                    self._queue.add(job, job.owner)
            self._dispatch()

    def _activate(self) -> None:
        """Starts the thread that checks the deadlines, at the first use."""
        if not self._active and not self._closed.is_set():
            self._active = True
            threading.Thread(target=self._check, name="scheduler", daemon=True).start()

    def _check(self) -> None:
        """A thread of its own, without the lock: kills who is overdue, replaces spares, ends workers without work."""
        last = time.monotonic()
        while not self._closed.wait(TICK):
            with self.lock:
                now = time.monotonic()
                if now - last > LATE:  # this process has stood still, and has not heard what its workers said
                    for worker in self._workers:
                        worker.heard += now - last
                last = now
                for worker in self._workers:
                    if why := worker.overdue(now, self._deadlines.silence):
                        log.warning("worker %d %s; it is killed", worker.process.pid, why)
                        worker.killed = True
                        worker.process.kill()
                self._end_idle(now)
                self._keep_spares()

    def _end_idle(self, now: float) -> None:
        if self._queue or any(worker.jobs for worker in self._workers):
            self._last_work = now
        elif now - self._last_work >= self._idle:
            for worker in self._workers:
                worker.dismissed = True
                worker.process.kill()
