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

from app import charts, controls, depth_controls, words
from app.live import View, prepare_static
from app.runs import Run, Runs
from app.saver import Saver, race_saver
from app.store import Store
from ipcore.config import IN_FLIGHT, SETTINGS, RunConfig, limit
from ipcore.measurement import Measurement
from ipcore.recording import Recording, events_from_file, from_events

BUNDLED = Path(__file__).parent / "recordings" / "default-race.jsonl.gz"
BUNDLED_MEASUREMENT = Path(__file__).parent / "recordings" / "default-measurement.jsonl"
MEASUREMENTS_KEPT = 64
"""Finished measurements kept for all visitors: the same settings give the same numbers."""
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


@st.cache_resource(show_spinner=False, on_release=lambda store: store.close())
def store() -> Store:
    """The runs that are kept, whichever server made them."""
    return Store()


@st.cache_resource(show_spinner=False, on_release=lambda saver: saver.close())
def saver() -> Saver:
    """What saves the runs of this server."""
    return Saver(store())


@st.cache_resource(show_spinner=False, on_release=lambda runs: runs.close())
def runs() -> Runs:
    """All runs of this server, with a worker warm; races are saved as they go."""
    made = Runs(**race_saver(saver()))
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


# -- the page "Depth" -------------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def bundled_measurement() -> Measurement:
    """The measurement with the page's defaults, shipped with the project."""
    found = Measurement(depth_controls.default())
    for event in events_from_file(BUNDLED_MEASUREMENT):
        found.add(event)
    return found


@st.cache_resource(show_spinner=False)
def _measurements() -> dict[RunConfig, Measurement]:
    """Finished measurements by their settings, oldest first."""
    return {}


def arrive_at_depth() -> None:
    """Begins a script run of the page "Depth": who is here, and which settings the URL asks for."""
    prepare()
    state, key = st.session_state, depth_controls.key
    state.setdefault("visitor", secrets.token_hex(16))
    state.setdefault("measuring", None)
    here()
    asked = st.query_params.to_dict()
    away = any(key(name) not in state for name in depth_controls.DEFAULTS)
    if not away and asked == state.get("depth_url"):
        return
    found, state.depth_notices = depth_controls.from_url(asked)
    kept = state.get("depth_settings", {}) if away and not found else {}
    for name, value in {**depth_controls.DEFAULTS, **kept, **found}.items():
        state[key(name)] = value


def depth_values() -> dict[str, Any]:
    """All settings of the page as its widgets hold them now."""
    return {name: st.session_state[depth_controls.key(name)] for name in depth_controls.DEFAULTS}


def depth_notices() -> list[str]:
    """A sentence on each part of the URL that was ignored."""
    return st.session_state.depth_notices


def depth_settings_to_url() -> None:
    """Writes the settings to the URL, if they changed."""
    state = st.session_state
    state.depth_settings = depth_values()
    parameters = depth_controls.to_url(state.depth_settings)
    if parameters != st.query_params.to_dict():
        st.query_params.from_dict(parameters)
    state.depth_url = parameters


def measurement(config: RunConfig) -> Measurement | None:
    """What was measured with these settings, by whomever; None if it was not."""
    known, own = _measurements(), measuring(config)
    if own is not None and own.state == "finished":
        known.setdefault(config, own.recording)
        while len(known) > MEASUREMENTS_KEPT:
            known.pop(next(iter(known)), None)
    return bundled_measurement() if config == bundled_measurement().config else known.get(config)


def measuring(config: RunConfig) -> Run | None:
    """The measurement that this visitor asked for, if it is one of these settings."""
    own = st.session_state.measuring
    return own if own is not None and own.config == config else None


def measure(config: RunConfig) -> None:
    """Begins to measure, in place of what this visitor was measuring."""
    st.session_state.measuring = runs().measure(config, st.session_state.visitor)
    own, deadline = st.session_state.measuring, time.monotonic() + FIRST_EVENT
    while own.state in words.LIVE and (left := deadline - time.monotonic()) > 0:
        own.wait(own.recording.revision, left)


def standing_in_the_way() -> bool:
    """Whether this visitor's own race holds a place that a measurement may wait for."""
    return any(race.state in ("starting", "running", "paused") for race in runs().of(st.session_state.visitor))


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


# -- the page "One neuron" (what it needs, with SciPy, is imported with its first visit) -------------------------------


def arrive_at_neuron() -> None:
    """Begins a script run of the page "One neuron": who is here, and which settings the URL asks for."""
    from app import neuron_controls

    prepare()
    state = st.session_state
    state.setdefault("visitor", secrets.token_hex(16))
    here()
    asked = st.query_params.to_dict()
    away = neuron_key("distribution") not in state  # a first visit, or back from another page
    kept = state.get("neuron_settings", {})
    if away or asked != state.get("neuron_url"):
        found, state.neuron_notices = neuron_controls.from_url(asked)
        kept = {**neuron_controls.DEFAULTS, **(kept if away and not found else {}), **found}
        for name, value in kept.items():
            _to_neuron_widgets(name, value)
    for name, value in kept.items():  # of parameters that were not drawn
        if neuron_key(name, 0 if name in neuron_controls.PAIRS else None) not in state:
            _to_neuron_widgets(name, value)


def neuron_key(name: str, index: int | None = None) -> str:
    """Key of the widget of a setting; with an index, of one number of a pair."""
    return f"neuron_{name}" if index is None else f"neuron_{name}_{index}"


def neuron_values() -> dict[str, Any]:
    """All settings of the page as its widgets hold them now."""
    from app.neuron_controls import DEFAULTS, PAIRS

    state = st.session_state
    return {
        name: tuple(state[neuron_key(name, index)] for index in (0, 1)) if name in PAIRS else state[neuron_key(name)]
        for name in DEFAULTS
    }


def neuron_notices() -> list[str]:
    """A sentence on each part of the URL that was ignored."""
    return st.session_state.neuron_notices


def neuron_settings_to_url() -> None:
    """Keeps the settings, since Streamlit forgets those of widgets not drawn, and writes them to the URL."""
    from app.neuron_controls import to_url

    state = st.session_state
    state.neuron_settings = neuron_values()
    parameters = to_url(state.neuron_settings)
    if parameters != st.query_params.to_dict():
        st.query_params.from_dict(parameters)
    state.neuron_url = parameters


def use_neuron_rate(value: float) -> None:
    """Takes this intrinsic rate."""
    st.session_state[neuron_key("intrinsic_rate")] = value


def neuron(setup: Any = None) -> Any:
    """This visitor's :class:`app.neuron_play.Play`, with this setup from now on."""
    from app.neuron_controls import DEFAULTS, choose
    from app.neuron_frames import Axes
    from app.neuron_play import Play

    state = st.session_state
    if "neuron" not in state:
        state.neuron, state.neuron_axes = Play(setup or choose(DEFAULTS)[0]), Axes()
    elif setup is not None:
        state.neuron.change(time.monotonic(), setup)
    return state.neuron


def toggle_neuron() -> None:
    """Plays the neuron, or holds it."""
    own = neuron()
    (own.pause if own.playing else own.play)(time.monotonic())


def step_neuron(count: int) -> None:
    """Takes a few updates and holds there."""
    neuron().step(time.monotonic(), count)


def reset_neuron() -> None:
    """Gain 1, bias 0, held."""
    neuron().reset()


def drift_neuron() -> None:
    """Lets the input wander by itself, and the neuron run; or lets the input come home."""
    own, now = neuron(), time.monotonic()
    own.drift(now, not own.drifting)
    if own.drifting:
        own.play(now)


def neuron_frame() -> tuple[bytes, tuple[str, str] | None]:
    """What the page shows from now on; and a file's name and CSV, if the browser asked for one just now."""
    from app.neuron_frames import frame, table
    from app.neuron_live import download_asked

    state, own, now = st.session_state, neuron(), time.monotonic()
    own.advance(now)
    asked = download_asked(state.get("neuron_charts"))
    file = (f"one-neuron-{asked}.csv", table(own, asked, now)) if asked else None
    return frame(own, state.neuron_axes, now), file


def _to_neuron_widgets(name: str, value: Any) -> None:
    from app.neuron_controls import PAIRS

    state = st.session_state
    if name in PAIRS:
        for index in (0, 1):
            state[neuron_key(name, index)] = value[index]
    else:
        state[neuron_key(name)] = list(value) if name == "methods" else value
