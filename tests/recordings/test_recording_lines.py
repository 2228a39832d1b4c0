"""Lines and events: what is written can be read, and what is no event is refused."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from misfits import SMALL, layers, per_method

from ipcore.jsonlines import decode, encode, finite
from ipcore.recordings.bins import trim
from ipcore.recordings.race import Recording


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
