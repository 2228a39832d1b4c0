"""Recordings: events in, whole or not at all; what is held, found again and stored."""

from __future__ import annotations

import copy
import functools
import gzip
import itertools
import json
import math
import pickle
import sys
import threading
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from misfits import SMALL, START, Event, layers, misfits, per_method, valid
from plain import all_plain, plain
from recordings import events as made_up

from ipcore.config import METHODS, RunConfig
from ipcore.data.sets import load
from ipcore.jsonlines import decode, encode, finite
from ipcore.networks import training
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, trim
from ipcore.recordings.events.race import Steps
from ipcore.recordings.files import events_from_file
from ipcore.recordings.race import PER_LAYER, Recording, from_events


class Script:
    """One command, or none, each time the loop asks."""

    def __init__(self, *commands: Event | None) -> None:
        self.commands = iter(commands)

    def get(self, block: bool) -> Event | None:
        return next(self.commands, None)


@pytest.fixture(scope="module")
def real() -> list[Event]:
    """The events of a short run of all methods: a rate changed after 5 steps, a pause after 8, 2 steps, and on."""
    script = Script(
        *[None] * 5, {"command": "set", "setting": "learning_rate", "value": 0.5}, *[None] * 3,
        {"command": "pause"}, {"command": "step", "count": 2}, None, None, {"command": "resume"},
    )  # fmt: skip
    return all_plain(training.train(SMALL.replace(methods=METHODS), load("moons"), script))


def held(recording: Recording) -> bytes:
    """All that a recording holds, to be compared bit by bit."""
    return pickle.dumps(vars(recording))


def begun() -> Recording:
    """10 steps, with snapshots and tests of steps 0, 4 and 9; one network has diverged."""
    return pickle.loads(_begun())


@functools.cache
def _begun() -> bytes:
    recording = from_events([START])
    for step in range(10):
        if step in (0, 4, 9):
            recording.add({**valid()["snapshot"], "step": step})
            recording.add({**valid()["test"], "step": step, "accuracy": per_method([step / 10] * 2)})
        recording.add(
            {"event": "steps", "first": step + 1, "elapsed": 0.1 * step, "loss": per_method([[step, step + 0.5]])}
        )
    recording.add({"event": "diverged", "step": 10, "method": "ip", "seed": 7})
    return pickle.dumps(recording)


# Round trips


def test_a_real_run_survives_its_lines(real):
    lines = [encode(event) for event in real]
    assert not any("\n" in line for line in lines)
    assert [decode(line) for line in lines] == real and [decode(line.encode()) for line in lines] == real
    assert {event["event"] for event in real} == {"start", "steps", "test", "snapshot", "mark", "state", "end"}


def test_a_recording_holds_what_a_real_run_said(real):
    recording = from_events(real)
    config, end = recording.config, real[-1]
    assert config == SMALL.replace(methods=METHODS) and recording.step == config.steps == end["step"]
    assert recording.state == "finished" and recording.over and recording.revision == len(real)
    assert recording.elapsed == end["elapsed"] and recording.telemetry_share == end["telemetry"]
    assert recording.first_layer_gradient == end["first_layer_gradient"]
    assert recording.data == real[0]["data"] and recording.data["extent"] == [-1.3, 1.3, -1.3, 1.3]
    for method in METHODS:
        said = [row for event in real if event["event"] == "steps" for row in event["loss"][method]]
        assert recording.loss(method).dtype == np.float32 and recording.loss(method).shape == (30, 2)
        np.testing.assert_array_equal(recording.loss(method), np.array(said, np.float32))
    (mark,) = recording.marks
    assert (mark.step, mark.setting, mark.previous, mark.value) == (5, "learning_rate", 0.01, 0.5)
    assert [event["step"] for event in real if event["event"] == "test"] == [test.step for test in recording.tests]
    for test, said in zip(recording.tests, (event for event in real if event["event"] == "test"), strict=True):
        np.testing.assert_array_equal(test.accuracy["ip"], np.array(said["accuracy"]["ip"], np.float32))
        np.testing.assert_allclose(test.loss["plain"], said["loss"]["plain"])
        assert test.examples == said["examples"] and set(test.surface) == set(said.get("surface", {}))
        if test.surface:
            np.testing.assert_allclose(test.surface["ip"].ravel() * 100, said["surface"]["ip"], rtol=1e-6)
            assert test.surface["ip"].shape == (SIDE, SIDE)


def test_a_recording_holds_what_real_snapshots_said(real):
    recording = from_events(real)
    said = [event for event in real if event["event"] == "snapshot"]
    assert [event["step"] for event in said] == [moment.step for moment in recording.snapshots]
    for moment, event in zip(recording.snapshots, said, strict=True):
        for method in METHODS:
            held, given = moment.methods[method], event["methods"][method]
            for name in PER_LAYER:
                np.testing.assert_array_equal(getattr(held, name), np.array(given[name], np.float32))
            assert held.gain.shape == (3, len(GAIN_EDGES) - 1) and held.bias.shape == (3, len(BIAS_EDGES) - 1)
            assert [trim(row) for row in held.gain] == given["gain"] and [trim(row) for row in held.bias] == given[
                "bias"
            ]
            assert (held.gain.sum(1) == 8).all(), "4 neurons of 2 replicas"
            np.testing.assert_allclose(held.activity * 1000, given["activity"], rtol=1e-6)
            np.testing.assert_allclose(held.activity.sum(1), 1, atol=0.5e-3 * ACTIVITY_BINS)


def test_the_probability_surface_is_that_of_the_first_seed_and_rows_go_upward():
    recording = begun()
    cells = [100 * (row == SIDE - 1) for row in range(SIDE) for _ in range(SIDE)]
    recording.add({**valid()["test"], "surface": {"plain": cells, "ip": cells[::-1]}})
    surface = recording.drawn(None).surface
    assert surface is recording.tests[-1].surface
    recording.add({name: value for name, value in valid()["test"].items() if name != "surface"})
    assert recording.drawn(None).surface is surface and recording.drawn(10).surface is surface
    assert (surface["plain"][-1] == 1).all() and not surface["plain"][:-1].any() and (surface["ip"][0] == 1).all()


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_a_file_of_events_is_the_run(real, tmp_path, name):
    path = tmp_path / name
    lines = "".join(encode(event) + "\n" for event in real).encode()
    path.write_bytes(gzip.compress(lines) if name.endswith("gz") else lines)
    assert all_plain(events_from_file(path)) == real
    assert from_events(events_from_file(path)).revision == len(real)


def test_a_file_cut_short_gives_what_it_holds_and_then_says_so(real, tmp_path):
    path = tmp_path / "run.gz"
    whole = gzip.compress("".join(encode(event) + "\n" for event in real).encode())
    for packed in (whole[: len(whole) // 2], whole[:-4], whole[:40] + b"?" * 40 + whole[80:], b"not gzip"):
        path.write_bytes(packed)
        with pytest.raises(ValueError):
            list(events_from_file(path))
    path.with_suffix("").write_text(encode(real[0]) + "\n" + encode(real[1])[:-5])
    found = events_from_file(path.with_suffix(""))
    assert plain(next(found)) == real[0]
    with pytest.raises(ValueError, match="not a line of JSON"):
        next(found)


@pytest.mark.parametrize(
    "config", [RunConfig(steps=100), RunConfig(dataset="spirals", seeds=3, depth=1, steps=50, methods=METHODS)]
)
def test_made_up_recordings_are_recordings(config):
    recording = from_events(made_up(config))
    assert recording.step == config.steps and recording.state == "finished" and len(recording.snapshots) > 10


# Lines


@pytest.mark.parametrize(
    "line",
    ["", "{", "null", "[]", "5", '"start"', "{}", '{"event": 5}', '{"event": null}', "[" * 100_000, b"\xff{}",
     '{"event": "end", "a": NaN}', '{"event": "end", "a": -Infinity}', '{"event": "end", "a": ' + "9" * 5000 + "}",
     "{'event': 'end'}", "\x00"],
    ids=lambda line: repr(line)[:24],
)  # fmt: skip
def test_a_line_that_is_no_event_is_refused(line):
    with pytest.raises(ValueError):
        decode(line)


@effort(deadline=None)
@given(st.text() | st.binary())
def test_any_line_is_an_event_or_refused(line):
    with suppress(ValueError):
        assert isinstance(decode(line)["event"], str)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_not_finite_is_never_written(number):
    assert decode(encode({"event": "steps", "loss": [number, 0.5]}))["loss"] == [None, 0.5]
    assert finite([[number, 1.5], [-math.inf, None], 2]) == [[None, 1.5], [None, None], 2]


@effort(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=120, max_size=120))
def test_a_trimmed_histogram_is_the_histogram(counts):
    recording = Recording(SMALL)
    counts = [
        min(count, 8 - sum(counts[:place])) if sum(counts[:place]) < 8 else 0 for place, count in enumerate(counts)
    ]
    recording.add(
        {"event": "snapshot", "step": 0, "methods": per_method(layers(SMALL, gain=[trim(np.array(counts))] * 3))}
    )
    assert (recording.snapshots[0].methods["ip"].gain == counts).all()


def test_a_trimmed_histogram_is_short():
    assert (
        trim(np.array([0, 0, 3, 0, 5, 0])) == [2, 3, 0, 5]
        and trim(np.zeros(5, int)) == [0]
        and trim(np.array([7])) == [0, 7]
    )


# What does not fit


@pytest.mark.parametrize("kind", valid())
def test_events_that_fit_are_taken_in(kind):
    recording = begun()
    before, revision = held(recording), recording.revision
    recording.add(valid()[kind])
    assert recording.revision == revision + 1 and held(recording) != before


def test_misfits_are_refused_and_leave_no_trace():
    recording = begun()
    before = held(recording)
    for what, event in misfits().items():
        try:
            recording.add(event)
        except ValueError as refused:
            assert len(str(refused)) < 400, what  # noqa: PT017 (which was taken in, is said below)
            assert held(recording) == before, f"{what} left a trace"
        else:
            pytest.fail(f"{what} was taken in")
    assert recording.revision == 18, "those that made it"


def paths(event: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be exchanged: every field and, of lists, the first and the last entry."""
    inside = (
        event.items()
        if isinstance(event, dict)
        else sorted({0, len(event) - 1})
        if isinstance(event, list) and event
        else ()
    )
    keys = [key[0] for key in inside] if isinstance(event, dict) else inside
    return [path] * bool(path) + [found for key in keys for found in paths(event[key], (*path, key))]


PLACES = [(kind, path) for kind, event in {**valid(), "start": START}.items() for path in paths(event)]
number = st.integers() | st.floats() | st.just(10**400)
junk = st.recursive(
    st.none() | st.booleans() | number | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["plain", "ip", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@effort(deadline=None, max_examples=250)
@given(st.sampled_from(PLACES), junk)
def test_whatever_is_exchanged_in_an_event_the_recording_stays_whole(place, value):
    kind, path = place
    event = copy.deepcopy(START) if kind == "start" else valid()[kind]
    inside = event
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    recording = Recording(SMALL) if kind == "start" else begun()
    before = held(recording)
    try:
        recording.add(event)
    except ValueError:
        assert held(recording) == before
    else:
        sound(recording)


def sound(recording: Recording) -> None:
    """Checks what readers rely on."""
    config = recording.config
    assert recording.step <= config.steps
    for method in config.methods:
        losses = recording.loss(method)
        assert (
            losses.shape == (recording.step, config.seeds) and losses.dtype == np.float32 and not np.isinf(losses).any()
        )
    steps = [moment.step for moment in recording.snapshots]
    assert (
        all(type(step) is int for step in steps)
        and steps == sorted(set(steps))
        and all(0 <= step <= config.steps for step in steps)
    )
    steps = [test.step for test in recording.tests]
    assert all(type(step) is int for step in steps) and steps == sorted(steps)
    for moment in recording.snapshots:
        assert list(moment.methods) == list(config.methods)
        for statistics in moment.methods.values():
            assert all(getattr(statistics, name).shape == (config.depth,) for name in PER_LAYER)
            assert statistics.gain.min() >= 0 and statistics.gain.sum(1).max() <= config.width * config.seeds
            assert statistics.activity.shape == (config.depth, ACTIVITY_BINS)
    for test in recording.tests:
        assert list(test.loss) == list(test.accuracy) == list(config.methods) and list(test.surface) in (
            [],
            list(config.methods),
        )
        assert all(values.shape == (config.seeds,) for values in (*test.loss.values(), *test.accuracy.values()))
        assert all(cells.shape == (SIDE, SIDE) for cells in test.surface.values())
    assert math.isfinite(recording.elapsed) and recording.elapsed >= 0
    json.dumps([recording.data, recording.progress, recording.message, recording.state])


@pytest.mark.parametrize(
    "what",
    [{"version": 2}, {"version": None}, {"version": True}, {"version": "1"}, {"version": [1]}, {"config": None},
     {"config": []},
     {"config": {"depth": 51}}, {"config": {"depht": 5}}, {"data": None}, {"data": []}, {"data": 5},
     {"data": {"train": "many"}}, {"data": {"probe": 0}},
     {"data": {"extent": [0, 1, 0]}}, {"data": {"extent": [1, 0, 0, 1]}}, {"data": {"extent": [0, None, 0, 1]}},
     {"data": {"extent": [0, 1, 0, "1"]}}, {"data": {"points": [[0, 0]]}}, {"data": {"points": [[0, 0, 2]]}},
     {"data": {"extent": [0, 1e308, 0, 1]}}, {"data": {"extent": [0, 1e7, 0, 1]}},
     {"data": {"points": [[0, 1e308, 0]]}}, {"data": {"points": [[-1e7, 0, 0]]}}, {"data": {"points": [[0, None, 0]]}},
     {"data": {"points": [[0, 0, 0.5]]}}, {"data": {"points": [[0, 0, None]]}}, {"data": {"points": 5}}],
    ids=str,
)  # fmt: skip
def test_a_start_that_does_not_fit_is_refused_and_leaves_no_trace(what):
    recording = Recording(SMALL)
    before = held(recording)
    for add in (recording.add, lambda event: from_events([event])):
        with pytest.raises(ValueError):
            add({**START, **what})
    assert held(recording) == before


@pytest.mark.parametrize(
    "events",
    [[], [valid()["steps"]], [None], ["start"], [{}], [{"event": "start"}], [START, START]],
    ids=lambda e: str(e)[:20],
)
def test_a_recording_begins_with_its_one_start(events):
    with pytest.raises(ValueError):
        from_events(events)


def test_another_version_is_named_whatever_else_it_holds():
    with pytest.raises(ValueError, match="version 2; this program reads version 1"):
        from_events([{"event": "start", "version": 2, "config": {"rule": "new"}}])


@pytest.mark.parametrize("last", ["end", "error"])
@pytest.mark.parametrize("kind", valid())
def test_nothing_comes_after_the_end(last, kind):
    recording = begun()
    recording.add(valid()[last])
    before = held(recording)
    with pytest.raises(ValueError, match="after the end"):
        recording.add(valid()[kind])
    assert held(recording) == before and recording.over


def test_what_is_unknown_of_a_run_cut_short_is_null():
    recording = Recording(SMALL)
    recording.add(
        {"event": "end", "step": 0, "state": "stopped", "elapsed": 0.0, "telemetry": None, "first_layer_gradient": {}}
    )
    assert (
        recording.state == "stopped" and math.isnan(recording.telemetry_share) and recording.first_layer_gradient == {}
    )


def test_null_and_what_float32_cannot_hold_are_not_numbers():
    recording = begun()
    recording.add(
        Steps(first=11, elapsed=1, loss={"plain": [[None, 1e300]], "ip": [[math.nan, -math.inf]]})  # as a program may
    )
    assert np.isnan(recording.loss("plain")[10]).all() and np.isnan(recording.loss("ip")[10]).all()


@pytest.mark.parametrize(
    ("width", "seeds", "expected"), [(4, 2, np.uint8), (64, 3, np.uint8), (64, 4, np.uint16), (512, 16, np.uint16)]
)
def test_histograms_take_no_more_memory_than_they_need(width, seeds, expected):
    config = RunConfig(methods=("ip",), depth=2, width=width, seeds=seeds)
    recording = Recording(config)
    recording.add({"event": "snapshot", "step": 0, "methods": {"ip": layers(config)}})
    gain = recording.snapshots[0].methods["ip"].gain
    assert gain.dtype == expected and (gain.sum(1) == width * seeds).all()


def test_a_file_is_compressed_or_not_whatever_its_name(tmp_path):
    lines = "".join(encode(event) + "\n" for event in (START, valid()["error"]))
    for content in (lines.encode(), gzip.compress(lines.encode()), lines.replace("\n", "\n\n").encode()):
        for name in ("a.jsonl", "a.jsonl.gz", "a"):
            (tmp_path / name).write_bytes(content)
            assert all_plain(events_from_file(tmp_path / name)) == [START, valid()["error"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"step,method,seed,loss,accuracy\n1,ip,0,2.3,\n", "table.csv is no recording: not a line of JSON"),
        (b"\x89PNG\r\n\x1a\n\x00", "table.csv is no recording: not a line of JSON"),
        (encode(START).encode() + b"\n1,ip,0,2.3\n", "table.csv, line 2: not a line of JSON"),
        (gzip.compress(encode(START).encode())[:-9], "table.csv is damaged: "),
    ],
)
def test_a_file_that_is_something_else_is_said_to_be_no_recording(tmp_path, content, why):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError) as refused:
        list(events_from_file(path))
    assert why in str(refused.value) and "Expecting" not in str(refused.value) and "codec" not in str(refused.value)


# Looking things up


@pytest.mark.parametrize(
    ("step", "found"), [(None, 9), (0, 0), (3, 0), (4, 4), (8, 4), (9, 9), (10, 9), (10**9, 9), (-5, 0)]
)
def test_the_moment_at_a_step_is_the_last_one_up_to_it(step, found):
    recording = begun()
    assert recording.moment(step).step == recording.tested(step).step == found


def test_before_the_first_snapshot_there_is_no_moment():
    assert Recording(SMALL).moment(None) is None and Recording(SMALL).tested(5) is None


def test_of_two_tests_at_a_step_the_later_counts():
    recording = begun()
    for accuracy in (0.5, 0.75):
        recording.add({**valid()["test"], "accuracy": per_method([accuracy] * 2)})
    assert recording.tested(10).accuracy["ip"][0] == recording.tested(None).accuracy["ip"][0] == 0.75


def test_a_mark_may_come_before_the_losses_of_its_step():
    recording = begun()
    recording.add({**valid()["mark"], "step": 13})
    recording.add(valid()["steps"])
    assert recording.step == 12 and recording.marks[0].step == 13


def test_readers_on_other_threads_see_whole_events_only():
    config = RunConfig(dataset="moons", methods=("plain", "ip"), depth=1, width=2, steps=3000)
    recording, faults, seen = Recording(config), [], set()
    writer = threading.Thread(target=lambda: [recording.add(event) for event in stream(config)])
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        writer.start()
        while writer.is_alive():
            revision, step = recording.revision, recording.step
            seen.add(revision)
            for method in config.methods:
                losses = recording.loss(method)
                faults += (
                    []
                    if len(losses) >= step and (losses[:, 0] == np.arange(len(losses))).all()
                    else [(revision, method)]
                )
            moment, test = recording.moment(step), recording.tested(None)
            faults += (
                []
                if moment is None or (moment.step <= max(step, 1) and len(moment.methods) == 2)
                else [(revision, moment)]
            )
            faults += [] if test is None or len(test.accuracy) == 2 else [(revision, test)]
    finally:
        sys.setswitchinterval(interval)
        writer.join()
    assert not faults and len(seen) > 10 and recording.step == 3000


def stream(config: RunConfig):
    """One step at a time, the loss of each its number less one."""
    said = {method: layers(config) for method in config.methods}
    for step in range(config.steps):
        loss = {method: [[step]] for method in config.methods}
        yield {"event": "steps", "first": step + 1, "elapsed": step / 1000, "loss": loss}
        if step % 10 == 0:
            yield {"event": "snapshot", "step": step + 1, "methods": said}
            numbers = {method: [0.5] for method in config.methods}
            yield {"event": "test", "step": step + 1, "examples": 5, "loss": numbers, "accuracy": numbers}


def test_a_thousand_steps_of_the_default_race_stay_under_2_mb(monkeypatch):
    pace = training.Pace(max(training.SHARES), training.SNAPSHOT_SECONDS)
    monkeypatch.setattr(training.Pace, "due", lambda self, elapsed: True)
    monkeypatch.setattr(training, "CHUNK_SECONDS", 0)
    events = all_plain(training.train(RunConfig(steps=25, learning_rate=0.1, intrinsic_rate=0.5), load("mnist-5k")))
    longest = {
        kind: max(len(encode(event)) + 1 for event in events if event["event"] == kind)
        for kind in ("steps", "test", "snapshot")
    }
    monkeypatch.undo()
    # The most is said when each step is sent alone, and there is a snapshot and a test as often as the pace allows. A
    # snapshot was measured to take 0.7 of a step, a test more; assumed are a fifth, and a step of 0.1 ms to 1 s.
    moments = max(occasions(copy.copy(pace), 1000, seconds) for seconds in np.geomspace(1e-4, 1, 41))
    size = 1000 * longest["steps"] + moments * (longest["snapshot"] + longest["test"]) + 1000
    assert 50 < moments and size < 2e6, (longest, moments, size)


def occasions(pace: training.Pace, steps: int, seconds: float) -> int:
    """How often the pace allows a look in so many steps that take ``seconds`` each, looks a fifth of it."""
    elapsed, count = 0.0, 0
    for _ in itertools.repeat(None, steps):
        elapsed += seconds
        if pace.due(elapsed):
            elapsed, count = elapsed + seconds / 5, count + 1
            pace.count(seconds / 5, elapsed)
    return count
