"""The saver: what it saves when, and what it refuses. On SQLite and on a real PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from saving import PATIENCE
from store_rows import PLACE

from app.store.chunks import CHUNK
from app.store.store import Store
from ipcore.recordings.race import from_events


def test_a_run_is_saved_as_it_goes(place: PLACE, make, told):
    case = make(place)
    id = case.begin()
    for count, event in enumerate(told, 1):
        case.saver.add(id, event, step=count, accuracy={"ip": count / 1000})
        if count % 40 == 0:
            assert case.saver.flush(PATIENCE) and case.kept(id) == told[:count]
            run = case.store.get(id)
            assert (run.state, run.events, run.step, run.accuracy) == ("running", count, count, {"ip": count / 1000})
    case.saver.end(id, "finished")
    case.saver.end(id, "failed", "too late")
    case.saver.add(id, told[1])
    assert case.saver.flush(PATIENCE) and case.kept(id) == told
    assert (case.store.get(id).state, case.store.get(id).step) == ("finished", len(told))
    assert from_events(case.store.events(id)).state == "finished"


def test_events_wait_for_more_but_not_for_long(tmp_path: Path, make, told):
    case = make(tmp_path, patience=PATIENCE)
    id = case.begin()
    sent = 0
    for event in told[:-1] * 3:
        case.saver.add(id, event)
        sent += len(str(event))
    case.saver.end(id, "stopped")
    assert case.saver.flush(PATIENCE)
    assert case.store.get(id).chunks <= sent / CHUNK + 2  # whatever the pace, chunks are no smaller than they must be


def test_a_run_that_began_and_never_told_anything_is_not_kept(tmp_path: Path, make):
    case = make(tmp_path)
    case.saver.end(case.begin(), "stopped")
    case.saver.add("run-of-nobody-at-all", {"event": "steps"})
    case.saver.end("run-of-nobody-at-all", "finished")
    assert case.saver.flush(PATIENCE) and case.store.list("ada") == ([], 0)


def test_what_cannot_begin_is_refused_at_once(tmp_path: Path, make):
    case = make(tmp_path)
    for arguments in (
        ("../etc", "ada", "race", "x", {}),
        ("x" * 20, "ada", "race", "a\nb", {}),
        ("x" * 20, "", "race", "x", {}),
    ):
        with pytest.raises(ValueError):
            case.saver.begin(*arguments)


def test_telling_waits_for_nothing(tmp_path: Path, make, told, monkeypatch):
    case = make(tmp_path)
    busy, go_on = threading.Event(), threading.Event()

    def slow(*_):
        busy.set()
        assert go_on.wait(PATIENCE)
        return 1

    monkeypatch.setattr(Store, "append_all", slow)
    id = case.begin()
    case.saver.add(id, told[0])
    assert busy.wait(PATIENCE)
    for event in told[1:]:  # the store is in the middle of something that takes for ever
        case.saver.add(id, event)
    case.saver.end(id, "finished")
    case.saver.begin("another-run-of-ada", "ada", "race", "x", {})
    assert case.saver.trouble() == "" and not go_on.is_set()
    monkeypatch.undo()
    go_on.set()


def test_runs_are_saved_together_in_one_transaction(place: PLACE, make, told, monkeypatch):
    case = make(place, patience=PATIENCE)
    ids = [case.begin(number) for number in range(8)]
    saved: list[list[str]] = []
    append_all = Store.append_all

    def counted(self, pieces):
        saved.append([piece.id for piece in pieces])
        return append_all(self, pieces)

    for start, end in ((0, 1), (1, 20), (20, 40)):  # the first events create the runs
        for id in ids:
            for event in told[start:end]:
                case.saver.add(id, event, step=end, accuracy={"ip": end / 100})
        assert case.saver.flush(PATIENCE)
        monkeypatch.setattr(Store, "append_all", counted)
    assert saved == [ids, ids]
    for id in ids:
        run = case.store.get(id)
        assert case.kept(id) == told[:40] and (run.events, run.step, run.accuracy) == (40, 40, {"ip": 0.4})


def test_what_is_left_is_saved_when_the_server_ends(tmp_path: Path, make, told):
    case = make(tmp_path, patience=PATIENCE)
    id = case.begin()
    for event in told:
        case.saver.add(id, event)
    case.saver.close()
    case.saver.close()
    assert case.kept(id) == told and case.store.get(id).state == "running"
    case.store.close()
    with_store = Store(tmp_path)
    assert with_store.get(id).state == "interrupted"
    with_store.close()
