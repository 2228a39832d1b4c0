"""The page "Runs": which of the saved runs this visitor looks at, and what they do to their own."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from app import charts, export_run, saved_controls, store_import, tables, words
from app.digest import digest
from app.live import View
from app.replays import Replays, readable
from app.run_names import is_id
from app.runs import Run
from app.saved_run import SavedRun
from app.race_saver import default_name
from app.session import race, server, shipped, visitor
from app.session.url import Settings
from app.store_schema import StoreError
from app.store_upkeep import UNDO
from ipcore.config import RunConfig
from ipcore.recording import Recording

PAGE = 50
"""Runs on a page of the list."""
MOST = 6
"""Runs that can be compared at a time."""

TABLE = "runs_table"
"""Key of the table of the list."""

filters = Settings(
    "runs", saved_controls.DEFAULTS, saved_controls.from_url, saved_controls.to_url, saved_controls.key
)


@dataclass(frozen=True)
class Opened:
    """A run that is looked at.

    Args:
        run: what the list has of it.
        recording: of it, as far as it goes; None if it cannot be read at all.
        own: whether this visitor may change it.
        live: the same on this server, if it is under way here.
        damage: why not all of it can be read, or empty.
    """

    run: SavedRun
    recording: Recording | None
    own: bool
    live: Run | None = None
    damage: str = ""

    @property
    def under_way(self) -> bool:
        """Whether it can still grow."""
        return not (self.live.over if self.live else self.run.over)


@st.cache_resource(show_spinner=False)
def _replays() -> Replays:
    return Replays(server.store())


def arrive() -> None:
    """Begins a script run of the page: who is here."""
    visitor.arrive()


def remember() -> None:
    """Keeps this visitor's name in their browser tab, and comes back as the one whose tab was reloaded."""
    visitor.remember(settled=st.session_state.get("run") is not None)


# -- which ------------------------------------------------------------------------------------------------------------


def asked() -> tuple[str, ...]:
    """Ids in the URL, whatever they are: of one run to open, or of several to compare; none: the list."""
    together = st.query_params.get("compare")
    if together is not None:
        return tuple(dict.fromkeys(each[:100] for each in together.split(",")[: MOST + 1]))
    one = st.query_params.get("run")
    return () if one is None else (one[:100],)


def comparing() -> bool:
    """Whether the URL asks for a comparison."""
    return "compare" in st.query_params


def show(*ids: str) -> None:
    """Has the page show one run, or several beside each other, or, of none, the list."""
    st.query_params.from_dict({"compare": ",".join(ids)} if len(ids) > 1 else {"run": ids[0]} if ids else {})


def link(id: str) -> str:
    """The address at which anybody can see a run."""
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}{here.path}?run={id}" if here.netloc else f"?run={id}"


def zone() -> tzinfo:
    """The time zone of this visitor's browser."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


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
    fitting = shipped.fitting(**chosen)
    first = PAGE * (page() - 1)
    runs, count = server.store().list(visitor.owner(), limit=PAGE, offset=first, **chosen)
    last = max(1, math.ceil((count + len(fitting)) / PAGE))
    if page() > last:
        st.session_state.runs_page = last
        return _listing()
    room = PAGE - len(runs)
    start = max(0, first - count)
    return runs + fitting[start : start + room], count + len(fitting)


def page() -> int:
    """Which page of the list is shown, from 1."""
    return st.session_state.get("runs_page", 1)


def turn(key: str) -> None:
    """Takes the page that a widget holds."""
    st.session_state.runs_page = st.session_state[key]


def back_to_first() -> None:
    """With another filter the list begins at its first page."""
    st.session_state.runs_page = 1


def find(id: str) -> SavedRun | None:
    """The run of that id, also one that is under way and not saved yet, also one that was deleted a moment ago."""
    if id in shipped.runs():
        return shipped.runs()[id]
    found = server.store().get(id, deleted=True)
    live = _live(id)
    return found or (None if live is None else _unsaved(live))


def look(id: str) -> Opened | None:
    """The run of that id, to be shown to whoever asks; None if there is none, or it was deleted."""
    run = find(id)
    if run is None or run.deleted_at is not None:
        return None
    if id in shipped.runs():
        return Opened(run, shipped.recording(id), own=False)
    live = _live(id)
    own = run.owned_by(visitor.owner())
    if live is not None:
        return Opened(run, live.recording, own, live)
    replay = _replays().of(run)
    return Opened(run, replay.recording, own, damage=replay.damage)


def _live(id: str) -> Run | None:
    live = server.runs().get(id) if is_id(id) else None
    return live if live is not None and live.kind == "race" else None


def _unsaved(live: Run) -> SavedRun:
    """What the store would say of a run that it does not have yet, or could not take."""
    config = live.config.to_dict()
    return SavedRun(
        id=live.id, owner="", kind="race", name=default_name(config), created=time.time(), config=config,
        dataset=live.config.dataset, methods=live.config.methods, state="running", message="", pinned=False,
        deleted_at=None, size=0, chunks=0, events=0, missing=0, step=0, accuracy={},
    )  # fmt: skip


def trouble() -> str:
    """Why runs are not being saved now; empty if they are."""
    return server.saver().trouble()


def full() -> tuple[float, float, list[str], int] | None:
    """Bytes used and allowed, own runs that will go next, and how many of others, if the store is nearly full."""
    room = server.store().room()
    if not room.nearly_full:
        return None
    found = [run for id in room.next[:PAGE] if (run := server.store().get(id)) is not None]
    own = [run.name for run in found if run.owned_by(visitor.owner())]
    return room.used, room.ceiling, own, len(room.next) - len(own)


# -- what buttons do: the store lets nobody else change a run ---------------------------------------------------------


def ask(what: str, runs: Sequence[SavedRun]) -> None:
    """Opens a dialog of that name about runs; it stays open, however often the page is drawn, until it is settled."""
    st.session_state.runs_dialog = what, list(runs), asked()


def asking() -> tuple[str, list[SavedRun]]:
    """The dialog that is open, and what it is about; an empty name if none is."""
    what, runs, where = st.session_state.get("runs_dialog", ("", [], ()))
    return (what, runs) if where == asked() else ("", [])


def settle() -> None:
    """Closes the dialog."""
    st.session_state.pop("runs_dialog", None)


def rename(id: str, name: str) -> None:
    """Gives a run another name.

    Raises:
        ValueError: if the name is not allowed.
        PermissionError: if this visitor has no such run.
    """
    server.store().rename(id, visitor.owner(), name)


def pin(id: str, pinned: bool) -> None:
    """Makes a run stay when room is needed, or not.

    Raises:
        ValueError: if too much is pinned.
        PermissionError: if this visitor has no such run.
    """
    server.store().pin(id, visitor.owner(), pinned)


def delete(runs: Sequence[SavedRun]) -> None:
    """Puts runs away, and has the page show the list; :func:`undelete` has them back.

    Raises:
        PermissionError: if one is not this visitor's; those before it are deleted.
    """
    for run in runs:
        server.store().delete(run.id, visitor.owner())
    st.session_state.runs_deleted = time.monotonic(), list(runs)
    if asked():
        show()


def deleted() -> list[SavedRun]:
    """What this visitor deleted last, while it can be had back."""
    when, runs = st.session_state.get("runs_deleted", (0.0, []))
    return runs if time.monotonic() - when < UNDO - 60 else []


def undelete() -> None:
    """Has back what was deleted last."""
    for run in deleted():
        with suppress(PermissionError):  # by now it is gone for good
            server.store().undelete(run.id, visitor.owner())
    forget_deleted()


def forget_deleted() -> None:
    """What was deleted is no longer spoken of."""
    st.session_state.pop("runs_deleted", None)


def take_over(run: SavedRun, *, start: bool) -> None:
    """Fills in the settings of a run on the page "Live race", and starts a race with them if wanted.

    Raises:
        ValueError: if this server does not allow them.
    """
    race.take_over(RunConfig.from_dict(run.config), start=start)


# -- what the page shows of a run -------------------------------------------------------------------------------------


def status(shown: Opened) -> words.Status:
    """Where a run stands, in words."""
    run, live = shown.run, shown.live
    if shown.damage:
        return words.of_run("failed", shown.recording, message=f"Damaged in the store, shown as far as it is whole: {shown.damage}")
    if live is None:
        return words.of_run(run.state, shown.recording, message=run.message)
    said = words.of_run(live.state, live.recording, position=live.position, message=live.message)
    trouble = server.saver().trouble(live.id)
    return replace(said, headline=f"{said.headline}. {words.unsaved(trouble)}", tone="trouble") if trouble else said


def frame(shown: Opened, view: View) -> bytes:
    """Its charts, at the moment and for the layer that the visitor chose."""
    layer = view.layer if view.layer is None or view.layer < shown.recording.config.depth else None
    return _packed(digest(shown.recording).run, shown.recording.revision, view.step, layer, shown.recording)


@st.cache_resource(show_spinner=False, max_entries=64)
def _packed(number: int, revision: int, step: int | None, layer: int | None, _recording: Recording) -> bytes:
    return charts.frame(_recording, step=step, layer=layer)


def table(shown: Opened, chart: str) -> tuple[str, str]:
    """The data of one chart: a file's name and its CSV."""
    return f"{stem(shown.run)}-{chart}.csv", charts.table(shown.recording, chart)


def stem(run: SavedRun) -> str:
    """A file's name for a run, without its ending: letters and digits of its name, and what tells it from others."""
    plain = re.sub(r"[^a-z0-9]+", "-", run.name.lower())[:60].strip("-")
    return f"{plain or run.kind}-{run.id[:6]}"


def files(shown: Opened) -> dict[str, tuple[str, str, Callable[[], str | bytes]]]:
    """What a run can be saved as: label -> file's name, type, and what makes it when it is asked for, on any thread."""
    run, recording, store = shown.run, shown.recording, server.store()
    when = datetime.fromtimestamp(run.created, zone()) if run.created else None

    def events() -> Iterator[dict[str, Any]]:
        return shipped.events(run.id) if run.id in shipped.runs() else readable(store.events(run.id))

    name = stem(run)
    return {
        "Web page (HTML)": (f"{name}.html", "text/html", lambda: export_run.run_page(recording, events(), name=run.name, when=when)),
        "Curves (CSV)": (f"{name}.csv", "text/csv", lambda: "".join(tables.curves(recording))),
        "Recording (JSON lines)": (f"{name}.jsonl.gz", "application/gzip", lambda: export_run.jsonl(events())),
    }


def about(shown: Opened) -> str:
    """One line on what it was."""
    run = shown.run
    when = datetime.fromtimestamp(run.created, zone()) if run.created else None
    said = export_run.about(shown.recording, when)
    if run.id in shipped.runs():
        return said
    return said if shown.own else f"{said} · read-only"


def unreachable(error: Exception) -> str:
    """That the store cannot be used now, in words."""
    return f"Saved runs cannot be reached just now ({error}). They are not lost; reload the page to try again."


# -- the list: what is chosen in it, and what is brought to it ---------------------------------------------------------


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


def own(run: SavedRun) -> bool:
    """Whether this visitor may change a run."""
    return run.owned_by(visitor.owner())


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
        try:
            with _one_import():  # each may take some hundred megabytes for a moment
                id = store_import.bring(server.store(), visitor.owner(), file, file.name)
        except (ValueError, StoreError) as error:
            problem = f"Nothing was imported: {error}."
        if problem:
            state.runs_refused = file.file_id, problem
        else:
            state.runs_uploads = state.get("runs_uploads", 0) + 1
            show(id)
    return problem


@st.cache_resource(show_spinner=False)
def _one_import() -> threading.Lock:
    return threading.Lock()
