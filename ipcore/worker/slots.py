"""Which worker gets which job: plain functions of the workers as they stand, which start and end nothing. No torch.

A *slot* is the right to have one worker process.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from ipcore.worker.jobs import Job
from ipcore.worker.process import WorkerProcess

SLOTS_VARIABLE = "IPCORE_SLOTS"
"""Worker processes for the races of a server, and as many for its sweeps. Default: one for each core."""


COLD = 4
"""A worker that is not ready counts as having so many jobs more, since a job has to wait for it."""


@dataclass(eq=False)
class Worker:
    """A worker as the scheduler sees it.

    Times are on the monotonic clock.

    Args:
        process: The process.
        ready: Whether it is ready for jobs. The jobs of a worker that is ready have begun.
        jobs: The jobs that it has. The key names a job in commands and events; it is empty if no other job is allowed.
        stopping: Key of a job that it was told to end -> the time by which it must have ended it.
        dismissed: Whether it was killed because there is no work for it.
        killed: Whether it was killed because it missed a deadline.
        ready_by: The time by which it must be ready.
        heard: The time of its last sign of life.
        beats: Whether it gives signs of life at intervals, so that silence means that it hangs.
    """

    process: WorkerProcess
    ready: bool = False
    jobs: dict[str, Job] = field(default_factory=dict)
    stopping: dict[str, float] = field(default_factory=dict)
    dismissed: bool = False
    killed: bool = False
    ready_by: float = math.inf
    heard: float = math.inf
    beats: bool = False

    @property
    def free(self) -> bool:
        """Whether it has no job, and can take one."""
        return not self.jobs and not self.dismissed

    def overdue(self, now: float, silence: float) -> str:
        """What it has failed to do in time, in words for the log; empty if there is nothing.

        Args:
            now: The time.
            silence: Seconds without a sign of life after which it counts as hung.
        """
        if self.killed:
            return ""
        if not self.ready and now >= self.ready_by:
            return "did not become ready"
        if any(now >= deadline for deadline in self.stopping.values()):
            return "did not end its job when told to"
        if self.beats and now - self.heard >= silence:
            return "gives no sign of life"
        return ""


def slot_count() -> int:
    """The number of slots of this machine: what ``IPCORE_SLOTS`` says, else the number of its cores.

    No core is left to the web server, because workers have a lower priority.

    Raises:
        ValueError: If the variable is not a whole number from 1.
    """
    text = os.environ.get(SLOTS_VARIABLE, "").strip()
    if text:
        if not text.isdecimal() or int(text) < 1:
            raise ValueError(f"{SLOTS_VARIABLE} must be a whole number from 1, not {text[:60]!r}")
        return int(text)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def busy(workers: Sequence[Worker]) -> int:
    """How many workers have a job, or cannot take one."""
    return sum(not worker.free for worker in workers)


def next_worker(workers: Sequence[Worker], slots: int, share: int) -> Worker | None:
    """The worker for the next job: the one with the fewest jobs, preferably one that is ready. None if there is none.

    Args:
        workers: All workers.
        slots: How many workers may have jobs.
        share: How many jobs a worker may have at a time.
    """
    more = busy(workers) < slots  # not so while more are busy than there are slots, whose number may be lowered
    possible = [
        worker
        for worker in workers
        if not (worker.dismissed or worker.killed) and (more if not worker.jobs else len(worker.jobs) < share)
    ]
    return min(possible, key=lambda worker: len(worker.jobs) + COLD * (not worker.ready), default=None)


def missing_spares(workers: Sequence[Worker], slots: int, spares: int) -> int:
    """How many workers are to be started ahead, so that there are ``spares`` free ones, as far as the slots allow."""
    return max(0, min(slots, busy(workers) + spares) - len(workers))
