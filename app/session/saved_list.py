"""The list of the page "Runs": search and filters, its pages, what is chosen in it, and what is brought to it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.background.run import Run
from app.background.sweep_run import SweepRun
from app.saved import settings as saved_controls
from app.session import saved, server, shipped, visitor
from app.session.url import Settings
from app.store import importing as store_import
from app.store.reading import Room
from app.store.saved_run import SavedRun
from app.store.schema import StoreError
from ipcore.recordings.race import Recording

PAGE = 50
"""Runs on a page of the list."""
PATIENCE = 20.0
"""Seconds that an import waits for the one before it."""
TABLE, OPEN = "runs_table", "runs_open"
"""Keys of the table and of its buttons."""

filters = Settings("runs", saved_controls.DEFAULTS, saved_controls.from_url, saved_controls.to_url, saved_controls.key)


def listing() -> tuple[list[SavedRun], int]:
    """The runs on the page of the list that is shown, own ones first, then those that are shipped; and how many in all.

    The page is turned back if there are not so many. Once it is kept for the part of the page that is drawn next.
    """
    st.session_state.runs_listing = found = _listing()
    return found


def listed() -> tuple[list[SavedRun], int]:
    """The same, as it was a moment ago when the whole page is drawn, as it is now when only this part is."""
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
    """Whether the list can change by itself: a run in it is under way, or one of this visitor's that comes into it.

    Args:
        runs: that it shows now.
    """
    own: list[Run[Recording] | SweepRun] = [*server.runs().of(visitor.name()), *server.sweeps().of(visitor.name())]
    return not (all(run.over for run in runs) and all(run.over for run in own))


def of_deleted() -> bool:
    """Whether the list is of deleted runs that can be had back."""
    return filters.values()["state"] == saved_controls.DELETED


def page() -> int:
    """Which page of the list is shown, from 1."""
    return st.session_state.get("runs_page", 1)


def turn(key: str) -> None:
    """Takes the page that a widget holds."""
    st.session_state.runs_page = st.session_state[key]


def back_to_first() -> None:
    """With another filter the list begins at its first page."""
    st.session_state.runs_page = 1


def chosen(runs: Sequence[SavedRun]) -> list[SavedRun]:
    """The runs of the list whose rows are chosen; they stay chosen when rows come, go or move.

    Args:
        runs: that the list shows now.
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


def trouble() -> str:
    """Why runs are not being saved now; empty if they are."""
    return server.saver().trouble()


def full() -> Room | None:
    """How full the store is, and what of this visitor's goes next; None if it is not nearly full."""
    room = server.store().room(visitor.owner())
    return room if room.nearly_full else None


def open_row(runs: Sequence[SavedRun]) -> None:
    """Has the page show the run whose button was pressed.

    Args:
        runs: that the list showed.
    """
    saved.show(runs[st.session_state[OPEN]["row"]].id)


def upload_key() -> str:
    """Key of the widget that takes a file; another one once a file was taken, so that it is empty again."""
    return f"runs_upload_{st.session_state.get('runs_uploads', 0)}"


def bring(file: Any) -> str:
    """Saves the recording in an uploaded file as a run of this visitor, and has the page show it.

    Returns:
        Why that cannot be, in words, or nothing.
    """
    state = st.session_state
    known, problem = state.get("runs_refused", (None, ""))
    if known != file.file_id:
        problem = ""
        turn = _one_import()  # each may take some hundred megabytes for a moment
        mine = turn.acquire(blocking=False)
        try:
            if not mine:
                with st.spinner("Another import is under way"):
                    mine = turn.acquire(timeout=PATIENCE)
            if not mine:
                return "Nothing was imported, because another import is taking long. Try again in a minute."
            with st.spinner("Reading the file"):
                id = store_import.import_file(server.store(), visitor.owner(), file, file.name)
        except (ValueError, StoreError) as error:
            problem = f"Nothing was imported: {error}."
        finally:
            if mine:
                turn.release()
        if problem:
            state.runs_refused = file.file_id, problem
        else:
            state.runs_uploads = state.get("runs_uploads", 0) + 1
            saved.show(id)
    return problem


@st.cache_resource(show_spinner=False)
def _one_import() -> threading.Lock:
    return threading.Lock()
