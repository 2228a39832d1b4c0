"""One worker process as its parent sees it: the pipes to it, and the threads that read from it. No torch.

``multiprocessing`` would run the app's main script again in the child, so a worker is a plain subprocess that speaks
the protocol of :mod:`ipcore.worker.child`. Which worker does what is decided in :mod:`ipcore.worker.scheduler`.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ipcore.jsonlines import decode

Event = dict[str, Any]
Command = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "ipcore.worker", "--beat", "1")
"""The program that every worker runs, and its arguments: it gives a sign of life each second."""
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Environment variables that set how many threads compute; each is 1 in a worker."""
ERRORS_KEPT = 4000
"""How many bytes of a worker's standard error are kept for the log: the last ones."""

log = logging.getLogger(__name__)


class WorkerProcess:
    """A worker process, started at once. Two threads read from it after :meth:`listen`; sending never blocks.

    Args:
        command: The program and its arguments.

    Raises:
        OSError: If the machine cannot start the process.
    """

    def __init__(self, command: Sequence[str]) -> None:
        # In a process group of its own, so that Ctrl-C in the terminal reaches the server alone.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            cwd=ROOT,
            process_group=0 if os.name == "posix" else None,
        )
        assert self._process.stdin and self._process.stdout and self._process.stderr  # they are pipes, see above
        self._stdin, self._stdout, self._stderr = self._process.stdin, self._process.stdout, self._process.stderr
        if hasattr(os, "set_blocking"):
            os.set_blocking(self._stdin.fileno(), False)
        self._errors = b""
        self._event_reader = threading.Thread(target=self._read_events, name=f"worker {self.pid} events", daemon=True)
        self._error_reader = threading.Thread(target=self._read_errors, name=f"worker {self.pid} errors", daemon=True)

    def listen(self, on_event: Callable[[Event], None], on_exit: Callable[[], None]) -> None:
        """Starts reading. To be called once.

        Args:
            on_event: Called on the reading thread with each event. If it raises, the process is killed.
            on_exit: Called once on the reading thread, when the process has ended and every event was passed on.
        """
        self._on_event, self._on_exit = on_event, on_exit
        self._error_reader.start()
        self._event_reader.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def errors(self) -> str:
        """The end of what the process wrote to standard error."""
        return self._errors.decode(errors="replace").strip()

    def send(self, command: Command) -> None:
        """Writes one command to the process, without ever waiting.

        A worker reads its input at all times. So if the pipe (64 KB) is full or broken, the worker does not listen any
        more: the command is dropped and logged. That the worker has ended is noticed by the thread that reads from it.
        """
        line = json.dumps(command, separators=(",", ":")).encode() + b"\n"
        try:
            if os.write(self._stdin.fileno(), line) < len(line):
                self.kill()  # part of a command would spoil the next one
                raise BlockingIOError("its input is full")
        except OSError as error:
            log.warning("worker %d takes no commands (%s); dropped %s", self.pid, error, command.get("command"))

    def kill(self) -> None:
        """Ends the process at once; the call of ``on_exit`` follows. Safe to repeat."""
        self._process.kill()

    def join(self, timeout: float) -> None:
        """Waits until the process has ended and ``on_exit`` has returned, but at most ``timeout`` seconds."""
        self._event_reader.join(timeout)

    def _read_events(self) -> None:
        for line in self._stdout:
            try:
                event = decode(line)
            except ValueError as error:
                log.warning("worker %d wrote a line that is no event (%s): %.200r", self.pid, error, line)
                continue
            try:
                self._on_event(event)
            except Exception:  # without this the process would go unread, and its job would never end
                log.exception("worker %d is ended: its event %.60r cannot be used", self.pid, event["event"])
                break
        self.kill()  # it has closed its output, or sent what cannot be used: in both cases nobody listens any more
        status = self._process.wait()
        self._error_reader.join(1)
        log.info("worker %d ended with status %d", self.pid, status)
        self._on_exit()
        self._stdin.close()
        self._stdout.close()

    def _read_errors(self) -> None:
        while chunk := self._stderr.read1():  # type: ignore[attr-defined]  # a BufferedReader, as it is a pipe
            self._errors = (self._errors + chunk)[-ERRORS_KEPT:]
        self._stderr.close()
