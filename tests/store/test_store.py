"""Runs and their chunks in the store, on SQLite and on a real PostgreSQL: every statement is made of both."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from store_rows import CONFIG, PLACE, chunk, fill, run_id

from app.store.schema import chunks
from app.store.store import CHUNK_BYTES, RUN_BYTES, Store


def test_a_run_is_kept_as_it_was_told(store: Store):
    id = fill(store, chunk_count=40)
    run = store.get(id)
    assert (run.kind, run.name, run.config, run.dataset, run.methods) == (
        "race",
        "Run 0",
        CONFIG,
        "moons",
        ("plain", "ip"),
    )
    assert (run.state, run.message, run.over, run.pinned, run.deleted_at) == ("running", "", False, False, None)
    assert (run.chunks, run.events, run.missing, run.step, run.accuracy) == (40, 80, 0, 400, {"plain": 0.1, "ip": 0.89})
    assert run.size == RUN_BYTES + sum(len(chunk(at).body) + CHUNK_BYTES for at in range(40))
    told = [(event["first"], event["half"]) for event in store.events(id)]
    assert told == [(at, half) for at in range(40) for half in (1, 2)]
    store.finish(id, "finished", "the\0end\ud800", step=401, accuracy={"ip": 1.0})
    run = store.get(id)
    assert (run.state, run.message, run.over, run.step, run.accuracy) == ("finished", "theend?", True, 401, {"ip": 1.0})
    assert run.owned_by("ada") and not run.owned_by("bob") and not run.owned_by("")


def test_a_chunk_written_twice_is_kept_once(store: Store):
    id = fill(store, chunk_count=2)
    before = store.get(id)
    assert store.append(id, 1, chunk(1), 5, {}) is False
    assert store.append(id, 0, chunk(0), 5, {}) is False
    store.create(id, "ada", "race", "Again", CONFIG)
    assert store.get(id) == before
    store.finish(id, "finished")
    assert store.append(id, 1, chunk(1), 5, {}) is False and store.get(id).state == "finished"


def test_chunks_that_do_not_fit_change_nothing(store: Store):
    id = fill(store, chunk_count=2)
    before = store.get(id)
    with pytest.raises(ValueError, match="is another one already"):
        store.append(id, 1, chunk(9), 20, {})
    for number in (3, -1):
        with pytest.raises(ValueError, match="does not follow"):
            store.append(id, number, chunk(number), 20, {})
    with pytest.raises(KeyError):
        store.append(run_id(1), 0, chunk(0), 20, {})
    assert store.get(id) == before and len(list(store.events(id))) == 4
    store.finish(id, "finished")
    with pytest.raises(ValueError, match="which is finished"):
        store.append(id, 2, chunk(2), 20, {})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": "../../../etc/passwd"}, "id must be"),
        ({"id": "x" * 65}, "id must be"),
        ({"name": "a\nb"}, "name must"),
        ({"name": "x" * 10_000}, "at most 120"),
        ({"kind": "measurement"}, "kind must be one of race, sweep"),
        ({"owner": ""}, "token"),
        ({"config": {"x": "y" * 10**6}}, "config must"),
        ({"config": {"methods": ["ip"] * 9}}, "methods must be at most 8"),
        ({"config": {"x": float("nan")}}, "JSON"),
    ],
)
def test_rows_that_are_refused(tmp_path: Path, open_store, changes: dict, why: str):
    store = open_store(tmp_path)
    with pytest.raises(ValueError, match=why):
        store.create(**{"id": run_id(0), "owner": "ada", "kind": "race", "name": "Run", "config": CONFIG} | changes)
    assert store.list("ada") == ([], 0)


def test_ends_that_are_none(store: Store):
    id = fill(store)
    for state in ("running", "paused", "", None):
        with pytest.raises(ValueError, match="state must be one of"):
            store.finish(id, state)
    with pytest.raises(KeyError):
        store.finish(run_id(1), "finished")


def test_a_run_can_be_read_while_it_grows(place: PLACE, open_store):
    writer, reader = open_store(place), open_store(place)
    id = fill(writer, 0, 20)
    events = reader.events(id)
    next(events)
    for at in range(20, 40):
        writer.append(id, at, chunk(at), at, {})
    assert len(list(events)) == 39 and len(list(reader.events(id))) == 80


def test_many_threads_at_once(store: Store):
    failures = []

    def one(number: int) -> None:
        try:
            id = fill(store, number, 10, state="finished")
            store.rename(id, "ada", f"Thread {number}")
            assert len(list(store.events(id))) == 20
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and store.list("ada", "thread", state="finished")[1] == 6


def test_damage_is_told_where_it_is(store: Store):
    id = fill(store, 0, 5)
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(chunks.update().where(chunks.c.number == 2).values(body=chunk(7).body))
    found = []
    with pytest.raises(ValueError, match="chunk 2 of this run is damaged"):
        found.extend(store.events(id))
    assert len(found) == 4
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(chunks.delete().where(chunks.c.number == 1))
    with pytest.raises(ValueError, match="chunk 1 of this run is missing"):
        found.extend(store.events(id))
    with pytest.raises(KeyError):
        next(store.events(run_id(9)))
