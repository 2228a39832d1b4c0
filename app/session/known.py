"""Finished recordings by their settings: those that are shipped, and those that were trained on this server before.

A link names settings, and what it shows must have exactly these. A recording that somebody imported may say anything of
itself, so of saved runs only a visitor's own are looked through.
"""

from __future__ import annotations

import itertools

import streamlit as st

from app.race.digest import digest
from app.session import server, visitor
from app.store.equal import finished_with
from app.store.recorded import SHIPPED
from app.store.schema import StoreError
from ipcore.config import RunConfig
from ipcore.recordings.files import begin, events_from_file, from_events
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

FRESH = 20.0
"""Seconds for which it stays known which saved run has some settings."""


def race(config: RunConfig) -> tuple[str, Recording] | None:
    """A finished race with these settings, and a name that no other has; None if there is none."""
    name = shipped_with(config)
    if name is not None:
        shown = shipped(name)
        assert isinstance(shown, Recording)
        return name, shown
    trained = server.runs().finished_like(config)
    if trained is not None and not trained.marks:
        return f"trained-{digest(trained).run}", trained
    for saved in _saved(visitor.owner(), "race", config, repr(config)):
        stored = _stored(saved)
        if isinstance(stored, Recording) and stored.config == config and not stored.marks:
            return saved, stored
    return None


def sweep(wanted: Sweep) -> tuple[str, SweepRecording] | None:
    """A finished sweep with these settings, and a name that no other has; None if there is none."""
    name = shipped_with(wanted)
    if name is not None:
        shown = shipped(name)
        assert isinstance(shown, SweepRecording)
        return name, shown
    for saved in _saved(visitor.owner(), "sweep", wanted, repr(wanted)):
        stored = _stored(saved)
        if isinstance(stored, SweepRecording) and stored.sweep == wanted:
            return saved, stored
    return None


def shipped_with(wanted: RunConfig | Sweep) -> str | None:
    """The id of the shipped recording with these settings; None if there is none."""
    return next((id for id, settings in _settings().items() if settings == wanted), None)


@st.cache_resource(show_spinner=False)
def shipped(id: str) -> Recording | SweepRecording:
    """The shipped recording of that id."""
    _, file = SHIPPED[id]
    return from_events(events_from_file(file))


@st.cache_resource(show_spinner=False)
def _settings() -> dict[str, RunConfig | Sweep]:
    """Id -> the settings of each shipped recording, read from its first event."""
    found: dict[str, RunConfig | Sweep] = {}
    for id, (_, file) in SHIPPED.items():
        if file.is_file():
            for first in itertools.islice(events_from_file(file), 1):
                recording, _ = begin(first)
                found[id] = recording.sweep if isinstance(recording, SweepRecording) else recording.config
    return found


@st.cache_resource(show_spinner=False, ttl=FRESH, max_entries=256)
def _saved(owner: str, kind: str, _wanted: RunConfig | Sweep, text: str) -> tuple[str, ...]:
    try:
        return tuple(finished_with(server.store(), owner, kind, _wanted.to_dict()))
    except StoreError:
        return ()


def _stored(id: str) -> Recording | SweepRecording | None:
    try:
        run = server.store().get(id)
        replay = None if run is None else server.replays().of(run)
    except StoreError:
        return None
    return None if replay is None or replay.damage else replay.recording
