"""The run of all claims on this server: at most one at a time, in a process of its own. No Streamlit."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ipcore.claims.results import Result, parse

COMMAND = (sys.executable, "-m", "app.background.claims_child")
"""The command of the process; the file with what is measured follows it."""
ROOT = Path(__file__).parents[2]
PATIENCE = 10.0
"""Seconds in which a process that was told to stop must end."""


class ClaimsRun:
    """Runs the claims in the background, for everybody on this server.

    Args:
        command: the command of the process.

    Attributes:
        state: ``idle``, ``running``, ``stopped``, ``failed`` or ``finished``.
        share: how much of the work is done, from 0 to 1.
        message: why it failed; else empty.
        result: the result of the last run that finished.
    """

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self.state, self.share, self.message = "idle", 0.0, ""
        self.result: Result | None = None
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._began = 0.0

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.state == "running"

    @property
    def seconds_left(self) -> float | None:
        """The estimated seconds until it is finished; None while nothing is known."""
        elapsed = time.monotonic() - self._began
        return elapsed * (1 - self.share) / self.share if self.running and self.share > 0.01 else None

    def start(self) -> None:
        """Starts a run, unless one is under way; one that was stopped goes on."""
        with self._lock:
            if self.running:
                return
            if self._folder is None or self.state == "finished":
                self._forget()
                self._folder = tempfile.TemporaryDirectory(prefix="claims-")
            file = Path(self._folder.name) / "record.jsonl"
            self.state, self.share, self.message, self._began = "running", 0.0, "", time.monotonic()
            self._process = subprocess.Popen(
                (*self._command, str(file)), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            threading.Thread(target=self._follow, args=(self._process,), daemon=True).start()

    def stop(self) -> None:
        """Stops the run; what is measured is kept for the next one."""
        with self._lock:
            process = self._process
            if not self.running or process is None or process.stdin is None:
                return
            self.state = "stopped"
            process.stdin.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()

    def close(self) -> None:
        """Stops the run and removes what is kept."""
        self.stop()
        self._forget()

    def _forget(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _follow(self, process: subprocess.Popen[str]) -> None:
        """Reads what the process says, until it ends."""
        assert process.stdout is not None
        result = None
        for line in process.stdout:
            try:
                said = json.loads(line)
                if "result" in said:
                    result = parse(json.dumps(said["result"]))
                elif said["total"] > 0:
                    self.share = min(1.0, said["done"] / said["total"])
            except (ValueError, KeyError, TypeError):
                continue
        code = process.wait()
        with self._lock:
            if not self.running or process is not self._process:
                return
            if result is None:
                self.state, self.message = "failed", f"the process that measures the claims ended with status {code}"
            else:
                self.state, self.result = "finished", result
