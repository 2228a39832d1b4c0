"""An estimate of the memory that a recording takes, counted event by event while it is loaded."""

from __future__ import annotations

from ipcore.recordings.base import BaseRecording
from ipcore.recordings.events import race, sweep
from ipcore.recordings.events.base import Event
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

ARRAY_BYTES = 200
"""Bytes that an array or a mark takes beside its numbers."""
POINT_BYTES = 4_000
"""Bytes that a point of a sweep takes beside results and curves: its settings, for each method."""


def newest_bytes(recording: BaseRecording, event: Event) -> int:
    """About how many bytes the newest event takes in memory.

    Args:
        recording: the recording that the event was just added to.
        event: the event.
    """
    match recording, event:
        case Recording(), race.Test():
            test = recording.tests[-1]
            arrays = [*test.loss.values(), *test.accuracy.values(), *test.surface.values()]
        case Recording(), race.Snapshot():
            return 4 * ARRAY_BYTES + recording.snapshots[-1].nbytes
        case Recording(), race.Steps():
            rows = sum(map(len, event.loss.values()))
            return 8 * rows * recording.config.seeds  # float32, with room to grow
        case SweepRecording(), sweep.Start():  # a sweep takes nearly all of its memory at its start
            points, stacks = len(recording.sweep.points()), len(recording.stacks)
            return recording.nbytes + POINT_BYTES * points + 4 * ARRAY_BYTES * stacks
        case _:
            return ARRAY_BYTES + 4 * len(getattr(event, "message", ""))
    return sum(ARRAY_BYTES + array.nbytes for array in arrays)
