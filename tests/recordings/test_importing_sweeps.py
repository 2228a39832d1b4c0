"""Recordings of sweeps that others made: read whole, or refused in words, in little memory; and back as they came."""

from __future__ import annotations

import gzip
import io
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bounded_memory import refusals
from imports import check_words, refused
from plain import all_plain, plain
from serving import ROOT
from sweep_recordings import STOPPED, SWEEP, all_events

from app.export.parts import jsonl
from app.store.importing import import_file
from app.store.store import Store
from app.store.sweeps import default_name
from ipcore.config import SWEEP_TOTALS, RunConfig
from ipcore.jsonlines import encode
from ipcore.recordings.files import events_from_file
from ipcore.recordings.importing import LIMITS, read
from ipcore.recordings.memory import newest_bytes
from ipcore.recordings.sweep import from_events, start_event
from ipcore.sweeps.plan import Sweep

EVENTS = all_events()
TEXT = "".join(encode(event) + "\n" for event in EVENTS).encode()
PACKED = gzip.compress(TEXT)
FIRST = SWEEP.stacks()[0]
FAILED = [plain(start_event(SWEEP)), {"event": "error", "message": "no worker could be started"}]
SHIPPED = all_plain(events_from_file(ROOT / "app" / "recordings" / "default-sweep.jsonl.gz"))


def edited(change: Callable[[list[dict[str, Any]]], Any]) -> bytes:
    """The recording after somebody edited its events."""
    made = json.loads(json.dumps(EVENTS))
    change(made)
    return "".join(json.dumps(event) + "\n" for event in made).encode()


@pytest.mark.parametrize("made", [EVENTS, STOPPED, FAILED, SHIPPED], ids=["finished", "stopped", "failed", "shipped"])
def test_a_sweep_comes_back_from_the_store_as_it_was_exported(made: list[dict[str, Any]], tmp_path) -> None:
    exported = jsonl(made)
    store = Store(tmp_path)
    id = import_file(store, "0" * 32, io.BytesIO(exported), ".jsonl.gz")
    run, recording = store.get(id), from_events(made)
    assert (run.kind, run.state, run.message) == ("sweep", recording.state, recording.message)
    assert (run.name, run.config) == (default_name(recording.sweep.to_dict()), recording.sweep.to_dict())
    assert (run.step, run.accuracy) == (recording.done_networks, recording.accuracies())
    assert jsonl(store.events(id)) == exported
    store.close()


def test_a_sweep_that_is_not_over_ends_in_its_export() -> None:
    begun = STOPPED[:-1]
    whole = gzip.decompress(jsonl(begun)).decode().splitlines()
    assert list(map(json.loads, whole[:-1])) == begun
    assert read(io.BytesIO(jsonl(begun))).recording.state == "stopped"


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
    assert imported.recording.results() == from_events(EVENTS).results()
    assert all_plain(imported.events()) == EVENTS and gzip.decompress(imported.packed) == TEXT


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"event": "start", "kind": "sweep", "version": 99}\n', "recording has version 99; this program reads"),
        (b'{"event": "start", "kind": "sweep", "version": 1}\n', "this is no recording: config is missing"),
        (b'{"event": "start", "kind": "measurement"}\n', "of kind 'measurement', not of a race or a sweep"),
        (b'{"event": "start", "kind": ["sweep"]}\n', "not of a race or a sweep"),
        (TEXT.split(b"\n", 1)[1], "this is no recording: a recording begins with a start event"),
        (TEXT[:-200] + b"\n", "not a line of JSON"),
        (PACKED[:-8] + bytes(8), "the file is damaged: "),
        (PACKED[:10] + b"\xff" + PACKED[11:], "the file is damaged: "),  # no such block
        (TEXT + b'{"event":"state","state":"running"}\n', "event 'state' comes after the end"),
        (TEXT + TEXT, "event 'start' comes after the end"),
        (TEXT.replace(b"\n", b"\n[" + b"[" * 100_000 + b"\n", 1), "event 2 of the file: not a line of JSON"),
    ],
    ids=itertools.count(),
)
def test_what_is_no_whole_recording_is_refused(data: bytes, why: str) -> None:
    refused(data, why)


@pytest.mark.parametrize("data", [TEXT[: TEXT.rstrip().rfind(b"\n")], TEXT[:-20], PACKED[:-200]], ids=itertools.count())
def test_a_recording_that_is_cut_off_is_read_up_to_its_last_whole_event(data: bytes) -> None:
    imported = read(io.BytesIO(data))
    found = all_plain(imported.events())
    assert found == EVENTS[: len(found)] and 0 < len(found) < len(EVENTS)
    assert (imported.recording.state, imported.recording.cut_off) == ("stopped", True)


def of(event: str, made: list[dict[str, Any]]) -> dict[str, Any]:
    """The first event of that name."""
    return next(each for each in made if each["event"] == event)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda made: made[0]["config"].update(depth=10_000), "on this server: depth must be a whole number"),
        (lambda made: made[0]["config"].update(color="red"), "config has no setting 'color'"),
        (lambda made: made[0].update(config=[]), "this is no recording: "),
        (lambda made: made[0].update(over={"steps": [1, 2]}), "over must name one or two different of"),
        (lambda made: made[0].update(more=[]), "event 'start' has no field 'more'"),
        (lambda made: made[0]["stacks"][0].update(more=[]), "a stack has no field 'more'"),
        (lambda made: of("curve", made).update(more=[]), "event 'curve' has no field 'more'"),
        (lambda made: made.insert(1, {"event": "state", "state": "running", "x": " " * 40_000}), "32,000 are enough"),
        (lambda made: made[0].update(over={"depth": [1] * 9_000}), "depth must have from 1 to 5,000 values"),
        (lambda made: made[0].update(over={"depth": {"a": 1}}), "depth must have from 1 to 5,000 values"),
        (lambda made: made[0].update(over={"learning_rate": [10**400]}), "learning_rate must be a number"),
        (lambda made: made[0].update(over={"learning_rate": [1e-6 * k for k in range(1, 3001)]}), "sweep is too large"),
        (lambda made: made[0].update(usual_rates="yes"), "usual_rates must be true or false, not 'yes'"),
        (lambda made: made[0]["stacks"].pop(), "the stacks of a sweep must hold every network once"),
        (lambda made: made[0].pop("stacks"), "this is no recording: stacks is missing"),
        (lambda made: made[0]["stacks"][0].update(replicas=[[0, 4, 4]]), "replicas must be a list of [index"),
        (lambda made: made[0]["stacks"][0].update(replicas=[[10**30, 4]]), "does not fit the sweep"),
        (lambda made: made[0]["stacks"][0].update(id=7), "id must be text, not 7"),
        (lambda made: made[1].update(stack="nobody"), "event 2 of the file: no stack 'nobody' is under way"),
        (lambda made: made.pop(1), "event 2 of the file: stack "),
        (lambda made: made.pop(3), "event 4 of the file: sequence must be a number from 1 to 1"),
        (lambda made: of("curve", made).update(loss=["0.5"] * 2),
         "event 3 of the file: loss must be numbers, not text"),
        (lambda made: of("curve", made).update(loss=[1.0]), "event 3 of the file: loss must be a list of 4 numbers"),
        (lambda made: of("done", made).update(test_accuracy=[0.5] * 2),
         "of the file: test_accuracy must be a list of 4 numbers"),
        (lambda made: of("done", made).update(diverged=[-1] * len(FIRST.replicas)), "diverged must be at least 1"),
        (lambda made: of("done", made).update(diverged=[31] * len(FIRST.replicas)),
         "diverged must hold whole steps from 1 to 30, or null"),
        (lambda made: of("done", made).update(diverged=[8.5] * len(FIRST.replicas)),
         "diverged must be whole numbers, not 8.5"),
        (lambda made: of("done", made).update(test_loss=[-1] * len(FIRST.replicas)), "test_loss must be at least 0"),
        (lambda made: of("curve", made).update(loss=[-1] * len(FIRST.replicas)),
         "event 3 of the file: loss must be at least 0"),
        (lambda made: made[0].update(version=True), "recording has version True; this program reads version 1"),
        (lambda made: made[0].update(stacks=7), "this is no recording: stacks must be a list, not 7"),
        (lambda made: made[0]["stacks"][0].pop("replicas"), "this is no recording: replicas is missing"),
        (lambda made: made[0]["stacks"][0].update(replicas=7), "replicas must be a list of [index"),
        (lambda made: made[0]["stacks"][0].update(replicas=[4]), "replicas must be a list of [index"),
        (lambda made: made[-1].pop("state"), ": state is missing"),
        (lambda made: of("done", made).pop("test_loss"), "of the file: test_loss is missing"),
        (lambda made: made[2].update(event="_cut"), "event 3 of the file: no such event of a sweep"),
        (lambda made: made[2].update(event="steps"), "event 3 of the file: no such event of a sweep: 'steps'"),
        (lambda made: made[-1].update(elapsed=-1), "elapsed must be a number from 0"),
        (lambda made: made[-1].update(state="running"), "state must be finished or stopped, not 'running'"),
        (lambda made: made.insert(2, {"event": "lost", "stack": FIRST.id, "message": "x" * 2_001}), "at most 2,000"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_events_that_make_no_sense_are_refused(change: Callable[[list[dict[str, Any]]], Any], why: str) -> None:
    refused(edited(change), why)


def test_errors_are_in_words_and_speak_of_no_program() -> None:
    for made in (STOPPED, FAILED):
        first = {event["event"]: at for at, event in reversed(list(enumerate(made)))}
        check_words(made, first.values())


def test_no_field_of_a_start_can_do_harm() -> None:
    """Whatever stands where a value should: read or refused in words."""
    strange = [None, True, -1, 10**400, 1e308, "", "x" * 5_000, [], [[]], {}, {"a": []}, [None], ["ip", ["ip"]]]
    places = [(name,) for name in EVENTS[0]] + [("config", name) for name in EVENTS[0]["config"]]
    places += [("over", "learning_rate"), ("stacks", 0), ("stacks", 0, "replicas"), ("stacks", 0, "replicas", 0)]
    for place, value in itertools.product(places, strange):
        made = json.loads(json.dumps(EVENTS))
        target = made[0]
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = value
        try:
            read(io.BytesIO("".join(json.dumps(event) + "\n" for event in made).encode()))
        except ValueError as error:
            assert len(str(error)) < 600, place  # noqa: PT017 (it may also be read)


def test_fields_that_nobody_asked_for_are_refused() -> None:
    for value in (5, None, [1], {"a": 1}):
        for name in ("message", "kind"):
            change = {name: value}
            refused(edited(lambda made, change=change: made[1].update(change)), f"event 'begun' has no field '{name}'")


def test_the_limits_hold_for_sweeps_too() -> None:
    lines = TEXT.count(b"\n")
    assert read(io.BytesIO(PACKED), replace(LIMITS, events=lines, text=len(TEXT))).recording.over
    refused(PACKED, f"the file has more than {lines - 1} lines", replace(LIMITS, events=lines - 1))
    refused(PACKED, "the file holds more than 0 MB of text", replace(LIMITS, text=len(TEXT) - 1))
    refused(PACKED, "the recording would take more than 0 MB of memory", replace(LIMITS, held=10_000))


def test_memory_stays_bounded_whatever_the_file_holds() -> None:
    imports = """
from ipcore.config import RunConfig
from ipcore.sweeps.plan import Sweep
from ipcore.recordings.sweep import start_event
"""
    program = f"""
start = {EVENTS[0]!r}
line = json.dumps(start).encode() + b"\\n"
lost = json.dumps({{"event": "lost", "stack": {FIRST.id!r}, "message": "x" * 2000}}).encode() + b"\\n"
rates = [1e-6 * 1.001**place for place in range(5000)]
large = Sweep(RunConfig(methods="ip", depth=1, width=2, steps=1), {{"learning_rate": rates}})
large = json.loads(start_event(large).line())
name = large["stacks"][0]["id"]
curve = {{"event": "curve", "stack": name, "sequence": 0, "step": 1, "loss": [[]] * 900_000, "accuracy": []}}
begun = {{"event": "begun", "stack": name}}
files = {{
    "lost": bomb((line, 1), (lost * 100, 1000)),
    "replicas": json.dumps({{**start, "stacks": [{{"id": "x", "method": "ip", "replicas": [[0, 4]] * 450_000}}]}})
                .encode(),
    "stacks": json.dumps({{**start, "stacks": [{{}}] * 900_000}}).encode(),
    "values": json.dumps({{**start, "over": {{"learning_rate": [0] * 1_000_000}}}}).encode(),
    "a large sweep": (json.dumps(large) + "\\n" + json.dumps(begun) + "\\n" + json.dumps(curve)).encode(),
}}
"""
    said = refusals(program, imports)
    assert said["lost"] == "the recording would take more than 200 MB of memory"
    assert "does not fit" in said["replicas"] or "every network once" in said["replicas"]
    assert "id is missing" in said["stacks"] and "from 1 to 5,000 values" in said["values"]
    assert said["a large sweep"].startswith("event 3 of the file: ")


def test_what_a_recording_takes_is_counted() -> None:
    recording = from_events(EVENTS)
    held = sum(getattr(found, "nbytes", 0) for found in recording._curves.values())
    held += sum(array.nbytes for found in recording._results.values() for array in found.values())
    assert recording.nbytes == held < newest_bytes(from_events(EVENTS[:1]), start_event(SWEEP))


def test_the_longest_sweep_can_be_kept(tmp_path) -> None:
    rates = [1e-5 * 1.0007**place for place in range(int(SWEEP_TOTALS["sweep_networks"]))]
    longest = Sweep(RunConfig(methods="ip", depth=1, width=2, steps=1), {"learning_rate": rates})
    store = Store(tmp_path)
    id = import_file(store, "0" * 32, io.BytesIO(jsonl([start_event(longest)])), "x")
    assert Sweep.from_dict(store.get(id).config).over == longest.over
    store.close()
