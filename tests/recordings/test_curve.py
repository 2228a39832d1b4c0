"""Curves of accuracy are on one set of examples throughout, in new recordings and in old ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings import events

from app.race.frames import frame
from app.ui.frames import unpack
from ipcore.config import INFORMATION_EXAMPLES, RunConfig
from ipcore.datasets import DATASETS
from ipcore.recordings.files import events_from_file
from ipcore.recordings.race import Recording, from_events
from ipcore.recordings.results import results

VERSION_1 = Path(__file__).parent / "of-each-version" / "version-1.jsonl.gz"
CONVERGED = RunConfig(methods=("plain", "ip"), depth=2, width=4, steps=40, seeds=2)


def converged() -> Recording:
    """Networks that no longer change: 0.9 of the first 500 examples are right, and 0.8 of all 1,000."""
    made = [event | _accuracy(0.9) if event["event"] == "test" else event for event in events(CONVERGED, snapshots=9)]
    test = next(event for event in made if event["event"] == "test")
    on_all = {**test, "step": CONVERGED.steps, "examples": 1000, **_accuracy(0.8)}
    return from_events([*made[:-1], on_all, made[-1]])


def _accuracy(share: float) -> dict[str, object]:
    return {"accuracy": {method: [share, share] for method in CONVERGED.methods}}


def test_the_curve_of_a_network_that_has_converged_does_not_jump() -> None:
    recording = converged()
    assert recording.tests[-1].examples == 1000 and recording.curve()[-1].step == CONVERGED.steps
    header, arrays = unpack(frame(recording))
    assert header["examples"] == 500 and arrays["accuracy_steps"][-1] == CONVERGED.steps
    np.testing.assert_allclose(arrays["accuracy"], 0.9)
    curves = recording.to_frame("curves").dropna(subset="test_accuracy")
    assert (curves["test_accuracy"] == np.float32(0.9)).all() and (curves["test_examples"] == 500).all()


def test_what_was_measured_on_all_examples_is_a_result_and_in_the_table_of_tests() -> None:
    recording = converged()
    assert results(recording)["ip"]["test_accuracy"] == [0.8, 0.8] == [pytest.approx(0.8)] * 2
    tests = recording.to_frame("tests")
    assert tests["test_examples"].tolist()[-4:] == [1000] * 4 and set(tests["test_examples"]) == {500, 1000}
    assert recording.accuracies() == {"plain": pytest.approx(0.8), "ip": pytest.approx(0.8)}


def test_the_last_point_of_an_old_recording_on_more_examples_is_not_drawn() -> None:
    old = from_events(events_from_file(VERSION_1))
    assert len(old.tests) == len(old.curve()) + (old.tests[-1].examples > old.tests[0].examples)
    assert {test.examples for test in old.curve()} == {old.tests[0].examples}
    assert results(old)["ip"]["test_accuracy"] == pytest.approx(old.tests[-1].accuracy["ip"].tolist())


def test_an_old_recording_has_its_information_from_minibatches_and_no_slope() -> None:
    old = from_events(events_from_file(VERSION_1))
    snapshot = old.informed(None)
    assert snapshot is old.snapshots[-1] and snapshot.of_minibatch and snapshot.examples == old.config.batch_size
    header, arrays = unpack(frame(old))
    assert header["information"] == [snapshot.step, old.config.batch_size, True] and not header["responds"]
    assert np.isnan(arrays["response"]).all() and np.isfinite(arrays["entropy"]).all()
    assert old.to_frame("layers")["mean_dy_dx"].isna().all()


def test_every_data_set_has_enough_test_examples() -> None:
    assert all(dataset.test >= INFORMATION_EXAMPLES for dataset in DATASETS.values())
