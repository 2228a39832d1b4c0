"""The page "Robustness": this visitor's sweep on screen, its settings, what the buttons do. Loads a part of SciPy."""

from __future__ import annotations

import time

import streamlit as st

from app.background.sweep_run import SweepRun
from app.session import server, shipped, visitor
from app.session.clicks import once
from app.session.url import Settings
from app.sweep import frames as sweep_frames
from app.sweep import settings as sweep_controls
from app.sweep import words as sweep_words
from app.sweep.component import view
from app.sweep.csv import table
from app.ui.words import Status, with_trouble
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

KEY = "sweep_charts"
"""Of the component with the charts."""

settings = Settings(
    "robustness", sweep_controls.DEFAULTS, sweep_controls.from_url, sweep_controls.to_url, sweep_controls.key, ("over",)
)


def bundled() -> SweepRecording:
    """The recording of a finished default sweep, shipped with the project."""
    return shipped.sweep()


@st.cache_resource(show_spinner=False, max_entries=64)
def _packed(name: str, revision: int, point: int | None, state: str, _recording: SweepRecording) -> bytes:
    """One frame for each moment, shared by all who look at it."""
    return sweep_frames.frame(_recording, name, point, state)


@st.cache_resource(show_spinner=False, max_entries=64)
def _summary(name: str, done: int, _recording: SweepRecording) -> str:
    return sweep_words.summary(_recording.sweep, _recording.summaries())


def arrive() -> None:
    """Begins a script run of the page: who is here, which sweep is theirs, and which settings the URL asks for."""
    visitor.arrive()
    state = st.session_state
    state.setdefault("sweep", None)
    if state.sweep is None:
        for own in server.sweeps().of(visitor.name()):  # of a tab that was reloaded; the newest stays
            state.sweep = own
    settings.from_url()


def remember() -> None:
    """Keeps this visitor's name in their browser tab, and comes back as the one whose tab was reloaded."""
    visitor.remember(settled=run() is not None)


def run() -> SweepRun | None:
    """The visitor's sweep on screen; None while the bundled recording is."""
    return st.session_state.sweep


def recording() -> SweepRecording:
    """What is on screen."""
    own = run()
    return own.recording if own else bundled()


def sweep() -> Sweep:
    """What is swept by what is on screen."""
    return recording().sweep


def status() -> Status:
    """What is on screen, in words."""
    own = run()
    if own is None:
        return sweep_words.of_recording(bundled(), sweep_controls.choose(settings.values()).sweep)
    return with_trouble(status_of(own), server.saver().trouble(own.id))


def status_of(own: SweepRun) -> Status:
    """A sweep of this server, in words."""
    estimate = own.sweep.seconds(own.workers or 1)
    return sweep_words.of_run(
        own.state,
        own.recording,
        elapsed=own.elapsed,
        estimate=estimate,
        under_way=own.under_way,
        message=own.message,
        before=own.before,
    )


def phase() -> tuple[str, str]:
    """Which sweep is on screen and its state: when this changes, the whole page is drawn anew."""
    own = run()
    return (own.id, own.state) if own else ("", "")


def pace_of_size() -> float | None:
    """Seconds between two looks at how large a sweep is; None where that cannot change by itself."""
    return 2.0 if server.sweeps().places.now().cluster else None


def pace() -> float | None:
    """Seconds between two updates of the live part; None when nothing can change by itself."""
    own = run()
    return 0.4 if own is not None and own.state in sweep_words.LIVE else None


def frame() -> bytes:
    """What the page shows now."""
    own = run()
    return frame_of(recording(), own.id if own else "bundled", own.state if own else "", KEY)


def frame_of(shown: SweepRecording, name: str, state: str, key: str) -> bytes:
    """The same of any sweep.

    Args:
        shown: all of it so far.
        name: tells it from others.
        state: of the sweep.
        key: of the component that shows it.
    """
    return _packed(name, shown.revision, _point(name, key), state, shown)


def file(chart: str) -> tuple[str, str]:
    """The data of one chart: a file's name and its CSV."""
    own = run()
    return file_of(recording(), own.id if own else "bundled", KEY, chart)


def file_of(shown: SweepRecording, name: str, key: str, chart: str) -> tuple[str, str]:
    """The same of any sweep.

    Args:
        shown: all of it so far.
        name: tells it from others.
        key: of the component that shows it.
        chart: whose data are wanted.
    """
    point = _point(name, key)
    at = point if point is not None else sweep_frames.best_of(shown)
    return f"{shown.sweep.config.dataset}-{'-'.join(shown.sweep.over)}-{chart}.csv", table(shown, chart, at)


def _point(name: str, key: str) -> int | None:
    """The point of a sweep that was picked on a component; None for the best."""
    looked = view(st.session_state.get(key))
    return looked.point if looked.run == name else None


def summary() -> str:
    """The summary of each method so far, as a table in HTML."""
    own = run()
    return summary_of(recording(), own.id if own else "bundled")


def summary_of(shown: SweepRecording, name: str) -> str:
    """The same of any sweep, which the name tells from others."""
    return _summary(name, shown.done_networks, shown)


def size(asked: Sweep) -> str:
    """How large a sweep is, and how long it should take here."""
    return sweep_words.size(asked, server.sweeps().places.now())


def pending(asked: Sweep) -> str:
    """In what a sweep differs from the one on screen, in words; empty if in nothing."""
    own = run()
    return sweep_words.pending(asked, own.sweep) if own else ""


# -- what buttons and widgets do (Streamlit calls these before it draws the page) -------------------------------------


def differ() -> None:
    """The second setting to sweep is another than the first, or none."""
    first, second = (sweep_controls.key("over", index) for index in (0, 1))
    if st.session_state[second] == st.session_state[first]:
        st.session_state[second] = ""


def tidy(name: str) -> None:
    """The values of a setting, just changed: numbers in order."""
    held = sweep_controls.key(sweep_controls.VALUES[name])
    st.session_state[held] = sweep_controls.tidied(name, st.session_state[held])


@once
def start() -> None:
    """Starts a sweep with the settings shown."""
    chosen = sweep_controls.choose(settings.values()).sweep
    if chosen is not None:
        settings.dismiss()
        _start(chosen)


def take_over(sweep: Sweep, *, start: bool) -> None:
    """For another page, which then shows this one: fills in the settings of a sweep.

    Args:
        sweep: that has them.
        start: whether one with them is to start at once.

    Raises:
        ValueError: if this server does not allow it.
    """
    settings.keep(sweep_controls.values_of(sweep.allowed()))
    if start:
        _start(sweep)


@once
def toggle() -> None:
    """Pauses the sweep, or lets it go on, also after a stop."""
    own = run()
    if own is None:
        return
    if own.over:
        if own.missing:
            _show(server.sweeps().go_on(own))
    elif own.state == "paused":
        own.resume()
    else:
        own.pause()


@once
def stop() -> None:
    """Ends the sweep, and keeps what is done."""
    own = run()
    if own is not None:
        own.stop()
        deadline = time.monotonic() + server.FIRST_EVENT
        while not own.over and (left := deadline - time.monotonic()) > 0:
            own.wait(own.recording.revision, left)


def _start(sweep: Sweep) -> None:
    _show(server.sweeps().start(sweep, visitor.name(), keeper=visitor.owner()))


def _show(own: SweepRun) -> None:
    st.session_state.sweep = own
