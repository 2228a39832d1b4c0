"""A store that the version before wrote: its runs are listed, replayed, exported and compared, and can be changed."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from pathlib import Path

import pytest
from plain import all_plain

from app.compare.comparison import compare
from app.export.parts import jsonl
from app.race.export import run_page
from app.store.replays import Replays, readable
from app.store.store import Store
from app.sweep.export import sweep_page
from ipcore.recordings.importing import read

FILE = Path(__file__).parent / "of-the-version-before" / "runs.sqlite3"
OWNER = "owner-of-the-store"


@pytest.fixture
def store(tmp_path):
    """A copy of the store, opened for writing."""
    shutil.copy(FILE, tmp_path)
    store = Store(tmp_path)
    yield store
    store.close()


def test_its_runs_are_listed(store):
    runs, count = store.list(OWNER)
    assert count == len(runs) == 3 and sorted(run.kind for run in runs) == ["race", "race", "sweep"]
    assert [run.kind for run in runs if run.pinned] == ["race"]
    assert all(run.over for run in runs) and {run.state for run in runs} == {"finished", "interrupted"}


def test_its_runs_are_replayed_and_exported(store):
    replays = Replays(store)
    for run in store.list(OWNER)[0]:
        replay = replays.of(run)
        recording = replay.recording
        assert not replay.damage and recording.over == (run.kind == "race" or run.state == "finished")
        kept = list(store.events(run.id))
        assert len(kept) == run.events and all_plain(readable(kept)) == kept
        imported = read(io.BytesIO(jsonl(kept)))
        assert imported.recording.over and imported.recording.kind == run.kind
        lines = gzip.decompress(imported.packed).splitlines()
        assert [json.loads(line) for line in lines[: len(kept)]] == kept
        make = run_page if run.kind == "race" else sweep_page
        assert "<html" in make(recording, list(readable(kept)), name=run.name)
        done = recording.step if run.kind == "race" else recording.done_networks
        assert done > 0 and (done == run.step or run.state == "interrupted")  # its row was behind its chunk


def test_its_races_are_compared(store):
    replays = Replays(store)
    races = store.list(OWNER, kind="race")[0]
    compared = compare([(run.name, replays.of(run).recording) for run in races])
    assert [run.letter for run in compared] == ["A", "B"]
    (sweep,) = store.list(OWNER, kind="sweep")[0]
    with pytest.raises(ValueError, match="cannot be compared"):
        compare([(run.name, replays.of(run).recording) for run in (races[0], sweep)])


def test_its_runs_can_be_changed(store):
    pinned = next(run for run in store.list(OWNER)[0] if run.pinned)
    store.rename(pinned.id, OWNER, "another name")
    store.pin(pinned.id, OWNER, False)
    store.delete(pinned.id, OWNER)
    assert store.list(OWNER)[1] == 2
    store.undelete(pinned.id, OWNER)
    again = store.get(pinned.id)
    assert (again.name, again.pinned) == ("another name", False)
    with pytest.raises(PermissionError):
        store.rename(pinned.id, "somebody else", "mine")
