"""Who may change, rename, delete and list the runs of the store."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sql
from store_rows import CONFIG, PLACE, at_time, fill, names

from app.store import upkeep as store_upkeep
from app.store.schema import chunks, metadata
from app.store.store import Store


def test_no_token_lies_in_the_store(place: PLACE, store: Store):
    token = "5e55ed0c0ffee00d5e55ed0c0ffee00d"
    fill(store, owner=token)
    with store.engine.begin() as connection:
        for table in metadata.sorted_tables:
            assert token not in repr(connection.execute(sql.select(table)).all())
    if isinstance(place, Path):
        assert not [file for file in place.iterdir() if token.encode() in file.read_bytes()]


def test_only_its_owner_changes_a_run(store: Store):
    id = fill(store, state="finished")
    for stranger in ("bob", "Ada", store.get(id).owner):
        for change in (store.delete, store.undelete, store.pin):
            with pytest.raises(PermissionError):
                change(id, stranger)
        with pytest.raises(PermissionError):
            store.rename(id, stranger, "Mine")
        assert store.list(stranger) == ([], 0)
    for nonsense in ("", "../" * 8, f"{id}' OR '1'='1", f"{id}\0"):
        with pytest.raises(PermissionError):
            store.delete(nonsense, "ada")
        assert store.get(nonsense) is None
    with pytest.raises(ValueError, match="id must be a new one"):
        store.create(id, "bob", "race", "Mine", CONFIG)
    assert (store.get(id).name, store.get(id).deleted_at, store.get(id).pinned) == ("Run 0", None, False)


def test_renaming(store: Store):
    id = fill(store)
    store.rename(id, "ada", "  <b>Bold</b> \N{GREEK SMALL LETTER ETA} = 0.1 ")
    assert store.get(id).name == "<b>Bold</b> η = 0.1"
    with pytest.raises(ValueError, match="name must"):
        store.rename(id, "ada", "a\u202eb")
    assert names(store.list("ada", "BOLD η moons")) == ["<b>Bold</b> η = 0.1"] and store.list("ada", "run")[1] == 0


def test_deleted_runs_can_be_had_back_for_a_while(store: Store):
    kept, gone = fill(store, 0, state="finished"), fill(store, 1, state="failed")
    unfinished = fill(store, 2)
    for id in (kept, gone, unfinished):
        store.delete(id, "ada")
        assert store.get(id) is None and store.get(id, deleted=True).deleted_at
    assert store.list("ada") == ([], 0) and store.list("eve", deleted=True) == ([], 0)
    assert names(store.list("ada", deleted=True)) == ["Run 2", "Run 1", "Run 0"]
    assert names(store.list("ada", deleted=True, state="failed")) == ["Run 1"]
    store.undelete(kept, "ada")
    assert names(store.list("ada")) == ["Run 0"]
    with store.engine.begin() as connection:
        now = store_upkeep.clock(connection)
    store.keep(busy=True)
    assert store.get(gone, deleted=True)
    for id in (gone, unfinished):
        at_time(store, id, deleted_at=now - store_upkeep.UNDO - 1)
    assert store.list("ada", deleted=True) == ([], 0)
    store.keep(busy=True)
    assert store.get(gone, deleted=True) is None and store.get(unfinished, deleted=True) and store.get(kept)
    with pytest.raises(PermissionError):
        store.undelete(gone, "ada")
    with store.engine.begin() as connection:
        assert set(connection.execute(sql.select(chunks.c.run)).scalars()) == {kept, unfinished}


def test_listing_and_filters(store: Store):
    sweep = {"over": {"learning_rate": [0.1]}, "config": {"dataset": "mnist-5k", "methods": ["ip"]}}
    other = {"dataset": "spirals", "methods": ["batch-norm"]}
    for number in range(4):
        id = fill(store, number, state="finished" if number % 2 else "stopped")
        at_time(store, id, created=1000.0 + number)
    at_time(store, fill(store, 4, kind="sweep", name="100%_of it", config=sweep), created=2000.0)
    at_time(store, fill(store, 5, name="ÉCLAIR \\o/", config=other, state="finished"), created=500.0)
    fill(store, 6, owner="bob")

    assert names(store.list("ada")) == ["100%_of it", "Run 3", "Run 2", "Run 1", "Run 0", "ÉCLAIR \\o/"]
    assert [found.name for found in store.list("ada", limit=2, offset=1)[0]] == ["Run 3", "Run 2"]
    assert store.list("ada", limit=2, offset=1)[1] == 6 and store.list("ada", offset=99) == ([], 6)
    assert names(store.list("ada", dataset="moons")) == ["Run 3", "Run 2", "Run 1", "Run 0"]
    assert names(store.list("ada", method="ip", state="finished")) == ["Run 3", "Run 1"]
    assert names(store.list("ada", method="batch-norm")) == ["ÉCLAIR \\o/"] and store.list("ada", method="norm")[1] == 0
    assert names(store.list("ada", kind="sweep")) == ["100%_of it"]
    assert names(store.list("ada", method="ip", kind="sweep", dataset="mnist-5k", state="running")) == ["100%_of it"]
    searches = {"éclair": 1, "ECLAIR": 0, "0%_": 1, "%": 1, "_": 1, "\\": 1, "'": 0}
    searches |= {"moons run": 4, "run 3": 1, "ip": 5, "": 6}
    assert {text: store.list("ada", text)[1] for text in searches} == searches
    assert store.list("bob")[1] == 1 and store.list("cleo") == ([], 0)
    for odd in ("\0", "\ud800", "x" * 10**5):
        assert store.list("ada", odd, dataset=odd, method=odd, kind=odd, state=odd)[1] == 0
    assert len(store.list("ada", limit=10**9)[0]) == 6 and len(store.list("ada", limit=-5, offset=-5)[0]) == 1
