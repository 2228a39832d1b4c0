"""A recording of every version ever written can be read, and says what it always said."""

from pathlib import Path

import numpy as np
import pytest

from ipcore.config import RunConfig
from ipcore.recordings.files import events_from_file
from ipcore.recordings.moments import Mark
from ipcore.recordings.race import from_events
from ipcore.recordings.sweep import SweepRecording
from ipcore.recordings.upgrades import newest

FOLDER = Path(__file__).parent / "of-each-version"
SAID = {
    1: {"plain": (0.853, 0.323), "batch-norm": (0.904, 0.286), "infomax": (0.881, 0.269), "ip": (0.885, 0.268)},
}
"""Version -> method -> (test accuracy, loss of the last step), means over seeds."""
SAID_BY_SWEEPS = {
    1: {
        "plain": (0.621, 0.405, 0.866, 0.869),
        "batch-norm": (0.868, 0.870, 0.885, 0.890),
        "infomax": (0.839, 0.857, 0.873, 0.878),
        "ip": (0.861, 0.866, 0.880, 0.885),
    },
}
"""The same of sweeps: version -> method -> test accuracy at each point, means over seeds."""

LATER = {"initialization", "biases", "optimizer", "train_examples"}
"""Settings that there were not when version 1 was the newest: its recordings have their defaults."""


def test_there_is_one_of_each_version():
    races = {f"version-{number}.jsonl.gz" for number in SAID}
    sweeps = {f"sweep-version-{number}.jsonl.gz" for number in SAID_BY_SWEEPS}
    assert {file.name for file in FOLDER.glob("*.gz")} == races | sweeps
    assert set(SAID) == set(range(1, newest("race") + 1))
    assert set(SAID_BY_SWEEPS) == set(range(1, newest("sweep") + 1))


@pytest.mark.parametrize("version", SAID)
def test_it_can_be_read(version: int):
    events = list(events_from_file(FOLDER / f"version-{version}.jsonl.gz"))
    assert events[0].version == version
    recording = from_events(events)
    assert (recording.state, recording.step, recording.config.steps) == ("finished", 120, 120)
    assert recording.config.methods == tuple(SAID[version]) and recording.config.seeds == 2
    assert LATER & set(events[0].config) == set()
    assert all(getattr(recording.config, name) == getattr(RunConfig(), name) for name in LATER)
    assert recording.marks == [Mark(60, "learning_rate", 0.01, 0.1)]
    assert recording.tests[-1].step == recording.snapshots[-1].step == 120
    for method, (accuracy, loss) in SAID[version].items():
        assert recording.tests[-1].accuracy[method].mean() == pytest.approx(accuracy, abs=1e-3)
        assert recording.loss(method)[-1].mean() == pytest.approx(loss, abs=1e-3)
        assert recording.tests[-1].surface[method].shape == (40, 40)
        layers = recording.snapshots[-1].methods[method]
        assert layers.gain.sum() == layers.bias.sum() == 3 * 6 * 2


@pytest.mark.parametrize("version", SAID_BY_SWEEPS)
def test_a_sweep_of_it_can_be_read(version: int):
    events = list(events_from_file(FOLDER / f"sweep-version-{version}.jsonl.gz"))
    assert (events[0].kind, events[0].version) == ("sweep", version)
    recording = SweepRecording.from_events(events)
    assert (recording.state, recording.networks, recording.done_networks) == ("finished", 32, 32)
    sweep = recording.sweep
    assert sweep.config.methods == tuple(SAID_BY_SWEEPS[version])
    assert sweep.config.seeds == 2 and sweep.config.steps == 60
    assert LATER & set(events[0].config) == set()
    assert all(getattr(sweep.config, name) == getattr(RunConfig(), name) for name in LATER)
    assert sweep.over == {"learning_rate": (0.01, 0.1), "depth": (2, 3)}
    for method, accuracies in SAID_BY_SWEEPS[version].items():
        assert recording.accuracy(method).mean(1) == pytest.approx(accuracies, abs=1e-3)
        for point in sweep.points():
            steps, loss, accuracy = recording.curves(method, point)
            assert steps.tolist() == list(range(3, 61, 3)) and np.isfinite(loss).all() and np.isfinite(accuracy).all()
            assert loss[-1].mean() < loss[0].mean()
