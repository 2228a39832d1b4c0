"""How much memory a recording takes, and how much its lines."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
from misfits import layers
from plain import all_plain

from ipcore.config import RunConfig
from ipcore.data.sets import load
from ipcore.jsonlines import encode
from ipcore.networks import training
from ipcore.networks.pace import SHARES, SNAPSHOT_SECONDS, Pace
from ipcore.recordings.bins import Histograms
from ipcore.recordings.race import Recording


@pytest.mark.parametrize(
    ("width", "seeds", "expected"), [(4, 2, np.uint8), (64, 3, np.uint8), (64, 4, np.uint16), (512, 16, np.uint16)]
)
def test_histograms_take_no_more_memory_than_they_need(width, seeds, expected):
    config = RunConfig(methods=("ip",), depth=2, width=width, seeds=seeds)
    recording = Recording(config)
    recording.add({"event": "snapshot", "step": 0, "methods": {"ip": layers(config)}})
    gain = recording.snapshots[0].methods["ip"].gain
    assert gain.dtype == expected and (gain.sum(1) == width * seeds).all()


def test_bins_that_are_not_used_take_no_memory():
    counts = np.zeros((3, 200), np.uint8)
    for used in ((), ((0, 7),), ((1, 90), (2, 93)), ((0, 0), (2, 199))):
        for at in used:
            counts[at] = 5
        kept = Histograms.of(counts)
        assert kept.full().dtype == np.uint8 and (kept.full() == counts).all()
        assert all((kept.full(slice(row, row + 1)) == counts[row]).all() for row in range(3))
        lengths = [np.ptp(columns) + 1 for columns in map(np.flatnonzero, counts) if len(columns)]
        assert kept.nbytes == 2 * 3 + sum(lengths) and kept.packed.base is None
        counts[:] = 0


def test_a_thousand_steps_of_the_default_race_stay_under_2_mb(monkeypatch):
    pace = Pace(max(SHARES), SNAPSHOT_SECONDS)
    monkeypatch.setattr(Pace, "due", lambda self, elapsed: True)
    monkeypatch.setattr(training, "CHUNK_SECONDS", 0)
    events = all_plain(training.train(RunConfig(steps=25, learning_rate=0.1, intrinsic_rate=0.5), load("mnist-5k")))
    longest = {
        kind: max(len(encode(event)) + 1 for event in events if event["event"] == kind)
        for kind in ("steps", "test", "snapshot")
    }
    monkeypatch.undo()
    # The most is said when each step is sent alone, and there is a snapshot and a test as often as the pace allows. A
    # snapshot was measured to take 0.7 of a step, a test more; assumed are a fifth, and a step of 0.1 ms to 1 s.
    moments = max(occasions(copy.copy(pace), 1000, seconds) for seconds in np.geomspace(1e-4, 1, 41))
    size = 1000 * longest["steps"] + moments * (longest["snapshot"] + longest["test"]) + 1000
    assert 50 < moments and size < 2e6, (longest, moments, size)


def occasions(pace: training.Pace, steps: int, seconds: float) -> int:
    """How often the pace allows a look in so many steps that take ``seconds`` each, looks a fifth of it."""
    elapsed, count = 0.0, 0
    for _ in itertools.repeat(None, steps):
        elapsed += seconds
        if pace.due(elapsed):
            elapsed, count = elapsed + seconds / 5, count + 1
            pace.count(seconds / 5, elapsed)
    return count
