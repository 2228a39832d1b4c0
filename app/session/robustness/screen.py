"""The page "Robustness": the sweep that this visitor has on screen, their own or a recording, and its settings."""

from __future__ import annotations

import streamlit as st

from app.background.sweep_run import SweepRun
from app.session import feeds, known, parts, server, shipped, visitor
from app.session.on_screen import OnScreen
from app.session.robustness import charts
from app.session.robustness.source import SweepSource, phase_of, status_of
from app.session.url import Settings
from app.sweep import settings as sweep_controls
from app.sweep import words as sweep_words
from app.sweep.component import view
from app.ui.words import Status, of_nothing
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

KEY = "sweep_charts"
"""The key of the component with the charts."""

on_screen: OnScreen[SweepRun] = OnScreen("sweep", lambda visitor: server.sweeps().of(visitor))

settings = Settings(
    "robustness", sweep_controls.DEFAULTS, sweep_controls.from_url, sweep_controls.to_url,
    sweep_controls.key, ("over",), parts.SWEEP,
)  # fmt: skip


def arrive() -> None:
    """Begins a script run of the page: finds the visitor, their sweep, and the settings in the URL."""
    visitor.arrive()
    st.session_state.setdefault("sweep", None)
    found = on_screen.newest()
    if found is not None:
        on_screen.show(found)
    own = run()
    if settings.from_url() and own is not None and _chosen() != own.sweep:
        on_screen.set_aside()


def remember() -> None:
    """Stores this visitor's name in their browser tab, and takes the stored name after a reload."""
    visitor.remember(settled=run() is not None)


def run() -> SweepRun | None:
    """The visitor's sweep on screen; None while the bundled recording is."""
    return on_screen.run()


def recording() -> SweepRecording:
    """The recording on screen: that of the visitor's sweep, or one that has exactly the settings of the page."""
    return _shown()[1]


def _shown() -> tuple[str, SweepRecording]:
    """The recording on screen, and a name that no other has."""
    own = run()
    if own is not None:
        return own.id, own.recording
    chosen = _chosen()
    if chosen is None:
        return "refused", _blank("", shipped.sweep().sweep)
    if chosen == shipped.sweep().sweep:
        return "bundled", shipped.sweep()
    return known.sweep(chosen) or (repr(chosen), _blank(repr(chosen), chosen))


@st.cache_resource(show_spinner=False, max_entries=64)
def _blank(name: str, _sweep: Sweep) -> SweepRecording:
    return SweepRecording(_sweep)


def _chosen() -> Sweep | None:
    """The sweep that has the settings of the page; None if they are refused."""
    return sweep_controls.choose(settings.values()).sweep


def status() -> Status:
    """The status line of what is on screen."""
    own = run()
    if own is None:
        recorded = recording()
        if recorded.state != "finished":
            return of_nothing(_chosen() is None)
        return sweep_words.of_recording(recorded, default=recorded is shipped.sweep())
    return status_of(own)


def phase() -> str:
    """What the page depends on: see :func:`app.session.robustness.source.phase_of`."""
    return phase_of(run())


def pace_of_size() -> float | None:
    """Seconds between two updates of the size of a sweep; None if it cannot change by itself."""
    return 2.0 if server.sweeps().places.now().cluster else None


def pace() -> float | None:
    """Seconds between two updates of the live part; None when nothing can change by itself."""
    own = run()
    if own is not None and own.state in sweep_words.LIVE:
        return feeds.pace(KEY, 0.4)
    return server.SAVING if server.saving(own) else None


def pace_of_summary() -> float | None:
    """Seconds between two updates of the summary; likewise."""
    own = run()
    return 2.0 if own is not None and own.state in sweep_words.LIVE else None


def shown() -> dict[str, str] | bytes:
    """What the component shows: the feed of the charts, or a frame if the browser cannot ask for it."""
    own, (name, recording) = run(), _shown()
    still = "" if recording.state == "finished" else "refused" if _chosen() is None else "blank"
    source = SweepSource(own, name, recording, still, visitor.name(), on_screen.aside_id(), status())
    return feeds.offer(KEY, source) or source.frame_of(view(st.session_state.get(KEY)))


def file(chart: str) -> tuple[str, str]:
    """The data of one chart: a file's name and its CSV."""
    name, recorded = _shown()
    return charts.file_on(KEY, recorded, name, chart)


def summary() -> tuple[str, str]:
    """The summary of each method so far, as a table in HTML, and how its numbers are defined."""
    name, recorded = _shown()
    return charts.summary(recorded, name)


def size(sweep: Sweep) -> str:
    """How large a sweep is, and how long it should take here."""
    return sweep_words.size(sweep, server.sweeps().places.now())


def pending(sweep: Sweep) -> str:
    """A sentence on the settings in which a sweep differs from the one on screen; empty if it does not."""
    own = run()
    return sweep_words.pending(sweep, own.sweep) if own else ""
