"""Where sweeps run: one contract for every executor, kept with real processes, some of which are killed."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from clusters import PATIENCE, Cluster, eventually
from plain import all_plain
from sweep_stacks import all_over, stacks, under_way

from ipcore.data.sets import load
from ipcore.executors.base import LOST, LOST_AGAIN, Executor
from ipcore.executors.local import LocalExecutor, stack_scheduler
from ipcore.sweeps.plan import Stack

WORKERS = 2
Event = dict[str, Any]


class Local:
    """Two workers of this machine, and what tests need to know of it."""

    def __init__(self) -> None:
        self.scheduler = stack_scheduler(WORKERS)

    def executor(self) -> Executor:
        return LocalExecutor("somebody", scheduler=self.scheduler)

    def busy(self) -> list[int]:
        """Processes that were given a stack."""
        return [worker.process.pid for worker in self.scheduler._workers if worker.jobs]

    def stop(self) -> None:
        processes = [psutil.Process(pid) for pid in self.scheduler.pids]
        self.scheduler.close()
        assert not any(process.is_running() for process in processes)


class OnDask:
    """A cluster of two, likewise."""

    def __init__(self, cluster: Cluster) -> None:
        from distributed import Client

        from ipcore.executors.dask import DaskExecutor

        self._client = Client(cluster.address, set_as_default=False)
        self._client.wait_for_workers(WORKERS, timeout=PATIENCE)
        self.executor = lambda: DaskExecutor(cluster.address)

    def busy(self) -> list[int]:
        busy = [address for address, keys in self._client.processing().items() if keys]
        return list(self._client.run(lambda: __import__("os").getpid(), workers=busy).values()) if busy else []

    def allow_failures(self, count: int) -> None:
        """How often the scheduler starts a task again by itself when its worker died."""
        self._client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", count))

    def stop(self) -> None:
        self._client.close()


@pytest.fixture(scope="module", params=["local", pytest.param("dask", marks=pytest.mark.cluster)])
def place(request: pytest.FixtureRequest) -> Iterator[Any]:
    place = Local() if request.param == "local" else OnDask(request.getfixturevalue("cluster"))
    yield place
    place.stop()


@pytest.fixture
def executor(place) -> Iterator[Executor]:
    executor = place.executor()
    yield executor
    executor.close()


def until(executor: Executor, condition) -> list[Event]:
    """Events up to one that satisfies a condition, and those that came with it."""
    events: list[Event] = []
    while not any(map(condition, events)):
        came = all_plain(executor.events(PATIENCE))
        assert came, f"nothing came after {events[-3:]}"
        events += came
    return events


def kind(name: str):
    """A condition: an event of a kind."""
    return lambda event: event["event"] == name


def results(events: list[Event], stack: Stack) -> list[Event]:
    """The training events of a stack, but for the time that they took."""
    own = [event for event in events if event["stack"] == stack.id and event["event"] in ("curve", "done")]
    return [{name: value for name, value in event.items() if name != "seconds"} for event in own]


@functools.cache
def expected(stack: Stack) -> list[Event]:
    """What training it here gives."""
    from ipcore.networks.stacks import train_stack

    return results(all_plain(filter(None, train_stack(stack, load(stack.config.dataset)))), stack)


def test_the_same_stacks_give_the_same_bits_in_order_and_once(executor):
    submitted = stacks(depth=(1, 3))
    assert len(submitted) > WORKERS
    for stack in submitted:
        executor.submit(stack)
    events = all_over(executor, len(submitted))
    for stack in submitted:
        assert next(event["event"] for event in events if event["stack"] == stack.id) == "begun"
        assert results(events, stack) == expected(stack)
    assert len(events) == sum(1 + len(expected(stack)) for stack in submitted)
    assert all_plain(executor.events(0)) == []


def test_workers_are_counted_and_a_stack_is_under_way_once(executor):
    eventually(lambda: executor.workers == WORKERS)  # of a cluster, the second may still be starting
    executor.submit(under_way())
    with pytest.raises(ValueError, match="under way already"):
        executor.submit(under_way())


def test_cancel_ends_training_within_two_seconds_and_frees_the_workers(executor, caplog):
    (small,) = stacks(20_000, "ip")  # 20 times as long as it takes to its first curve
    long = [dataclasses.replace(small, id=str(number)) for number in range(WORKERS + 1)]
    for stack in long:
        executor.submit(stack)
    seen: list[Event] = []
    while len({event["stack"] for event in seen if event["event"] == "curve"}) < WORKERS:
        seen += all_plain(executor.events(PATIENCE))
    began = {event["stack"] for event in seen if event["event"] == "begun"}
    asked = time.monotonic()
    waiting_first = sorted(long, key=lambda stack: stack.id in began)
    for stack in waiting_first:
        executor.cancel(stack.id)
        executor.cancel(stack.id)
    events = all_over(executor, len(long))
    assert time.monotonic() - asked < 2
    for stack in long:
        assert [event["event"] for event in events if event["stack"] == stack.id][-1:] == ["cancelled"]
    assert sum(event["event"] == "cancelled" for event in events) == len(long)
    assert not any(event["stack"] == waiting_first[0].id for event in seen)
    assert "did not" not in caplog.text  # every worker said itself that it had stopped
    executor.cancel("of nobody")
    for stack in stacks(depth=(1, 3)):
        executor.submit(stack)
    assert {event["event"] for event in all_over(executor, 4)} == {"begun", "curve", "done"}


def test_a_fault_is_told_and_the_worker_goes_on(executor):
    good, other = stacks()
    bad = dataclasses.replace(good, replicas=(dataclasses.replace(good.replicas[0], seed="no number"),))
    executor.submit(bad)
    *_, failed = all_over(executor, 1)
    assert (failed["event"], failed["stack"]) == ("failed", bad.id) and len(failed["message"]) > 20
    executor.submit(other)
    assert results(all_over(executor, 1), other) == expected(other)


def test_two_sweeps_at_once_do_not_mix_even_if_their_stacks_have_the_same_names(place, executor):
    with_other_seeds = [dataclasses.replace(stack, replicas=stack.replicas[::-1]) for stack in stacks()]
    other = place.executor()
    for mine, theirs in zip(stacks(), with_other_seeds, strict=True):
        executor.submit(mine)
        other.submit(theirs)
    events, others = all_over(executor, 2), all_over(other, 2)
    other.close()
    for mine, theirs in zip(stacks(), with_other_seeds, strict=True):
        assert results(events, mine) == expected(mine) != results(others, theirs) == expected(theirs)


def test_close_ends_what_is_left(place):
    executor = place.executor()
    for number in range(WORKERS + 2):
        executor.submit(under_way(str(number)))
    until(executor, kind("begun"))
    asked = time.monotonic()
    executor.close()
    executor.close()
    assert time.monotonic() - asked < 2
    events = all_plain(executor.events(PATIENCE))
    assert sum(event["event"] == "cancelled" for event in events) == WORKERS + 2
    assert all_plain(executor.events(PATIENCE)) == []  # at once: nothing can come any more
    with pytest.raises(RuntimeError, match="closed"):
        executor.submit(under_way())
    eventually(lambda: place.busy() == [])


def kill(place) -> None:
    (busy,) = place.busy()
    psutil.Process(busy).kill()


def test_a_stack_whose_worker_is_killed_is_run_again_and_told_once(place, executor):
    if isinstance(place, OnDask):
        place.allow_failures(0)
    (stack,) = stacks(2000, "ip")
    executor.submit(stack)
    events = until(executor, lambda event: event.get("sequence") == 2)
    kill(place)
    events += all_over(executor, 1)
    told = [event["event"] for event in events]
    assert (told.count("begun"), told.count("lost"), told[-1]) == (1, 1, "done")
    assert next(event["message"] for event in events if event["event"] == "lost") == LOST
    assert results(events, stack) == expected(stack)


def test_a_stack_whose_worker_is_killed_again_has_failed(place, executor):
    if isinstance(place, OnDask):
        place.allow_failures(3)  # its default
    executor.submit(under_way())
    until(executor, kind("begun"))
    kill(place)
    events = until(executor, kind("lost"))
    eventually(lambda: len(place.busy()) == 1, lambda: (place.busy(), events, all_plain(executor.events(0))))
    kill(place)
    events += all_over(executor, 1)
    assert [event["event"] for event in events] == ["lost", "failed"]
    assert events[-1] == {"event": "failed", "stack": "long", "message": LOST_AGAIN}
