"""The page "Runs": which of the saved runs this visitor looks at, and what they do to their own."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from app import saved_controls
from app.replays import Replays
from app.run_names import is_id
from app.runs import Run
from app.saved_run import SavedRun
from app.saver import default_name
from app.session import race, server, shipped, visitor
from app.session.url import Settings
from app.store_upkeep import UNDO
from ipcore.config import RunConfig
from ipcore.recording import Recording

PAGE = 50
"""Runs on a page of the list."""
MOST = 6
"""Runs that can be compared at a time."""

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

    The page is turned back if there are not so many.
    """
    chosen = filters.values()
    chosen = {name: chosen[name] or None for name in saved_controls.CHOICES} | {"text": chosen["text"]}
    fitting = shipped.fitting(**chosen)
    first = PAGE * (page() - 1)
    runs, count = server.store().list(visitor.owner(), limit=PAGE, offset=first, **chosen)
    last = max(1, math.ceil((count + len(fitting)) / PAGE))
    if page() > last:
        st.session_state[saved_controls.key("page")] = last
        return listing()
    room = PAGE - len(runs)
    start = max(0, first - count)
    return runs + fitting[start : start + room], count + len(fitting)


def page() -> int:
    """Which page of the list is shown, from 1."""
    return st.session_state[saved_controls.key("page")]


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
    """Puts runs away; :func:`undelete` has them back.

    Raises:
        PermissionError: if one is not this visitor's; those before it are deleted.
    """
    for run in runs:
        server.store().delete(run.id, visitor.owner())
    st.session_state.runs_deleted = time.monotonic(), list(runs)


def deleted() -> list[SavedRun]:
    """What this visitor deleted last, while it can be had back."""
    when, runs = st.session_state.get("runs_deleted", (0.0, []))
    return runs if time.monotonic() - when < UNDO - 60 else []


def undelete() -> None:
    """Has back what was deleted last."""
    for run in deleted():
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
