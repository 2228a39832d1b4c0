"""Slots, queue and visitors of runs in the background, with the stand-in for the worker of :mod:`stand_in_worker`."""

import os

import pytest
from stand_in_worker import SHORT, config, eventually, processes_of, until_state

from app.background.runs import Runs
from ipcore.recordings.events.stream import Stream
from ipcore.worker.slots import slot_count


def test_a_run_goes_from_queued_to_finished(make):
    runs = make()
    run = runs.start(config(SHORT), "ada")
    assert run.state in ("starting", "running") and run.position == 0
    until_state(run, "finished")
    assert (run.recording.step, run.recording.state, run.message, run.over) == (SHORT, "finished", "", True)
    assert runs.get(run.id) is run and runs.of("ada") == [run] and runs.of("bob") == []
    assert runs.get("nonsense") is None
    assert len(run.id) >= 20


def test_a_worker_is_used_again(make):
    runs = make()
    runs.warm_up()
    eventually(lambda: len(processes_of(runs)) == 1)
    (first,) = processes_of(runs)
    for _ in range(3):
        until_state(runs.start(config(SHORT), "ada"), "finished")
    stopped = until_state(runs.start(config(), "ada"), "running")
    stopped.stop()
    until_state(stopped, "stopped")
    until_state(runs.start(config(SHORT), "ada"), "finished")
    assert processes_of(runs) == [first]


def test_visitors_take_turns(make):
    runs = make()
    owners = ("ada", "ada", "ada", "ada", "bob", "cleo", "bob")
    started = [runs.start(config(), owner, replace=False) for owner in owners]
    assert [run.position for run in started] == [0, 1, 4, 6, 2, 3, 5]
    assert {run.state for run in started[1:]} == {"queued"}
    order = []
    for _ in started:
        current = next(run for run in started if not run.over and run.position == 0)
        until_state(current, "running").stop()
        until_state(current, "stopped")
        order.append(started.index(current))
    assert order == [0, 1, 4, 5, 2, 6, 3]


def test_a_visitors_new_run_replaces_theirs_alone(make):
    runs = make(slots=2)
    first, other = runs.start(config(), "ada"), runs.start(config(), "bob")
    until_state(other, "running")
    waiting = runs.start(config(), "cleo")
    second = runs.start(config(), "ada")  # waits behind cleo, who came before
    assert (waiting.state, second.state) == ("queued", "queued") or first.over
    until_state(first, "stopped")
    until_state(waiting, "running")
    third = runs.start(config(), "ada")
    assert second.state == "stopped" and second.position == 0 and second.recording.state == "stopped"
    assert (third.position, other.state) == (1, "running")


def test_slots_work_side_by_side(make):
    runs = make(slots=2)
    pair = [runs.start(config(), owner) for owner in ("ada", "bob")]
    for run in pair:
        until_state(run, "running")
    assert runs.start(config(), "cleo").position == 1
    assert len(processes_of(runs)) == 2


def test_each_event_of_a_worker_is_validated_once(make, monkeypatch):
    validated = []
    convert = Stream.convert

    def counted(stream: Stream, values):
        validated.append(values["event"])
        return convert(stream, values)

    monkeypatch.setattr(Stream, "convert", counted)
    monkeypatch.setattr(Stream, "decode", lambda *_: pytest.fail("the line was decoded before"))
    run = until_state(make().start(config(SHORT), "ada"), "finished")
    assert len(validated) == run.recording.revision > SHORT


def test_slots(monkeypatch):
    monkeypatch.delenv("IPCORE_SLOTS", raising=False)
    assert 1 <= slot_count() <= os.cpu_count()
    monkeypatch.setenv("IPCORE_SLOTS", "7")
    assert slot_count() == 7
    for nonsense in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv("IPCORE_SLOTS", nonsense)
        with pytest.raises(ValueError, match="IPCORE_SLOTS must be a whole number from 1"):
            slot_count()
    with pytest.raises(ValueError, match="slots must be at least 1"):
        Runs(slots=0)
