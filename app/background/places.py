"""Where the next sweep would be trained: this machine, or a cluster, which is asked. No Streamlit, no torch."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ipcore.executors.base import Executor, ExecutorUnavailable
from ipcore.executors.choice import cluster_address
from ipcore.worker.slots import slot_count

FRESH = 5.0
"""Seconds for which an answer of a cluster is good."""
STRANGE = "the cluster could not be asked: the server's log has more"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a sweep that starts now would be trained.

    Args:
        cluster: whether on a cluster, rather than on this machine.
        workers: stacks that would be trained at a time; None if that is not known, or not yet.
        trouble: why none could be, in words; else empty.
    """

    cluster: bool
    workers: int | None = None
    trouble: str = ""


class Places:
    """Knows the place. A cluster is asked in the background, when somebody wants to know.

    Args:
        open_executor: a new executor for a visitor's sweep.
    """

    def __init__(self, open_executor: Callable[[str], Executor]) -> None:
        self._open_executor = open_executor
        self._lock = threading.Lock()
        self._said, self._asking, self._fresh_until = Place(cluster=True), False, 0.0

    def now(self) -> Place:
        """The place, as far as it is known. Returns at once."""
        if not cluster_address():
            return Place(cluster=False, workers=slot_count(spared=0))
        with self._lock:
            if not self._asking and time.monotonic() >= self._fresh_until:
                self._asking = True
                threading.Thread(target=self._ask, name="asks the cluster", daemon=True).start()
            return self._said

    def _ask(self) -> None:
        """A thread of its own: to connect may take many seconds."""
        try:
            executor = self._open_executor("")
            said = Place(True, executor.workers)
            executor.close()
        except ExecutorUnavailable as error:
            said = Place(True, trouble=str(error))
        except Exception:
            log.exception("a cluster could not be asked")
            said = Place(True, trouble=STRANGE)
        with self._lock:
            self._said, self._asking, self._fresh_until = said, False, time.monotonic() + FRESH
