"""The state, charts, results and files of one saved run, a race or a sweep, on the page "Runs"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from app.background.sweep_run import SweepRun
from app.export import parts
from app.export.html import Block
from app.race import export as export_run
from app.race import frames as charts
from app.race.component import view
from app.race.digest import digest
from app.session import server, shipped
from app.session.robustness import charts as sweep_charts
from app.session.robustness import source as sweep_source
from app.session.saved import runs as saved
from app.session.saved.runs import ShownRun
from app.store.replays import readable
from app.store.saved_run import SavedRun
from app.sweep import export as export_sweep
from app.sweep import words as sweep_words
from app.ui import words
from ipcore.recordings.events.base import Event
from ipcore.recordings.race import Recording
from ipcore.recordings.snippets import race as race_snippet
from ipcore.recordings.snippets import sweep as sweep_snippet
from ipcore.recordings.sweep import SweepRecording

KEY, SWEEP_KEY = "replay", "replay_sweep"
"""Keys of the components that show the charts of a race and of a sweep."""


def zone() -> tzinfo:
    """The time zone of this visitor's browser."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def when(run: SavedRun) -> datetime | None:
    """When the run began, in the time zone of this visitor; None for a shipped recording."""
    return datetime.fromtimestamp(run.created, zone()) if run.created else None


def about(shown: ShownRun) -> str:
    """One line about a run and when it was made; empty if its recording cannot be read."""
    run, began = shown.run, when(shown.run)
    match shown.recording:
        case None:
            return ""
        case Recording() as race:
            line = export_run.about(race, began)
        case sweep:
            line = export_run.dated(sweep_words.about(sweep), began)
    return line if shown.own or shipped.is_shipped(run.id) else f"{line} · read-only"


def status(shown: ShownRun) -> words.Status:
    """The status line of a run."""
    run, live, recording = shown.run, shown.live, shown.recording
    if shown.damage or recording is None:
        headline = f"This run is damaged in the store and is shown as far as it can be read: {shown.damage}"
        return words.Status(headline, ("", "", ""), None, "trouble")
    state, message = (live.state, live.message) if live else (run.state, run.message)
    if isinstance(recording, Recording):
        position = None if live is None or isinstance(live, SweepRun) else live.position
        status = words.of_run(state, recording, position=position, message=message)
    elif isinstance(live, SweepRun):
        status = sweep_source.progress_of(live)
    else:
        elapsed = recording.elapsed
        status = sweep_words.of_run(state, recording, elapsed=elapsed, estimate=elapsed, under_way=0, message=message)
    return words.with_trouble(status, server.unsaved(run.id) if live else "")


def frame(recording: Recording) -> bytes:
    """The charts of a race, at the moment and for the layer that the visitor chose."""
    chosen = view(st.session_state.get(KEY))
    layer = chosen.layer if chosen.layer is None or chosen.layer < recording.config.depth else None
    return _packed(digest(recording).run, recording.revision, chosen.step, layer, recording)


@st.cache_resource(show_spinner=False, max_entries=64)
def _packed(number: int, revision: int, step: int | None, layer: int | None, _recording: Recording) -> bytes:
    return charts.frame(_recording, step=step, layer=layer)


def file(run: SavedRun, recording: Recording | SweepRecording, chart: str) -> tuple[str, str]:
    """The data of one chart: a file's name and its CSV."""
    if isinstance(recording, Recording):
        return f"{stem(run)}-{chart}.csv", charts.table(recording, chart)
    return sweep_charts.file_on(SWEEP_KEY, recording, run.id, chart)


def sweep_frame(shown: ShownRun, recording: SweepRecording) -> bytes:
    """The charts of a sweep."""
    state = shown.live.state if shown.live else shown.run.state
    return sweep_charts.frame_on(SWEEP_KEY, recording, shown.run.id, state)


def findings(run: SavedRun, recording: Recording | SweepRecording) -> str:
    """The results and settings of a run, in HTML."""
    blocks: Sequence[Block | None]
    if isinstance(recording, Recording):
        blocks = [
            export_run.final_table(recording),
            export_run.changes(recording),
            export_run.settings(recording.config),
        ]
    else:
        blocks = export_sweep.findings(recording, sweep_charts.summary(recording, run.id))
    return "".join(block.html() for block in blocks if block)


def in_code(recording: Recording | SweepRecording) -> tuple[str, str]:
    """A program in Python and a command for a terminal that train a run again."""
    if isinstance(recording, Recording):
        return race_snippet.in_python(recording), race_snippet.in_terminal(recording)
    return sweep_snippet.in_python(recording.sweep), sweep_snippet.in_terminal(recording.sweep)


def stem(run: SavedRun) -> str:
    """The name of a run's files, without an ending: letters and digits of its name, and the first of its id."""
    plain = re.sub(r"[^a-z0-9]+", "-", run.name.lower())[:60].strip("-")
    return f"{plain or run.kind}-{run.id[:6]}"


def files(shown: ShownRun) -> dict[str, tuple[str, str, Callable[[], str | bytes]]]:
    """The files of a run: label -> name, type, and a function that makes the file later, on any thread."""
    run, store, began, again = shown.run, server.store(), when(shown.run), saved.finder(shown)
    name = stem(run)  # nothing here holds the recording: the page keeps what it offers as long as it is open

    def events() -> Iterator[Event]:
        return shipped.events(run.id) if shipped.is_shipped(run.id) else readable(store.events(run.id))

    def web_page() -> str:
        recording = again()
        if isinstance(recording, SweepRecording):
            return export_sweep.sweep_page(recording, events(), name=run.name, when=began)
        return export_run.run_page(recording, events(), name=run.name, when=began)

    return {
        "Web page (HTML)": (f"{name}.html", "text/html", web_page),
        "Results (CSV)" if run.kind == "sweep" else "Curves (CSV)": (
            f"{name}.csv", "text/csv", lambda: again().to_csv()
        ),
        "Recording (JSON lines)": (f"{name}.jsonl.gz", "application/gzip", lambda: parts.jsonl(events())),
    }  # fmt: skip
