"""The scheduler when workers die, and its own end. Shell scripts stand in for the worker."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from serving import ROOT
from stub_jobs import PATIENCE, Record, alive, eventually, program, run, until

from ipcore.worker import scheduler as module
from ipcore.worker.scheduler import NO_WORKER, Deadlines

# Workers that die


def test_a_job_whose_worker_dies_is_lost_and_the_slot_is_free(make, caplog):
    scheduler = make()
    job = run(scheduler, Record("dies"))
    assert job.history == ["begin", "lost for good"]
    assert "stopped unexpectedly" in caplog.text and "an error of the worker" in caplog.text
    assert run(scheduler, Record("quick")).ends == ["finished by end"]


def test_a_job_that_says_so_is_run_again_in_its_turn(make):
    scheduler = make()
    job, other = Record("dies", "ada", retries=2), Record("quick", "bob")
    scheduler.add(job)
    scheduler.add(other)
    eventually(lambda: job.ends and other.ends)
    assert job.history == ["begin", "lost", "begin", "lost", "begin", "lost for good"]
    assert other.ends == ["finished by end"]


def test_a_job_whose_worker_dies_before_it_is_ready_is_lost_too(make):
    scheduler = make(command=["false"])
    job = run(scheduler, Record("quick", retries=1))
    assert job.history == ["lost", "lost for good"]


def test_a_worker_whose_event_cannot_be_used_is_killed(make):
    scheduler = make()
    job = run(scheduler, Record("misfit"))
    assert job.history == ["begin", "lost for good"]
    assert run(scheduler, Record("quick")).ends == ["finished by end"]


def test_a_worker_that_dies_idle_harms_nobody_and_is_replaced_after_a_while(make, monkeypatch):
    monkeypatch.setattr(module, "HOLD_OFF", 0.3)
    scheduler = make(spares=1)
    scheduler.warm_up()
    eventually(lambda: any(worker.ready for worker in scheduler._workers))
    (pid,) = scheduler.pids
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: scheduler.pids not in ([], [pid]))
    assert run(scheduler, Record("quick")).ends == ["finished by end"]


def test_after_each_of_five_deaths_in_a_row_there_is_a_pause(make, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "HOLD_OFF", 0.2)
    births = tmp_path / "births"
    scheduler = make(command=["sh", "-c", f"date +%s.%N >> '{births}'"], spares=1)
    scheduler.warm_up()
    eventually(lambda: births.exists() and len(births.read_text().split()) >= 5)
    times = [float(line) for line in births.read_text().split()]
    assert all(later - earlier >= 0.2 for earlier, later in itertools.pairwise(times))


def test_a_job_is_given_a_worker_even_after_one_has_died_idle(make, tmp_path):
    first = tmp_path / "first"
    scheduler = make(command=program(f"mkdir '{first}' && exit 1"), spares=1)
    scheduler.warm_up()
    eventually(lambda: first.exists() and not scheduler.pids)
    assert run(scheduler, Record("quick")).ends == ["finished by end"]


def test_a_machine_that_starts_no_worker_fails_its_jobs(make):
    scheduler = make(command=["/nonexistent/program"], spares=1)
    jobs = [Record("quick"), Record("quick")]
    for job in jobs:
        scheduler.add(job)
    assert [job.history for job in jobs] == [[f"failed: {NO_WORKER}"]] * 2


# The end


def test_close_stops_every_job_once_and_ends_every_worker(make):
    scheduler = make(2)
    jobs = [Record("long"), Record("deaf"), Record("long")]
    for job in jobs:
        scheduler.add(job)
    until(jobs[0], "steps")
    until(jobs[1], "steps")
    pids = scheduler.pids
    scheduler.close()
    scheduler.close()
    assert [job.ends for job in jobs] == [["stopped"]] * 3
    assert len(pids) == 2 and scheduler.pids == [] and not any(map(alive, pids))


def test_close_stops_a_job_whose_worker_is_not_ready(make):
    scheduler = make(command=program("read -r line"))  # it waits for a line that nobody sends before it is ready
    job = Record("quick")
    scheduler.add(job)
    pids = scheduler.pids
    scheduler.close()
    assert job.history == ["stopped"] and len(pids) == 1 and scheduler.pids == [] and not alive(pids[0])


def test_after_close_a_job_waits_until_it_is_stopped(make):
    scheduler = make(spares=1)
    scheduler.close()
    scheduler.warm_up()
    job = Record("quick")
    scheduler.add(job)
    assert job.history == [] and scheduler.pids == []
    scheduler.stop(job)
    assert job.history == ["stopped"]


OWNER = """
import sys, time
from ipcore.worker.scheduler import Scheduler
scheduler = Scheduler(2, sys.argv[2:], spares=2)
scheduler.warm_up()
print(*scheduler.pids, flush=True)
if sys.argv[1] == "kill":
    time.sleep(600)
"""


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_no_worker_outlives_the_process_of_its_scheduler(how: str):
    with subprocess.Popen([sys.executable, "-c", OWNER, how, *program()], cwd=ROOT, stdout=subprocess.PIPE) as process:
        pids = [int(pid) for pid in process.stdout.readline().split()]
        if how == "kill":
            process.kill()
        process.wait(PATIENCE)
    assert len(pids) == 2
    eventually(lambda: not any(map(alive, pids)))


def test_whatever_happens_at_once_each_job_ends_once_and_no_slot_is_lost(make):
    scheduler = make(2, spares=1, deadlines=Deadlines(obey=0.1))
    names = ("quick", "long", "deaf", "dies", "misfit", "faulty")
    jobs: list[Record] = []

    def use(owner: str) -> None:
        choose = random.Random(owner)
        for _ in range(25):
            jobs.append(job := Record(choose.choice(names), owner, choose.randrange(2)))
            scheduler.add(job)
            assert len(scheduler.pids) <= 2
            time.sleep(choose.random() / 50)
            if job.name in ("long", "deaf") or choose.random() < 0.3:
                scheduler.stop(job)

    threads = [threading.Thread(target=use, args=(owner,)) for owner in ("ada", "bob", "cleo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    eventually(lambda: all(job.ends for job in jobs))
    assert (
        len(jobs) == 75 and [job.history for job in jobs if len(job.ends) != 1 or job.ends[-1] != job.history[-1]] == []
    )
    assert run(scheduler, Record("quick")).ends == ["finished by end"] and scheduler.waiting == 0
