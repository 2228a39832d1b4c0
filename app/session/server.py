"""What all visitors share: the runs, the sweeps and the store of this server, prepared once."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import streamlit as st

from app.background.run import R, Run
from app.background.runs import Runs
from app.background.sweeps import Sweeps
from app.store.races import race_saver
from app.store.saver import Saver
from app.store.store import Store
from app.store.sweeps import sweep_saver
from app.ui import served, words

FIRST_EVENT = 0.25
"""How many seconds a click waits for its first effect, so that the page drawn after it shows the effect."""


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Prepares the server once: files for browsers, a warm worker, and no garbage collection of loaded modules."""
    served.folder()
    runs()
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False, on_release=lambda store: store.close())
def store() -> Store:
    """The store of saved runs, which several servers may share."""
    return Store()


@st.cache_resource(show_spinner=False, on_release=lambda saver: saver.close())
def saver() -> Saver:
    """The saver of the runs of this server."""
    return Saver(store())


@st.cache_resource(show_spinner=False, on_release=lambda runs: runs.close())
def runs() -> Runs:
    """All runs of this server, with a worker warm; races are saved as they go."""
    made = Runs(**race_saver(saver()))
    made.warm_up()
    return made


@st.cache_resource(show_spinner=False, on_release=lambda sweeps: sweeps.close())
def sweeps() -> Sweeps:
    """All sweeps of this server, saved as they go. Workers are started with the first."""
    return Sweeps(**sweep_saver(saver()))


def await_effect(run: Run[R] | None, done: Callable[[Run[R]], bool]) -> None:
    """Waits a moment until ``done(run)``, so that the page drawn next shows it."""
    deadline = time.monotonic() + FIRST_EVENT
    seen = run.recording.revision if run else 0
    while run and run.state in words.LIVE and not done(run) and (left := deadline - time.monotonic()) > 0:
        seen = run.wait(seen, left)
