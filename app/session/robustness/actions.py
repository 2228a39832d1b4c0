"""What a visitor does to the sweep on screen; Streamlit calls it for a button or a widget before it draws the page."""

from __future__ import annotations

import time

import streamlit as st

from app.background.sweep_run import SweepRun
from app.session import server, visitor
from app.session.clicks import once
from app.session.robustness import screen
from app.sweep import settings as sweep_controls
from ipcore.sweeps.plan import Sweep


def differ() -> None:
    """Removes the second setting if it is the same as the first.

    One of them may be missing: a message that no page has sent can change a widget that this visit has not drawn.
    """
    first, second = (sweep_controls.key("over", index) for index in (0, 1))
    if second in st.session_state and st.session_state[second] == st.session_state.get(first):
        st.session_state[second] = ""


def tidy(name: str) -> None:
    """Sorts the values of a setting that the visitor has just changed."""
    key = sweep_controls.key(sweep_controls.VALUES[name])
    if key in st.session_state:  # see differ()
        st.session_state[key] = sweep_controls.tidied(name, st.session_state[key])


@once
def start() -> None:
    """Starts a sweep with the settings shown."""
    chosen = sweep_controls.choose(screen.settings.values()).sweep
    if chosen is not None:
        screen.settings.dismiss()
        _start(chosen)


@once
def toggle() -> None:
    """Pauses the sweep, or lets it go on, also after a stop."""
    own = screen.run()
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
    own = screen.run()
    if own is not None:
        own.stop()
        deadline = time.monotonic() + server.FIRST_EVENT
        while not own.over and (left := deadline - time.monotonic()) > 0:
            own.wait(own.recording.revision, left)


@once
def back_to_run() -> None:
    """Shows this visitor's sweep again, with its settings."""
    own = screen.on_screen.no_longer_aside()
    if own is not None:
        screen.settings.fill(sweep_controls.values_of(own.sweep))


def take_over(sweep: Sweep, *, start: bool) -> None:
    """Fills in the settings of a sweep; another page calls this before it opens this one.

    Args:
        sweep: the sweep.
        start: whether a sweep with these settings is to start at once.

    Raises:
        ValueError: if this server does not allow it.
    """
    screen.settings.keep(sweep_controls.values_of(sweep.allowed()))
    if start:
        _start(sweep)
    else:
        screen.on_screen.set_aside()


def _start(sweep: Sweep) -> None:
    _show(server.sweeps().start(sweep, visitor.name(), keeper=visitor.owner()))


def _show(own: SweepRun) -> None:
    screen.on_screen.show(own)
