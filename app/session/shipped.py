"""The recordings that are shipped with the project, as the list of saved runs shows them to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from app.run_names import folded
from app.saved_run import SavedRun, searched
from app.session import race
from ipcore.recording import Recording, events_from_file

RACE = "default-race"
"""Id of the default race: shorter than any of the store."""


@st.cache_resource(show_spinner=False)
def runs() -> dict[str, SavedRun]:
    """Id -> what the list shows of it."""
    return {RACE: _race()}


def recording(id: str) -> Recording:
    """The recording of that id."""
    return race.bundled()


def events(id: str) -> Iterator[dict[str, Any]]:
    """The events of that id."""
    return events_from_file(race.BUNDLED)


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
    config, test = shown.config, shown.tests[-1:]
    return SavedRun(
        id=RACE, owner="", kind="race", name="The default race (shipped)", created=0.0, config=config.to_dict(),
        dataset=config.dataset, methods=config.methods, state=shown.state, message="", pinned=False, deleted_at=None,
        size=0, chunks=0, events=0, missing=0, step=shown.step,
        accuracy={method: float(values.mean()) for each in test for method, values in each.accuracy.items()},
    )  # fmt: skip
