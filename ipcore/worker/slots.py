"""Which worker gets which job: plain functions of the workers as they stand, which start and end nothing. No torch.

A *slot* is the right to have one worker process.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from ipcore.worker.jobs import Job
from ipcore.worker.process import WorkerProcess

SLOTS_VARIABLE = "IPCORE_SLOTS"
"""Races that train at a time on a server, and worker processes of its sweeps. Default: the cores less one for races,
all cores for sweeps; at least 1."""


@dataclass(eq=False)
class Worker:
    """A worker as the scheduler sees it.

    Args:
        process: The process.
        ready: Whether it is ready for jobs. If it has a job and is ready, the job has begun.
        job: The job that it has, if any.
        stopping: Whether it was told to end its job.
        dismissed: Whether it was killed because there is no work for it.
        deadline: The time on the monotonic clock at which it is killed.
        overdue: What it has failed to do by then, for the log.
    """

    process: WorkerProcess
    ready: bool = False
    job: Job | None = None
    stopping: bool = False
    dismissed: bool = False
    deadline: float = math.inf
    overdue: str = ""

    @property
    def free(self) -> bool:
        """Whether it can take a job."""
        return self.job is None and not self.dismissed

    def expect(self, deadline: float, otherwise: str) -> None:
        """Sets its deadline, and what the log says if it misses it."""
        self.deadline, self.overdue = deadline, otherwise


def slot_count(spared: int) -> int:
    """The number of slots of this machine: what ``IPCORE_SLOTS`` says, else its cores less some, but at least 1.

    Args:
        spared: How many cores are left to other work.

    Raises:
        ValueError: If the variable is not a whole number from 1.
    """
    text = os.environ.get(SLOTS_VARIABLE, "").strip()
    if text:
        if not text.isdecimal() or int(text) < 1:
            raise ValueError(f"{SLOTS_VARIABLE} must be a whole number from 1, not {text[:60]!r}")
        return int(text)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - spared)


def busy(workers: Sequence[Worker]) -> int:
    """How many workers cannot take a job."""
    return sum(not worker.free for worker in workers)


def may_begin(workers: Sequence[Worker], slots: int) -> bool:
    """Whether one more job may have a worker. Not so while more are busy than there are slots, which may be lowered."""
    return busy(workers) < slots


def next_worker(workers: Sequence[Worker]) -> Worker | None:
    """The worker for the next job: a free one, preferably one that is ready. None if there is none."""
    return min((worker for worker in workers if worker.free), key=lambda worker: not worker.ready, default=None)


def missing_spares(workers: Sequence[Worker], slots: int, spares: int) -> int:
    """How many workers are to be started ahead, so that there are ``spares`` free ones, as far as the slots allow."""
    return max(0, min(slots, busy(workers) + spares) - len(workers))


def overdue(workers: Sequence[Worker], now: float) -> list[Worker]:
    """The workers that have missed their deadline."""
    return [worker for worker in workers if now >= worker.deadline]
