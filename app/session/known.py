"""Finished recordings by their settings: those that are shipped, and those that were trained on this server before.

A link names settings, and what it shows must have exactly these. A recording that somebody imported may say anything of
itself, so of saved runs only a visitor's own are looked through.
"""

from __future__ import annotations

import itertools
from typing import TypeVar

import streamlit as st

from app.race.digest import digest
from app.session import server, shipped, visitor
from app.store.equal import finished_with
from app.store.recorded import SHIPPED
from app.store.schema import StoreError
from ipcore.config import RunConfig
from ipcore.recordings.files import begin, events_from_file
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

R = TypeVar("R", Recording, SweepRecording)

FRESH = 20.0
"""Seconds for which it stays known which saved run has some settings."""


def race(config: RunConfig) -> tuple[str, Recording] | None:
    """A finished race with these settings, and a name that no other has; None if there is none."""
    return _shipped(config, Recording) or _trained(config) or _own("race", config, Recording)


def sweep(wanted: Sweep) -> tuple[str, SweepRecording] | None:
    """A finished sweep with these settings, and a name that no other has; None if there is none."""
    return _shipped(wanted, SweepRecording) or _own("sweep", wanted, SweepRecording)


def _shipped(wanted: RunConfig | Sweep, kind: type[R]) -> tuple[str, R] | None:
    name = shipped_with(wanted)
    recording = None if name is None else shipped.recording(name)
    return (name, recording) if name is not None and isinstance(recording, kind) else None


def _trained(config: RunConfig) -> tuple[str, Recording] | None:
    """One that this server has trained for anybody, and that nobody has steered."""
    trained = server.runs().finished_like(config)
    return None if trained is None or trained.marks else (f"trained-{digest(trained).run}", trained)


def _own(kind: str, wanted: RunConfig | Sweep, of: type[R]) -> tuple[str, R] | None:
    """One of this visitor's saved runs."""
    for saved in _saved(visitor.owner(), kind, wanted, repr(wanted)):
        stored = _stored(saved)
        if isinstance(stored, of) and _settings_of(stored) == wanted:
            return saved, stored
    return None


def _settings_of(recording: Recording | SweepRecording) -> RunConfig | Sweep | None:
    """The settings that a recording has all the time; None if they were changed on the way."""
    if isinstance(recording, SweepRecording):
        return recording.sweep
    return None if recording.marks else recording.config


def shipped_with(wanted: RunConfig | Sweep) -> str | None:
    """The id of the shipped recording with these settings; None if there is none."""
    return next((id for id, settings in _settings().items() if settings == wanted), None)


@st.cache_resource(show_spinner=False)
def _settings() -> dict[str, RunConfig | Sweep]:
    """Id -> the settings of each shipped recording, read from its first event."""
    found: dict[str, RunConfig | Sweep] = {}
    for id, (_, file) in SHIPPED.items():
        if file.is_file():
            for first in itertools.islice(events_from_file(file), 1):
                recording, _ = begin(first)
                settings = _settings_of(recording) if isinstance(recording, Recording | SweepRecording) else None
                if settings is not None:
                    found[id] = settings
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
