"""Starts a real Dask cluster on this machine, scheduler and workers in processes of their own, for tests of sweeps."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
from serving import ROOT, free_port

PATIENCE = 120  # s; a bound on failure, not a time that anything takes
SCHEDULER, WORKER = "distributed.cli.dask_scheduler", "distributed.cli.dask_worker"


class Cluster:
    """A scheduler, and workers of one thread each.

    Args:
        folder: for what they write.
        workers: how many; none makes a cluster that only listens.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        port = free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self._log_path = folder / "log"
        self._processes: list[subprocess.Popen[bytes]] = []
        quiet = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")  # or another server would listen on port 8787
        self._start(SCHEDULER, "--host", "127.0.0.1", "--port", str(port), *quiet)
        if workers:
            folders = ("--local-directory", str(folder / "workers"))
            self._start(WORKER, self.address, "--nworkers", str(workers), "--nthreads", "1", *quiet, *folders)
        eventually(lambda: listens(port))

    def _start(self, module: str, *arguments: str) -> None:
        with self._log_path.open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", module, *arguments],
                    cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                )
            )  # fmt: skip

    def kill_scheduler(self) -> None:
        self._processes[0].kill()
        self._processes[0].wait(PATIENCE)

    def stop(self) -> None:
        """Ends every process, workers first, and waits until all are gone."""
        everything = [child for each in self._processes for child in children(each.pid)]
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
        for straggler in psutil.wait_procs(everything, 5)[1]:
            straggler.kill()


def listens(port: int) -> bool:
    """Whether something listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children(pid: int) -> list[psutil.Process]:
    """The processes below one, if it lives."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def eventually(condition, explain=lambda: "") -> None:
    """Waits until something holds that nobody announces; otherwise says what is the case."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.02)
