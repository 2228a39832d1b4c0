"""The front page, on which networks learn: this visitor's run on screen, its settings, and what the buttons do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from app.background.run import Run
from app.background.runs import Refused
from app.race import frames as charts
from app.race import settings as controls
from app.race import start as starts
from app.race.blank import Blank
from app.race.component import RaceView, from_query, view
from app.race.digest import digest
from app.session import feeds, known, parts, server, visitor
from app.session.clicks import counted, once
from app.session.url import Settings
from app.store.recorded import RACE, SHIPPED
from app.ui import words
from app.ui.feeds import FrameCache, View
from ipcore.config import IN_FLIGHT, SETTINGS, RunConfig, limit
from ipcore.recordings.files import events_from_file
from ipcore.recordings.race import Recording, from_events

KEY = "charts"
"""The key of the component with the charts."""

ASIDE = "race_aside"
"""The key of the id of a run that is not on screen."""

settings = Settings("race", controls.DEFAULTS, controls.from_url, controls.to_url, charts=parts.RACE, moments=True)


@st.cache_resource(show_spinner=False)
def bundled() -> Recording:
    """The recording of a finished default race, shipped with the project."""
    _, file = SHIPPED[RACE]
    return from_events(events_from_file(file))


_frames = FrameCache(64)
"""Frames of all races on screen: each is packed once, and all its viewers share it."""


def arrive() -> None:
    """Begins a script run of the page: finds the visitor, their run, and the settings in the URL."""
    visitor.arrive()
    state = st.session_state
    state.setdefault("run", None)
    # The newest run of this visitor is the one on screen. The session does not know it after a reload of the tab, nor
    # if Streamlit cut off the callback that started it, as it does when the next click comes meanwhile.
    newest = _newest()
    if newest is not None and newest is not state.run:
        state.rates, state.held = _rates(newest), newest.state == "paused" or newest.waits_at_start
        state.run = newest
    if settings.from_url() and state.run is not None and _differs(state.run):
        _set_aside()


def remember() -> None:
    """Stores this visitor's name in their browser tab, and takes the stored name after a reload."""
    visitor.remember(settled=run() is not None)


def run() -> Run[Recording] | None:
    """The visitor's run on screen; None while the bundled recording is."""
    return st.session_state.run


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
    if config == bundled().config:
        return RACE, bundled()
    return known.race(config) or (repr(config), _blank(config, False))


@lru_cache(64)
def _blank(config: RunConfig, refused: bool) -> Blank:
    return Blank(config, refused)


def recorded() -> bool:
    """Whether a recording is on screen that can be played, and no run of this visitor."""
    return run() is None and not isinstance(recording(), Blank)


def aside() -> bool:
    """Whether this visitor has a run that is not on screen, because a link with other settings was opened."""
    return run() is None and _newest(aside=True) is not None


def status() -> words.Status:
    """The status line of what is on screen."""
    own = run()
    if own is None:
        known_one = recording()
        if isinstance(known_one, Blank):
            return words.of_nothing(known_one.refused)
        return words.of_recording(known_one, default=known_one is bundled())
    return _status(own)


def _status(own: Run[Recording]) -> words.Status:
    traffic = words.Traffic(own.speed, own.beside, server.runs().seconds_to_wait(own), own.restoring)
    shown = words.of_run(own.state, own.recording, position=own.position, message=own.message, traffic=traffic)
    return words.with_trouble(shown, server.unsaved(own.id))


def phase() -> str:
    """What the page depends on: when it changes, the whole page reruns.

    It is the run on screen, its state, whether it waits at step 0, whether it is over and is still being saved, and how
    many others watch it.

    What the buttons do depends on all three: a paused run that makes its first step stays paused, and can be reset now.
    """
    return _phase(run(), _held())


def pace() -> float | None:
    """Seconds between two updates of the live part; None if nothing can change by itself."""
    own = run()
    if own is None or own.state not in words.LIVE:
        return server.SAVING if server.saving(own) else None
    return feeds.pace(KEY, 0.22 if own.state in ("starting", "running") else 0.5)


def shown() -> dict[str, str] | bytes:
    """What the component shows: the feed of the charts, or a frame if the browser cannot ask for it."""
    chosen = view(st.session_state.get(KEY))
    source = RaceSource(run(), recording(), visitor.name(), st.session_state.get(ASIDE, ""), _held(), status())
    return feeds.offer(KEY, source) or source.frame_of(chosen)


@dataclass(frozen=True)
class RaceSource:
    """The charts of one race, at the moment and for the layer that the visitor chose.

    Args:
        own: the visitor's run on screen, if there is one.
        still: the recording that is on screen without one.
        visitor: the visitor's name.
        aside: the id of a run that was set aside, if one was.
        held: whether the visitor has asked it to wait.
        status: the status line when the page was drawn.
    """

    own: Run[Recording] | None
    still: Recording
    visitor: str
    aside: str
    held: bool
    status: words.Status

    @property
    def recording(self) -> Recording:
        """Its recording; a run that leaves one that others watch has another from then on."""
        return self.own.recording if self.own else self.still

    def stamp(self, view: View) -> str:
        """See :class:`app.ui.feeds.Source`."""
        return self._stamp(from_query(view))

    def _stamp(self, chosen: RaceView) -> str:
        recording = self.recording
        seen = chosen.step, self._layer(chosen), chosen.span and "{}-{}".format(*chosen.span)
        return f"race-{digest(recording).run}-{recording.revision}-{'-'.join(map(str, seen))}"

    def _layer(self, chosen: RaceView) -> int | None:
        return chosen.layer if chosen.layer is None or chosen.layer < self.recording.config.depth else None

    def frame(self, view: View) -> bytes:
        """See :class:`app.ui.feeds.Source`."""
        return self.frame_of(from_query(view))

    def frame_of(self, chosen: RaceView) -> bytes:
        """The frame of a moment and a layer."""
        return _frames.get(
            self._stamp(chosen),
            lambda: charts.frame(self.recording, step=chosen.step, layer=self._layer(chosen), span=chosen.span),
        )

    def facts(self) -> dict[str, Any]:
        """See :class:`app.ui.feeds.Source`."""
        newest = next(reversed(server.runs().of(self.visitor)), None)
        own = self.own if newest is None or newest.id == self.aside else newest
        live = own is not None and own.state in words.LIVE
        status = _status(own) if own is not None else self.status
        return {"live": live, "phase": _phase(own, self.held), "status": status.to_dict()}


def _held() -> bool:
    return run() is not None and st.session_state.held


def _phase(own: Run[Recording] | None, held: bool) -> str:
    if own is None:
        return ""
    waits = held and own.state in words.LIVE and own.recording.step == 0
    notes = ["at its start"] * waits + ["being saved"] * server.saving(own)
    return ", ".join([f"{own.id} {own.state}", *notes, f"{_others(own)} others"])


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
    return 0 if own is None else _others(own)


def _others(own: Run[Recording]) -> int:
    return own.others if own.state in words.LIVE else 0


def pending() -> list[str]:
    """Settings that differ from those of the run on screen."""
    own, chosen = run(), controls.choose(settings.values()).config
    if own is None or chosen is None:
        return []
    return controls.differing(chosen, own.config.replace(**st.session_state.rates))


# -- what buttons and widgets do (Streamlit calls these before it draws the page) ------------------------------------


@once
def start() -> None:
    """Starts a race with the settings shown; a race that waits at step 0 with the same settings goes on."""
    if waits_at_start() and not pending():
        st.session_state.held = False
        _send({"command": "resume"})
        server.await_effect(run(), lambda own: own.recording.step > 0)
    else:
        _begin()


@once
def toggle() -> None:
    """Pauses the run, or lets it go on."""
    own = run()
    paused = own is not None and own.state == "paused"
    st.session_state.held = not paused
    _send({"command": "resume" if paused else "pause"})
    server.await_effect(own, lambda own: (own.state == "paused") != paused)


@once
@counted(lambda count: f"step{count}")
def advance(count: int, times: int) -> None:
    """Trains ``count`` steps for each click, then pauses; starts a run if there is none."""
    count *= times
    if run() is None:
        _begin(paused=True)
    own = run()
    if own is not None:
        goal = own.recording.step + count
        if own.state != "paused":
            st.session_state.held = True
            _send({"command": "pause"})
        _send({"command": "step", "count": count})
        server.await_effect(own, lambda own: own.recording.step >= goal)


@once
def reset() -> None:
    """Starts the race anew, paused at step 0, with the settings shown: the same seeds give the same start."""
    _begin(paused=True)


@once
def new_seed() -> None:
    """Takes the next seeds and starts the race anew, at once if it was running, otherwise paused at step 0."""
    state = st.session_state
    beyond = int(limit("first_seed", SETTINGS["first_seed"].high)) + 1
    state.first_seed = (state.first_seed + state.seeds) % beyond
    own = run()
    if own is not None:
        _begin(paused=own.state not in ("queued", "starting", "running"))


def steer(name: str) -> None:
    """Sends a rate that the visitor has just changed to their run. Only a widget calls this, never a URL."""
    own, value = run(), st.session_state[name]
    if own is not None and own.state in words.LIVE and value != st.session_state.rates[name]:
        _send({"command": "set", "setting": name, "value": value})
        st.session_state.rates[name] = value


def use_rate(value: float) -> None:
    """Sets the intrinsic rate, and sends it to the run."""
    st.session_state.intrinsic_rate = value
    steer("intrinsic_rate")


@once
def give_best_start() -> None:
    """Sets the weights from which plain learns best, for the next race."""
    st.session_state.update(starts.BEST)


@once
def back_to_run() -> None:
    """Shows this visitor's run again, with its settings."""
    own = _newest(aside=True)
    st.session_state.pop(ASIDE, None)
    if own is not None:
        settings.fill(own.config.replace(**_rates(own)).to_dict())


def take_over(config: RunConfig, *, start: bool) -> None:
    """Fills in settings; another page calls this before it opens this one.

    Args:
        config: the settings.
        start: whether a race with them is to start at once.
    """
    settings.keep(config.to_dict())
    if start:
        _start(config, paused=False)
    elif st.session_state.get("run") is not None:
        _set_aside()


def waits_at_start() -> bool:
    """Whether the run is paused at step 0, or will be when it leaves the queue."""
    own = run()
    return own is not None and own.state in words.LIVE and own.recording.step == 0 and st.session_state.held


def _newest(aside: bool = False) -> Run[Recording] | None:
    """The newest run of this visitor; one that was set aside only if asked for."""
    found = next(reversed(server.runs().of(visitor.name())), None)
    set_aside = found is not None and found.id == st.session_state.get(ASIDE)
    return found if set_aside == aside else None


def _set_aside() -> None:
    """Takes the run off the screen; it goes on."""
    state = st.session_state
    state[ASIDE], state.run = state.run.id, None


def _differs(own: Run[Recording]) -> bool:
    """Whether the settings of the page are others than those that a run was started with, and has now."""
    chosen = controls.choose(settings.values()).config
    return chosen is None or chosen not in (own.config, own.config.replace(**st.session_state.rates))


def _begin(paused: bool = False) -> None:
    chosen = controls.choose(settings.values()).config
    if chosen is None:
        return
    settings.dismiss()
    _start(chosen, paused)


def _start(config: RunConfig, paused: bool) -> None:
    state = st.session_state
    state.refusal = ""
    try:
        started = server.runs().start(
            config, visitor.name(), keeper=visitor.owner(), address=visitor.address(), paused=paused
        )
    except Refused as refused:
        state.refusal = str(refused)
        return
    state.held, state.run = paused, started
    state.rates = {name: getattr(config, name) for name in IN_FLIGHT}
    server.await_effect(state.run, lambda own: own.state == "paused" or own.recording.step > 0)


def _send(command: Mapping[str, Any]) -> None:
    own = run()
    if own is not None and own.state in words.LIVE:
        own.send(dict(command))


def _rates(own: Run[Recording]) -> dict[str, float]:
    """The rates that a run has now: those of its start, or of the last change in flight."""
    rates = {name: getattr(own.config, name) for name in IN_FLIGHT}
    return rates | {mark.setting: mark.value for mark in own.recording.marks}
