"""The recordings that are shipped with the project, which everybody can open; two are in the list of saved runs."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from app.store.recorded import RACE, SHIPPED, SWEEP
from app.store.run_names import folded
from app.store.saved_run import SavedRun, searched
from ipcore.config import RunConfig
from ipcore.recordings.events.base import Event
from ipcore.recordings.files import events_from_file, from_events
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording


@st.cache_resource(show_spinner=False)
def runs() -> dict[str, SavedRun]:
    """Id -> the entry of the list, of those that are in it."""
    return {id: entry(id) for id in (RACE, SWEEP)}


def is_shipped(id: str) -> bool:
    """Whether a recording of that id is shipped, in the list or not."""
    return id in SHIPPED and SHIPPED[id][1].is_file()


@st.cache_resource(show_spinner=False)
def entry(id: str) -> SavedRun:
    """The entry of the recording of that id, as the list has them."""
    shown = recording(id)
    networks: RunConfig
    if isinstance(shown, SweepRecording):
        kind, config, networks, step = "sweep", shown.sweep.to_dict(), shown.sweep.config, shown.done
    else:
        kind, config, networks, step = "race", shown.config.to_dict(), shown.config, shown.step
    return SavedRun(
        id=id, owner="", created=0.0, kind=kind, name=SHIPPED[id][0], config=config, dataset=networks.dataset,
        methods=networks.methods, state=shown.state, step=step, accuracy=shown.accuracies(), message="", pinned=False,
        deleted_at=None, size=0, chunks=0, events=0, missing=0,
    )  # fmt: skip


def race() -> Recording:
    """The recording of a finished default race."""
    shown = recording(RACE)
    assert isinstance(shown, Recording)
    return shown


def sweep() -> SweepRecording:
    """The recording of a finished default sweep."""
    shown = recording(SWEEP)
    assert isinstance(shown, SweepRecording)
    return shown


@st.cache_resource(show_spinner=False)
def recording(id: str) -> Recording | SweepRecording:
    """The recording of that id."""
    return from_events(events(id))


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
