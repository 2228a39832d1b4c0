"""Commands to runs in the background: steering, those to a run that waits, nonsense, and stopping."""

import pytest
from stand_in_worker import DEAF, PATIENCE, SHORT, config, processes_of, program, until, until_state

from app.background import runs as module
from app.background import training as training_module


def test_steering_a_run(make):
    run = make().start(config(), "ada", paused=True)
    until_state(run, "paused")
    assert run.recording.step == 0
    run.send({"command": "step", "count": 10})
    until(run, lambda run: run.recording.step == 10)
    run.send({"command": "set", "setting": "learning_rate", "value": 0.03})
    until(run, lambda run: run.recording.marks)
    assert run.recording.marks[0].value == 0.03
    run.send({"command": "resume"})
    until_state(run, "running")
    run.send({"command": "pause"})
    until_state(run, "paused")
    run.send({"command": "stop"})
    until_state(run, "stopped")
    revision = run.recording.revision
    run.send({"command": "resume"})
    run.stop()
    assert run.wait(revision, PATIENCE) == revision and run.state == "stopped"


def test_commands_to_a_run_that_waits_are_kept(make):
    runs = make()
    blocking = runs.start(config(), "ada")
    run = runs.start(config(), "bob")
    run.send({"command": "set", "setting": "intrinsic_rate", "value": 0.3})
    run.send({"command": "pause"})
    run.send({"command": "step", "count": 4})
    blocking.stop()
    until(run, lambda run: run.recording.step == 4)
    until_state(run, "paused")
    assert [mark.value for mark in run.recording.marks] == [0.3]


def test_commands_to_a_waiting_run_are_bounded(make, monkeypatch):
    monkeypatch.setattr(training_module, "COMMANDS_KEPT", 2)
    runs = make()
    runs.start(config(), "ada")
    run = runs.start(config(), "bob")
    run.send({"command": "pause"})
    run.send({"command": "resume"})
    with pytest.raises(ValueError, match="too many commands"):
        run.send({"command": "pause"})


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"command": "dance"},
        {"command": "start"},
        {"command": "set", "setting": "depth", "value": 3},
        {"command": "step", "count": 0},
        5,
    ],
)
def test_nonsense_is_no_command(make, command):
    run = make().start(config(), "ada")
    with pytest.raises(ValueError):
        run.send(command)


def test_a_run_is_stopped_while_it_waits(make):
    runs = make()
    blocking = until_state(runs.start(config(), "ada"), "running")
    run, last = runs.start(config(), "bob"), runs.start(config(), "cleo")
    run.stop()
    run.stop()
    assert (run.state, run.position, run.recording.state) == ("stopped", 0, "stopped")
    assert (last.position, blocking.state) == (1, "running")


def test_a_run_is_stopped_before_its_worker_is_warm(make):
    runs = make(command=program(delay=1))
    run = runs.start(config(), "ada")
    assert run.state == "starting"
    run.stop()
    assert run.state == "stopped"
    until_state(runs.start(config(SHORT), "ada"), "finished")
    assert len(processes_of(runs)) == 1  # the same one: it was not killed for it


def test_a_worker_that_does_not_stop_is_killed_and_replaced(make, monkeypatch):
    monkeypatch.setattr(module, "OBEY", 0.3)
    runs = make()
    run = until_state(runs.start(config(kind=DEAF), "ada"), "running")
    until(run, lambda run: run.recording.step > 2)
    run.stop()
    until_state(run, "stopped")
    assert run.message == "" and run.recording.state == "stopped" and run.recording.step > 2
    until_state(runs.start(config(SHORT), "ada"), "finished")
