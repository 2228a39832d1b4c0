"""Where the next sweep would be trained: here or on a cluster, and on how many workers. No Streamlit, no torch."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ipcore.executors.base import Executor, ExecutorUnavailable
from ipcore.executors.choice import cluster_address
from ipcore.worker.slots import slot_count

VALID_FOR = 5.0
"""Seconds for which the answer of a cluster is used before it is asked again."""
NO_ANSWER = "the cluster could not be asked: the server's log has more"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a sweep that starts now would be trained.

    Args:
        cluster: Whether that is a cluster, rather than this machine.
        workers: How many stacks would be trained at a time; None while that is not known.
        trouble: Why no sweep can be trained there, in words; else empty.
        slowdown: How many times longer than on an idle machine it takes there now; not known of a cluster.
    """

    cluster: bool
    workers: int | None = None
    trouble: str = ""
    slowdown: float = 1.0


def slowdown(workers: int) -> float:
    """How many times longer than on an idle machine it takes now, since other programs compute here, too.

    Args:
        workers: the processes that will compute, each on one core.
    """
    try:
        busy = os.getloadavg()[0]
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    except OSError:
        return 1.0
    return max(1.0, (busy + workers) / cores)


class Places:
    """Finds out the place of the next sweep. A cluster is asked in the background, when somebody wants to know.

    Args:
        open_executor: Makes a new executor for a visitor's sweep.
    """

    def __init__(self, open_executor: Callable[[str], Executor]) -> None:
        self._open_executor = open_executor
        self._lock = threading.Lock()
        self._answer, self._asking, self._valid_until = Place(cluster=True), False, 0.0

    def now(self) -> Place:
        """The place, as far as it is known now. Returns at once."""
        if not cluster_address():
            return Place(cluster=False, workers=slot_count(), slowdown=slowdown(slot_count()))
        with self._lock:
            if not self._asking and time.monotonic() >= self._valid_until:
                self._asking = True
                threading.Thread(target=self._ask, name="asks the cluster", daemon=True).start()
            return self._answer

    def _ask(self) -> None:
        """A thread of its own, because to connect may take many seconds."""
        try:
            executor = self._open_executor("")
            answer = Place(True, executor.workers)
            executor.close()
        except ExecutorUnavailable as error:
            answer = Place(True, trouble=str(error))
        except Exception:
            log.exception("a cluster could not be asked")
            answer = Place(True, trouble=NO_ANSWER)
        with self._lock:
            self._answer, self._asking, self._valid_until = answer, False, time.monotonic() + VALID_FOR
