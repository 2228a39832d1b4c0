"""Where a sweep would be trained: this machine at once, a cluster once it has answered. A stub plays its executor."""

import os
import threading
import time

import pytest
from stub_executor import StubExecutor

from app.background import places as sweep_places
from app.background.places import NO_ANSWER, Place, Places
from ipcore.executors.base import ADDRESS_VARIABLE, ExecutorUnavailable
from ipcore.worker.slots import slot_count

PATIENCE = 40  # s; a bound on failure, not a time that anything takes


@pytest.fixture
def clustered(monkeypatch):
    monkeypatch.setenv(ADDRESS_VARIABLE, "tcp://example:8786")


def eventually(places: Places, wanted: Place) -> None:
    """Asks, as a page does, until that is the answer."""
    deadline = time.monotonic() + PATIENCE
    while (said := places.now()) != wanted:
        assert time.monotonic() < deadline, said
        time.sleep(0.01)


def test_this_machine_is_known_and_not_asked(monkeypatch):
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    place = Places(lambda owner: pytest.fail("nobody need be asked")).now()
    assert (place.cluster, place.workers, place.trouble) == (False, slot_count(), "")


@pytest.mark.parametrize(("load", "workers", "times"), [(0.0, 2, 1.0), (0.5, 1, 1.0), (2.0, 2, 2.0), (9.0, 1, 5.0)])
def test_what_else_a_machine_computes_makes_it_slower(load, workers, times, monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    assert sweep_places.slowdown(workers) == times


def test_a_cluster_is_asked_once_in_the_background_and_again_when_that_is_old(clustered, monkeypatch):
    there, opened = threading.Event(), []

    def opens(owner):
        opened.append(StubExecutor(workers=len(opened) + 1))
        there.wait(PATIENCE)
        return opened[-1]

    places = Places(opens)
    assert places.now() == places.now() == Place(True), "while it does not answer nobody waits"
    there.set()
    eventually(places, Place(True, 1))
    assert places.now() == Place(True, 1) and len(opened) == 1 and opened[0].closed
    monkeypatch.setattr(sweep_places, "VALID_FOR", 0)
    places._valid_until = 0
    eventually(places, Place(True, 3))


def test_a_cluster_that_does_not_answer_says_so_and_is_asked_again(clustered, monkeypatch, caplog):
    monkeypatch.setattr(sweep_places, "VALID_FOR", 0)
    faults = [ExecutorUnavailable("the cluster's scheduler does not answer"), ValueError("odd")]
    step = threading.Semaphore(0)

    def opens(owner):
        step.acquire(timeout=PATIENCE)
        if faults:
            raise faults.pop(0)
        return StubExecutor(workers=4)

    places = Places(opens)
    silent, strange = Place(True, trouble=str(faults[0])), Place(True, trouble=NO_ANSWER)
    for wanted in (silent, strange, Place(True, 4)):
        step.release()
        eventually(places, wanted)
    assert "odd" in caplog.text, "the log has what visitors are not told"
    step.release(10)
