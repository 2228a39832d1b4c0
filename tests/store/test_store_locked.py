"""The store is locked or read-only: nobody waits long, all wait at the same time, and nothing is lost."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sql
from saving import PATIENCE
from store_rows import fill, run_id

from app.store.schema import FILE, StoreError
from app.store.store import Store

WAIT = 0.4
SLACK = 0.6
"""Seconds that a busy machine may need on top."""


@contextmanager
def locked(folder: Path, exclusively: bool = False) -> Iterator[None]:
    """Another program holds the file: its writers, or everybody."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        if exclusively:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("CREATE TABLE IF NOT EXISTS held (number)")
        yield
        connection.execute("ROLLBACK")


def waits(visitors: int, store: Store) -> list[float]:
    """How long so many visitors wait who look at their runs at once and are refused."""
    took = []

    def look() -> None:
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.list("ada")
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=look) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == visitors
    return took


def test_visitors_of_a_store_that_is_locked_at_the_start_wait_together(tmp_path: Path, open_store):
    store = open_store(tmp_path, wait=WAIT)
    with locked(tmp_path, exclusively=True):
        assert max(waits(6, store)) < 2 * WAIT + SLACK
    assert store.list("ada") == ([], 0)


def test_a_store_whose_writers_are_locked_out_can_be_read_from_the_start(tmp_path: Path, open_store):
    fill(open_store(tmp_path), 0, state="finished")
    store = open_store(tmp_path, wait=WAIT)
    with locked(tmp_path):
        assert store.list("ada")[1] == 1
        with pytest.raises(StoreError):
            store.rename(run_id(0), "ada", "Another name")
    store.rename(run_id(0), "ada", "Another name")


def test_who_only_looks_does_not_wait_for_a_writer(tmp_path: Path, open_store):
    """Although there are runs of a dead server, which are to be marked."""
    store = open_store(tmp_path)
    id = fill(store, 0)
    with store.write() as connection:
        connection.execute(sql.text("UPDATE servers SET seen = 0"))
    with locked(tmp_path):
        began = time.monotonic()
        assert store.get(id).state == "running" and store.list("ada")[1] == 1
        assert time.monotonic() - began < SLACK
    assert store.get(id).state == "interrupted"


def test_what_is_saved_while_the_file_is_locked_waits(tmp_path: Path, make, told):
    with locked(tmp_path, exclusively=True):  # which nobody can who comes after a first connection
        case = make(tmp_path, wait=0.05)
        id = case.begin()
        for event in told:
            case.saver.add(id, event)
        case.saver.end(id, "finished")
        case.trouble("the database cannot be used now")
        assert case.saver.unsaved(id)
    assert case.saver.flush(PATIENCE) and case.kept(id) == told
    assert not case.saver.unsaved(id) and case.saver.trouble() == ""


def test_a_postgresql_table_that_is_locked_is_not_waited_for(postgres, open_store):
    url = postgres.database()
    store = open_store(url, wait=WAIT)
    fill(store, 0)
    engine = sql.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
        assert max(waits(3, store)) < WAIT + SLACK
    engine.dispose()
    assert store.list("ada")[1] == 1 and store.generation == 0


def test_a_store_that_became_read_only_says_so_and_loses_nothing(tmp_path: Path, make, told):
    case = make(tmp_path)
    id = case.begin()
    case.saver.add(id, told[0])
    assert case.saver.flush(PATIENCE)
    read_only = [True]

    @sql.event.listens_for(case.store.engine, "checkout")
    def refuse(connection, *_) -> None:
        connection.execute(f"PRAGMA query_only = {int(read_only[0])}").close()

    for event in told[1:]:
        case.saver.add(id, event)
    case.saver.end(id, "finished")
    case.trouble("it is read-only")
    assert case.store.get(id).events == 1
    read_only[0] = False
    assert case.saver.flush(PATIENCE) and case.kept(id) == told


def test_what_is_not_saved_is_known_by_run_and_also_after_its_end(tmp_path: Path, make, told):
    case = make(tmp_path)
    id, never = case.begin(0), "run-that-never-began"
    assert not case.saver.unsaved(never)
    case.saver.add(id, told[0])
    case.saver.add(id, {"event": "progress", "what": object()})
    assert case.saver.flush(PATIENCE)
    case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and not case.saver.unsaved(id)
    assert "an event cannot be kept" in case.saver.trouble(id)
