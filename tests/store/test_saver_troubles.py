"""Nothing told is lost, whatever the store does meanwhile: a full disk, a database away, an answer lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sql
from saving import PATIENCE, Case
from store_rows import PLACE

from app.store.chunks import LARGEST_EVENT
from app.store.schema import StoreError
from app.store.store import Store
from ipcore.recordings.race import from_events


def full(case: Case) -> Callable[[], None]:
    """Fills the disk: SQLite gets no more pages, PostgreSQL no more chunks. Returns what makes room again."""
    if case.store.engine.dialect.name == "sqlite":
        limit = [0]

        @sql.event.listens_for(case.store.engine, "checkout")
        def set_limit(connection, *_) -> None:
            pages = limit[0] or connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}").close()

        return lambda: limit.__setitem__(0, 2**30)

    def run(statement: str) -> None:
        with case.store.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    raise_full = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'"
    run(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raise_full}; END $$")
    run("CREATE TRIGGER refuse BEFORE INSERT ON chunks FOR EACH ROW EXECUTE FUNCTION refuse()")
    return lambda: run("DROP TRIGGER refuse ON chunks")


def test_a_full_disk_loses_nothing(place: PLACE, make, told):
    case = make(place)
    first, second = case.begin(0), case.begin(1)
    for event in told[:30]:
        case.saver.add(first, event)
    assert case.saver.flush(PATIENCE)
    free = full(case)
    for event in told[30:]:
        case.saver.add(first, event)
        case.saver.add(second, event)
    case.saver.add(second, told[0])
    case.trouble("disk full")
    case.saver.end(first, "finished")
    third = case.begin(2)
    case.saver.add(third, told[0])
    assert not case.saver.flush(0.1) and case.saver.trouble(first) == "disk full"
    assert case.kept(first) == told[: len(case.kept(first))]
    assert case.store.list("ada")[1] >= 1  # it can still be read
    free()
    assert case.saver.flush(PATIENCE) and case.saver.trouble() == case.saver.trouble(second) == ""
    assert (case.kept(first), case.store.get(first).state, case.store.get(first).missing) == (told, "finished", 0)
    assert case.kept(second) == told[30:] + told[:1] and case.kept(third) == told[:1]


def test_beyond_what_memory_holds_a_run_is_kept_up_to_there_and_says_so(place: PLACE, make, told):
    case = make(place, memory=50_000)
    long, short = case.begin(0), case.begin(1)
    for event in told[:10]:
        case.saver.add(long, event, step=event.get("step"))
    case.saver.add(short, told[0])
    assert case.saver.flush(PATIENCE)
    free = full(case)
    case.saver.add(long, told[10], step=told[10].get("step"))
    case.trouble("disk full")
    for event in told[11:-1]:
        case.saver.add(long, event, step=event.get("step"))
    assert case.saver.trouble(long) == "disk full"
    free()
    assert case.saver.flush(PATIENCE) and case.saver.trouble() == "" and case.saver.trouble(long) == "disk full"
    for number, event in enumerate(told[1:]):
        case.saver.add(short, event)
        assert number % 5 or case.saver.flush(PATIENCE)
    case.saver.add(long, told[-1])
    case.saver.end(long, "finished")
    case.saver.end(short, "finished")
    assert case.saver.flush(PATIENCE)
    kept, run = case.kept(long), case.store.get(long)
    assert 10 <= len(kept) < len(told) and kept == told[: len(kept)]
    assert (run.state, run.missing, run.events) == ("interrupted", len(told) - len(kept), len(kept))
    assert run.message == f"kept up to step {run.step:,} only: disk full" and run.step > 0
    assert from_events(kept).step >= run.step
    assert case.kept(short) == told and case.store.get(short).state == "finished"


def test_a_database_that_goes_away_comes_back(postgres, make, told):
    case = make(postgres.database())
    id = case.begin()
    for event in told[:50]:
        case.saver.add(id, event)
    assert case.saver.flush(PATIENCE)
    postgres.stop()
    try:
        for event in told[50:]:
            case.saver.add(id, event)
        case.saver.end(id, "finished")
        case.trouble("the database cannot be used now")
        with pytest.raises(StoreError):
            case.store.list("ada")
    finally:
        postgres.start()
    assert case.saver.flush(PATIENCE) and case.kept(id) == told and case.store.get(id).state == "finished"


def test_a_store_that_is_not_there_yet(tmp_path: Path, make, told):
    (tmp_path / "store").write_text("in the way")
    case = make(tmp_path / "store")
    id = case.begin()
    case.saver.add(id, told[0])
    case.trouble("the folder of the store cannot be used")
    (tmp_path / "store").unlink()
    assert case.saver.flush(PATIENCE) and case.kept(id) == told[:1] and case.saver.trouble() == ""


def test_an_answer_that_got_lost_is_asked_for_again(place: PLACE, make, told, monkeypatch):
    """The chunk was written, but the connection broke before the store could say so."""
    case = make(place)
    append_all, lost = Store.append_all, []

    def forgetful(self, pieces):
        append_all(self, pieces)
        said = [(piece.id, piece.number) for piece in pieces]
        if said not in lost:
            lost.append(said)
            raise StoreError("the connection broke")

    monkeypatch.setattr(Store, "append_all", forgetful)
    ids = case.begin(0), case.begin(1)  # alone at first, then together
    for event in told:
        for id in ids:
            case.saver.add(id, event)
        if len(lost) < 6:
            case.saver.flush(PATIENCE)
    for id in ids:
        case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and len(lost) >= 6 and max(map(len, lost)) == 2
    assert all(case.kept(id) == told and case.store.get(id).state == "finished" for id in ids)


def test_a_run_that_cannot_be_saved_does_not_hinder_others(tmp_path: Path, make, told):
    case = make(tmp_path)
    gone, huge, odd, good = (case.begin(number) for number in range(4))
    for id in (gone, huge, odd, good):
        case.saver.add(id, told[0])
    assert case.saver.flush(PATIENCE)
    with case.store.engine.execution_options(write=True).begin() as connection:
        connection.execute(sql.text("DELETE FROM runs WHERE id = :id"), {"id": gone})
    case.saver.add(huge, {"event": "progress", "what": "x" * LARGEST_EVENT})
    case.saver.add(odd, {"event": "progress", "what": object()})
    for id in (gone, huge, odd, good):
        for event in told[1:]:
            case.saver.add(id, event)
        assert case.saver.flush(PATIENCE)
    assert case.saver.trouble(gone) == "it was removed"
    for id in (gone, huge, odd, good):
        case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and case.kept(good) == told and case.store.get(gone) is None
    for id, why in ((huge, "an event is too large to be kept"), (odd, "an event cannot be kept")):
        run = case.store.get(id)
        assert (run.state, run.missing, case.kept(id)) == ("interrupted", len(told), told[:1]) and why in run.message
    assert [run.state for run in case.store.list("ada")[0] if run.id == good] == ["finished"]
