"""Fixtures of the tests of the worker: schedulers, and workers to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from stub_jobs import program
from worker_talk import STAND_IN, Talk

from ipcore.worker.scheduler import Scheduler


@pytest.fixture
def make() -> Iterator[Callable[..., Scheduler]]:
    """Makes schedulers, and at the end closes them."""
    made: list[Scheduler] = []

    def make(slots: int = 1, command: Sequence[str] = (), **arguments: Any) -> Scheduler:
        made.append(Scheduler(slots, command or program(), **arguments))
        return made[-1]

    yield make
    for scheduler in made:
        scheduler.close()


@pytest.fixture(scope="session")
def real():
    """The worker itself, which takes seconds to start; each test ends what it has begun."""
    talk = Talk("-m", "ipcore.worker")
    talk.until("ready")
    yield talk
    talk.close()


@pytest.fixture
def stand_in():
    talk = Talk("-c", STAND_IN)
    yield talk
    talk.close()
