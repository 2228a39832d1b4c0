"""The time from Start to the first event and to the first losses of a run, with a warm and with a cold worker."""

from __future__ import annotations

import statistics
import time

from app.background.runs import Runs
from ipcore.config import RunConfig

ROUNDS = 5
PATIENCE = 60.0
"""Seconds after which a measurement is given up."""


def start(runs: Runs) -> tuple[float, float]:
    """Starts the default race. Returns the seconds until its first event, and until its first losses."""
    began = time.perf_counter()
    run = runs.start(RunConfig(), "benchmark")
    first, revision = 0.0, 0
    while run.recording.step == 0:
        revision = run.wait(revision, PATIENCE)
        first = first or (time.perf_counter() - began if revision else 0.0)
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"no losses after {PATIENCE:g} s: {run.state} {run.message}")
    losses = time.perf_counter() - began
    run.stop()
    while run.state not in ("stopped", "finished"):
        run.wait(run.recording.revision, 1.0)
    return first, losses


def main() -> None:
    """Prints the medians over rounds."""
    cold, warm = [], []
    for _ in range(ROUNDS):
        runs = Runs(slots=1)
        try:
            cold.append(start(runs))
            warm.append(start(runs))
        finally:
            runs.close()
    print(f"response: ms from Start, median of {ROUNDS}")
    for name, figures in (("worker cold", cold), ("worker warm", warm)):
        first, losses = (1000 * statistics.median(each) for each in zip(*figures, strict=True))
        print(f"{name:<15}first event {first:8.1f}   first losses {losses:8.1f}")
