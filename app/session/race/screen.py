"""The front page: the race that this visitor has on screen, their own or a recording, and the settings of the page."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from app.background.run import Run
from app.race import frames as charts
from app.race import settings as controls
from app.race.blank import Blank
from app.race.component import view
from app.session import feeds, known, parts, server, shipped, visitor
from app.session.on_screen import OnScreen
from app.session.race.source import RaceSource, others_of, phase_of, status_of
from app.session.url import Settings
from app.store.recorded import RACE
from app.ui import words
from ipcore.config import IN_FLIGHT, RunConfig
from ipcore.recordings.race import Recording

KEY = "charts"
"""The key of the component with the charts."""

on_screen: OnScreen[Run[Recording]] = OnScreen("run", lambda visitor: server.runs().of(visitor))

settings = Settings("race", controls.DEFAULTS, controls.from_url, controls.to_url, charts=parts.RACE, moments=True)


def arrive() -> None:
    """Begins a script run of the page: finds the visitor, their run, and the settings in the URL."""
    visitor.arrive()
    state = st.session_state
    state.setdefault("run", None)
    found = on_screen.newest()
    if found is not None and found is not run():
        state.rates, state.held = rates_of(found), found.state == "paused" or found.waits_at_start
        on_screen.show(found)
    own = run()
    if settings.from_url() and own is not None and _differs(own):
        on_screen.set_aside()


def remember() -> None:
    """Stores this visitor's name in their browser tab, and takes the stored name after a reload."""
    visitor.remember(settled=run() is not None)


def run() -> Run[Recording] | None:
    """The visitor's run on screen; None while the bundled recording is."""
    return on_screen.run()


def recording() -> Recording:
    """The recording on screen: that of the visitor's run, or one that has exactly the settings of the page."""
    return _shown()[1]


def _shown() -> tuple[str, Recording]:
    """The recording on screen, and a name that no other has."""
    own = run()
    if own is not None:
        return own.stream, own.recording
    config = controls.choose(settings.values()).config
    if config is None:
        return "refused", _blank(RunConfig(), True)
    if config == shipped.race().config:
        return RACE, shipped.race()
    return known.race(config) or (repr(config), _blank(config, False))


@lru_cache(64)
def _blank(config: RunConfig, refused: bool) -> Blank:
    return Blank(config, refused)


def recorded() -> bool:
    """Whether a recording is on screen that can be played, and no run of this visitor."""
    return run() is None and not isinstance(recording(), Blank)


def status() -> words.Status:
    """The status line of what is on screen."""
    own = run()
    if own is None:
        known_one = recording()
        if isinstance(known_one, Blank):
            return words.of_nothing(known_one.refused)
        return words.of_recording(known_one, default=known_one is shipped.race())
    return status_of(own)


def phase() -> str:
    """What the page depends on: see :func:`app.session.race.source.phase_of`."""
    return phase_of(run(), _held())


def _held() -> bool:
    return run() is not None and st.session_state.held


def pace() -> float | None:
    """Seconds between two updates of the live part; None if nothing can change by itself."""
    own = run()
    if own is None or own.state not in words.LIVE:
        return server.SAVING if server.saving(own) else None
    return feeds.pace(KEY, 0.22 if own.state in ("starting", "running") else 0.5)


def shown() -> dict[str, str] | bytes:
    """What the component shows: the feed of the charts, or a frame if the browser cannot ask for it."""
    chosen = view(st.session_state.get(KEY))
    source = RaceSource(run(), recording(), visitor.name(), on_screen.aside_id(), _held(), status())
    return feeds.offer(KEY, source) or source.frame_of(chosen)


def file(chart: str) -> tuple[str, str]:
    """The data of one chart: a file's name and its CSV."""
    race = recording()
    return f"{race.config.dataset}-{chart}-step-{race.step}.csv", charts.table(race, chart)


def refusal() -> str:
    """Why the server did not start the race that this visitor last asked for; empty if it did."""
    return str(st.session_state.get("refusal", ""))


def others() -> int:
    """How many other visitors watch the race on screen while it is trained."""
    own = run()
    return 0 if own is None else others_of(own)


def pending() -> list[str]:
    """Settings that differ from those of the run on screen."""
    own, chosen = run(), controls.choose(settings.values()).config
    if own is None or chosen is None:
        return []
    return controls.differing(chosen, own.config.replace(**st.session_state.rates))


def waits_at_start() -> bool:
    """Whether the run is paused at step 0, or will be when it leaves the queue."""
    own = run()
    return own is not None and own.state in words.LIVE and own.recording.step == 0 and st.session_state.held


def stands_still() -> bool:
    """Whether the run is paused, or will be as soon as its worker knows: a button may be pressed before that."""
    own = run()
    return own is not None and own.state in words.LIVE and (own.state == "paused" or bool(st.session_state.held))


def rates_of(own: Run[Recording]) -> dict[str, float]:
    """The rates that a run has now: those of its start, or of the last change in flight."""
    rates = {name: getattr(own.config, name) for name in IN_FLIGHT}
    return rates | {mark.setting: mark.value for mark in own.recording.marks}


def _differs(own: Run[Recording]) -> bool:
    """Whether the settings of the page are others than those that a run was started with, and has now."""
    chosen = controls.choose(settings.values()).config
    return chosen is None or chosen not in (own.config, own.config.replace(**st.session_state.rates))
