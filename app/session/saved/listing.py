"""The list of the page "Runs": its search, filters and pages, the selected rows, and imports."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.background.run import Run
from app.background.sweep_run import SweepRun
from app.saved import settings as saved_controls
from app.session import server, shipped, visitor
from app.session.saved import replay
from app.session.saved import runs as saved
from app.session.url import Settings
from app.store.import_job import ImportJob
from app.store.import_turns import ImportTurns
from app.store.reading import Room
from app.store.saved_run import SavedRun
from app.ui import words
from ipcore.recordings.race import Recording

PAGE = 50
"""How many runs a page of the list has."""
SAID = 24 * 3600.0
"""For how many seconds it is said that the store was removed or replaced."""
QUICK = 1.0
"""For how many seconds a page waits for an import before it tells how far that is."""
TABLE, OPEN = "runs_table", "runs_open"
"""Keys of the table and of its buttons."""

filters = Settings("runs", saved_controls.DEFAULTS, saved_controls.from_url, saved_controls.to_url, saved_controls.key)


def listing() -> tuple[list[SavedRun], int]:
    """The runs on the current page of the list, own ones first, then shipped ones; and how many runs there are in all.

    If the list has become shorter, its last page is shown. The result is kept once for :func:`listed`.
    """
    st.session_state.runs_listing = found = _listing()
    return found


def listed() -> tuple[list[SavedRun], int]:
    """The same for the part of the page with the table: what :func:`listing` just found, or a new list."""
    return st.session_state.pop("runs_listing", None) or _listing()


def _listing() -> tuple[list[SavedRun], int]:
    chosen = filters.values()
    chosen = {name: chosen[name] or None for name in saved_controls.CHOICES} | {"text": chosen["text"]}
    fitting = shipped.fitting(**chosen)  # none of which can be deleted
    first = PAGE * (page() - 1)
    if of_deleted():
        chosen["state"] = None
    runs, count = server.store().list(visitor.owner(), deleted=of_deleted(), limit=PAGE, offset=first, **chosen)
    last = max(1, math.ceil((count + len(fitting)) / PAGE))
    if page() > last:
        st.session_state.runs_page = last
        return _listing()
    room = PAGE - len(runs)
    start = max(0, first - count)
    return runs + fitting[start : start + room], count + len(fitting)


def grows(runs: Sequence[SavedRun]) -> bool:
    """Whether the list can change by itself, since a run in it or one of this visitor is under way.

    Args:
        runs: the runs that it shows.
    """
    own: list[Run[Recording] | SweepRun] = [*server.runs().of(visitor.name()), *server.sweeps().of(visitor.name())]
    return not (all(run.over for run in runs) and all(run.over for run in own))


def of_deleted() -> bool:
    """Whether the list shows deleted runs that can be restored."""
    return filters.values()["state"] == saved_controls.DELETED


def page() -> int:
    """Which page of the list is shown, from 1."""
    return st.session_state.get("runs_page", 1)


def turn(key: str) -> None:
    """Goes to the page of the list that a widget holds."""
    st.session_state.runs_page = st.session_state.get(key, 1)


def back_to_first() -> None:
    """Goes to the first page of the list, when a filter has changed."""
    st.session_state.runs_page = 1


def chosen(runs: Sequence[SavedRun]) -> list[SavedRun]:
    """The runs whose rows are selected; they stay selected when rows come, go or move.

    Args:
        runs: the runs that the list shows.
    """
    state = st.session_state
    ids = [run.id for run in runs]
    drawn, state.runs_drawn = state.get("runs_drawn", ids), ids
    rows = (state.get(TABLE) or {}).get("selection", {}).get("rows", [])
    wanted = {drawn[row] for row in rows if row < len(drawn)}
    if drawn != ids and rows:
        rows = [row for row, id in enumerate(ids) if id in wanted]
        state[TABLE] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return [run for run in runs if run.id in wanted]


def trouble() -> list[str]:
    """Sentences on what is wrong with the store now; none if nothing is."""
    found = []
    if why := server.saver().trouble():
        found.append(words.unsaved(why))
    replaced = server.store().replaced_at
    if replaced is not None and time.time() - replaced < SAID:
        found.append(words.store_replaced(f"{datetime.fromtimestamp(replaced, replay.zone()):%H:%M}"))
    return found


def full() -> Room | None:
    """How full the store is, and which runs of this visitor are deleted next; None if it is not nearly full."""
    room = server.store().room(visitor.owner())
    return room if room.nearly_full else None


def open_row(runs: Sequence[SavedRun]) -> None:
    """Opens the run whose button was pressed.

    Args:
        runs: the runs that the list showed.
    """
    pressed = st.session_state.get(OPEN)
    if pressed and 0 <= pressed["row"] < len(runs):  # else no button of this list was pressed
        saved.show(runs[pressed["row"]].id)


def upload_key() -> str:
    """The key of the widget that takes a file; it changes after an import, so that the widget is empty again."""
    return f"runs_upload_{st.session_state.get('runs_uploads', 0)}"


def import_file(file: Any) -> ImportJob:
    """Begins to save the recording in an uploaded file as a run of this visitor; what is small is then done.

    The import goes on whatever page is looked at. The file is freed at its end, also if it holds no recording. It is
    kept if it could not be read now, so that drawing the page again tries again.
    """
    state = st.session_state
    job = importing()
    if job is None:
        state.runs_import = job = ImportJob(
            server.store(), _turns(), visitor.owner(), file, file.name, file.size, visitor.address()
        )
        state.runs_import_file = file.file_id
        job.wait(QUICK)
    return job


def importing() -> ImportJob | None:
    """The import of this visitor that is under way, or that has ended since the page last asked."""
    return st.session_state.get("runs_import")


def import_ended() -> str:
    """Takes note of the end of an import.

    Returns:
        The id of the run; empty if nothing was imported.
    """
    state = st.session_state
    job: ImportJob = state.pop("runs_import")
    file = state.pop("runs_import_file")
    state.runs_refused = job.problem
    if not job.busy:
        state.runs_uploads = state.get("runs_uploads", 0) + 1
        _free(file)
    return job.id


def refused() -> str:
    """Why the last file was not imported, as a sentence; empty if it was."""
    return st.session_state.get("runs_refused", "")


def _free(file: str) -> None:
    """Frees the memory of an uploaded file, which Streamlit keeps as long as the visit lasts."""
    context = get_script_run_ctx()
    remove = getattr(context.uploaded_file_mgr, "remove_file", None) if context else None
    if context and remove:
        remove(context.session_id, file)


@st.cache_resource(show_spinner=False)
def _turns() -> ImportTurns:
    return ImportTurns()
