"""Slots, queue, visitors and the ends of worker processes.

Most tests use the stand-in for the worker of :mod:`stand_in_worker`.
"""

import os
import random
import subprocess
import sys
import threading
import time

import psutil
import pytest
from serving import ROOT
from stand_in_worker import (
    DEAF,
    FAILING,
    GARBAGE,
    LONG,
    LOUD,
    MALFORMED,
    MISFIT,
    PATIENCE,
    SHORT,
    config,
    eventually,
    program,
    until,
    until_state,
)

from app.background import run as run_module
from app.background import runs as module
from app.background.run import BROKEN, DIED
from app.background.runs import SHUT_DOWN, Runs, default_slots
from ipcore.config import RunConfig
from ipcore.recordings.events.stream import Stream
from ipcore.worker.scheduler import NO_WORKER


@pytest.fixture
def make():
    """Makes Runs, and at the end closes them."""
    made = []

    def make(**arguments) -> Runs:
        made.append(Runs(**{"slots": 1, "command": program()} | arguments))
        return made[-1]

    yield make
    for runs in made:
        runs.close()


def processes_of(runs: Runs) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in runs.scheduler.pids]


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
    monkeypatch.setattr(run_module, "COMMANDS_KEPT", 2)
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


def test_a_killed_worker_shows_within_two_seconds_and_its_slot_is_free(make):
    runs = make()
    run = until_state(runs.start(config(), "ada"), "running")
    until(run, lambda run: run.recording.step > 2)
    (worker,) = processes_of(runs)
    began = time.monotonic()
    worker.kill()
    until(run, lambda run: run.over)
    assert time.monotonic() - began < 2
    assert (run.state, run.message) == ("failed", "the worker stopped unexpectedly")
    assert (run.recording.state, run.recording.message) == ("failed", "the worker stopped unexpectedly")
    assert run.recording.step > 2
    eventually(lambda: runs.scheduler.pids not in ([], [worker.pid]))  # a spare, before anyone asks
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
    assert births.read_text() == "xx"  # one ahead, one for the run


def test_a_worker_that_cannot_be_started_fails_the_run(make):
    run = make(command=["/nonexistent/program"]).start(config(), "ada")
    assert (run.state, run.message, run.recording.message) == ("failed", NO_WORKER, NO_WORKER)


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


def test_close_ends_everything(make):
    runs = make(slots=2)
    live = [runs.start(config(), owner) for owner in ("ada", "bob", "cleo")]
    until_state(live[1], "running")
    processes = processes_of(runs)
    assert len(processes) == 2
    runs.close()
    assert not any(process.is_running() for process in processes)
    assert {(run.state, run.message) for run in live} == {("interrupted", SHUT_DOWN)}
    runs.close()
    with pytest.raises(RuntimeError):
        runs.start(config(), "ada")
    runs.warm_up()
    assert runs.scheduler.pids == []


SERVER = """
import sys, time
from app.background.runs import Runs
from ipcore.config import RunConfig
from ipcore.recordings.events.stream import Stream
if __name__ == "__main__":
    how, slots, *command = sys.argv[1:]
    runs = Runs(slots=int(slots), command=command)
    run = runs.start(RunConfig("spirals", depth=2, width=4, steps=100_000), "ada")
    while not run.recording.step:
        run.wait(run.recording.revision, 1)
    print("torch" in sys.modules, *runs.scheduler.pids, flush=True)
    if how == "exit":
        sys.exit()
    while True:
        time.sleep(1)
"""


@pytest.mark.parametrize(
    ("how", "slots", "command"),
    [("kill", 1, []), ("exit", 2, program())],
    ids=["kill -9, real worker", "exit, stand-in"],
)
def test_no_worker_survives_the_server_and_the_server_has_no_torch(how, slots, command):
    arguments = [sys.executable, "-c", SERVER, how, str(slots), *command]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        torch, *pids = server.stdout.readline().split()
        assert torch == b"False" and len(pids) == slots
        processes = [psutil.Process(int(pid)) for pid in pids if psutil.pid_exists(int(pid))]
        if how == "kill":
            assert [process.parent().pid for process in processes] == [server.pid]
            server.kill()
        server.wait(PATIENCE)
        eventually(lambda: not any(alive(process) for process in processes))


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE  # left for init to bury
    except psutil.NoSuchProcess:
        return False


def test_a_real_race_with_the_real_worker(make):
    runs = make(command=None)
    settings = RunConfig(dataset="spirals", methods=("plain", "ip"), depth=2, width=8, steps=200)
    whole = until_state(runs.start(settings, "ada"), "finished")
    assert whole.recording.step == 200 and whole.recording.tests and whole.recording.snapshots
    began = time.monotonic()
    warm = runs.start(settings.replace(steps=LONG), "ada")
    until(warm, lambda run: run.recording.revision)
    assert time.monotonic() - began < 1  # some 10 ms where nothing else runs
    began = time.monotonic()
    until(warm, lambda run: run.recording.step > 10)
    warm.stop()
    until_state(warm, "stopped")
    assert time.monotonic() - began < 2
    assert (whole.recording.loss("ip")[:10] == warm.recording.loss("ip")[:10]).all()


def test_many_threads_at_once(make, monkeypatch):
    monkeypatch.setattr(module, "OBEY", 0.2)
    runs = make(slots=2, grace=0.1)
    faults = []

    def visit(owner: str, choose: random.Random) -> None:
        try:
            for _ in range(25):
                settings = config(choose.choice([SHORT, LONG]), choose.randrange(6))
                run = runs.start(settings, owner, replace=choose.random() < 0.7)
                match choose.randrange(4):
                    case 0:
                        run.stop()
                    case 1:
                        run.send({"command": "pause"})
                    case 2:
                        runs.left(owner)
                    case 3:
                        runs.present(owner)
                run.wait(run.recording.revision, choose.random() / 50)
            runs.left(owner)
        except Exception as fault:
            faults.append(fault)

    visitors = [threading.Thread(target=visit, args=(owner, random.Random(owner))) for owner in ("ada", "bob", "cleo")]
    for thread in visitors:
        thread.start()
    for thread in visitors:
        thread.join(PATIENCE)
    assert not faults and not any(thread.is_alive() for thread in visitors)
    eventually(lambda: all(run.over for owner in ("ada", "bob", "cleo") for run in runs.of(owner)))
    assert len(runs.scheduler.pids) <= 2 and not runs.scheduler.waiting
    until_state(runs.start(config(SHORT), "dan"), "finished")


def test_slots(monkeypatch):
    monkeypatch.delenv("IPCORE_SLOTS", raising=False)
    assert 1 <= default_slots() <= max(1, os.cpu_count() - 1)
    monkeypatch.setenv("IPCORE_SLOTS", "7")
    assert default_slots() == 7
    for nonsense in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv("IPCORE_SLOTS", nonsense)
        with pytest.raises(ValueError, match="IPCORE_SLOTS must be a whole number from 1"):
            default_slots()
    with pytest.raises(ValueError, match="slots must be at least 1"):
        Runs(slots=0)
