"""Fixtures of the tests of the store: stores and savers that are closed when a test is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from recordings import events as made_up
from saving import CONFIG, Case
from store_rows import PLACE

from app.store.store import Store


@pytest.fixture
def open_store() -> Iterator[Callable[..., Store]]:
    """Opens stores, and closes them at the end."""
    opened = []

    def open_store(place: PLACE, **arguments) -> Store:
        opened.append(Store(place, **arguments))
        return opened[-1]

    yield open_store
    for each in opened:
        each.close()


@pytest.fixture
def store(place: PLACE, open_store) -> Store:
    return open_store(place)


@pytest.fixture
def make() -> Iterator[Callable[..., Case]]:
    made = []

    def make(place: PLACE, **arguments) -> Case:
        made.append(Case(place, **arguments))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def told() -> list[dict]:
    """The events of a whole run."""
    return list(made_up(CONFIG, snapshots=40, batch=5))
