"""The page "Runs": which of the saved runs this visitor looks at, and what they do to their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from app.background.run import Run
from app.background.sweeps import SweepRun
from app.compare.comparison import MOST
from app.session import server, shipped, visitor
from app.session.race import actions as race_actions
from app.session.robustness import actions as sweep_actions
from app.store import races as race_saver
from app.store import sweeps as sweep_saver
from app.store.run_names import is_id
from app.store.saved_run import SavedRun
from app.store.upkeep import UNDO
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep


@dataclass(frozen=True)
class ShownRun:
    """A run that is shown to a visitor.

    Args:
        run: its entry in the list of saved runs.
        recording: its recording so far; None if it cannot be read at all.
        own: whether it belongs to this visitor, who may then change it.
        live: the run itself, if this server is training it.
        damage: why it cannot be read completely; empty if it can.
    """

    run: SavedRun
    recording: Recording | SweepRecording | None
    own: bool
    live: Run[Recording] | SweepRun | None = None
    damage: str = ""

    @property
    def under_way(self) -> bool:
        """Whether it can still grow, or a part of it still waits to be saved."""
        return not (self.live.over if self.live else self.run.over) or server.saving(self.live)


_replays = server.replays


def arrive() -> None:
    """Begins a script run of the page: who is here."""
    visitor.arrive()


def remember() -> None:
    """Keeps this visitor's name in their browser tab, and comes back as the one whose tab was reloaded."""
    visitor.remember(settled=any(st.session_state.get(name) is not None for name in ("run", "sweep")))


# -- which run --------------------------------------------------------------------------------------------------------


def requested() -> tuple[str, ...]:
    """The ids in the URL, unchecked: of one run to open or of several to compare; none for the list."""
    together = st.query_params.get("compare")
    if together is not None:
        return tuple(dict.fromkeys(each[:100] for each in together.split(",")[: MOST + 1]))
    one = st.query_params.get("run")
    return () if one is None else (one[:100],)


def comparing() -> bool:
    """Whether the URL asks for a comparison."""
    return "compare" in st.query_params


def show(*ids: str) -> None:
    """Makes the page show one run, several runs side by side, or without ids the list."""
    st.query_params.from_dict({"compare": ",".join(ids)} if len(ids) > 1 else {"run": ids[0]} if ids else {})


def link(id: str) -> str:
    """The address at which anybody can see a run."""
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}{here.path}?run={id}" if here.netloc else f"?run={id}"


def find(id: str) -> SavedRun | None:
    """The run of that id, also one that is not saved yet or was deleted lately; None if there is none."""
    if shipped.is_shipped(id):
        return shipped.entry(id)
    found = server.store().get(id, deleted=True)
    live = _live(id)
    return found or (None if live is None else _unsaved(live))


def open_run(id: str) -> ShownRun | None:
    """The run of that id with its recording, for any visitor; None if there is none or it was deleted."""
    run = find(id)
    if run is None or run.deleted_at is not None:
        return None
    if shipped.is_shipped(id):
        return ShownRun(run, shipped.recording(id), own=False)
    live = _live(id)
    own = run.owned_by(visitor.owner())
    if live is not None:
        return ShownRun(run, live.recording, own, live)
    replay = _replays().of(run)
    return ShownRun(run, replay.recording, own, damage=replay.damage)


def finder(shown: ShownRun) -> Callable[[], Recording | SweepRecording]:
    """A function that finds the recording of a run later, on any thread, without keeping it in memory until then."""
    run, replays, store = shown.run, _replays(), server.store()
    if shipped.is_shipped(run.id):
        recording = shipped.recording(run.id)  # the server holds it anyway
        return lambda: recording
    under_way = server.runs(), server.sweeps()

    def bring() -> Recording | SweepRecording:
        for runs in under_way:  # they hold it also for a while after its end
            if (live := runs.get(run.id)) is not None:
                return live.recording
        stored = replays.of(store.get(run.id, deleted=True) or run).recording
        if stored is None:
            raise ValueError(f"run {run.id} cannot be read any more")
        return stored

    return bring


def _live(id: str) -> Run[Recording] | SweepRun | None:
    if not is_id(id):
        return None
    live = server.runs().get(id)
    return server.sweeps().get(id) if live is None or live.kind != "race" else live


def _unsaved(live: Run[Recording] | SweepRun) -> SavedRun:
    """The entry of a run that the store does not have yet, or could not save."""
    config: RunConfig
    if isinstance(live, SweepRun):
        kind, config, settings = "sweep", live.sweep.config, live.sweep.to_dict()
        name = sweep_saver.default_name(live.sweep.to_dict())
    else:
        kind, config, settings = "race", live.config, live.config.to_dict()
        name = race_saver.default_name(settings)
    return SavedRun(
        id=live.id, owner="", kind=kind, name=name, created=time.time(), config=settings, dataset=config.dataset,
        methods=config.methods, state="running", message="", pinned=False, deleted_at=None, size=0, chunks=0, events=0,
        missing=0, step=0, accuracy={},
    )  # fmt: skip


def own(run: SavedRun) -> bool:
    """Whether this visitor may change a run."""
    return run.owned_by(visitor.owner())


def unreachable(error: Exception) -> str:
    """A sentence that the store cannot be used now, and why."""
    return f"Saved runs cannot be reached just now ({error}). They are not lost; reload the page to try again."


# -- what buttons do: the store lets nobody else change a run ---------------------------------------------------------


def ask_in_dialog(what: str, runs: Sequence[SavedRun]) -> None:
    """Opens the dialog of that name about some runs; it stays open through reruns until it is closed."""
    st.session_state.runs_dialog = what, list(runs), requested()


def open_dialog() -> tuple[str, list[SavedRun]]:
    """The name of the open dialog and the runs that it is about; an empty name if none is open."""
    what, runs, where = st.session_state.get("runs_dialog", ("", [], ()))
    return (what, runs) if where == requested() else ("", [])


def close_dialog() -> None:
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
    """Keeps a run from being deleted when space is needed, or no longer.

    Raises:
        ValueError: if too much is pinned.
        PermissionError: if this visitor has no such run.
    """
    server.store().pin(id, visitor.owner(), pinned)


def delete(runs: Sequence[SavedRun]) -> None:
    """Deletes runs and makes the page show the list; :func:`restore` brings them back for an hour.

    Raises:
        PermissionError: if one is not this visitor's; those before it are deleted.
    """
    for run in runs:
        server.store().delete(run.id, visitor.owner())
    st.session_state.runs_deleted = time.monotonic(), list(runs)
    if requested():
        show()


def deleted() -> list[SavedRun]:
    """The runs that this visitor deleted last on this page, while they can be restored."""
    when, runs = st.session_state.get("runs_deleted", (0.0, []))
    return runs if time.monotonic() - when < UNDO - 60 else []


def own_deleted(id: str) -> SavedRun | None:
    """The run of that id, if this visitor deleted it and can restore it."""
    run = find(id)
    return run if run is not None and run.deleted_at is not None and own(run) else None


def restore(runs: Sequence[SavedRun]) -> None:
    """Restores deleted runs."""
    for run in runs:
        with suppress(PermissionError):  # by now it is gone for good
            server.store().undelete(run.id, visitor.owner())
    when, gone = st.session_state.get("runs_deleted", (0.0, []))
    back = {run.id for run in runs}
    st.session_state.runs_deleted = when, [run for run in gone if run.id not in back]


def take_over(run: SavedRun, *, start: bool) -> None:
    """Fills in the settings of a run on the page that it came from, and starts one with them if wanted.

    Raises:
        ValueError: if this server does not allow them.
    """
    if run.kind == "sweep":
        sweep_actions.take_over(Sweep.from_dict(run.config), start=start)
    else:
        race_actions.take_over(RunConfig.from_dict(run.config).allowed(), start=start)
