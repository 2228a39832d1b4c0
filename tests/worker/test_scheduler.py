"""The scheduler: turns, the order of starts, stops and deadlines. Shell scripts stand in for the worker."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from stub_jobs import Record, alive, eventually, program, run, until

from ipcore.worker import scheduler as module
from ipcore.worker.scheduler import Deadlines, Scheduler

# Turns and the order of starts


def test_owners_take_turns_and_each_in_the_order_of_coming(make):
    scheduler = make()
    begun: list[Record] = []
    first = Record("long")
    scheduler.add(first)
    until(first, "steps")
    jobs = [Record("quick", owner) for owner in ("ada", "ada", "bob", "cleo", "bob")]
    for job in jobs:
        job.begin = lambda send, job=job: (begun.append(job), Record.begin(job, send))[0]
        scheduler.add(job)
    assert [scheduler.position(job) for job in jobs] == [1, 4, 2, 3, 5] and scheduler.waiting == 5
    assert [job.places[-1] for job in jobs] == [1, 4, 2, 3, 5]
    scheduler.stop(first)
    eventually(lambda: all(job.ends for job in jobs))
    assert [jobs.index(job) for job in begun] == [0, 2, 3, 1, 4]
    assert {job.places[-1] for job in jobs} == {0} and scheduler.waiting == 0


def test_as_many_run_at_a_time_as_there_are_slots_and_workers_are_used_again(make):
    scheduler = make(2)
    jobs = [Record("long", owner) for owner in ("ada", "bob", "cleo")]
    for job in jobs:
        scheduler.add(job)
    until(jobs[0], "steps")
    until(jobs[1], "steps")
    pids = scheduler.pids
    assert len(pids) == 2 and scheduler.position(jobs[2]) == 1
    scheduler.stop(jobs[0])
    until(jobs[2], "steps")
    assert scheduler.pids == pids


def test_more_slots_take_effect_at_once(make):
    scheduler = make(1)
    jobs = [Record("long"), Record("long")]
    for job in jobs:
        scheduler.add(job)
    scheduler.slots = 2
    until(jobs[1], "steps")


def test_a_command_reaches_a_job_under_way_and_no_other(make):
    scheduler = make()
    job, waiting = Record("long"), Record("long")
    scheduler.add(job)
    until(job, "steps")
    scheduler.add(waiting)
    assert not scheduler.send(waiting, {"command": "quick"})
    assert scheduler.send(job, {"command": "quick"})
    until(job, "finished by end")
    assert not scheduler.send(job, {"command": "quick"})


def test_spares_wait_ready_so_that_a_job_begins_at_once(make):
    scheduler = make(3, spares=2)
    scheduler.warm_up()
    eventually(lambda: sum(worker.ready for worker in scheduler._workers) == 2)
    job = Record("long")
    scheduler.add(job)
    assert job.history[0] == "begin" and job.places == [0]
    assert len(scheduler.pids) == 3, "the spare that was used is replaced"


# Stops and deadlines


def test_a_job_that_waits_is_stopped_at_once(make):
    scheduler = make()
    busy, waiting, last = (Record("long") for _ in range(3))
    for job in (busy, waiting, last):
        scheduler.add(job)
    scheduler.stop(waiting)
    scheduler.stop(waiting)
    assert waiting.history == ["stopped"] and last.places[-1] == 1


def test_a_job_whose_worker_is_not_ready_is_stopped_at_once_and_the_worker_takes_the_next(make):
    scheduler = make(command=program("sleep 0.3"))
    job, following = Record("long"), Record("quick")
    scheduler.add(job)
    (pid,) = scheduler.pids
    scheduler.stop(job)
    assert job.history == ["stopped"]
    run(scheduler, following)
    assert following.ends == ["finished by end"] and scheduler.pids == [pid]


def test_a_job_under_way_is_ended_by_its_worker(make):
    scheduler = make()
    job = Record("long")
    scheduler.add(job)
    until(job, "steps")
    (pid,) = scheduler.pids
    scheduler.stop(job)
    scheduler.stop(job)
    until(job, "finished by end")
    scheduler.stop(job)
    assert job.history == ["begin", "steps", "end", "finished by end"]
    assert run(scheduler, Record("quick")).ends and scheduler.pids == [pid]


def test_an_error_ends_a_job_and_not_its_worker(make):
    scheduler = make()
    job = run(scheduler, Record("faulty"))
    assert job.history == ["begin", "error", "finished by error"]
    assert run(scheduler, Record("quick")).ends == ["finished by end"] and len(scheduler.pids) == 1


def frozen(scheduler: Scheduler) -> None:
    """The worker stands still, as one does whose machine swaps."""
    (pid,) = scheduler.pids
    os.kill(pid, signal.SIGSTOP)


@pytest.mark.parametrize(
    ("name", "prepare"), [("deaf", lambda scheduler: None), ("long", frozen)], ids=["deaf", "frozen"]
)
def test_a_worker_that_does_not_obey_in_time_is_killed_and_replaced(make, caplog, name: str, prepare: Any):
    scheduler = make(deadlines=Deadlines(obey=0.3))
    job = Record(name)
    scheduler.add(job)
    until(job, "steps")
    pids = scheduler.pids
    prepare(scheduler)
    asked = time.monotonic()
    scheduler.stop(job)
    until(job, "stopped")
    assert time.monotonic() - asked >= 0.3
    assert job.ends == ["stopped"] and not alive(pids[0])
    assert "did not end its job when told to" in caplog.text and "unexpectedly" not in caplog.text
    assert run(scheduler, Record("quick")).ends == ["finished by end"] and scheduler.pids != pids


def test_a_worker_that_obeys_in_time_is_not_killed_later(make, caplog):
    scheduler = make(deadlines=Deadlines(obey=0.3))
    job, following = Record("long"), Record("long")
    scheduler.add(job)
    until(job, "steps")
    scheduler.stop(job)
    scheduler.add(following)
    until(following, "steps")
    time.sleep(0.3 + 3 * module.TICK)
    assert following.ends == [] and "killed" not in caplog.text


def test_a_worker_that_does_not_become_ready_in_time_is_killed(make, caplog):
    scheduler = make(command=["sleep", "600"], deadlines=Deadlines(ready=0.2))
    job = run(scheduler, Record("quick"))
    assert job.history == ["lost for good"] and "did not become ready" in caplog.text


def test_a_worker_that_is_ready_has_no_deadline_to_become_so(make):
    scheduler = make(deadlines=Deadlines(ready=0.5))
    job = Record("long")
    scheduler.add(job)
    until(job, "steps")
    time.sleep(0.5 + 3 * module.TICK)
    assert job.ends == []


def test_workers_without_work_are_ended_and_started_again(make, caplog):
    scheduler = make(2, idle=0.3)
    for _ in range(2):
        run(scheduler, Record("quick"))
        pids = scheduler.pids
        assert len(pids) == 1
        eventually(lambda: not scheduler.pids)
        assert not alive(pids[0])
    assert "unexpectedly" not in caplog.text
