"""This visitor: which run is on screen and whose it is. The one user of st.session_state and of Streamlit's caches.

Whose run? A run belongs to the visitor who started it, known by a random name that never leaves their browser tab
and this server. It is kept in the tab's sessionStorage, which survives a reload (a new session for Streamlit) and is
no part of the URL: a link, wherever it is pasted, restores settings and can neither start nor steer a run, nor show it.
"""

from __future__ import annotations

import gc
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from app import charts, controls, words
from app.live import View, prepare_static
from app.runs import Run, Runs
from ipcore.config import IN_FLIGHT, SETTINGS, limit
from ipcore.recording import Recording, events_from_file, from_events

BUNDLED = Path(__file__).parent / "recordings" / "default-race.jsonl.gz"
FIRST_EVENT = 0.25
"""Seconds that a click waits for its first effect, so that both appear together."""

_REMEMBER = """
let told = false
export default function ({ data, setStateValue }) {
  try {
    const known = sessionStorage.getItem("visitor")
    if (!known || data.settled) sessionStorage.setItem("visitor", data.name)
    else if (known !== data.name && !told) { told = true; setStateValue("name", known) }
  } catch { /* storage is forbidden: a reload is then a new visitor */ }
}
"""


# -- the server ------------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Once for the server: files that browsers will ask for, a worker ahead, no garbage collection of modules."""
    prepare_static()
    runs()
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False, on_release=lambda runs: runs.close())
def runs() -> Runs:
    """All runs of this server, with a worker warm."""
    made = Runs()
    made.warm_up()
    return made


@st.cache_resource(show_spinner=False)
def bundled() -> Recording:
    """The recording of a finished default race, shipped with the project."""
    return from_events(events_from_file(BUNDLED))


@st.cache_resource(show_spinner=False, max_entries=64)
def _packed(name: str, revision: int, step: int | None, layer: int | None, _recording: Recording) -> bytes:
    """One frame for each moment, shared by all who look at it."""
    return charts.frame(_recording, step=step, layer=layer)


# -- this visitor ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Lease:
    """Holds a visitor's place; given back when the browser tab closes or loses its connection."""

    runs: Runs
    visitor: str

    def release(self) -> None:
        self.runs.left(self.visitor)  # on the server's event loop: it notes the time and returns


@st.cache_resource(scope="session", show_spinner=False, on_release=_Lease.release)
def _lease(visitor: str, _runs: Runs) -> _Lease:
    return _Lease(_runs, visitor)


_remember = st.components.v2.component("visitor", js=_REMEMBER)


def arrive() -> None:
    """Begins a script run of the page: who is here, and which settings the URL asks for."""
    prepare()
    state = st.session_state
    state.setdefault("visitor", secrets.token_hex(16))
    state.setdefault("run", None)
    _settings_from_url()
    here()


def remember() -> None:
    """Keeps the visitor's name in their browser tab, and takes back the run of a tab that was reloaded."""
    state = st.session_state
    data = {"name": state.visitor, "settled": state.run is not None}
    known = _remember(key="remember", data=data, default={"name": None}, on_name_change=lambda: None).name
    if state.run is None and isinstance(known, str) and known != state.visitor and re.fullmatch("[0-9a-f]{32}", known):
        state.visitor = known
        here()
        for own in runs().of(known):
            state.run, state.rates, state.held = own, _rates(own), own.state == "paused"
        st.rerun()


def here() -> None:
    """Says that this visitor is still here; a run of one who left ends after a grace."""
    _lease(st.session_state.visitor, runs())
    runs().present(st.session_state.visitor)


def run() -> Run | None:
    """The visitor's run on screen; None while the bundled recording is."""
    return st.session_state.run


def recording() -> Recording:
    """What is on screen."""
    own = run()
    return own.recording if own else bundled()


def status() -> words.Status:
    """What is on screen, in words."""
    own = run()
    if own is None:
        return words.of_recording(bundled())
    return words.of_run(own.state, own.recording, position=own.position, message=own.message)


def phase() -> tuple[str, str]:
    """Which run is on screen and its state: when this changes, the whole page is drawn anew."""
    own = run()
    return (own.id, own.state) if own else ("", "")


def pace() -> float | None:
    """Seconds between two updates of the live part; None when nothing can change by itself."""
    own = run()
    if own is None or own.state not in words.LIVE:
        return None
    return 0.2 if own.state in ("starting", "running") else 0.5


def frame(view: View) -> bytes:
    """The charts of what is on screen, at the moment and for the layer that the visitor chose."""
    own, shown = run(), recording()
    layer = view.layer if view.layer is None or view.layer < shown.config.depth else None
    return _packed(own.id if own else "", shown.revision, view.step, layer, shown)


def table(chart: str) -> tuple[str, str]:
    """The data of one chart: a file's name and its CSV."""
    shown = recording()
    return f"{shown.config.dataset}-{chart}-step-{shown.step}.csv", charts.table(shown, chart)


# -- settings --------------------------------------------------------------------------------------------------------


def values() -> dict[str, Any]:
    """All settings as the widgets hold them now."""
    return {name: st.session_state[name] for name in controls.DEFAULTS}


def notices() -> list[str]:
    """A sentence on each part of the URL that was ignored."""
    return st.session_state.notices


def _settings_from_url() -> None:
    """Fills the widgets, before they are drawn, if the URL is not the one that this session wrote last."""
    state = st.session_state
    asked = st.query_params.to_dict()
    away = any(name not in state for name in controls.DEFAULTS)  # a first visit, or back from another page
    if not away and asked == state.get("url"):
        return
    found, state.notices = controls.from_url(asked)
    kept = state.get("settings", {}) if away and not found else {}
    for name, value in {**controls.DEFAULTS, **kept, **found}.items():
        state[name] = list(value) if name == "methods" else value


def settings_to_url() -> None:
    """Writes the settings to the URL, if they changed."""
    state = st.session_state
    state.settings = values()
    parameters = controls.to_url(state.settings)
    if parameters != st.query_params.to_dict():
        st.query_params.from_dict(parameters)
    state.url = parameters


def pending() -> list[str]:
    """Settings that differ from those of the run on screen."""
    own, chosen = run(), controls.choose(values()).config
    if own is None or chosen is None:
        return []
    return controls.differing(chosen, own.config.replace(**st.session_state.rates))


# -- what buttons and widgets do (Streamlit calls these before it draws the page) ------------------------------------


def start() -> None:
    """Starts a race with the settings shown; one that is held at its start just goes on."""
    if held() and not pending():
        st.session_state.held = False
        _send({"command": "resume"})
        _await(lambda own: own.recording.step > 0)
    else:
        _begin()


def toggle() -> None:
    """Pauses the run, or lets it go on."""
    paused = run() is not None and run().state == "paused"
    st.session_state.held = not paused
    _send({"command": "resume" if paused else "pause"})
    _await(lambda own: (own.state == "paused") != paused)


def advance(count: int) -> None:
    """Takes ``count`` steps and holds there; begins a run if there is none."""
    if run() is None:
        _begin(paused=True)
    if run() is not None:
        goal = run().recording.step + count
        if run().state != "paused":
            st.session_state.held = True
            _send({"command": "pause"})
        _send({"command": "step", "count": count})
        _await(lambda own: own.recording.step >= goal)


def reset() -> None:
    """Back to step 0, held, with the settings shown: the same seed gives the same first weights and minibatches."""
    _begin(paused=True)


def new_seed() -> None:
    """The next seeds: a run that is going starts anew with them, any other is held at its start."""
    state = st.session_state
    beyond = int(limit("first_seed", SETTINGS["first_seed"].high)) + 1
    state.first_seed = (state.first_seed + state.seeds) % beyond
    if run() is not None:
        _begin(paused=run().state not in ("queued", "starting", "running"))


def steer(name: str) -> None:
    """Sends a rate that the visitor has just changed to their run. A URL never gets here: only a widget calls this."""
    own, value = run(), st.session_state[name]
    if own is not None and own.state in words.LIVE and value != st.session_state.rates[name]:
        _send({"command": "set", "setting": name, "value": value})
        st.session_state.rates[name] = value


def use_rate(value: float) -> None:
    """Takes this intrinsic rate."""
    st.session_state.intrinsic_rate = value
    steer("intrinsic_rate")


def held() -> bool:
    """Whether the run waits at its start for a word of the visitor, also if it is still in the queue."""
    own = run()
    return own is not None and own.state in words.LIVE and own.recording.step == 0 and st.session_state.held


def _begin(paused: bool = False) -> None:
    state = st.session_state
    chosen = controls.choose(values()).config
    if chosen is None:
        return
    state.notices, state.held = [], paused
    state.run = runs().start(chosen, state.visitor, paused=paused)
    state.rates = {name: getattr(chosen, name) for name in IN_FLIGHT}
    _await(lambda own: own.state == "paused" or own.recording.step > 0)


def _send(command: Mapping[str, Any]) -> None:
    if run() is not None and run().state in words.LIVE:
        run().send(dict(command))


def _await(done: Any) -> None:
    """Waits a moment until ``done(run)``, so that the page drawn next shows it."""
    own, deadline = run(), time.monotonic() + FIRST_EVENT
    seen = own.recording.revision if own else 0
    while own and own.state in words.LIVE and not done(own) and (left := deadline - time.monotonic()) > 0:
        seen = own.wait(seen, left)


def _rates(own: Run) -> dict[str, float]:
    """The rates that a run has now: those of its start, or of the last change in flight."""
    rates = {name: getattr(own.config, name) for name in IN_FLIGHT}
    return rates | {mark.setting: mark.value for mark in own.recording.marks}
