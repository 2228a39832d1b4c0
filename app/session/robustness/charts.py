"""The charts, the data and the summary of any sweep that a page shows, with the point that the visitor picked."""

from __future__ import annotations

import hashlib

import streamlit as st

from app.sweep import frames
from app.sweep.component import SweepView, view
from app.sweep.csv import table
from app.sweep.summary import summarised
from app.ui.feeds import FrameCache
from ipcore.recordings.sweep import SweepRecording

_frames = FrameCache(8)
"""Frames of all sweeps on screen: each is packed once, and all its viewers share it."""


def stamp(shown: SweepRecording, name: str, state: str, chosen: SweepView) -> str:
    """A name that no other frame has; for the arguments see :func:`frame`."""
    short = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"sweep-{short}-{shown.revision}-{state}-{_point(name, chosen)}"


def frame(shown: SweepRecording, name: str, state: str, chosen: SweepView) -> bytes:
    """The frame of a sweep, with the learning curves of one point.

    Args:
        shown: the sweep so far.
        name: an id that no other sweep has.
        state: the state of the sweep.
        chosen: what the visitor picked, perhaps on the charts of another sweep.
    """
    point = _point(name, chosen)
    return _frames.get(stamp(shown, name, state, chosen), lambda: frames.frame(shown, name, point, state))


def frame_on(key: str, shown: SweepRecording, name: str, state: str) -> bytes:
    """The same, with the point that the visitor picked on the component of that key."""
    return frame(shown, name, state, view(st.session_state.get(key)))


def file_on(key: str, shown: SweepRecording, name: str, chart: str) -> tuple[str, str]:
    """The data of one chart, at the point that the visitor picked on a component: a file's name and its CSV.

    Args:
        key: the key of the component that shows the sweep.
        shown: the sweep so far.
        name: an id that no other sweep has.
        chart: the name of the chart.
    """
    point = _point(name, view(st.session_state.get(key)))
    at = point if point is not None else frames.best_of(shown)
    return f"{shown.sweep.config.dataset}-{'-'.join(shown.sweep.over)}-{chart}.csv", table(shown, chart, at)


def summary(shown: SweepRecording, name: str) -> tuple[str, str]:
    """The summary of each method so far, as a table in HTML, and how its numbers are defined.

    Args:
        shown: the sweep so far.
        name: an id that no other sweep has.
    """
    return _summary(name, shown.done_networks, shown)


@st.cache_resource(show_spinner=False, max_entries=64)
def _summary(name: str, done: int, _recording: SweepRecording) -> tuple[str, str]:
    """The same, computed once for all viewers."""
    return summarised(_recording)


def _point(name: str, chosen: SweepView) -> int | None:
    """The point of a sweep that was picked; None for the best."""
    return chosen.point if chosen.run == name else None
