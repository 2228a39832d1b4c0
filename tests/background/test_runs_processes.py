"""Runs and the processes of this machine: real workers, many threads, and nothing left when the server ends."""

import random
import subprocess
import sys
import threading
import time

import psutil
import pytest
from serving import ROOT
from stand_in_worker import LONG, PATIENCE, SHORT, config, eventually, processes_of, program, until, until_state

from app.background import runs as module
from app.background.runs import SHUT_DOWN
from ipcore.config import RunConfig


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
