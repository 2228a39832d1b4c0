"""The workers that all sweeps of a process share, with stand-ins that need no torch and that may misbehave."""

from __future__ import annotations

import os
import sys

import psutil
import pytest
from clusters import PATIENCE, eventually
from plain import all_plain

from ipcore.config import RunConfig
from ipcore.executors import local as local_executor
from ipcore.executors.choice import executor_for
from ipcore.executors.local import LocalExecutor, stack_scheduler
from ipcore.sweeps.plan import Stack, Sweep
from ipcore.worker.scheduler import NO_WORKER, Scheduler
from ipcore.worker.slots import slot_count

STAND_IN = """
import json, sys
def say(**event):
    print(json.dumps(event), flush=True)
say(event="ready")
for line in sys.stdin:
    command = json.loads(line)
    if command["command"] == "stack":
        name = command["stack"]["id"]
        say(event="curve", stack=name, sequence=0, step=1, loss=[0.5], accuracy=[0.5])
        if name.startswith("short"):
            results = dict(test_accuracy=[0.5], test_loss=[0.5], diverged=[None], seconds=0.1)
            say(event="done", stack=name, sequence=1, step=2, **results)
        if name == "faulty":
            say(event="error", message="the data are not there")
    elif name == "long":
        say(event="cancelled", stack=name)
"""
"""Finishes at once what is short; ends what is long when told to; is deaf with the rest."""


def stack(name: str) -> Stack:
    (any_stack,) = Sweep(RunConfig(methods="ip", dataset="moons"), {"learning_rate": (0.1,)}).stacks()
    return Stack(name, any_stack.config, any_stack.replicas)


@pytest.fixture
def scheduler():
    made = []

    def scheduler(slots: int = 1, **arguments) -> Scheduler:
        made.append(stack_scheduler(slots, **{"command": [sys.executable, "-S", "-E", "-c", STAND_IN]} | arguments))
        return made[-1]

    yield scheduler
    for each in made:
        each.close()


def take(executor: LocalExecutor, count: int) -> list[tuple[str, str]]:
    """The next events: kind and stack."""
    events = []
    while len(events) < count:
        came = all_plain(executor.events(PATIENCE))
        assert came, events
        events += [(event["event"], event["stack"]) for event in came]
    return events


def test_owners_take_turns(scheduler, monkeypatch):
    shared = scheduler()
    order = []
    first, second = LocalExecutor("first", scheduler=shared), LocalExecutor("second", scheduler=shared)
    for executor in (first, second):
        begin = executor._begin
        monkeypatch.setattr(
            executor, "_begin", lambda submission, begin=begin: (order.append(submission.stack.id), begin(submission))
        )
    first.submit(stack("long"))
    take(first, 2)
    for name in ("short 1", "short 2", "short 3"):
        first.submit(stack(name))
    second.submit(stack("short and late"))
    first.cancel("long")
    assert take(first, 10)[0] == ("cancelled", "long")
    assert take(second, 3) == [("begun", "short and late"), ("curve", "short and late"), ("done", "short and late")]
    begun = list(dict.fromkeys(order))
    assert begun == ["long", "short 1", "short and late", "short 2", "short 3"]


def test_a_worker_that_is_deaf_is_killed_and_replaced(scheduler):
    executor = LocalExecutor(scheduler=scheduler())
    executor.submit(stack("deaf"))
    executor.submit(stack("short"))
    assert take(executor, 2) == [("begun", "deaf"), ("curve", "deaf")]
    before = executor.scheduler.pids
    executor.cancel("deaf")
    assert [event["event"] for event in all_plain(executor.events(2))] == ["cancelled"]
    assert take(executor, 3)[-1] == ("done", "short")
    assert executor.scheduler.pids != before


def test_a_failure_frees_the_worker(scheduler):
    executor = LocalExecutor(scheduler=scheduler())
    executor.submit(stack("faulty"))
    executor.submit(stack("short"))
    told = take(executor, 6)
    assert told[:3] == [("begun", "faulty"), ("curve", "faulty"), ("failed", "faulty")] and told[-1] == (
        "done",
        "short",
    )
    assert len(executor.scheduler.pids) == 1


def test_idle_workers_are_ended_and_started_again_when_needed(scheduler):
    executor = LocalExecutor(scheduler=scheduler(2, idle=0.2))
    assert executor.scheduler.pids == []  # none before there is work
    for _ in range(2):
        executor.submit(stack("short"))
        processes = [psutil.Process(pid) for pid in executor.scheduler.pids]
        assert take(executor, 3)[-1] == ("done", "short")
        eventually(lambda: executor.scheduler.pids == [])
        assert processes and not any(process.is_running() for process in processes)


def test_more_workers_may_be_allowed_and_fewer(scheduler):
    executor = LocalExecutor(scheduler=scheduler(1))
    for name in ("long", "long too", "deaf"):
        executor.submit(stack(name))
    take(executor, 2)
    assert (executor.workers, len(executor.scheduler.pids)) == (1, 1)
    LocalExecutor(workers=2, scheduler=executor.scheduler)
    assert take(executor, 2) == [("begun", "long too"), ("curve", "long too")]
    assert (executor.workers, len(executor.scheduler.pids)) == (2, 2)
    LocalExecutor(workers=1, scheduler=executor.scheduler)
    executor.cancel("long")
    assert take(executor, 1) == [("cancelled", "long")]
    assert executor.scheduler.waiting == 1  # "deaf" waits for the one that is left
    with pytest.raises(ValueError, match="workers must be at least 1, not 0"):
        LocalExecutor(workers=0)


def test_a_worker_that_cannot_be_started_fails_its_stack(scheduler):
    executor = LocalExecutor(scheduler=scheduler(command=["/nowhere/python"]))
    executor.submit(stack("short"))
    assert all_plain(executor.events(PATIENCE)) == [{"event": "failed", "stack": "short", "message": NO_WORKER}]


def test_a_machine_where_workers_cannot_live_is_not_tried_for_ever(scheduler):
    executor = LocalExecutor(scheduler=scheduler(command=[sys.executable, "-S", "-E", "-c", ""]))
    executor.submit(stack("short"))
    assert take(executor, 2) == [("lost", "short"), ("failed", "short")]


def test_the_end_of_the_process_ends_everything(scheduler):
    executor = LocalExecutor(scheduler=scheduler(2))
    for name in ("long", "deaf", "waiting"):
        executor.submit(stack(name))
    processes = [psutil.Process(pid) for pid in executor.scheduler.pids]
    executor.scheduler.close()
    assert len(processes) == 2 and not any(process.is_running() for process in processes)
    eventually(lambda: executor._submissions == {})


def test_without_a_cluster_sweeps_run_here_in_workers_that_all_share(monkeypatch):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    monkeypatch.setattr(local_executor, "_shared", None)
    monkeypatch.setenv("IPCORE_SLOTS", "3")
    one, two = executor_for("one"), executor_for("two")
    assert isinstance(one, LocalExecutor) and one.scheduler is two.scheduler and one.workers == 3
    monkeypatch.delenv("IPCORE_SLOTS")
    assert slot_count() == len(os.sched_getaffinity(0))
