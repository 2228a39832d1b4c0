"""A recording of ten steps, and all that a recording holds."""

from __future__ import annotations

import functools
import pickle

from misfits import START, per_method, valid

from ipcore.recordings.race import Recording, from_events


def held(recording: Recording) -> bytes:
    """All that a recording holds, to be compared bit by bit."""
    return pickle.dumps(vars(recording))


def begun() -> Recording:
    """10 steps, with snapshots and tests of steps 0, 4 and 9; one network has diverged."""
    return pickle.loads(_begun())


@functools.cache
def _begun() -> bytes:
    recording = from_events([START])
    for step in range(10):
        if step in (0, 4, 9):
            recording.add({**valid()["snapshot"], "step": step})
            recording.add({**valid()["test"], "step": step, "accuracy": per_method([step / 10] * 2)})
        recording.add(
            {"event": "steps", "first": step + 1, "elapsed": 0.1 * step, "loss": per_method([[step, step + 0.5]])}
        )
    recording.add({"event": "diverged", "step": 10, "method": "ip", "seed": 7})
    return pickle.dumps(recording)
