"""What a recording takes in memory, about: counted event by event while it is read."""

from __future__ import annotations

from typing import Any

from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

ARRAY_BYTES = 200
"""What an array, or a mark, takes beside its numbers."""
POINT_BYTES = 4_000
"""What a point of a sweep takes beside the results and curves of its networks: its settings, for each method."""


def newest_bytes(recording: Recording | SweepRecording, event: dict[str, Any]) -> int:
    """About what the event that came last takes in memory.

    Args:
        recording: that took it in.
        event: that one.
    """
    if isinstance(recording, SweepRecording):
        return _of_a_sweep(recording, event)
    match event["event"]:
        case "test":
            test = recording.tests[-1]
            arrays = [*test.loss.values(), *test.accuracy.values(), *test.surface.values()]
        case "snapshot":
            arrays = [array for layers in recording.snapshots[-1].methods.values() for array in vars(layers).values()]
        case "steps":
            rows = sum(map(len, event["loss"].values()))
            return 8 * rows * recording.config.seeds  # float32, with room to grow
        case _:
            return ARRAY_BYTES
    return sum(ARRAY_BYTES + array.nbytes for array in arrays)


def _of_a_sweep(recording: SweepRecording, event: dict[str, Any]) -> int:
    """The same of a sweep: nearly all at its start."""
    if event["event"] != "start":
        return ARRAY_BYTES + 4 * len(str(event.get("message", "")))
    points, stacks = len(recording.sweep.points()), len(recording.stacks)
    return recording.nbytes + POINT_BYTES * points + 4 * ARRAY_BYTES * stacks
