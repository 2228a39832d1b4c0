"""The recording of a sweep: made from events, read in part and whole, and closed to what does not fit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from plain import plain
from sweep_recordings import SWEEP, accuracy_of, all_events, events_of

from ipcore.jsonlines import encode
from ipcore.recordings.sweep import SweepRecording, from_events, start_event
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.stack_size import moments


def running() -> SweepRecording:
    recording = SweepRecording(SWEEP)
    recording.add(start_event(SWEEP))
    return recording


def test_a_whole_sweep_holds_every_result():
    recording = from_events(json.loads(encode(event)) for event in all_events())
    assert recording.over and recording.state == "finished" and recording.elapsed == 3.5
    assert (
        recording.done_networks == recording.networks == SWEEP.networks == 12 and recording.progress == pytest.approx(1)
    )
    for stack in SWEEP.stacks():
        for index, replica in enumerate(stack.replicas):
            found = recording.accuracy(stack.method)[recording.index(replica.point), replica.seed - 4]
            assert found == accuracy_of(stack, index)
    assert np.isnan(recording.accuracy("batch-norm")[:2]).all(), "impossible at batch size 1"


def test_results_have_the_form_of_the_command_line():
    found = from_events(all_events()).results()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["config"] == SWEEP.config.to_dict() and found["over"] == {
        "batch_size": [1, 8],
        "learning_rate": [0.01, 0.1],
    }
    assert found["results"]["ip"]["8,0.1"]["test_accuracy"] == [0.641, 0.651]
    assert list(found["results"]["ip"]["8,0.1"]) == [
        "test_accuracy", "test_loss", "train_loss", "diverged", "at_chance", "first_half_accuracy",
        "second_half_accuracy",
    ]  # fmt: skip
    assert list(found["results"]["batch-norm"]["1,0.1"]) == ["refused"]
    assert found["summary"]["ip"]["best"] == pytest.approx(0.646)
    assert found["summary"]["ip"]["best_at"] == {"batch_size": 1, "learning_rate": 0.1}
    assert found["summary"]["batch-norm"]["decades"] == {
        "1": None,
        "8": pytest.approx(0.2 * 0.146 / 0.09 - 0.001 / 0.09),
    }
    both = {"low": False, "high": True}
    assert found["summary"]["batch-norm"]["decades_open"] == {"1": None, "8": both}
    assert found["summary"]["ip"]["no_interval"] == "fewer than 3 seeds" and found["summary"]["ip"]["learned"]
    assert found["differences"]["minus"] == "batch-norm", "plain does not take part"
    assert found["differences"]["points"]["ip"]["8,0.1"]["mean"] == pytest.approx(0.001)
    assert found["differences"]["points"]["ip"]["1,0.1"]["mean"] is None


def test_a_recording_of_an_earlier_version_has_no_halves():
    old = from_events(all_events())
    assert old.results()["results"]["ip"]["8,0.1"]["first_half_accuracy"] == [None, None]
    assert old.results()["summary"]["ip"]["best_examples"] == "all"
    events = all_events()
    for event in events:
        if event["event"] == "done":
            event["first_half_accuracy"] = [1 - each for each in event["test_accuracy"]]
            event["second_half_accuracy"] = event["test_accuracy"]
    found = from_events(events).results()
    assert found["summary"]["ip"]["best_examples"] == "second half"
    assert found["summary"]["ip"]["best_at"] == {"batch_size": 1, "learning_rate": 0.01}, "best on the first half"
    assert found["summary"]["ip"]["best"] == pytest.approx(0.556), "as the second half has it"
    assert found["results"]["ip"]["8,0.1"]["second_half_accuracy"] == [0.641, 0.651]


def test_points_appear_as_they_are_done():
    recording, revision = running(), 1
    assert recording.done_networks == 0 and recording.progress == 0 and recording.revision == 1
    assert np.isnan(recording.accuracy("ip")).all()
    assert recording.results()["results"]["ip"]["8,0.01"]["test_accuracy"] == [None, None]
    stack, *_rest = SWEEP.stacks()
    for event in events_of(stack):
        before = recording.progress
        recording.add(event)
        assert recording.progress >= before and recording.revision == (revision := revision + 1)
    assert recording.done_networks == len(stack.replicas) and 0 < recording.progress < 1
    assert np.isfinite(recording.accuracy(stack.method)).sum() == len(stack.replicas)


def test_curves_grow_and_keep_their_networks_apart():
    recording = running()
    stack = next(stack for stack in SWEEP.stacks() if stack.method == "ip")
    begun, *curve, _ = events_of(stack)
    for event in (begun, *curve[:3]):
        recording.add(event)
    replica = stack.replicas[-1]
    steps, loss, accuracy = recording.curves("ip", replica.point)
    assert steps.tolist() == moments(30) and loss.shape == accuracy.shape == (20, 2)
    seed = replica.seed - 4
    np.testing.assert_allclose(loss[:3, seed], 1 / steps[:3] + len(stack.replicas) - 1, rtol=1e-6)
    np.testing.assert_allclose(accuracy[:3, seed], steps[:3] / 100, rtol=1e-6)
    assert np.isnan(loss[3:]).all() and np.isnan(accuracy[3:]).all()
    assert np.isnan(recording.curves("batch-norm", SWEEP.points()[2])[1]).all()


def test_a_short_run_has_a_short_curve():
    sweep = Sweep(SWEEP.config.replace(steps=3, batch_size=20), {"depth": (1, 2)})
    recording = from_events(all_events(sweep))
    steps, loss, _ = recording.curves("ip", "2")
    assert steps.tolist() == [1, 2, 3] and loss.shape == (3, 2) and np.isfinite(loss).all()


def test_a_diverged_network_has_null_losses_and_its_step():
    recording, stack = running(), SWEEP.stacks()[0]
    begun, *curve, done = events_of(stack)
    for event in curve[5:]:
        event["loss"][0] = None
    done["diverged"][0] = 8
    for event in (begun, *curve, done):
        recording.add(event)
    first = stack.replicas[0]
    found = recording.results()["results"][stack.method][first.point]
    assert found["diverged"][first.seed - 4] == 8 and found["train_loss"][first.seed - 4] is None


def test_what_befalls_a_stack_is_kept():
    recording = running()
    lost, failed, cancelled, *_ = SWEEP.stacks()
    begun, *rest = events_of(lost)
    told = [begun, rest[0], {"event": "lost", "stack": lost.id, "message": "its worker died"}, *rest[1:]]
    told += [{"event": "begun", "stack": failed.id}, {"event": "failed", "stack": failed.id, "message": "twice"}]
    told += [{"event": "state", "state": "paused"}, {"event": "cancelled", "stack": cancelled.id}]
    for event in told:
        recording.add(event)
    assert recording.state == "paused" and recording.failures == {failed.id: "twice"}
    states = [recording.stacks[stack.id].state for stack in (lost, failed, cancelled)]
    assert states == ["done", "failed", "cancelled"] and recording.stacks[lost.id].losses == ["its worker died"]
    assert recording.done_networks == len(lost.replicas)
    recording.add({"event": "end", "state": "stopped", "elapsed": 1})
    assert recording.state == "stopped"


def test_an_error_says_why():
    recording = running()
    recording.add({"event": "error", "message": "no worker could be started"})
    assert recording.over and recording.state == "failed" and recording.message == "no worker could be started"


def test_how_it_was_cut_is_read_not_guessed():
    """A recording made by a program that cuts otherwise: one network to a stack."""
    start = plain(start_event(SWEEP))
    start["stacks"] = [
        {"id": f"{each['id']}:{number}", "method": each["method"], "replicas": [replica]}
        for each in start["stacks"] for number, replica in enumerate(each["replicas"])
    ]  # fmt: skip
    recording = from_events([start])
    assert len(recording.stacks) == recording.networks == 12
    one = start["stacks"][-1]
    recording.add({"event": "begun", "stack": one["id"]})
    for sequence, step in enumerate(moments(30)):
        recording.add(
            {"event": "curve", "stack": one["id"], "sequence": sequence, "step": step, "loss": [1.0], "accuracy": [0.5]}
        )
    steps = np.isfinite(recording.curves(one["method"], SWEEP.points()[one["replicas"][0][0]])[1])
    assert steps.sum() == 20


def change(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**event, **fields}


STACK = SWEEP.stacks()[0]
BEGUN, FIRST, SECOND, *_, DONE = events_of(STACK)
START = plain(start_event(SWEEP))
SOME, *OTHERS = START["stacks"]


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ([], {"event": "sparkle"}),
        ([], ["begun"]),
        ([], START),
        ([], change(BEGUN, stack="nobody")),
        ([], change(BEGUN, stack=["x"])),
        ([], FIRST),
        ([BEGUN], BEGUN),
        ([BEGUN], SECOND),
        ([BEGUN, FIRST], FIRST),
        ([BEGUN], DONE),
        ([BEGUN], change(FIRST, step=FIRST["step"] + 1)),
        ([BEGUN], change(FIRST, loss=[1.0])),
        ([BEGUN], change(FIRST, loss=["x"] * len(STACK.replicas))),
        ([BEGUN], change(FIRST, accuracy=[1.5] * len(STACK.replicas))),
        ([BEGUN], {key: value for key, value in FIRST.items() if key != "accuracy"}),
        (events_of(STACK)[:-1], change(FIRST, sequence=20)),
        (events_of(STACK)[:-1], change(DONE, test_accuracy=[])),
        (events_of(STACK)[:-1], change(DONE, diverged=[31] * len(STACK.replicas))),
        (events_of(STACK)[:-1], change(DONE, seconds="long")),
        (events_of(STACK), {"event": "cancelled", "stack": STACK.id}),
        ([BEGUN], {"event": "lost", "stack": STACK.id}),
        ([], {"event": "failed", "stack": STACK.id, "message": 3}),
        ([], {"event": "state", "state": "dreaming"}),
        ([], {"event": "end", "state": "running", "elapsed": 1}),
        ([], {"event": "end", "state": "finished", "elapsed": -1}),
        ([{"event": "end", "state": "finished", "elapsed": 1}], BEGUN),
    ],
)  # fmt: skip
def test_what_does_not_fit_changes_nothing(before, event):
    recording = running()
    for each in before:
        recording.add(each)
    state = (recording.revision, recording.state, recording.results(), recording.progress, dict(recording.failures))
    with pytest.raises(ValueError):
        recording.add(event)
    assert state == (recording.revision, recording.state, recording.results(), recording.progress, recording.failures)


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (change(START, kind="race"), "begins with its start event"),
        (change(START, version=2), "version 2; this program reads version 1"),
        (change(START, over={}), "over must name one or two"),
        (change(START, stacks=OTHERS), "every network once"),
        (change(START, stacks=[*START["stacks"], change(SOME, id="more")]), "every network once"),
        (change(START, stacks=[*START["stacks"], SOME]), "two stacks have the name"),
        (change(START, stacks=[change(SOME, method="plain"), *OTHERS]), "does not fit the sweep"),
        (change(START, stacks=[change(SOME, replicas=[[99, 4]]), *OTHERS]), "does not fit the sweep"),
        (change(START, stacks=[change(SOME, replicas=[[0.0, 4]]), *OTHERS]), "replicas must be a list"),
        (change(START, stacks=[change(SOME, replicas=[]), *OTHERS]), "replicas must be a list"),
        (change(START, stacks=7), "stacks must be a list, not 7"),
        (change(START, version=True), "version True; this program reads version 1"),
        (BEGUN, "a recording begins with a start event"),
    ],
)  # fmt: skip
def test_a_start_that_does_not_hold_together_is_refused(start, says):
    with pytest.raises(ValueError, match=says):
        from_events([start])
    with pytest.raises(ValueError, match="at least its start"):
        from_events([])
