"""What a recording holds is what the run said."""

from __future__ import annotations

import numpy as np
import pytest
from misfits import SMALL, valid
from recordings import events as made_up
from ten_steps import begun

from ipcore.config import METHODS, RunConfig
from ipcore.jsonlines import decode, encode
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, trim
from ipcore.recordings.race import PER_LAYER, from_events


def test_a_real_run_survives_its_lines(real):
    lines = [encode(event) for event in real]
    assert not any("\n" in line for line in lines)
    assert [decode(line) for line in lines] == real and [decode(line.encode()) for line in lines] == real
    assert {event["event"] for event in real} == {"start", "steps", "test", "snapshot", "mark", "state", "end"}


def test_a_recording_holds_what_a_real_run_said(real):
    recording = from_events(real)
    config, end = recording.config, real[-1]
    assert config == SMALL.replace(methods=METHODS) and recording.step == config.steps == end["step"]
    assert recording.state == "finished" and recording.over and recording.revision == len(real)
    assert recording.elapsed == end["elapsed"] and recording.telemetry_share == end["telemetry"]
    assert recording.first_layer_gradient == end["first_layer_gradient"]
    assert recording.data == real[0]["data"] and recording.data["extent"] == [-1.3, 1.3, -1.3, 1.3]
    for method in METHODS:
        said = [row for event in real if event["event"] == "steps" for row in event["loss"][method]]
        assert recording.loss(method).dtype == np.float32 and recording.loss(method).shape == (30, 2)
        np.testing.assert_array_equal(recording.loss(method), np.array(said, np.float32))
    (mark,) = recording.marks
    assert (mark.step, mark.setting, mark.previous, mark.value) == (5, "learning_rate", 0.01, 0.5)
    assert [event["step"] for event in real if event["event"] == "test"] == [test.step for test in recording.tests]
    for test, said in zip(recording.tests, (event for event in real if event["event"] == "test"), strict=True):
        np.testing.assert_array_equal(test.accuracy["ip"], np.array(said["accuracy"]["ip"], np.float32))
        np.testing.assert_allclose(test.loss["plain"], said["loss"]["plain"])
        assert test.examples == said["examples"] and set(test.surface) == set(said.get("surface", {}))
        if test.surface:
            np.testing.assert_allclose(test.surface["ip"].ravel() * 100, said["surface"]["ip"], rtol=1e-6)
            assert test.surface["ip"].shape == (SIDE, SIDE)


def test_a_recording_holds_what_real_snapshots_said(real):
    recording = from_events(real)
    said = [event for event in real if event["event"] == "snapshot"]
    tests = {event["step"]: event for event in real if event["event"] == "test" and "information" in event}
    assert [event["step"] for event in said] == [moment.step for moment in recording.snapshots]
    for moment, event in zip(recording.snapshots, said, strict=True):
        for method in METHODS:
            held, given = moment.methods[method], event["methods"][method]
            for name in set(PER_LAYER) - {"entropy"}:
                np.testing.assert_array_equal(getattr(held, name), np.array(given[name], np.float32))
            assert held.gain.shape == (3, len(GAIN_EDGES) - 1) and held.bias.shape == (3, len(BIAS_EDGES) - 1)
            assert [trim(row) for row in held.gain] == given["gain"] and [trim(row) for row in held.bias] == given[
                "bias"
            ]
            assert (held.gain.sum(1) == 8).all(), "4 neurons of 2 replicas"
            if moment.step not in tests:
                assert np.isnan(held.entropy).all() and np.isnan(held.activity).all() and not moment.examples
                continue
            found = tests[moment.step]["information"][method]
            np.testing.assert_array_equal(held.entropy, np.array(found["entropy"], np.float32))
            np.testing.assert_allclose(held.activity * 1000, found["activity"], rtol=1e-6)
            np.testing.assert_allclose(held.activity.sum(1), 1, atol=0.5e-3 * ACTIVITY_BINS)
            assert moment.examples == 500 and not moment.of_minibatch
    assert recording.snapshots[-1].step in tests and recording.informed(None) is recording.snapshots[-1]


def test_the_probability_surface_is_that_of_the_first_seed_and_rows_go_upward():
    recording = begun()
    cells = [100 * (row == SIDE - 1) for row in range(SIDE) for _ in range(SIDE)]
    recording.add({**valid()["test"], "surface": {"plain": cells, "ip": cells[::-1]}})
    surface = recording.drawn(None).surface
    assert surface is recording.tests[-1].surface
    recording.add({name: value for name, value in valid()["test"].items() if name != "surface"})
    assert recording.drawn(None).surface is surface and recording.drawn(10).surface is surface
    assert (surface["plain"][-1] == 1).all() and not surface["plain"][:-1].any() and (surface["ip"][0] == 1).all()


@pytest.mark.parametrize(
    "config", [RunConfig(steps=100), RunConfig(dataset="spirals", seeds=3, depth=1, steps=50, methods=METHODS)]
)
def test_made_up_recordings_are_recordings(config):
    recording = from_events(made_up(config))
    assert recording.step == config.steps and recording.state == "finished" and len(recording.snapshots) > 10
