"""What a visitor does to the race on screen; Streamlit calls it for a button or a widget before it draws the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.background.runs import Refused
from app.race import settings as controls
from app.race import start as starts
from app.session import server, visitor
from app.session.clicks import counted, once
from app.session.race import screen
from app.ui import words
from ipcore.config import IN_FLIGHT, SETTINGS, RunConfig, limit


@once
def start() -> None:
    """Starts a race with the settings shown; a race that waits at step 0 with the same settings goes on."""
    if screen.waits_at_start() and not screen.pending():
        st.session_state.held = False
        _send({"command": "resume"})
        server.await_effect(screen.run(), lambda own: own.recording.step > 0)
    else:
        _begin()


@once
def toggle() -> None:
    """Pauses the run, or lets it go on."""
    own, paused = screen.run(), screen.stands_still()
    st.session_state.held = not paused
    _send({"command": "resume" if paused else "pause"})
    server.await_effect(own, lambda own: (own.state == "paused") != paused)


@once
@counted(lambda count: f"step{count}")
def advance(count: int, times: int) -> None:
    """Trains ``count`` steps for each click, then pauses; starts a run if there is none."""
    count *= times
    if screen.run() is None:
        _begin(paused=True)
    own = screen.run()
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
    values = screen.settings.values()
    state.first_seed = (values["first_seed"] + values["seeds"]) % beyond
    own = screen.run()
    if own is not None:
        _begin(paused=own.state not in words.LIVE or screen.stands_still())


def steer(name: str) -> None:
    """Sends a rate that the visitor has just changed to their run. Only a widget calls this, never a URL."""
    own, value = screen.run(), screen.settings.values()[name]
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
    own = screen.on_screen.no_longer_aside()
    if own is not None:
        screen.settings.fill(own.config.replace(**screen.rates_of(own)).to_dict())


def take_over(config: RunConfig, *, start: bool) -> None:
    """Fills in settings; another page calls this before it opens this one.

    Args:
        config: the settings.
        start: whether a race with them is to start at once.
    """
    screen.settings.keep(config.to_dict())
    if start:
        _start(config, paused=False)
    else:
        screen.on_screen.set_aside()


def _begin(paused: bool = False) -> None:
    chosen = controls.choose(screen.settings.values()).config
    if chosen is None:
        return
    screen.settings.dismiss()
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
    own = screen.run()
    if own is not None and own.state in words.LIVE:
        own.send(dict(command))
