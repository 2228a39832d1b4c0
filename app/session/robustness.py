"""The page "Robustness": this visitor's sweep on screen, its settings, what the buttons do. Loads a part of SciPy."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.background.sweep_run import SweepRun
from app.session import feeds, known, parts, server, shipped, visitor
from app.session.clicks import once
from app.session.url import Settings
from app.sweep import frames as sweep_frames
from app.sweep import settings as sweep_controls
from app.sweep import words as sweep_words
from app.sweep.component import SweepView, from_query, view
from app.sweep.csv import table
from app.sweep.summary import summarised
from app.ui.feeds import FrameCache, View
from app.ui.words import Status, of_nothing, with_trouble
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

KEY = "sweep_charts"
"""The key of the component with the charts."""

ASIDE = "sweep_aside"
"""The key of the id of a sweep that is not on screen."""

settings = Settings(
    "robustness", sweep_controls.DEFAULTS, sweep_controls.from_url, sweep_controls.to_url,
    sweep_controls.key, ("over",), parts.SWEEP,
)  # fmt: skip


def bundled() -> SweepRecording:
    """The recording of a finished default sweep, shipped with the project."""
    return shipped.sweep()


_frames = FrameCache(64)
"""Frames of all sweeps on screen: each is packed once, and all its viewers share it."""


@st.cache_resource(show_spinner=False, max_entries=64)
def _summary(name: str, done: int, _recording: SweepRecording) -> tuple[str, str]:
    """The table and its caption, computed once for all viewers."""
    return summarised(_recording)


def arrive() -> None:
    """Begins a script run of the page: finds the visitor, their sweep, and the settings in the URL."""
    visitor.arrive()
    state = st.session_state
    state.setdefault("sweep", None)
    # The newest one of this visitor: see app.session.race.arrive.
    newest = _newest()
    if newest is not None:
        state.sweep = newest
    if settings.from_url() and state.sweep is not None and _chosen() != state.sweep.sweep:
        _set_aside()


def remember() -> None:
    """Stores this visitor's name in their browser tab, and takes the stored name after a reload."""
    visitor.remember(settled=run() is not None)


def run() -> SweepRun | None:
    """The visitor's sweep on screen; None while the bundled recording is."""
    return st.session_state.sweep


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
        return "refused", _blank("", bundled().sweep)
    if chosen == bundled().sweep:
        return "bundled", bundled()
    return known.sweep(chosen) or (repr(chosen), _blank(repr(chosen), chosen))


@st.cache_resource(show_spinner=False, max_entries=64)
def _blank(name: str, _sweep: Sweep) -> SweepRecording:
    return SweepRecording(_sweep)


def _chosen() -> Sweep | None:
    """The sweep that has the settings of the page; None if they are refused."""
    return sweep_controls.choose(settings.values()).sweep


def aside() -> bool:
    """Whether this visitor has a sweep that is not on screen, because a link with other settings was opened."""
    return run() is None and _newest(aside=True) is not None


@once
def back_to_run() -> None:
    """Shows this visitor's sweep again, with its settings."""
    own = _newest(aside=True)
    st.session_state.pop(ASIDE, None)
    if own is not None:
        settings.fill(sweep_controls.values_of(own.sweep))


def _newest(aside: bool = False) -> SweepRun | None:
    """The newest sweep of this visitor; one that was set aside only if asked for."""
    found = next(reversed(server.sweeps().of(visitor.name())), None)
    set_aside = found is not None and found.id == st.session_state.get(ASIDE)
    return found if set_aside == aside else None


def _set_aside() -> None:
    """Takes the sweep off the screen; it goes on."""
    state = st.session_state
    state[ASIDE], state.sweep = state.sweep.id, None


def sweep() -> Sweep:
    """The sweep on screen."""
    return recording().sweep


def status() -> Status:
    """The status line of what is on screen."""
    own = run()
    if own is None:
        shown = recording()
        if shown.state != "finished":
            return of_nothing(_chosen() is None)
        return sweep_words.of_recording(shown, default=shown is bundled())
    return _status(own)


def _status(own: SweepRun) -> Status:
    return with_trouble(status_of(own), server.unsaved(own.id))


def status_of(own: SweepRun) -> Status:
    """The status line of a sweep of this server."""
    estimate = own.slowdown * own.sweep.seconds(own.workers or 1)
    return sweep_words.of_run(
        own.state,
        own.recording,
        elapsed=own.elapsed,
        estimate=estimate,
        under_way=own.under_way,
        message=own.message,
        before=own.before,
    )


def phase() -> str:
    """The id and the state of the sweep on screen, its troubles, and whether it is over and is still being saved.

    When they change, the whole page reruns.
    """
    return _phase(run())


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
    source = SweepSource(own, name, recording, still, visitor.name(), st.session_state.get(ASIDE, ""), status())
    return feeds.offer(KEY, source) or source.frame_of(view(st.session_state.get(KEY)))


@dataclass(frozen=True)
class SweepSource:
    """The charts of one sweep, with the learning curves of the point that the visitor picked.

    Args:
        own: the visitor's sweep on screen, if there is one.
        name: an id that no other sweep has.
        recording: the recording of the sweep.
        still: the state of a recording that is on screen without a sweep of this visitor.
        visitor: the visitor's name.
        aside: the id of a sweep that was set aside, if one was.
        status: the status line when the page was drawn.
    """

    own: SweepRun | None
    name: str
    recording: SweepRecording
    still: str
    visitor: str
    aside: str
    status: Status

    def stamp(self, view: View) -> str:
        """See :class:`app.ui.feeds.Source`."""
        return _stamp(self.name, self.recording, self._state(), from_query(view))

    def frame(self, view: View) -> bytes:
        """See :class:`app.ui.feeds.Source`."""
        return self.frame_of(from_query(view))

    def frame_of(self, chosen: SweepView) -> bytes:
        """The frame with the learning curves of a point."""
        return _frame(self.name, self.recording, self._state(), chosen)

    def facts(self) -> dict[str, Any]:
        """See :class:`app.ui.feeds.Source`."""
        newest = next(reversed(server.sweeps().of(self.visitor)), None)
        own = self.own if newest is None or newest.id == self.aside else newest
        live = own is not None and own.state in sweep_words.LIVE
        status = self.status if own is None else _status(own)
        return {"live": live, "phase": _phase(own), "status": status.to_dict()}

    def _state(self) -> str:
        return self.own.state if self.own else self.still


def _phase(own: SweepRun | None) -> str:
    if own is None:
        return ""
    saved = " being saved" if server.saving(own) else ""
    return f"{own.id} {own.state} {len(sweep_words.troubles(own.recording))}{saved}"


def _stamp(name: str, shown: SweepRecording, state: str, chosen: SweepView) -> str:
    short = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"sweep-{short}-{shown.revision}-{state}-{chosen.point if chosen.run == name else None}"


def _frame(name: str, shown: SweepRecording, state: str, chosen: SweepView) -> bytes:
    point = chosen.point if chosen.run == name else None
    return _frames.get(_stamp(name, shown, state, chosen), lambda: sweep_frames.frame(shown, name, point, state))


def frame_of(shown: SweepRecording, name: str, state: str, key: str) -> bytes:
    """The same for any sweep.

    Args:
        shown: the sweep so far.
        name: an id that no other sweep has.
        state: the state of the sweep.
        key: the key of the component that shows it.
    """
    return _frame(name, shown, state, view(st.session_state.get(key)))


def file(chart: str) -> tuple[str, str]:
    """The data of one chart: a file's name and its CSV."""
    name, shown = _shown()
    return file_of(shown, name, KEY, chart)


def file_of(shown: SweepRecording, name: str, key: str, chart: str) -> tuple[str, str]:
    """The same for any sweep.

    Args:
        shown: the sweep so far.
        name: an id that no other sweep has.
        key: the key of the component that shows it.
        chart: the name of the chart.
    """
    point = _point(name, key)
    at = point if point is not None else sweep_frames.best_of(shown)
    return f"{shown.sweep.config.dataset}-{'-'.join(shown.sweep.over)}-{chart}.csv", table(shown, chart, at)


def _point(name: str, key: str) -> int | None:
    """The point of a sweep that was picked on a component; None for the best."""
    chosen = view(st.session_state.get(key))
    return chosen.point if chosen.run == name else None


def summary() -> tuple[str, str]:
    """The summary of each method so far, as a table in HTML, and how its numbers are defined."""
    name, shown = _shown()
    return summary_of(shown, name)


def summary_of(shown: SweepRecording, name: str) -> tuple[str, str]:
    """The same for any sweep; the name is an id that no other sweep has."""
    return _summary(name, shown.done_networks, shown)


def size(sweep: Sweep) -> str:
    """How large a sweep is, and how long it should take here."""
    return sweep_words.size(sweep, server.sweeps().places.now())


def pending(sweep: Sweep) -> str:
    """A sentence on the settings in which a sweep differs from the one on screen; empty if it does not."""
    own = run()
    return sweep_words.pending(sweep, own.sweep) if own else ""


# -- what buttons and widgets do (Streamlit calls these before it draws the page) -------------------------------------


def differ() -> None:
    """Removes the second setting if it is the same as the first."""
    first, second = (sweep_controls.key("over", index) for index in (0, 1))
    if st.session_state[second] == st.session_state[first]:
        st.session_state[second] = ""


def tidy(name: str) -> None:
    """Sorts the values of a setting that the visitor has just changed."""
    key = sweep_controls.key(sweep_controls.VALUES[name])
    st.session_state[key] = sweep_controls.tidied(name, st.session_state[key])


@once
def start() -> None:
    """Starts a sweep with the settings shown."""
    chosen = sweep_controls.choose(settings.values()).sweep
    if chosen is not None:
        settings.dismiss()
        _start(chosen)


def take_over(sweep: Sweep, *, start: bool) -> None:
    """Fills in the settings of a sweep; another page calls this before it opens this one.

    Args:
        sweep: the sweep.
        start: whether a sweep with these settings is to start at once.

    Raises:
        ValueError: if this server does not allow it.
    """
    settings.keep(sweep_controls.values_of(sweep.allowed()))
    if start:
        _start(sweep)
    elif st.session_state.get("sweep") is not None:
        _set_aside()


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
    """Stops the sweep; the networks that are done are kept."""
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
