"""Visitors who leave, and how long their runs are kept."""

import threading
import time

from stand_in_worker import PATIENCE, config, eventually, until, until_state

from app.background import runs as module


def test_visitors_who_left_lose_their_runs_and_those_who_came_back_do_not(make):
    runs = make(grace=0.5)
    gone, back = runs.start(config(), "ada"), runs.start(config(), "bob")
    until_state(gone, "running")
    runs.left("ada")
    runs.left("bob")
    runs.present("bob")
    until_state(gone, "stopped")
    assert gone.message
    until_state(back, "running")  # it had waited for ada's slot
    runs.left("bob")
    until_state(back, "stopped")


def test_a_waiting_run_of_a_visitor_who_left_leaves_the_queue(make):
    runs = make(grace=0)
    runs.start(config(), "ada")
    waiting, last = runs.start(config(), "bob"), runs.start(config(), "cleo")
    runs.left("bob")
    until_state(waiting, "stopped")
    until(last, lambda run: run.position == 1)


def test_leaving_never_waits_for_the_lock(make):
    runs = make()
    with runs._lock:
        thread = threading.Thread(target=lambda: (runs.left("ada"), runs.present("ada")))
        thread.start()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_finished_runs_are_bounded_and_forgotten_after_their_visitor_left(make, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 2)
    monkeypatch.setattr(module, "FORGET", 0.3)
    runs = make(grace=0)
    finished = [until_state(runs.start(config(1), "ada"), "finished") for _ in range(4)]
    assert runs.of("ada") == finished[2:] and runs.get(finished[0].id) is None
    runs.left("ada")
    eventually(lambda: runs.of("ada") == [])
    eventually(lambda: not runs._absences.beyond_grace())


def test_a_long_pause_gives_way_to_those_who_wait_and_to_nobody_else(make, monkeypatch):
    monkeypatch.setattr(module, "PAUSE_LIMIT", 0.3)
    runs = make()
    paused = until_state(runs.start(config(), "ada", paused=True), "paused")
    eventually(lambda: time.monotonic() - paused.paused_at > 3 * module.TICK + module.PAUSE_LIMIT)
    assert paused.state == "paused"
    waiting = runs.start(config(), "bob")
    until_state(paused, "stopped")
    assert "paused" in paused.message
    until_state(waiting, "running")
