"""The recordings that are shipped with the project, as the list of saved runs shows them to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from app.run_names import folded
from app.saved_run import SavedRun, searched
from app.session import race
from app.sweep_saver import best
from ipcore.config import RunConfig
from ipcore.recording import Recording, events_from_file
from ipcore.sweep_recording import SweepRecording, from_events

RACE, SWEEP = "default-race", "default-sweep"
"""Ids: shorter than any of the store."""
SWEEP_FILE = race.BUNDLED.parent / "default-sweep.jsonl.gz"


@st.cache_resource(show_spinner=False)
def runs() -> dict[str, SavedRun]:
    """Id -> what the list shows of it."""
    return {RACE: _race(), SWEEP: _sweep()}


@st.cache_resource(show_spinner=False)
def sweep() -> SweepRecording:
    """The recording of a finished default sweep."""
    return from_events(events_from_file(SWEEP_FILE))


def recording(id: str) -> Recording | SweepRecording:
    """The recording of that id."""
    return sweep() if id == SWEEP else race.bundled()


def events(id: str) -> Iterator[dict[str, Any]]:
    """The events of that id."""
    return events_from_file(SWEEP_FILE if id == SWEEP else race.BUNDLED)


def fitting(text: str, **wanted: str | None) -> list[SavedRun]:
    """Those that a search finds; the arguments are those of :meth:`app.store.Store.list`."""
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
    test = shown.tests[-1]
    accuracy = {method: float(values.mean()) for method, values in test.accuracy.items()}
    return _row(RACE, "race", "The default race (shipped)", shown.config, shown.config.to_dict(), shown.state, accuracy, shown.step)


def _sweep() -> SavedRun:
    shown = sweep()
    asked, done = shown.sweep, shown.done_networks
    return _row(SWEEP, "sweep", "The default sweep (shipped)", asked.config, asked.to_dict(), shown.state, best(shown), done)


def _row(
    id: str, kind: str, name: str, config: RunConfig, settings: dict[str, Any], state: str, accuracy: dict[str, float], step: int
) -> SavedRun:
    return SavedRun(
        id=id, owner="", kind=kind, name=name, created=0.0, config=settings, dataset=config.dataset, methods=config.methods,
        state=state, message="", pinned=False, deleted_at=None, size=0, chunks=0, events=0, missing=0, step=step,
        accuracy=accuracy,
    )  # fmt: skip
