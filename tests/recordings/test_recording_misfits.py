"""Events that do not fit a recording are refused and leave no trace."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from misfits import SMALL, START, misfits, valid
from ten_steps import begun, held

from ipcore.recordings.bins import ACTIVITY_BINS, SIDE
from ipcore.recordings.events.race import Steps
from ipcore.recordings.race import PER_LAYER, Recording, from_events


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
