"""How much the store takes, which runs go first when it is full, and what pinning holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from store_rows import PLACE, at_time, chunk, fill, large, run_id

from app.store import upkeep as store_upkeep
from app.store.schema import FILE, StoreFull
from app.store.store import Store


def test_the_oldest_unpinned_runs_go_first(place: PLACE, open_store, monkeypatch):
    monkeypatch.setattr(store_upkeep, "OWN_PINNED", 1)
    store = open_store(place, ceiling=100_000.0)
    for number in range(5):
        id = fill(store, number, 0)
        store.append(id, 0, chunk(number, 12_000), 1, {})
        if number != 1:
            store.finish(id, "finished")
        at_time(store, id, created=1000.0 + number)
    store.pin(run_id(0), "ada")
    room = store.room()
    assert room.used == sum(run.size for run in store.list("ada")[0]) and not room.nearly_full and room.next == ()

    def left() -> list[int]:
        return sorted(int(run.id[-3:]) for run in store.list("ada", limit=200)[0])

    number = 5
    while not store.room().nearly_full:
        fill(store, number, 1, state="finished")
        number += 1
    assert left() == list(range(number)) and store.room().next == (run_id(2),)  # 0 is pinned, 1 is under way
    store.delete(run_id(4), "ada")
    assert store.room().next == (run_id(4),)  # nobody misses it
    extra = fill(store, 900, 0)
    store.append(extra, 0, chunk(90, 12_000), 1, {})
    assert store.get(run_id(4), deleted=True) is None and {0, 1, 2} <= set(left())
    store.append(extra, 1, chunk(91, 12_000), 1, {})
    assert 2 not in left() and {0, 1, 3} <= set(left()) and store.room().used <= 100_000
    with pytest.raises(ValueError, match="another"):
        store.append(extra, 1, chunk(92, 12_000), 1, {})


def test_a_store_full_of_what_may_not_go_takes_nothing(place: PLACE, open_store, monkeypatch):
    monkeypatch.setattr(store_upkeep, "OWN_PINNED", 1)
    store = open_store(place, ceiling=100_000.0)
    pinned, other, growing = (fill(store, number, 0) for number in range(3))
    for id in (pinned, other):
        store.append(id, 0, chunk(0, 30_000), 1, {})
        store.finish(id, "finished")
    store.pin(pinned, "ada")
    with pytest.raises(ValueError, match="pinned runs may take 50% of the store"):
        store.pin(other, "ada")
    number = 0
    with pytest.raises(StoreFull, match="nothing in it may go"):  # noqa: PT012 (which of the chunks is the first too many)
        for number in range(50):
            store.append(growing, number, chunk(number, 10_000), 1, {})
    assert store.get(other) is None and store.get(pinned) and store.get(growing).chunks == number > 2
    store.pin(pinned, "ada", False)
    assert store.append(growing, number, chunk(number, 10_000), 1, {}) and store.get(pinned) is None


def test_whoever_fills_the_store_loses_their_own_runs_first(place: PLACE, open_store):
    """Ada has two old runs; Eve comes and brings more than the store holds."""
    store = open_store(place, ceiling=200_000.0)
    first, second = large(store, 0, "ada"), large(store, 1, "ada")
    for number in range(2, 60):
        large(store, number, "eve")
    assert store.get(first) and store.get(second) and store.room().used <= 200_000
    left = [run.name for run in store.list("eve", limit=200)[0]]
    assert left == [f"Run {number}" for number in range(59, 59 - len(left), -1)]  # of hers the oldest went
    store.delete(second, "ada")
    large(store, 60, "eve")
    assert store.get(second, deleted=True) is None and store.get(first)  # nobody misses what was deleted


def test_between_two_with_as_much_the_oldest_go_by_turns(place: PLACE, open_store):
    store = open_store(place, ceiling=100_000.0)
    for number in range(4):
        large(store, number, "ada", 10_000)
        large(store, 10 + number, "eve", 10_000)
    with store.engine.begin() as connection:
        found, freed = store_upkeep.first_to_go(connection, 30_000)
    assert freed >= 30_000 and len({row.owner for row in found}) == 2
    assert [row.name for row in found if row.owner == found[0].owner] in (["Run 0", "Run 1"], ["Run 10", "Run 11"])


def test_one_visitor_pins_a_part_of_what_all_may(place: PLACE, open_store):
    store = open_store(place, ceiling=200_000.0)
    by = {
        owner: [large(store, 10 * place + at, owner, 7_000) for at in range(3)] for place, owner in enumerate("abcde")
    }
    for id in by["a"][:2]:
        store.pin(id, "a")
    with pytest.raises(ValueError, match=r"your pinned runs may take 12.5% of the store, and they do: unpin another"):
        store.pin(by["a"][2], "a")
    for owner in "bcd":
        for id in by[owner][:2]:
            store.pin(id, owner)
    with pytest.raises(ValueError, match="pinned runs may take 50% of the store"):  # noqa: PT012 (which of the two)
        for id in by["e"][:2]:
            store.pin(id, "e")
    store.pin(by["a"][0], "a", False)
    store.pin(by["a"][2], "a")


def test_room_names_all_of_ones_own_runs_that_go_next(place: PLACE, open_store):
    """Also beyond the fiftieth; others' are counted, deleted ones are not."""
    store = open_store(place, ceiling=1e6)
    for number in range(80):
        large(store, number, "ada", 400)
        large(store, 100 + number, "eve", 400)
    gone = large(store, 200, "ada")
    store.delete(gone, "ada")
    store.ceiling = store.room().used / 0.9 + 1
    assert not store.room("ada").nearly_full and store.room("ada").next == ()
    store.ceiling = store.room().used / 0.9 - 1
    assert store.room("ada").nearly_full and store.room("ada").next == (gone,)
    assert (store.room("ada").own, store.room("ada").others) == ((), 0)
    store.ceiling = store.room().used / 5
    for owner, first in (("ada", 0), ("eve", 100)):
        room = store.room(owner)
        assert gone in room.next and len(room.own) > 60 and room.others > 60
        assert room.own == tuple(f"Run {number}" for number in range(first, first + len(room.own)))
        assert len(room.own) + room.others == len(room.next) - 1
    assert store.room("somebody").own == ()


def test_the_ceiling_can_be_set(tmp_path: Path, monkeypatch):
    assert Store(tmp_path).ceiling == store_upkeep.CEILING == 2e9
    monkeypatch.setenv("IPCORE_STORE_BYTES", "5e8")
    assert Store(tmp_path).ceiling == 5e8
    for text in ("much", "-1", "1000", "nan", "inf"):
        monkeypatch.setenv("IPCORE_STORE_BYTES", text)
        with pytest.raises(ValueError, match="IPCORE_STORE_BYTES must be a number of bytes"):
            Store(tmp_path)


def test_room_is_given_back_to_the_disk(tmp_path: Path, open_store):
    store = open_store(tmp_path)
    id = fill(store, 0, 0)
    for number in range(40):
        store.append(id, number, chunk(number, 100_000), 1, {})
    store.finish(id, "finished")

    def pages() -> int:
        with closing(sqlite3.connect(tmp_path / FILE)) as connection:
            return connection.execute("PRAGMA page_count").fetchone()[0]

    before = pages()
    store.delete(id, "ada")
    at_time(store, id, deleted_at=0.0)
    store.keep(busy=False)
    assert pages() < before / 5
