"""An artificial version 2, in which fields have other names: every reader brings recordings of version 1 to it."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from plain import all_plain

from app.export.parts import jsonl
from app.store.chunks import pack
from app.store.importing import import_file
from app.store.replays import Replays, readable
from app.store.store import Store
from ipcore.cli.main import main
from ipcore.recordings import upgrades
from ipcore.recordings.events import race, sweep
from ipcore.recordings.files import events_from_file, from_events
from ipcore.recordings.importing import read
from ipcore.recordings.race import Recording
from ipcore.recordings.reading import read_events
from ipcore.recordings.results import results
from ipcore.recordings.sweep import SweepRecording

FOLDER = Path(__file__).parent / "of-each-version"
FILES = {"race": FOLDER / "version-1.jsonl.gz", "sweep": FOLDER / "sweep-version-1.jsonl.gz"}
OLD_NAMES = {"race": ("steps", "elapsed", "seconds_so_far"), "sweep": ("curve", "loss", "mean_loss")}
"""Kind -> an event, one of its fields, and the name that the field has in the artificial version 1."""
OWNER = "0" * 32


def rename(name: str, old: str, new: str) -> upgrades.Upgrade:
    """The upgrade to version 2: a field of an event gets another name."""

    def upgrade(event: dict[str, Any]) -> dict[str, Any]:
        return {new if field == old and event["event"] == name else field: value for field, value in event.items()}

    return upgrade


@pytest.fixture(params=FILES)
def kind(request, monkeypatch) -> str:
    """Makes the present form version 2 of a kind, and registers its upgrade."""
    kind = request.param
    monkeypatch.setattr({"race": race, "sweep": sweep}[kind], "VERSION", 2)
    name, new, old = OLD_NAMES[kind]
    monkeypatch.setitem(upgrades.UPGRADES, (kind, 1), rename(name, old, new))
    return kind


def newest(kind: str) -> list[dict[str, Any]]:
    """The events as version 2 has them."""
    with gzip.open(FILES[kind]) as lines:
        start, *rest = map(json.loads, lines)
    return [{**start, "version": 2}, *rest]


def older(kind: str) -> list[dict[str, Any]]:
    """The same as version 1 had them."""
    name, new, old = OLD_NAMES[kind]
    start, *rest = [rename(name, new, old)(event) for event in newest(kind)]
    return [{**start, "version": 1}, *rest]


def found(recording: Recording | SweepRecording) -> dict[str, Any]:
    return recording.results() if isinstance(recording, SweepRecording) else results(recording)


def lines(events: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_the_artificial_versions_differ(kind):
    name, _, old = OLD_NAMES[kind]
    with pytest.raises(ValueError, match=f"event '{name}' has no field '{old}'"):
        list(read_events([{**older(kind)[0], "version": 2}, *older(kind)[1:]]))
    assert len(older(kind)) == len(newest(kind))


@pytest.mark.parametrize("made", [older, newest], ids=["version 1", "version 2"])
def test_a_file_is_read_and_exported_in_the_newest_form(kind, made, tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(lines(made(kind)))
    assert all_plain(events_from_file(path)) == newest(kind)
    out = tmp_path / "out.jsonl.gz"
    assert main(["export", str(path), "--jsonl", str(out)]) == 0
    assert list(map(json.loads, gzip.decompress(out.read_bytes()).splitlines())) == newest(kind)


@pytest.mark.parametrize("made", [older, newest], ids=["version 1", "version 2"])
def test_an_import_is_kept_in_the_newest_form(kind, made, tmp_path):
    imported = read(io.BytesIO(lines(made(kind))))
    assert all_plain(imported.events()) == newest(kind)
    store = Store(tmp_path)
    id = import_file(store, OWNER, io.BytesIO(lines(made(kind))), "x")
    assert list(store.events(id)) == newest(kind)
    store.close()


def test_a_stored_run_is_replayed_followed_and_exported(kind, tmp_path):
    """It was saved by version 1, chunk by chunk: only its first chunk says so."""
    store, events = Store(tmp_path), older(kind)
    start = events[0]
    config = start["config"] if kind == "race" else {name: start[name] for name in ("config", "over")}
    id = "run-of-version-0001"
    store.create(id, OWNER, kind, "old", config)
    replays, size = Replays(store), len(events) // 3 + 1
    for number in range(3):
        part = events[number * size : (number + 1) * size]
        store.append(id, number, pack([json.dumps(event).encode() for event in part]), 0, {})
        replay = replays.of(store.get(id))
        assert not replay.damage and replay.recording.revision == min(len(events), (number + 1) * size)
    store.finish(id, "finished")
    assert replay.recording.state == "finished"
    assert found(replay.recording) == found(from_events(newest(kind)))
    assert all_plain(readable(store.events(id))) == newest(kind)
    exported = gzip.decompress(jsonl(readable(store.events(id)))).splitlines()
    assert list(map(json.loads, exported)) == newest(kind)
    store.close()


@pytest.mark.parametrize("version", [0, 3, None, True, "1"])
def test_a_version_that_is_not_known_is_refused(kind, version):
    start = {**newest(kind)[0], "version": version}
    with pytest.raises(ValueError, match=r"recording has version .*; this program reads versions 1 to 2"):
        list(read_events([start]))


def test_an_event_that_does_not_fit_its_own_version_is_refused(kind, monkeypatch):
    def upgrade(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "new": event["missing"]} if event["event"] != "start" else event

    monkeypatch.setitem(upgrades.UPGRADES, (kind, 1), upgrade)
    with pytest.raises(ValueError, match="does not fit version 1"):
        list(read_events(older(kind)))
