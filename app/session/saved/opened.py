"""One saved run on a page: its charts with their slider, what it was, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from app.race.component import show as show_race
from app.race.csv import CHARTS as RACE_CHARTS
from app.session import files, visitor
from app.session.saved import replay
from app.session.saved import runs as session
from app.store.run_names import LONGEST_NAME
from app.store.saved_run import SavedRun
from app.store.schema import StoreError
from app.sweep.component import show as show_sweep
from app.sweep.csv import CHARTS as SWEEP_CHARTS
from app.ui import markdown
from app.ui.status_line import status_line
from app.ui.words import sentence
from ipcore.recordings.sweep import SweepRecording

PACE = 1.0
"""Seconds between two looks at a run that is under way."""
PAGES = {"race": ("../pages/live.py", "Watch networks learn"), "sweep": ("../pages/robustness.py", "Robustness")}
"""Kind -> the page where such runs are made, and its title."""


def draw_run(id: str) -> None:
    """Draws the run of that id, or a note that there is none.

    Args:
        id: the id in the URL, unchecked.
    """
    st.button("All runs", key="back", icon=":material/arrow_back:", type="tertiary", on_click=session.show)
    with st.spinner("Reading the run"):  # a run of 100,000 steps takes some seconds, once
        shown = session.open_run(id)
    if shown is None:
        _missing(id)
        return
    run = shown.run
    st.html(f'<h1 class="runs-name" dir="auto">{escape(run.name)}</h1>')
    recording = shown.recording
    if recording is None:
        warn(f"This run cannot be read: {shown.damage}.")
    else:
        st.html(f'<div class="runs-about">{escape(replay.about(shown))}</div>')
    _buttons(shown)
    if recording is not None:
        st.fragment(_stage, run_every=PACE if shown.under_way else None)(id, shown.run.state)
        files.offer(RACE_CHARTS if run.kind == "race" else SWEEP_CHARTS, lambda chart: _file(id, chart))
        with st.expander(f"This {'sweep' if run.kind == 'sweep' else 'run'} in code", icon=":material/code:"):
            program, command = replay.in_code(recording)
            st.code(program, "python")
            st.code(command, "bash", wrap_lines=True)


def warn(text: str) -> None:
    """Draws a sentence on what went wrong, as plain text."""
    st.html(f'<div class="runs-line trouble" role="alert">{escape(text)}</div>')


def _missing(id: str) -> None:
    gone = session.own_deleted(id)
    if gone is not None:
        st.info("You deleted this run. You can restore it for an hour.")
        if st.button("Undo", key="undelete", icon=":material/undo:"):
            session.restore([gone])
            st.rerun()
    else:
        st.info("There is no run at this address. It may have been deleted, or the address is incomplete.")


def _stage(id: str, drawn: str) -> None:
    """Draws the part that changes while a run goes on; when the state of the run changes, it reruns the whole page.

    Args:
        id: the id of the run.
        drawn: the state of the run when the page around this part was drawn.
    """
    visitor.here()
    try:
        shown = session.open_run(id)
    except StoreError as error:
        markdown.error(session.unreachable(error))
        return
    if shown is None or shown.recording is None or shown.run.state != drawn:
        st.rerun()
    status_line(replay.status(shown))
    recording = shown.recording
    if isinstance(recording, SweepRecording):
        show_sweep(replay.sweep_frame(shown, recording), key=replay.SWEEP_KEY)
    else:
        show_race(replay.frame(recording), key=replay.KEY)
    st.html(f'<div class="runs-findings">{replay.findings(shown.run, recording)}</div>')


def _file(id: str, chart: str) -> tuple[str, str]:
    """The data of one chart of a run: a file's name and its CSV.

    Args:
        id: the id of the run.
        chart: the name of the chart.

    Raises:
        ValueError: if the run cannot be read.
    """
    try:
        shown = session.open_run(id)
    except StoreError as error:
        raise ValueError(session.unreachable(error)) from error
    if shown is None or shown.recording is None:
        raise ValueError("This run is no longer there.")
    return replay.file(shown.run, shown.recording, chart)


def _buttons(shown: session.ShownRun) -> None:
    run = shown.run
    where = PAGES[run.kind][1]
    with st.container(key="run_buttons", horizontal=True, gap="small"):
        for label, key, icon, start, help in (
            (
                "Run again",
                "again",
                "play_arrow",
                True,
                f"Start a {run.kind} with the same settings on the page {where}.",
            ),
            (
                "Change and run",
                "change",
                "tune",
                False,
                f"Open the page {where} with these settings, without starting.",
            ),
        ):
            if st.button(label, key=key, icon=f":material/{icon}:", help=help):
                _take_over(run, start)
        with st.popover("Share", icon=":material/link:", key="share"):
            st.caption("Everybody who has this link can see the run on this server, but not change it.")
            st.code(session.link(run.id), None, wrap_lines=True)
        if shown.recording is not None:
            with st.popover("Export", icon=":material/download:", key="export"):
                st.caption("The web page needs neither a network nor this server. The recording can be imported again.")
                for label, (name, mime, make) in replay.files(shown).items():
                    key = f"export_{name.partition('.')[2]}"
                    st.download_button(label, make, name, mime, key=key, on_click="ignore", width="stretch")
        if not shown.own:
            return
        st.button(
            "Rename", key="rename", icon=":material/edit:", on_click=session.ask_in_dialog, args=("rename", [run])
        )
        pin = "Unpin" if run.pinned else "Pin"
        if st.button(pin, key="pin", icon=":material/keep:", help="A pinned run is not deleted when space is needed."):
            _try(lambda: session.pin(run.id, not run.pinned))
        st.button(
            "Delete", key="delete", icon=":material/delete:", on_click=session.ask_in_dialog, args=("delete", [run])
        )
    dialogs()


def _take_over(run: SavedRun, start: bool) -> None:
    try:
        session.take_over(run, start=start)
    except ValueError as error:
        warn(f"These settings are not allowed on this server: {error}.")
    else:
        st.switch_page(PAGES[run.kind][0])


def _try(change: Callable[[], None]) -> None:
    """Makes a change and draws the page anew, or says why it cannot be."""
    try:
        change()
    except (ValueError, PermissionError) as error:
        warn(f"{sentence(str(error))}.")
    except StoreError as error:
        markdown.error(session.unreachable(error))
    else:
        session.close_dialog()
        st.rerun()


def dialogs() -> None:
    """Draws the dialog that is open, if one is."""
    what, runs = session.open_dialog()
    if what == "rename":
        _rename(runs[0])
    elif what == "delete":
        _delete(runs)


@st.dialog("Rename", on_dismiss=session.close_dialog)
def _rename(run: SavedRun) -> None:
    with st.form("rename_form", border=False):
        name = st.text_input("Name", run.name, key="new_name", help=f"At most {LONGEST_NAME} characters.")
        if st.form_submit_button("Save", key="rename_save", type="primary"):
            _try(lambda: session.rename(run.id, name))


@st.dialog("Delete", on_dismiss=session.close_dialog)
def _delete(runs: list[SavedRun]) -> None:
    what = "this run" if len(runs) == 1 else f"these {len(runs)} runs"
    found = "it" if len(runs) == 1 else "them"
    st.html(f"<p>Delete {what}? For an hour you can restore {found} from “Recently deleted”.</p>")
    st.text("\n".join(run.name for run in runs[:10]) + ("\n…" if len(runs) > 10 else ""))
    with st.container(horizontal=True):
        if st.button("Delete", key="delete_yes", type="primary"):
            _try(lambda: session.delete(runs))
        if st.button("Cancel", key="delete_no"):
            session.close_dialog()
            st.rerun()
