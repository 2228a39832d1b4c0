"""What the page "Runs" shows of one run, a race or a sweep: its state, its pictures and numbers, its files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from app.export import parts
from app.race import export as export_run
from app.race import frames as charts
from app.race.component import View
from app.race.digest import digest
from app.session import saved, server, shipped
from app.session.saved import Opened
from app.store.replays import readable
from app.store.saved_run import SavedRun
from app.sweep import words as sweep_words
from app.ui import words
from ipcore.recordings import race_snippet as snippet
from ipcore.recordings import sweep_snippet
from ipcore.recordings.race import Recording

KEY, SWEEP_KEY = "replay", "replay_sweep"
"""Of the components that show the pictures of a race and of a sweep."""


def zone() -> tzinfo:
    """The time zone of this visitor's browser."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def when(run: SavedRun) -> datetime | None:
    """When it began, in the time of this visitor; None of what is shipped."""
    return datetime.fromtimestamp(run.created, zone()) if run.created else None


def about(shown: Opened) -> str:
    """One line on what it was."""
    run, began = shown.run, when(shown.run)
    if isinstance(shown.recording, Recording):
        said = export_run.about(shown.recording, began)
    else:
        said = export_run.dated(sweep_words.about(shown.recording), began)
    return said if shown.own or run.id in shipped.runs() else f"{said} · read-only"


def status(shown: Opened) -> words.Status:
    """Where a run stands, in words."""
    run, live, recording = shown.run, shown.live, shown.recording
    if shown.damage:
        said = f"Damaged in the store, shown as far as it is whole: {shown.damage}"
        return words.Status(said, ("", "", ""), None, "trouble")
    trouble = server.saver().trouble(run.id) if live else ""
    state, message = (live.state, live.message) if live else (run.state, run.message)
    if isinstance(recording, Recording):
        position = live.position if live else None
        said = words.of_run(state, recording, position=position, message=message)
    elif live:
        said = _robustness().status_of(live)
    else:
        elapsed = recording.elapsed
        said = sweep_words.of_run(state, recording, elapsed=elapsed, estimate=elapsed, under_way=0, message=message)
    return words.with_trouble(said, trouble)


def frame(shown: Opened, view: View) -> bytes:
    """The charts of a race, at the moment and for the layer that the visitor chose."""
    layer = view.layer if view.layer is None or view.layer < shown.recording.config.depth else None
    return _packed(digest(shown.recording).run, shown.recording.revision, view.step, layer, shown.recording)


@st.cache_resource(show_spinner=False, max_entries=64)
def _packed(number: int, revision: int, step: int | None, layer: int | None, _recording: Recording) -> bytes:
    return charts.frame(_recording, step=step, layer=layer)


def table(shown: Opened, chart: str) -> tuple[str, str]:
    """The data of one chart of a race: a file's name and its CSV."""
    return f"{stem(shown.run)}-{chart}.csv", charts.table(shown.recording, chart)


def sweep_frame(shown: Opened) -> tuple[bytes, tuple[str, str] | None]:
    """The pictures of a sweep; and a file's name and CSV, if the browser asked for one just now."""
    state = shown.live.state if shown.live else shown.run.state
    return _robustness().frame_of(shown.recording, shown.run.id, state, SWEEP_KEY)


def told(shown: Opened) -> str:
    """What it found and what its settings were, in HTML."""
    recording = shown.recording
    if isinstance(recording, Recording):
        blocks = [export_run.final_table(recording), export_run.changes(recording)]
        blocks.append(export_run.settings(recording.config))
    else:
        blocks = _export_sweep().findings(recording, _robustness().summary_of(recording, shown.run.id))
    return "".join(block.html() for block in blocks if block)


def in_code(shown: Opened) -> tuple[str, str]:
    """What trains it again: a program in Python, and a command for a terminal."""
    recording = shown.recording
    if isinstance(recording, Recording):
        return snippet.in_python(recording), snippet.in_terminal(recording)
    return sweep_snippet.in_python(recording.sweep), sweep_snippet.in_terminal(recording.sweep)


def stem(run: SavedRun) -> str:
    """A file's name for a run, without its ending: letters and digits of its name, and what tells it from others."""
    plain = re.sub(r"[^a-z0-9]+", "-", run.name.lower())[:60].strip("-")
    return f"{plain or run.kind}-{run.id[:6]}"


def files(shown: Opened) -> dict[str, tuple[str, str, Callable[[], str | bytes]]]:
    """What a run can be saved as: label -> file's name, type, and what makes it when it is asked for, on any thread."""
    run, store, began, again = shown.run, server.store(), when(shown.run), saved.again(shown)
    name = stem(run)  # nothing here holds the recording: the page keeps what it offers as long as it is open

    def events() -> Iterator[dict[str, Any]]:
        return shipped.events(run.id) if run.id in shipped.runs() else readable(store.events(run.id))

    if run.kind == "sweep":
        label, make_page = "Results (CSV)", _export_sweep().sweep_page
    else:
        label, make_page = "Curves (CSV)", export_run.run_page
    return {
        "Web page (HTML)": (
            f"{name}.html", "text/html", lambda: make_page(again(), events(), name=run.name, when=began)
        ),
        label: (f"{name}.csv", "text/csv", lambda: again().to_csv()),
        "Recording (JSON lines)": (f"{name}.jsonl.gz", "application/gzip", lambda: parts.jsonl(events())),
    }  # fmt: skip


def _robustness() -> Any:
    from app.session import robustness  # here: it loads SciPy, which a page without sweeps need not wait for

    return robustness


def _export_sweep() -> Any:
    from app.sweep import export as export_sweep  # here, for the same reason

    return export_sweep
