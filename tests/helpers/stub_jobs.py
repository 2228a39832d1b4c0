"""A stand-in for the worker, and jobs that write down what the scheduler tells them, for tests of the scheduler."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from ipcore.worker.jobs import Job
from ipcore.worker.process import Command, Event
from ipcore.worker.scheduler import Scheduler

PATIENCE = 40  # s; a bound on failure, not a time that anything takes

SCRIPT = """
{before}
echo '{{"event": "ready"}}'
while read -r line; do
  case "$line" in
    *quick*) echo '{{"event": "end"}}';;
    *faulty*) echo '{{"event": "error", "message": "no data"}}';;
    *long*) obeys=1; echo '{{"event": "steps"}}';;
    *deaf*) obeys=; echo '{{"event": "steps"}}';;
    *misfit*) echo '{{"event": "misfit"}}';;
    *dies*) echo 'an error of the worker' >&2; exit 3;;
    *stop*) [ $obeys ] && echo '{{"event": "end"}}';;
  esac
done
"""
"""Obeys the name of a job: quick jobs end at once, long ones when told to, deaf ones never."""


def program(before: str = "") -> list[str]:
    """The stand-in, and what it does before it is ready."""
    return ["sh", "-c", SCRIPT.format(before=before)]


class Record(Job):
    """A job that writes down what it is told.

    Args:
        name: What the stand-in does with it.
        owner: Whose it is.
        retries: How often it is to be run again when it was lost.
    """

    def __init__(self, name: str, owner: str = "ada", retries: int = 0) -> None:
        self.name, self.owner, self.retries = name, owner, retries
        self.history: list[str] = []
        self.places: list[int] = []
        self.send: Callable[[Command], None] | None = None

    @property
    def ends(self) -> list[str]:
        return [entry for entry in self.history if entry.startswith(("finished", "stopped", "failed", "lost for good"))]

    def begin(self, send: Callable[[Command], None]) -> None:
        self.history.append("begin")
        send({"command": "start", "name": self.name})

    def receive(self, event: Event) -> None:
        if event["event"] == "misfit":
            raise ValueError("this event does not fit")
        self.history.append(event["event"])

    def finished(self, event: Event) -> None:
        self.history.append(f"finished by {event['event']}")

    def stopped(self) -> None:
        self.history.append("stopped")

    def lost(self) -> bool:
        self.retries -= 1
        self.history.append("lost" if self.retries >= 0 else "lost for good")
        return self.retries >= 0

    def failed(self, message: str) -> None:
        self.history.append(f"failed: {message}")

    def moved(self, place: int) -> None:
        self.places.append(place)


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def until(job: Record, entry: str) -> None:
    """Waits until a job was told something."""
    deadline = time.monotonic() + PATIENCE
    while entry not in job.history:
        assert time.monotonic() < deadline, job.history
        time.sleep(0.005)


def run(scheduler: Scheduler, job: Record) -> Record:
    """Runs a job to its end."""
    scheduler.add(job)
    eventually(lambda: job.ends)
    return job


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
