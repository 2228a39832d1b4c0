"""Several runs under way in one worker: names, turns, copies, changes that come by themselves, and signs of life."""

from __future__ import annotations

import time

import numpy as np
from worker_talk import SMALL, Talk, steps

from ipcore.recordings.race import from_events

LONG = SMALL | {"steps": 100_000}


def named(events: list[dict], name: str) -> list[dict]:
    """The events of one run, without its name."""
    return [{key: value for key, value in each.items() if key != "run"} for each in events if each.get("run") == name]


def test_races_with_names_are_trained_by_turns_and_each_as_it_is_alone(real):
    real.start(**SMALL)
    alone = from_events(real.until("end"))
    for name, settings in (("a", SMALL), ("b", LONG), ("c", SMALL | {"first_seed": 3})):
        real.say("start", run=name, config=settings)
    events = real.until("end")
    events += real.until("end")
    assert {each["run"] for each in events} == {"a", "b", "c"}
    assert {each["run"] for each in events if each["event"] == "end"} == {"a", "c"}, "the long one goes on"
    for method in SMALL["methods"]:
        assert np.array_equal(from_events(named(events, "a")).loss(method), alone.loss(method))
    real.say("stop", run="b")
    assert real.until("end", run="b")[-1]["state"] == "stopped"


def test_commands_reach_the_run_that_they_name(real):
    real.say("start", run="a", config=LONG, paused=True)
    real.say("start", run="b", config=LONG, paused=True)
    real.until("state", run="b")
    real.say("step", run="a", count=5)
    assert steps(real.until("state", run="a", step=5)) == 5
    real.say("pause")
    assert real.event() == {"event": "refused", "message": "no run is under way: nothing to pause"}
    real.say("pause", run="c")
    assert real.event() == {"run": "c", "event": "refused", "message": "no run is under way: nothing to pause"}
    real.say("start", run="a", config=SMALL)
    assert real.event()["message"] == "a run is under way; stop it first"
    real.say("start", run="d", config={"depth": 0})
    assert real.event()["event"] == "error"
    for name in ("a", "b"):
        real.say("stop", run=name)
        real.until("end", run=name)


def test_a_fork_goes_on_by_itself_from_where_the_other_stands(real):
    real.say("start", run="a", config=SMALL, paused=True)
    real.say("step", run="a", count=40)
    real.until("state", run="a", step=40)
    real.say("fork", run="b", of="a")
    real.say("set", run="b", setting="learning_rate", value=0.2)
    real.say("resume", run="b")
    forked = real.until("end", run="b")
    assert named(forked, "b")[0] == {"event": "state", "step": 40, "state": "paused"}
    real.say("resume", run="a")
    rest = real.until("end", run="a")
    real.start(**SMALL, paused=False)
    alone = from_events(real.until("end"))
    for events, same in ((rest, True), (forked, False)):
        found = np.concatenate([np.array(each["loss"]["ip"]) for each in events if each["event"] == "steps"])
        assert len(found) == 260 and np.array_equal(found.astype("f4"), alone.loss("ip")[40:]) == same


def test_a_fork_of_nothing_is_an_error(real):
    real.say("fork", run="b", of="gone")
    assert real.event() == {
        "run": "b",
        "event": "error",
        "message": "the race that is to be continued is not being trained",
    }


def test_changes_that_come_with_a_start_are_those_of_commands_at_these_steps(real):
    changes = [[30, "learning_rate", 0.2], [10, "intrinsic_rate", 0.001]]
    real.say("start", config=SMALL, paused=True)
    for step, setting, value in sorted(changes):
        real.say("step", count=step - (0 if step == 10 else 10))
        real.until("state", step=step)
        real.say("set", setting=setting, value=value)
    real.say("resume")
    by_hand = real.until("end")
    real.say("start", config=SMALL, changes=changes)
    again = from_events(real.until("end"))
    marks = [(each["step"], each["setting"]) for each in by_hand if each["event"] == "mark"]
    assert [(mark.step, mark.setting) for mark in again.marks] == [(10, "intrinsic_rate"), (30, "learning_rate")]
    assert marks == [(30, "learning_rate")], "the first change came before the first of these events"
    last = np.concatenate([np.array(each["loss"]["ip"]) for each in by_hand if each["event"] == "steps"])[-100:]
    assert np.array_equal(last.astype("f4"), again.loss("ip")[-100:])


def test_a_change_that_is_not_allowed_is_refused(real):
    real.say("start", config=SMALL, changes=[[400, "learning_rate", 0.1]])
    assert "change must come before the last of 300 steps, not after 400" in real.event()["message"]
    real.say("start", config=SMALL, changes=[[1, "depth", 3]])
    assert "setting must be one of learning_rate" in real.event()["message"]


def test_somebody_who_starts_while_many_train_sees_a_first_point_at_once(real):
    for number in range(12):
        real.say("start", run=str(number), config=LONG | {"first_seed": number})
    time.sleep(0.3)
    real.say("start", run="late", config=LONG)
    seen = real.until("test", run="late")
    turns = {each["run"] for each in seen[[each.get("run") for each in seen].index("late") :]}
    assert turns <= {"late"}, "no other run has a turn between its start and its first test"
    for name in [*map(str, range(12)), "late"]:
        real.say("stop", run=name)
        real.until("end", run=name)


def test_signs_of_life():
    talk = Talk("-m", "ipcore.worker", "--beat", "0.05")
    try:
        talk.until("ready")
        assert [talk.event()["event"] for _ in range(3)] == ["alive"] * 3
        talk.start(**LONG)
        assert talk.until("steps") and talk.until("alive")
    finally:
        talk.close()
