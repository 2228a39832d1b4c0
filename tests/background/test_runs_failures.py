"""Workers that die, fail, say nonsense or cannot be started."""

import contextlib
import os
import signal
import sys
import time

import pytest
from stand_in_worker import (
    FAILING,
    GARBAGE,
    LOUD,
    MALFORMED,
    MISFIT,
    SHORT,
    config,
    eventually,
    processes_of,
    until,
    until_state,
)

from app.background.run import BROKEN, DIED
from ipcore.worker.scheduler import NO_WORKER


def kill_worker(runs, run) -> None:
    """Kills the worker of a run, and waits until the run has another that has told something."""
    before = run.recording.step
    for pid in run.training.scheduler.pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(run, lambda run: run.over or (run.recording.step > before and not run.training.restoring))


def test_a_race_whose_worker_is_killed_is_trained_again_and_goes_on_where_it_stood(make):
    runs = make()
    run = until_state(runs.start(config(), "ada"), "running")
    until(run, lambda run: run.recording.step > 2)
    run.recording.elapsed = 1000.0  # it took longer the first time
    began = time.monotonic()
    kill_worker(runs, run)
    step = run.recording.step
    until(run, lambda run: run.over or run.recording.step > step + 20)
    assert time.monotonic() - began < 10 and 1000 <= run.recording.elapsed < 1001
    assert (run.state, run.message, run.over) == ("running", "", False)
    assert len(run.recording.loss("plain")) == run.recording.step > 3, "no step twice, none left out"
    run.send({"command": "pause"})
    until_state(run, "paused")


def test_a_paused_race_whose_worker_is_killed_waits_where_it_stood(make):
    runs = make()
    run = until_state(runs.start(config(), "ada", paused=True), "paused")
    run.send({"command": "step", "count": 7})
    run.send({"command": "set", "setting": "learning_rate", "value": 0.03})
    until(run, lambda run: run.recording.step == 7 and run.recording.marks and run.state == "paused")
    (worker,) = processes_of(runs)
    worker.kill()
    until(run, lambda run: run.training.restoring)
    until(run, lambda run: run.state == "paused" and not run.training.restoring)
    assert run.recording.step == 7 and len(run.recording.marks) == 1
    run.send({"command": "step", "count": 1})
    until(run, lambda run: run.recording.step == 8)


def test_a_race_that_kills_three_workers_fails_in_words_and_its_slot_is_free(make):
    runs = make()
    run = until_state(runs.start(config(), "ada"), "running")
    until(run, lambda run: run.recording.step > 2)
    kill_worker(runs, run)
    assert run.training.scheduler is runs.scheduler
    kill_worker(runs, run)
    assert run.training.scheduler is runs.apart, "after a second worker it kills nobody else's"
    kill_worker(runs, run)
    assert (run.state, run.message) == ("failed", DIED)
    assert (run.recording.state, run.recording.message) == ("failed", "the worker stopped unexpectedly")
    assert run.recording.step > 2
    until_state(runs.start(config(SHORT), "ada"), "finished")


def test_a_line_of_garbage_is_passed_over(make, caplog):
    until_state(make().start(config(SHORT, GARBAGE), "ada"), "finished")
    assert "garbage" in caplog.text


@pytest.mark.parametrize(
    ("kind", "why"), [(MISFIT, "an entry is needed for each of plain"), (MALFORMED, "first must be a whole number")]
)
def test_an_event_that_is_malformed_or_does_not_fit_fails_the_run(make, caplog, kind, why):
    runs = make()
    run = until_state(runs.start(config(SHORT, kind), "ada"), "failed")
    assert (run.message, run.recording.message) == (BROKEN, BROKEN)
    assert (run.recording.step, run.recording.state) == (0, "failed") and why in caplog.text
    until_state(runs.start(config(SHORT), "ada"), "finished")


def test_an_error_of_the_worker_fails_the_run_in_its_words(make):
    runs = make()
    run = until_state(runs.start(config(SHORT, FAILING), "ada"), "failed")
    assert run.message == "the data are not there"
    until_state(runs.start(config(SHORT), "ada"), "finished")


def test_a_loud_worker_does_not_block(make):
    until_state(make().start(config(SHORT, LOUD), "ada"), "finished")  # a megabyte of warnings; a pipe holds 64 KB


def test_workers_that_cannot_live_fail_their_runs_and_are_not_started_over_and_over(make, monkeypatch, tmp_path):
    births = tmp_path / "births"
    runs = make(command=[sys.executable, "-S", "-c", f"open({str(births)!r}, 'a').write('x')"])
    runs.warm_up()
    eventually(lambda: births.exists() and not runs.scheduler.pids)
    run = until_state(runs.start(config(), "ada"), "failed")
    assert run.message == DIED
    eventually(lambda: not runs.scheduler.pids)
    runs.warm_up()
    assert births.read_text() == "xxxx"  # one ahead, and three for the run


def test_a_worker_that_cannot_be_started_fails_the_run(make):
    run = make(command=["/nonexistent/program"]).start(config(), "ada")
    assert (run.state, run.message, run.recording.message) == ("failed", NO_WORKER, NO_WORKER)
