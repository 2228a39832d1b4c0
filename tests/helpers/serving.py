"""Starts the real dashboard in a process of its own, for the tests that need one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BROWSERS = (
    "chromium-headless-shell",  # without windows: it draws the same pages with half the work
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
BROWSER_VARIABLE = "IPCORE_BROWSER"
"""Chromium or Chrome that tests and pictures use. Default: the first one found in the usual places."""


def installed_browser() -> str | None:
    """An installed Chromium or Chrome: the one that ``IPCORE_BROWSER`` names, or one in the usual places, if any."""
    named = os.environ.get(BROWSER_VARIABLE)
    return next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Server:
    """A dashboard that is being served.

    Args:
        url: where, without a slash at the end.
        process: what serves it.
        log_path: the file that takes all it prints.
    """

    url: str
    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def log(self, lines: int = 40) -> str:
        """The last lines that the server printed."""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def wait(self, seconds: float = 60) -> None:
        """Returns once the server is healthy.

        Raises:
            RuntimeError: if it ended or is not healthy in time, with its log.
        """
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"the dashboard did not start (exit status {self.process.poll()}):\n{self.log()}")

    def stop(self) -> None:
        """Ends the server and waits until it is gone; safe to repeat."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(command: list[str], port: int, log_path: Path, **variables: str) -> Server:
    """Starts a command that serves the dashboard on ``port`` and waits until it is healthy.

    Args:
        command: program and arguments, run in the project's folder.
        port: where it will listen.
        log_path: file for what it prints.
        variables: environment variables to set.
    """
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log_path)
    try:
        server.wait()
    except BaseException:
        server.stop()
        raise
    return server
