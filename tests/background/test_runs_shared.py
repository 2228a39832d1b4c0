"""A race is its settings: visitors who ask for the same one watch one training, until they steer it."""

from __future__ import annotations

import os
import signal

import pytest
from stand_in_worker import LONG, SHORT, config, eventually, until, until_state

from app.background import runs as module
from app.background.runs import Refused
from ipcore.config import RunConfig
from ipcore.worker.scheduler import Deadlines


@pytest.fixture
def several(make):
    """Runs whose one worker trains many races by turns."""
    return lambda **arguments: make(**{"share": 8} | arguments)


def events_of(heard: dict) -> dict[str, list[str]]:
    return {run: [event.name for event in events] for run, events in heard.items()}


def test_all_races_of_one_worker_move_at_once(several):
    runs = several()
    started = [runs.start(config(), owner) for owner in ("ada", "bob", "cleo")]
    for run in started:
        until(run, lambda run: run.recording.step > 5)
    assert len(runs.scheduler.pids) == 1 and [run.beside for run in started] == [2, 2, 2]
    started[0].send({"command": "pause"})
    until_state(started[0], "paused")
    assert started[1].beside == 1, "one that is paused takes no time"
    started[1].stop()
    until_state(started[1], "stopped")
    before = started[2].recording.step
    until(started[2], lambda run: run.recording.step > before)


def test_equal_settings_are_trained_once_and_each_visitors_run_has_all_events(several):
    heard: dict[str, list] = {}
    runs = several(on_event=lambda run, event: heard.setdefault(run.owner, []).append(event))
    settings = config(40)
    first = runs.start(settings, "ada")
    until(first, lambda run: run.recording.step > 5)
    others = [runs.start(settings, owner) for owner in ("bob", "cleo")]
    assert [run.others for run in (first, *others)] == [2, 2, 2]
    assert others[0].recording is first.recording and others[0].recording.step > 5
    for run in (first, *others):
        until_state(run, "finished")
    assert heard["ada"] == heard["bob"] == heard["cleo"] and len(heard["ada"]) == 42
    assert len({run.id for run in (first, *others)}) == 3


def test_who_steers_departs_and_the_others_go_on(several):
    heard: dict[str, list] = {}
    runs = several(on_event=lambda run, event: heard.setdefault(run.owner, []).append(event))
    settings = config()
    first, second = runs.start(settings, "ada"), runs.start(settings, "bob")
    until(first, lambda run: run.recording.step > 3)
    second.send({"command": "set", "setting": "learning_rate", "value": 0.03})
    second.send({"command": "pause"})
    until_state(second, "paused")
    stood = second.recording.step
    assert [mark.value for mark in second.recording.marks] == [0.03] and stood > 3
    until(first, lambda run: run.recording.step > stood + 3)
    assert first.recording.marks == [] and (first.others, second.others) == (0, 0) and first.state == "running"
    assert second.recording.step == stood == sum(len(e.loss["plain"]) for e in heard["bob"] if e.name == "steps")
    second.send({"command": "resume"})
    until(second, lambda run: run.recording.step > stood)
    third = runs.start(settings, "cleo")
    assert third.others == 1 and third.training is first.training, "the one that was not steered"


def test_one_who_steers_alone_is_not_copied_and_not_joined(several):
    runs = several()
    settings = config()
    first = runs.start(settings, "ada")
    until(first, lambda run: run.recording.step > 1)
    training = first.training
    first.send({"command": "pause"})
    until_state(first, "paused")
    second = runs.start(settings, "bob")
    assert first.training is training and second.training is not training


def test_who_stops_or_leaves_keeps_what_was_seen_and_the_others_go_on(several):
    ended: list = []
    runs = several(grace=0, on_end=ended.append)
    settings = config()
    first, second, third = (runs.start(settings, owner) for owner in ("ada", "bob", "cleo"))
    until(first, lambda run: run.recording.step > 3)
    first.stop()
    assert first.state == first.recording.state == "stopped" and ended == [first]
    stood = first.recording.step
    runs.left("bob")
    eventually(lambda: second.over)
    assert second.message == module.AWAY and third.others == 0
    until(third, lambda run: run.recording.step > stood + 5)
    assert first.recording.step == stood


def test_a_finished_race_is_there_at_once_for_the_next_visitor_and_trained_again_for_who_has_seen_it(several):
    heard: dict[str, list] = {}
    ended: list = []
    runs = several(on_event=lambda run, event: heard.setdefault(run.owner, []).append(event), on_end=ended.append)
    settings = config(SHORT)
    first = until_state(runs.start(settings, "ada"), "finished")
    second = runs.start(settings, "bob")
    assert second.state == "finished" and second.recording is first.recording
    assert heard["bob"] == heard["ada"] and ended == [first, second]
    assert runs.finished_like(settings) is first.recording and runs.finished_like(config()) is None
    again = runs.start(settings, "ada")
    assert again.recording is not first.recording
    until_state(again, "finished")


def test_a_race_that_waits_at_step_0_is_not_shared(several):
    runs = several()
    settings = config()
    waiting = runs.start(settings, "ada", paused=True)
    assert runs.start(settings, "bob").training is not waiting.training


def test_a_measurement_is_no_race_that_others_join(several):
    runs = several()
    settings = config()
    measured = runs.measure(settings, "ada")
    race = runs.start(settings, "bob")
    assert race.training is not measured.training and race.kind == "race" and measured.kind == "measurement"
    measured.stop()
    eventually(lambda: measured.over)
    assert runs.finished_like(settings) is None and runs.start(settings, "cleo").training is race.training


def test_a_departure_whose_worker_dies_before_it_has_made_the_copy_waits_where_it_was_asked_to(several):
    runs = several()
    settings = config(60)
    first, second = runs.start(settings, "ada"), runs.start(settings, "bob")
    until(first, lambda run: run.recording.step > 3)
    (pid,) = runs.scheduler.pids
    os.kill(pid, signal.SIGSTOP)  # the copy is asked for, and the worker is gone before it makes it
    second.send({"command": "pause"})
    os.kill(pid, signal.SIGKILL)
    until_state(first, "finished")
    until_state(second, "paused")
    assert 3 < second.recording.step == len(second.recording.loss("plain")) < 60


def test_a_departure_from_a_race_in_the_queue_waits_in_the_queue_too(make):
    runs = make()
    blocking = runs.start(config(), "zoe")
    settings = config()
    first, second = runs.start(settings, "ada"), runs.start(settings, "bob")
    second.send({"command": "set", "setting": "learning_rate", "value": 0.03})
    assert (first.position, second.position, first.others, second.others) == (1, 2, 0, 0)
    blocking.stop()
    until(first, lambda run: run.recording.step > 1)
    assert not first.recording.marks
    first.stop()
    until(second, lambda run: run.recording.marks)


def test_a_departure_from_a_race_that_cannot_be_copied_is_trained_up_to_where_it_stood(make):
    runs = make(slots=2)  # each worker trains one race
    settings = config()
    first, second = runs.start(settings, "ada"), runs.start(settings, "bob")
    until(first, lambda run: run.recording.step > 10)
    second.send({"command": "set", "setting": "learning_rate", "value": 0.03})
    stood = second.recording.step
    assert second.state == "starting" or second.state == "queued"
    until(second, lambda run: run.recording.step > stood and run.state == "running")
    assert second.recording.marks and not first.recording.marks
    assert len(second.recording.loss("plain")) == second.recording.step


# What is fair


def test_a_browser_has_two_races_and_a_third_is_refused_in_words(several, monkeypatch):
    monkeypatch.setattr(module, "PER_KEEPER", 2)
    runs = several()
    for tab in ("one", "two"):
        runs.start(config(), tab, keeper="ada")
    with pytest.raises(Refused, match="2 races of this browser are under way already"):
        runs.start(config(), "three", keeper="ada")
    runs.start(config(), "two", keeper="ada")  # replaces the one of this tab
    runs.start(config(), "four", keeper="bob")


def test_an_address_has_half_of_all_places(several, monkeypatch):
    monkeypatch.setattr(module, "PER_KEEPER", 2)
    runs = several()
    for number in range(4):
        runs.start(config(), f"v{number}", address="192.0.2.1")
    with pytest.raises(Refused, match="from your network"):
        runs.start(config(), "v4", address="192.0.2.1")
    runs.start(config(), "v5", address="192.0.2.2")
    runs.start(config(), "v6")


def test_a_full_queue_refuses_politely(make, monkeypatch):
    monkeypatch.setattr(module, "QUEUE", 2)
    runs = make()
    for number in range(3):
        runs.start(config(), f"v{number}")
    with pytest.raises(Refused, match="try again in a few minutes"):
        runs.start(config(), "v3")


def test_a_race_that_trains_for_long_gives_way_to_those_who_wait_and_to_nobody_else(make, monkeypatch):
    monkeypatch.setattr(module, "RUN_LIMIT", 0.4)
    runs = make()
    long = until_state(runs.start(config(), "ada"), "running")
    until(long, lambda run: run.recording.step > 150)
    assert long.state == "running"
    waiting = runs.start(config(), "bob")
    until_state(long, "stopped")
    assert long.message == module.TOO_LONG
    until_state(waiting, "running")


def test_large_races_wait_apart_and_hold_up_nobody(several):
    runs = several()
    large = RunConfig(dataset="mnist", methods="plain", depth=2, width=8, steps=LONG)
    first, second = (runs.start(large.replace(first_seed=seed), str(seed)) for seed in (0, 7))
    small = runs.start(config(), "ada")
    until(small, lambda run: run.recording.step > 3)
    until(first, lambda run: run.recording.step > 3)
    assert (first.position, second.position) == (0, 1) and first.beside == 0
    assert len(runs.scheduler.pids) == len(runs.apart.pids) == 1
    eventually(lambda: (runs.seconds_to_wait(second) or 0) > 1)


# Workers that hang


def test_a_worker_that_stands_still_is_noticed_and_its_races_go_on_by_another(several, monkeypatch):
    runs = several(command=None)
    usual = runs.scheduler._deadlines
    settings = RunConfig(dataset="spirals", methods="plain", depth=2, width=4, steps=LONG)
    run = until_state(runs.start(settings, "ada"), "running")
    until(run, lambda run: run.recording.step > 100)
    (pid,) = runs.scheduler.pids
    stood = run.recording.step
    os.kill(pid, signal.SIGSTOP)
    runs.scheduler._deadlines = Deadlines(silence=1.5)
    eventually(lambda: pid not in runs.scheduler.pids)
    runs.scheduler._deadlines = usual  # on a busy machine another takes longer to start
    until(run, lambda run: run.recording.step > stood + 100 and not run.training.restoring)
    assert run.state == "running" and len(run.recording.loss("plain")) == run.recording.step
