"""A recording of every version ever written can be read, and says what it always said."""

from pathlib import Path

import pytest

from ipcore.config import METHODS
from ipcore.recording import VERSION, Mark, events_from_file, from_events

FOLDER = Path(__file__).parent / "recordings-of-each-version"
SAID = {
    1: {"plain": (0.853, 0.323), "batch-norm": (0.904, 0.286), "infomax": (0.881, 0.269), "ip": (0.885, 0.268)},
}
"""Version -> method -> (test accuracy, loss of the last step), means over seeds."""


def test_there_is_one_of_each_version():
    assert {file.name for file in FOLDER.glob("*.gz")} == {f"version-{number}.jsonl.gz" for number in SAID}
    assert set(SAID) == set(range(1, VERSION + 1))


@pytest.mark.parametrize("version", SAID)
def test_it_can_be_read(version: int):
    events = list(events_from_file(FOLDER / f"version-{version}.jsonl.gz"))
    assert events[0]["version"] == version
    recording = from_events(events)
    assert (recording.state, recording.step, recording.config.steps) == ("finished", 120, 120)
    assert recording.config.methods == METHODS and recording.config.seeds == 2
    assert recording.marks == [Mark(60, "learning_rate", 0.01, 0.1)]
    assert recording.tests[-1].step == recording.snapshots[-1].step == 120
    for method, (accuracy, loss) in SAID[version].items():
        assert recording.tests[-1].accuracy[method].mean() == pytest.approx(accuracy, abs=1e-3)
        assert recording.loss(method)[-1].mean() == pytest.approx(loss, abs=1e-3)
        assert recording.tests[-1].surface[method].shape == (40, 40)
        layers = recording.snapshots[-1].methods[method]
        assert layers.gain.sum() == layers.bias.sum() == 3 * 6 * 2
