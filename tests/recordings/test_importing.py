"""Recordings that others made: read whole, or refused in words, in little memory."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import tomllib
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bounded_memory import refusals
from imports import check_words, refused
from misfits import START, valid
from plain import all_plain
from recordings import events
from serving import ROOT

import ipcore
from ipcore.config import RunConfig
from ipcore.jsonlines import encode
from ipcore.recordings.files import begin, events_from_file, load
from ipcore.recordings.importing import LIMITS, read
from ipcore.recordings.memory import ARRAY_BYTES, newest_bytes
from ipcore.recordings.reading import read_events

SMALL = RunConfig(steps=100, depth=3, width=8, seeds=2)
VERSIONS = ROOT / "tests" / "recordings" / "of-each-version"
EVENTS = list(events(SMALL, snapshots=5, batch=20))
TEXT = "".join(encode(event) + "\n" for event in EVENTS).encode()
PACKED = gzip.compress(TEXT)
PROGRESS = {"event": "progress", "what": "Fetching", "done": 5, "total": 10}
MARK = {"event": "mark", "step": 0, "setting": "learning_rate", "previous": 0.01, "value": 0.1}


def edited(change: Callable[[list[dict[str, Any]]], Any]) -> bytes:
    """The recording after somebody edited its events."""
    made = json.loads(json.dumps(EVENTS))
    change(made)
    return "".join(json.dumps(event) + "\n" for event in made).encode()


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        PACKED,
        TEXT.rstrip(),
        TEXT.replace(b"\n", b"\r\n\n"),
        gzip.compress(TEXT[:999]) + gzip.compress(TEXT[999:]),
    ],
    ids=["plain", "gzip", "no last newline", "blank lines", "two parts"],
)
def test_a_recording_is_read(data: bytes) -> None:
    imported = read(io.BytesIO(data))
    assert imported.recording.state == "finished" and imported.recording.step == 100
    assert all_plain(imported.events()) == EVENTS
    assert gzip.decompress(imported.packed) == TEXT


def test_a_recording_with_many_changes_in_flight_is_read() -> None:
    many = edited(lambda made: made.__setitem__(slice(3, 3), [MARK] * 1_000))
    assert len(read(io.BytesIO(many)).recording.marks) == 1_000


def test_every_event_of_a_recording_is_written_as_it_was_read() -> None:
    """Those of made-up events, and of recordings that the product made: nothing is lost, nothing is added."""
    shipped = ROOT / "app" / "recordings"
    recorded = [*shipped.glob("default-*.jsonl.gz"), *VERSIONS.glob("*.gz")]
    assert len(recorded) == 4
    for path in recorded:
        with gzip.open(path) as lines:
            assert list(map(json.loads, lines)) == all_plain(events_from_file(path))
    made = [START, *(event for event in valid().values() if event["event"] not in ("end", "error"))]
    for last in ("end", "error"):
        assert all_plain(read_events([*made, valid()[last]])) == [*made, valid()[last]]


def test_the_bundled_recording_can_be_imported() -> None:
    path = ROOT / "app" / "recordings" / "default-race.jsonl.gz"
    with path.open("rb") as file:
        imported = read(file)
    assert list(imported.events()) == list(events_from_file(path))


def test_a_file_that_comes_in_small_pieces_is_read() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size, 7))

    assert read(Slow(PACKED)).recording.step == 100


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file is empty"),
        (gzip.compress(b""), "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "this is no recording: not a line of JSON"),
        (b"\xff\xfe" + TEXT, "this is no recording: not a line of JSON"),
        (b"step,method,seed,loss\n1,ip,0,2.3\n", "this is no recording: not a line of JSON"),
        (b'{"name": "something else"}\n', "this is no recording: not an event"),
        (b'{"event": "start", "kind": "holiday", "version": 1}\n', "of kind 'holiday', not of a race or a sweep"),
        (b'{"event": "start", "version": 99}\n', "recording has version 99; this program reads version 1"),
        (TEXT.split(b"\n", 1)[1], "this is no recording: a recording begins with a start event"),
        (TEXT[:40], "this is no recording: not a line of JSON"),
        (PACKED[:40], "the file is cut off in the middle"),
        (TEXT[:-200] + b"\n", "not a line of JSON"),
        (TEXT[:-200] + b"\n" + TEXT[-200:], "not a line of JSON"),
        (PACKED[:-8] + bytes(8), "the file is damaged: "),
        (PACKED[:10] + b"\xff" + PACKED[11:], "the file is damaged: "),  # no block of data begins so
        (PACKED + b"more", "the file is damaged: "),
        (TEXT + b'{"event":"state","step":100,"state":"running"}\n', "event 'state' comes after the end"),
        (b"[" * 100_000, "this is no recording: not a line of JSON"),
        (TEXT + b"[" * 100_000, "not a line of JSON"),
        (b'{"event":"start","version":1,"config":{"depth":' + b"1" * 5000 + b"}}", "this is no recording: "),
    ],
    ids=itertools.count(),
)
def test_what_is_no_whole_recording_is_refused(data: bytes, why: str) -> None:
    refused(data, why)


def flushed(*texts: bytes) -> bytes:
    """A compressed file of a program that was killed after it wrote these texts: the end of the file is missing."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH) for text in texts)


BEFORE_END = TEXT[: TEXT.rstrip().rfind(b"\n") + 1]


@pytest.mark.parametrize(
    ("data", "events_before"),
    [
        (BEFORE_END, len(EVENTS) - 1),
        (BEFORE_END.rstrip(), len(EVENTS) - 1),
        (TEXT[:-20], len(EVENTS) - 1),
        (BEFORE_END + bytes(4096), len(EVENTS) - 1),
        (TEXT.split(b"\n", 1)[0], 1),
        (gzip.compress(BEFORE_END), len(EVENTS) - 1),
        (flushed(BEFORE_END, TEXT[len(BEFORE_END) : -20]), len(EVENTS) - 1),
        (flushed(BEFORE_END) + bytes(4096), len(EVENTS) - 1),
        (flushed(BEFORE_END)[:-30], None),
        (PACKED[: len(PACKED) // 2], None),
        (gzip.compress(TEXT[:9000]) + gzip.compress(TEXT[9000:])[:200], None),
    ],
    ids=itertools.count(),
)
def test_a_recording_that_is_cut_off_is_read_up_to_its_last_whole_event(data, events_before, tmp_path) -> None:
    """By every reader: an import, a file of one's own, and the API. Each says so."""
    imported = read(io.BytesIO(data))
    found = all_plain(imported.events())
    assert found == EVENTS[: len(found)] and 0 < len(found) < len(EVENTS)
    assert events_before in (None, len(found))
    recording = imported.recording
    assert (recording.state, recording.cut_off) == ("stopped", True)
    assert recording.message == f"cut off after {len(found):,} events: the last, 'end', is missing"
    path = tmp_path / "cut"
    path.write_bytes(data)
    with pytest.warns(UserWarning, match="cut off after"):
        by_api = ipcore.load(path)
    for loaded in (load(path), by_api):
        assert (loaded.cut_off, loaded.message) == (True, recording.message)
        assert (loaded.step, loaded.revision) == (recording.step, recording.revision)


def test_a_whole_recording_is_not_said_to_be_cut_off(tmp_path) -> None:
    (tmp_path / "whole").write_bytes(PACKED)
    for recording in (read(io.BytesIO(PACKED)).recording, ipcore.load(tmp_path / "whole")):
        assert (recording.state, recording.cut_off, recording.message) == ("finished", False, "")


def test_reading_ends_after_a_time() -> None:
    refused(PACKED, "reading it takes more than 0 s", replace(LIMITS, seconds=0))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda made: made[0]["config"].update(depth=60),
         "this recording cannot be read on this server: depth must be a whole number from 1 to 50, not 60"),
        (lambda made: made[0]["config"].update(color="red"), "config has no setting 'color'"),
        (lambda made: made[3].update(first=2), "event 4 of the file: steps 2 to"),
        (lambda made: made[3]["loss"].pop("ip"), "event 4 of the file: an entry is needed for each of"),
        (lambda made: made[3]["loss"].update(ip=[["0.5", 1]] * 20),
         "event 4 of the file: loss of ip must be numbers, not text"),
        (lambda made: made[3]["loss"].update(ip=[[10**400, 1]] * 20), "event 4 of the file: "),
        (lambda made: made[1]["accuracy"].update(ip=[1.5, 0]),
         "event 2 of the file: accuracy of ip must lie between 0 and 1"),
        (lambda made: made[2].update(step=-1), "event 3 of the file: step must be a number from 0"),
        (lambda made: made[2]["methods"]["ip"].update(gain=[[0, 10**9]] * 3), "3 of the file: a histogram must count"),
        (lambda made: made[2].update(event="_moment"), "event 3 of the file: no such event"),
        (lambda made: made.insert(3, {"event": "error", "message": "x" * 2_001}), "message must have at most 2,000"),
        (lambda made: made.insert(3, {**PROGRESS, "x": [[]] * 9}),
         "event 4 of the file: event 'progress' has no field"),
        (lambda made: made.insert(3, {**PROGRESS, "x": [0] * 20_000}), "event 'progress' has 60,0"),
        (lambda made: made.insert(3, {**PROGRESS, "total": "9" * 40_000}), "event 'progress' has 40,0"),
        (lambda made: made[0]["data"].update(more=[[]]), "this is no recording: data has no field 'more'"),
        (lambda made: made[0].update(note="x"), "event 'start' has no field 'note'"),
        (lambda made: made[2].pop("step"), "event 3 of the file: step is missing"),
        (lambda made: made[3].pop("loss"), "event 4 of the file: loss is missing"),
        (lambda made: made[1].pop("accuracy"), "event 2 of the file: accuracy is missing"),
        (lambda made: made[2].pop("methods"), "event 3 of the file: methods is missing"),
        (lambda made: made[2]["methods"]["ip"].pop("slope"), "event 3 of the file: slope is missing"),
        (lambda made: made[2]["methods"].update(ip=[]), "event 3 of the file: methods of ip must be an object, not []"),
        (lambda made: made[0].pop("data"), "this is no recording: data is missing"),
        (lambda made: made[-1].pop("telemetry"), ": telemetry is missing"),
        (lambda made: made[2]["methods"]["ip"].update(gain=[5] * 3),
         "a histogram is a list of its first bin and counts"),
        (lambda made: made[3]["loss"].update(ip=[[1, 1], [1]]),
         "loss of ip must be lists of 2 numbers, not [[1.0, 1.0], [1.0]]"),
        (lambda made: made[3]["loss"].update(ip=7), "loss of ip must be lists of numbers, not 7"),
        (lambda made: made[2]["methods"]["ip"].update(slope=[0.5]), "slope must be a list of 3 numbers, not [0.5]"),
        (lambda made: made[3].update({"x" * 99: 1}), "event 4 of the file: event 'steps' has no field 'xxx"),
        (lambda made: made[2]["methods"]["ip"].update(more=[]), "a method of event 'snapshot' has no field 'more'"),
        (lambda made: made.__setitem__(slice(3, 3), [MARK] * 1_001), "a setting was changed more than 1,000 times"),
    ],
)  # fmt: skip
def test_events_that_make_no_sense_are_refused(change: Callable[[list[dict[str, Any]]], Any], why: str) -> None:
    refused(edited(change), why)


def test_errors_are_in_words_and_speak_of_no_program() -> None:
    check_words(EVENTS, range(5))


def test_a_recording_made_beyond_the_usual_bounds_is_read_where_they_are_raised(monkeypatch) -> None:
    deep = "".join(
        encode(event) + "\n" for event in events(RunConfig(steps=20, width=4).replace(depth=50), snapshots=2)
    )
    deep = deep.replace('"steps":20', '"steps":200000').replace('"state":"finished"', '"state":"stopped"').encode()
    refused(
        deep, "this recording cannot be read on this server: steps must be a whole number from 1 to 100,000, not 200000"
    )
    monkeypatch.setenv("IPCORE_LIMITS", "steps=200000")
    assert read(io.BytesIO(deep)).recording.config.steps == 200_000


def test_numbers_beyond_json_are_refused() -> None:
    infinite = edited(lambda made: made[3]["loss"].update(ip=[[float("inf"), 1]] * 20))
    refused(infinite, "Infinity stands where null should")
    huge = edited(lambda made: made[3]["loss"].update(ip=[[-0.125, 1]] * 20)).replace(b"-0.125", b"1e999")
    refused(huge, "event 4 of the file: a number in it is larger than any that can be computed with")


def test_each_limit_holds_and_what_is_at_it_passes() -> None:
    longest = max(map(len, TEXT.splitlines(keepends=True)))
    lines = TEXT.count(b"\n")
    for name, least, why in (
        ("file", len(PACKED), "the file has more than 0 MB"),
        ("text", len(TEXT), "the file holds more than 0 MB of text"),
        ("line", longest, "the file has a line of more than 0 MB"),
        ("events", lines, f"the file has more than {lines - 1} lines"),
        ("members", 1, "the file is compressed in too many parts"),
    ):
        assert read(io.BytesIO(PACKED), replace(LIMITS, **{name: least})).recording.over
        refused(PACKED, why, replace(LIMITS, **{name: least - 1}))
    refused(PACKED, "the recording would take more than 0 MB of memory", replace(LIMITS, held=10_000))


def test_the_server_takes_files_up_to_the_limit_and_no_larger() -> None:
    config = tomllib.loads((ROOT / "app" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["maxUploadSize"] == LIMITS.file // 2**20


def test_memory_stays_bounded_whatever_the_file_holds() -> None:
    program = f"""
LIMITS = replace(LIMITS, events=20_000)
start = {json.dumps(EVENTS[0])}
wide = json.loads(json.dumps(start))
wide["config"].update(depth=50, steps=100000)
bad = b'\\n{{"event":"holiday"}}\\n'
layers = {{name: [0] * 50 for name in ("weight_gradient", "error_signal", "slope", "saturated", "entropy")}}
layers.update(gain=[[0]] * 50, bias=[[0]] * 50, activity=[[0] * 30] * 50)
methods = start["config"]["methods"]
losses = json.dumps({{"event": "steps", "first": 1, "elapsed": 1, "loss": {{m: [[0, 0]] * 5000 for m in methods}}}})
of_methods = {{m: layers for m in methods}}
snapshots = "".join(
    json.dumps({{"event": "snapshot", "step": step, "methods": of_methods}}) + "\\n" for step in range(40)
)
files = {{
    "one endless line": bomb((b" " * 10**6, 300)),
    "endless blank lines": bomb((b"\\n" * 10**6, 2)),
    "endless parts": gzip.compress(b"") * 100_000,
    "a list of lists": b'{{"event":"start","x":[' + b"[]," * 1_300_000 + b"[]]}}",
    "points": json.dumps({{**start, "data": {{"points": [[0, 0, 0]] * 300_000}}}}).encode() + bad,
    "progress": bomb((json.dumps(start).encode() + b"\\n", 1),
                     (b'{{"event":"progress","what":"x","done":1,"total":2}}\\n' * 1000, 21)),
    "snapshots": json.dumps(wide).encode() + b"\\n" + losses.encode() + b"\\n" + snapshots.encode() + bad,
}}
"""
    said = refusals(program)
    assert len(said) == 7
    assert "a line of more than 4 MB" in said["one endless line"]
    assert said["endless blank lines"] == said["progress"] == "the file has more than 20,000 lines"
    assert "too many parts" in said["endless parts"]
    assert "holiday" in said["snapshots"] and "holiday" in said["points"]


def test_what_a_recording_takes_is_estimated_well() -> None:
    """The limit on memory counts what the arrays hold, and no less than the text of an honest run."""
    recording, counted = None, 0
    for event in EVENTS:
        if recording is None:
            recording, read_event = begin(event)
        else:
            read_event = recording.add(event)
        counted += newest_bytes(recording, read_event)
    parts = [(each.gains, each.biases, *filter(None, [each.activities])) for each in recording.snapshots]
    arrays = [histograms.packed for each in parts for histograms in each]
    arrays += [snapshot.numbers for snapshot in recording.snapshots]
    arrays += [array for test in recording.tests for part in (test.loss, test.accuracy) for array in part.values()]
    arrays += [recording.loss(method) for method in SMALL.methods]
    held = sum(array.nbytes for array in arrays)
    assert held < counted < 3 * held + ARRAY_BYTES * (len(arrays) + len(EVENTS))
