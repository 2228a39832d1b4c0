"""The recordings that are shipped with the project, as the list of saved runs shows them to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from app.session import race
from app.store.recorded import RACE, SHIPPED, SWEEP
from app.store.run_names import folded
from app.store.saved_run import SavedRun, searched
from ipcore.config import RunConfig
from ipcore.recordings.events.base import Event
from ipcore.recordings.files import events_from_file
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording, from_events


@st.cache_resource(show_spinner=False)
def runs() -> dict[str, SavedRun]:
    """Id -> the entry of the list."""
    return {RACE: _race(), SWEEP: _sweep()}


@st.cache_resource(show_spinner=False)
def sweep() -> SweepRecording:
    """The recording of a finished default sweep."""
    return from_events(events(SWEEP))


def recording(id: str) -> Recording | SweepRecording:
    """The recording of that id."""
    return sweep() if id == SWEEP else race.bundled()


def events(id: str) -> Iterator[Event]:
    """The events of that id."""
    _, file = SHIPPED[id]
    return events_from_file(file)


def fitting(text: str, **wanted: str | None) -> list[SavedRun]:
    """The shipped recordings that match a search; the arguments are those of :meth:`app.store.store.Store.list`."""
    return [run for run in runs().values() if _fits(run, text, **wanted)]


def _fits(
    run: SavedRun, text: str, dataset: str | None, method: str | None, kind: str | None, state: str | None
) -> bool:
    found = searched(run.name, run.dataset, run.methods)
    return (
        all(word in found for word in folded(text).split())
        and dataset in (None, run.dataset)
        and (method is None or method in run.methods)
        and kind in (None, run.kind)
        and state in (None, run.state)
    )


def _race() -> SavedRun:
    shown = race.bundled()
    about = {"kind": "race", "name": SHIPPED[RACE][0], "config": shown.config.to_dict()}
    return _row(RACE, shown.config, **about, state=shown.state, step=shown.step, accuracy=shown.accuracies())


def _sweep() -> SavedRun:
    shown = sweep()
    about = {"kind": "sweep", "name": SHIPPED[SWEEP][0], "config": shown.sweep.to_dict()}
    return _row(SWEEP, shown.sweep.config, **about, state=shown.state, step=shown.done, accuracy=shown.accuracies())


def _row(id: str, networks: RunConfig, **about: Any) -> SavedRun:
    return SavedRun(
        id=id, owner="", created=0.0, dataset=networks.dataset, methods=networks.methods, message="", pinned=False,
        deleted_at=None, size=0, chunks=0, events=0, missing=0, **about,
    )  # fmt: skip
