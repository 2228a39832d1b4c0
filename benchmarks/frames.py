"""The time to pack a frame of the page, and its bytes, by length of the run. The recordings are made up."""

from __future__ import annotations

import statistics
import time

from app.race.frames import frame
from ipcore.config import METHODS, RunConfig
from tests.helpers.recordings import events

CASES = {
    "1,000 steps": RunConfig(steps=1_000),
    "100,000 steps": RunConfig(steps=100_000),
    "100,000 steps, 4 methods, 8 seeds, depth 50, width 16": RunConfig(
        methods=METHODS, depth=50, width=16, seeds=8, steps=100_000, batch_size=8
    ),
}
SNAPSHOTS = 300


def main() -> None:
    """Prints a line for each case. Half of the frames show the newest moment, as in a live run, half an earlier one."""
    from ipcore.recordings.race import from_events

    print("frames: ms to pack a frame, median of 30, and its bytes")
    for name, config in CASES.items():
        *most, last = list(events(config, snapshots=SNAPSHOTS, batch=10, end=False))
        recording = from_events(most)
        began = time.perf_counter()
        frame(recording)
        first = time.perf_counter() - began
        recording.add(last)
        live = []
        for number in range(30):
            began = time.perf_counter()
            packed = frame(recording, step=None if number % 2 else config.steps // 2 + number)
            live.append(time.perf_counter() - began)
        print(
            f"{name:<55}{1000 * statistics.median(live):8.2f} ms{len(packed):>9,} bytes   "
            f"(first of a whole run {1000 * first:.0f} ms)"
        )
