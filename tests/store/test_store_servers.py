"""Several servers on one store: whose runs are under way, and who is taken for dead."""

from __future__ import annotations

import sqlite3
import threading
import time
from types import SimpleNamespace

import pytest
from store_rows import PLACE, chunk, fill, run_id

from app.store import schema
from app.store import upkeep as store_upkeep
from app.store.schema import servers
from app.store.store import Store


def test_servers_leave_each_others_runs_alone(place: PLACE, open_store):
    first, second = open_store(place), open_store(place)
    fill(first, 0, 2)
    fill(second, 1)
    for each in (first, second, open_store(place)):
        each.keep(busy=True)
        assert {run.state for run in each.list("ada")[0]} == {"running"}
    first.close()
    assert [(run.name, run.state) for run in second.list("ada")[0]] == [("Run 1", "running"), ("Run 0", "interrupted")]
    assert second.get(run_id(0)).message == store_upkeep.INTERRUPTED and len(list(second.events(run_id(0)))) == 4


def test_a_server_that_gives_no_sign_of_life_is_dead(place: PLACE, open_store):
    first, second = open_store(place), open_store(place)
    id = fill(first, 0, 2)
    with second.engine.execution_options(write=True).begin() as connection:
        connection.execute(servers.update().values(seen=servers.c.seen - store_upkeep.LEASE - 1))
    assert second.get(id).state == "interrupted"
    first.append(id, 2, chunk(2), 30, {})  # it was only slow
    run = second.get(id)
    assert (run.state, run.message, run.chunks) == ("running", "", 3)
    first.finish(id, "finished")
    assert second.list("ada", state="finished")[1] == 1


def test_a_clock_that_is_set_back_or_on_loses_nothing(tmp_path, open_store, monkeypatch):
    """By about an hour: runs go on, a dead server is noticed all the same, and what was deleted can be restored."""
    first, second = open_store(tmp_path), open_store(tmp_path)
    lives, dies, gone = fill(first, 0), fill(second, 1), fill(first, 2, state="finished")
    first.delete(gone, "ada")
    for hours in (-1, 0.9):
        now = time.time() + 3600 * hours
        monkeypatch.setattr(store_upkeep, "clock", lambda connection, now=now: now)
        first.keep(busy=True)
        third = open_store(tmp_path)
        first.append(lives, 1 if hours < 0 else 2, chunk(1 if hours < 0 else 2), 20, {})
        assert (third.get(lives).state, third.get(dies).state) == ("running", "interrupted")
        assert hours > 0 or third.get(gone, deleted=True).deleted_at is not None
    assert len(list(first.events(lives))) == 6
    monkeypatch.undo()
    first.keep(busy=True)
    first.finish(lives, "finished")
    first.undelete(gone, "ada")
    assert {run.name for run in first.list("ada", state="finished")[0]} == {"Run 0", "Run 2"}


def test_servers_that_start_together(place: PLACE, open_store):
    stores = [open_store(place) for _ in range(4)]
    barrier, found = threading.Barrier(4), []

    def begin(store: Store) -> None:
        barrier.wait()
        found.append(store.list("ada"))

    threads = [threading.Thread(target=begin, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [([], 0)] * 4


def locked(times: int, code: int = sqlite3.SQLITE_BUSY) -> tuple[SimpleNamespace, list[str]]:
    """A connection to a file that is locked so many times, and what was tried on it."""
    tried: list[str] = []

    def execute(statement: str) -> SimpleNamespace:
        tried.append(statement)
        if len(tried) <= times:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = code
            raise error
        return SimpleNamespace(close=lambda: None, fetchone=lambda: ("wal",))

    return SimpleNamespace(execute=execute), tried


def test_a_journal_that_another_connection_makes_meanwhile_is_waited_for():
    """SQLite refuses one of two connections that make it at once: it happened in 2 of 100 rounds of 8 connections."""
    connection, tried = locked(3)
    schema._execute_when_free(connection, "PRAGMA journal_mode = WAL", time.monotonic() + 60)
    assert len(tried) == 4
    for code, until in ((sqlite3.SQLITE_BUSY, -1.0), (sqlite3.SQLITE_FULL, 60.0)):
        connection, tried = locked(3, code)
        with pytest.raises(sqlite3.OperationalError):
            schema._execute_when_free(connection, "PRAGMA journal_mode = WAL", time.monotonic() + until)
        assert len(tried) == 1
