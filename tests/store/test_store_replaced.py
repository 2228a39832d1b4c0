"""The store is removed or replaced while it is used: that is noticed, said, and nothing that is under way is lost."""

from __future__ import annotations

import pickle
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sql
from saving import PATIENCE
from store_rows import PLACE, chunk, fill, run_id

from app.store import unsaved
from app.store.database import REPLACED
from app.store.schema import FILE, StoreError
from app.store.store import Store

NOTICED = 5.0
"""Seconds within which it is to be noticed."""


def remove(place: PLACE) -> None:
    """Removes all that a store holds, as somebody might who tidies up."""
    if isinstance(place, Path):
        shutil.rmtree(place)
        return
    engine = sql.create_engine(place.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE chunks, runs, servers, schema_version")
    engine.dispose()


def copy(folder: Path, to: Path) -> None:
    """A copy of a store, as docs/runs.md tells to make one."""
    to.mkdir()
    with closing(sqlite3.connect(folder / FILE)) as source, closing(sqlite3.connect(to / FILE)) as target:
        source.backup(target)


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Waits until something is so, and returns how many seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds
        time.sleep(0.005)
    return time.monotonic() - began


def test_a_run_under_way_is_whole_in_a_store_made_anew(place: PLACE, make, open_store, told):
    case = make(place)
    id, over = case.begin(0), case.begin(1)
    case.saver.add(over, told[0])
    case.saver.end(over, "finished")
    for event in told[:40]:
        case.saver.add(id, event)
        assert case.saver.flush(PATIENCE)  # each a chunk of its own, of which the removed store had the first
    remove(place)
    for event in told[40:]:
        case.saver.add(id, event)
    case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and case.saver.trouble() == case.saver.trouble(id) == ""
    after = open_store(place)  # a server that is started next finds the same
    assert list(after.events(id)) == told and after.get(id).state == "finished" and after.get(id).missing == 0
    assert after.get(over) is None and case.store.get(over) is None
    assert case.store.replaced_at is not None and case.store.generation >= 1 and after.replaced_at is None


@pytest.mark.parametrize("gone", ["removed", "moved away", "a new file in its place"])
def test_nothing_is_written_to_a_file_that_nobody_finds(gone: str, tmp_path: Path, open_store):
    folder, away = tmp_path / "store", tmp_path / "away"
    store = open_store(folder)
    fill(store, 0)
    shutil.move(folder, away)
    if gone == "removed":
        shutil.rmtree(away)
    elif gone == "a new file in its place":
        fill(open_store(folder), 1)
    assert (store.get(run_id(0)), store.generation) == (None, 1)
    fill(store, 2, 3)
    assert len(list(open_store(folder).events(run_id(2)))) == 6
    assert (store.get(run_id(1)) is not None) == (gone == "a new file in its place")
    if gone == "moved away":  # and what was written before is whole
        assert len(list(open_store(away).events(run_id(0)))) == 2


def test_what_is_written_while_the_folder_goes_is_not_taken_for_saved(tmp_path: Path, open_store):
    store = open_store(tmp_path / "store")
    id = fill(store, 0)

    def write() -> None:
        with store.write() as connection:
            connection.execute(sql.text("UPDATE runs SET name = 'lost' WHERE id = :id"), {"id": id})
            shutil.rmtree(tmp_path / "store")

    with pytest.raises(StoreError, match=REPLACED):
        write()
    assert store.list("ada") == ([], 0)


def test_a_copy_that_is_put_back_is_gone_on_with(tmp_path: Path, make, told):
    """The copy has the first chunks of the run; those after it come from memory."""
    case = make(tmp_path / "store")
    id = case.begin()
    for number, event in enumerate(told[:60]):
        case.saver.add(id, event)
        assert case.saver.flush(PATIENCE)
        if number == 29:
            copy(tmp_path / "store", tmp_path / "copy")
    shutil.rmtree(tmp_path / "store")
    shutil.move(tmp_path / "copy", tmp_path / "store")
    for event in told[60:]:
        case.saver.add(id, event)
    case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and case.kept(id) == told and case.store.get(id).state == "finished"


def test_it_is_noticed_also_when_nothing_is_saved_and_nobody_looks(tmp_path: Path, make, told, caplog):
    case = make(tmp_path / "store", look=0.05)
    id = case.begin()
    case.saver.add(id, told[0])
    assert case.saver.flush(PATIENCE)
    shutil.rmtree(tmp_path / "store")
    assert until(lambda: case.store.replaced_at, NOTICED) < 1
    assert until(lambda: case.store.get(id) is not None and case.kept(id) == told[:1], NOTICED) < 2
    until(lambda: REPLACED in caplog.text, NOTICED)


def test_by_default_it_is_noticed_in_time():
    from app.store import saver

    assert saver.LOOK + saver.RETRY < NOTICED


def test_while_there_can_be_no_store_events_are_kept_in_memory(tmp_path: Path, make, told):
    case = make(tmp_path / "store", look=0.05)
    id = case.begin()
    for event in told[:20]:
        case.saver.add(id, event)
    assert case.saver.flush(PATIENCE)
    shutil.rmtree(tmp_path / "store")
    (tmp_path / "store").write_text("in the way")
    case.trouble("the folder of the store cannot be used")
    for event in told[20:]:
        case.saver.add(id, event)
    case.saver.end(id, "finished")
    assert not case.saver.flush(0.05)
    (tmp_path / "store").unlink()
    assert case.saver.flush(PATIENCE) and case.kept(id) == told and case.saver.trouble() == ""


def test_a_run_whose_first_events_are_gone_is_said_to_be_lost_and_others_are_saved(tmp_path: Path, make, told):
    case = make(tmp_path / "store")
    long, short = case.begin(0), case.begin(1)
    for event in told[:-1]:
        case.saver.add(long, event)
    case.saver.add(short, told[0])
    assert case.saver.flush(PATIENCE)
    shutil.rmtree(tmp_path / "store")
    del case.saver.told[long][3:]
    case.saver.add(short, told[1])
    case.saver.add(long, told[-1])
    assert case.saver.flush(PATIENCE) and case.kept(short) == told[:2]
    why = f"{REPLACED}, and its first events are no longer in memory"
    assert case.saver.trouble(long) == why
    for id in (long, short):
        case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and case.store.get(short).state == "finished"
    assert (case.store.get(long).state, case.store.get(long).message) == ("interrupted", why)
    assert case.saver.trouble(long).startswith(REPLACED)  # also after its end


def test_what_is_saved_takes_no_memory(tmp_path: Path, make, told):
    case = make(tmp_path)
    id = case.begin()
    size = 0
    for event in told[:-1] * 3:
        case.saver.add(id, event)
        size += len(str(event))
    assert case.saver.flush(PATIENCE)
    kept = pickle.dumps({name: value for name, value in vars(case.saver._runs[id]).items() if name != "all_lines"})
    assert len(kept) < 2_000 < size / 10


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_while_a_lost_run_is_saved_again_the_store_may_fail(fails_at: int, tmp_path: Path, make, told, monkeypatch):
    """It goes on where it was, in chunks that are the same, also if one of them was saved and the answer got lost."""
    monkeypatch.setattr(unsaved, "CHUNK", 2_000)
    case = make(tmp_path / "store", look=0.05)
    id = case.begin()
    for event in told[:50]:
        case.saver.add(id, event)
    assert case.saver.flush(PATIENCE)
    append, calls = case.store.append_all, iter(range(1, 1_000))

    def appended(pieces):
        at, found = next(calls), append(pieces)
        if at == fails_at:
            raise StoreError("the answer got lost")
        return found

    case.store.append_all = appended
    shutil.rmtree(tmp_path / "store")
    for event in told[50:]:
        case.saver.add(id, event)
    case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and case.kept(id) == told and case.store.get(id).missing == 0
    assert next(calls) > fails_at + 1


def test_two_servers_find_each_other_in_the_store_made_anew(tmp_path: Path, open_store):
    """The last connection to a file removes its journal by name: it must not be that of the new file."""
    folder = tmp_path / "store"
    first, second = open_store(folder), open_store(folder)
    fill(first, 0)
    fill(second, 1)
    shutil.rmtree(folder)
    fill(first, 2)
    assert second.get(run_id(2)).state == "running" and second.generation == first.generation == 1
    fill(second, 3)
    first.append(run_id(2), 1, chunk(1), 20, {})
    with closing(Store(folder)) as third:
        assert [len(list(third.events(run_id(number)))) for number in (2, 3)] == [4, 2]
        assert {run.state for run in third.list("ada")[0]} == {"running"}
    with closing(sqlite3.connect(folder / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
