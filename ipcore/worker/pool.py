"""Worker processes seen from whoever uses them: pipes, threads, ends, and some in reserve. No torch.

``multiprocessing`` would run the app's main script again in the child, so these are plain subprocesses that speak the
protocol of :mod:`ipcore.worker`.
"""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ipcore.jsonlines import decode

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "ipcore.worker")
SLOTS_VARIABLE = "IPCORE_SLOTS"
"""Races that train at a time on a server, and worker processes of its sweeps. Default: the cores less one for races,
all cores for sweeps; at least 1."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Variables that say how many threads compute; 1 in a worker."""
SPARES = 2
"""Idle workers kept ahead, as far as slots allow; each holds some 270 MB."""
HOLD_OFF = 10.0
"""Seconds without new spares after one died idle: where workers cannot live, they are not started over and over."""
LAST_WORDS = 4000
"""Bytes of a worker's standard error that are kept for the log: the last ones."""

log = logging.getLogger(__name__)


def slot_count(spared: int) -> int:
    """Workers that may compute at a time: what ``IPCORE_SLOTS`` says, or cores less some, but at least 1.

    Args:
        spared: cores left to others.

    Raises:
        ValueError: if the variable is no whole number from 1.
    """
    text = os.environ.get(SLOTS_VARIABLE, "").strip()
    if text:
        if not text.isdecimal() or int(text) < 1:
            raise ValueError(f"{SLOTS_VARIABLE} must be a whole number from 1, not {text[:60]!r}")
        return int(text)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - spared)


class Worker:
    """A process and two threads that read from it. Sending never blocks.

    Args:
        command: program and arguments.
        on_event: called on the reading thread with this worker and each event.
        on_exit: called once on the reading thread, when the process has ended and every event was handed over.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_event: Callable[[Worker, dict[str, Any]], None],
        on_exit: Callable[[Worker], None],
    ) -> None:
        self.ready = False
        self.run: Any = None
        """What the worker is busy with; kept by its owner."""
        self._on_event, self._on_exit = on_event, on_exit
        self._last_words = b""
        own_group = {"process_group": 0} if os.name == "posix" else {}  # Ctrl-C in the terminal is for the server alone
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            cwd=ROOT,
            **own_group,
        )
        if hasattr(os, "set_blocking"):
            os.set_blocking(self._process.stdin.fileno(), False)
        self._stderr_reader = threading.Thread(target=self._read_stderr, name=f"worker {self.pid} errors", daemon=True)
        self._reader = threading.Thread(target=self._read, name=f"worker {self.pid} events", daemon=True)
        self._stderr_reader.start()
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        return self._last_words.decode(errors="replace").strip()

    def send(self, command: dict[str, Any]) -> None:
        """Writes one command, without ever waiting.

        A worker reads its input at all times, so a full pipe (64 KB) or a broken one means that it is past
        listening: the command is dropped and the log told. Its end is noticed elsewhere.
        """
        line = json.dumps(command, separators=(",", ":")).encode() + b"\n"
        try:
            if os.write(self._process.stdin.fileno(), line) < len(line):
                self.kill()  # part of a command would spoil the next one
                raise BlockingIOError("its input is full")
        except OSError as error:
            log.warning("worker %d takes no commands (%s); dropped %s", self.pid, error, command.get("command"))

    def kill(self) -> None:
        """Ends the process at once; :func:`on_exit` follows. Safe to repeat."""
        self._process.kill()

    def join(self, timeout: float) -> None:
        """Waits until the process has ended and ``on_exit`` has returned."""
        self._reader.join(timeout)

    def _read(self) -> None:
        for line in self._process.stdout:
            try:
                event = decode(line)
            except ValueError as error:
                log.warning("worker %d wrote a line that is no event (%s): %.200r", self.pid, error, line)
                continue
            try:
                self._on_event(self, event)
            except Exception:  # else the process would go unread, and its run be running for ever
                log.exception("worker %d is ended: its event %.60r cannot be used", self.pid, event["event"])
                break
        self.kill()  # nobody listens to it any more, or it says no more
        status = self._process.wait()
        self._stderr_reader.join(1)
        log.info("worker %d ended with status %d", self.pid, status)
        self._on_exit(self)
        self._process.stdin.close()
        self._process.stdout.close()

    def _read_stderr(self) -> None:
        while chunk := self._process.stderr.read1():
            self._last_words = (self._last_words + chunk)[-LAST_WORDS:]
        self._process.stderr.close()


class Pool:
    """Workers for a number of slots, some started ahead. Its owner calls it with one lock held.

    Args:
        slots: workers at most.
        command, on_event, on_exit: of each :class:`Worker`; on exit the owner must call :meth:`remove`.
    """

    def __init__(
        self,
        slots: int,
        command: Sequence[str],
        on_event: Callable[[Worker, dict[str, Any]], None],
        on_exit: Callable[[Worker], None],
    ) -> None:
        self.slots = slots
        self.workers: list[Worker] = []
        self._new = lambda: Worker(command, on_event, on_exit)
        self._hold_off = -math.inf

    def free(self) -> Worker | None:
        """An idle worker, warm if there is a warm one, new if there is none; None if every slot is taken.

        Raises:
            OSError: if the machine starts none.
        """
        idle = sorted((worker for worker in self.workers if worker.run is None), key=lambda worker: not worker.ready)
        if not idle and len(self.workers) < self.slots:
            self.workers.append(self._new())
            idle = self.workers[-1:]
        return idle[0] if idle else None

    def keep_spares(self) -> None:
        """Starts workers ahead, as far as some are missing."""
        if time.monotonic() < self._hold_off:
            return
        busy = sum(worker.run is not None for worker in self.workers)
        try:
            while len(self.workers) < min(self.slots, busy + SPARES):
                self.workers.append(self._new())
        except OSError as error:
            log.error("no worker can be started ahead: %s", error)
            self._hold_off = time.monotonic() + HOLD_OFF

    def remove(self, worker: Worker) -> None:
        """Takes out one that has ended."""
        self.workers.remove(worker)
        if worker.run is None or not worker.ready:
            self._hold_off = time.monotonic() + HOLD_OFF
