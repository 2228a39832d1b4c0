"""What all visitors share: the runs, the sweeps and the store of this server, prepared once."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.background.run import R, Run
from app.background.runs import Runs
from app.background.sweep_run import SweepRun
from app.background.sweeps import Sweeps
from app.session.shared import Shared, shared
from app.store.races import race_saver
from app.store.replays import Replays
from app.store.saver import Saver
from app.store.store import Store
from app.store.sweeps import sweep_saver
from app.ui import served, words

PATIENCE = 2.0
"""Seconds that a visitor waits at most for a store that others use."""
SAVING = 1.0
"""Seconds between two updates of a page whose run is over while a part of it waits to be saved."""
FIRST_EVENT = 0.25
"""How many seconds a click waits for its first effect, so that the page drawn after it shows the effect."""


@dataclass
class Prepared:
    """What this server has prepared; for those who ask about it and shall not have it prepared by asking.

    Args:
        runs: all runs of the server, once there are any.
        saver: what saves them.
    """

    runs: Runs | None = None
    saver: Saver | None = None


prepared = Prepared()
"""What this server has prepared so far."""


SWITCH = 0.002
"""Seconds after which a thread of Python gives way to one that waits. By default it is more than twice as long, and the
event loop, which has a little to do for every visitor, waits for that time each time; with less, threads that wait take
much of the time themselves."""


@Shared
def prepare() -> None:
    """Prepares the server once: files for browsers, a warm worker, and no garbage collection of loaded modules."""
    served.folder()
    sys.setswitchinterval(SWITCH)
    prepared.runs, prepared.saver = runs(), saver()
    gc.collect()
    gc.freeze()


@shared(Store.close)
def store() -> Store:
    """The store of saved runs, which several servers may share."""
    return Store(wait=PATIENCE)


@Shared
def replays() -> Replays:
    """Saved runs as recordings, which all pages share."""
    return Replays(store())


@shared(Saver.close)
def saver() -> Saver:
    """The saver of the runs of this server."""
    return Saver(store())


@shared(Runs.close)
def runs() -> Runs:
    """All runs of this server, with a worker warm; races are saved as they go."""
    made = Runs(**race_saver(saver()))
    made.warm_up()
    return made


@shared(Sweeps.close)
def sweeps() -> Sweeps:
    """All sweeps of this server, saved as they go. Workers are started with the first."""
    return Sweeps(**sweep_saver(saver()))


def close() -> None:
    """Ends all that is trained and saves what is left of it. It is begun anew if a page still asks for it."""
    for each in (sweeps, runs, saver, store):
        each.clear()


def unsaved(id: str) -> str:
    """A sentence that a run is not saved, or not all of it, and why; empty if nothing is wrong."""
    if why := saver().incomplete(id):
        return words.saved_in_part(why)
    trouble = saver().trouble(id)
    return words.unsaved(trouble) if trouble else ""


def saving(run: Run[Any] | SweepRun | None) -> bool:
    """Whether a run is over and a part of it still waits to be saved: the page that shows it looks again meanwhile."""
    return run is not None and run.over and saver().unsaved(run.id)


def await_effect(run: Run[R] | None, done: Callable[[Run[R]], bool]) -> None:
    """Waits a moment until ``done(run)``, so that the page drawn next shows it."""
    deadline = time.monotonic() + FIRST_EVENT
    seen = run.recording.revision if run else 0
    while run and run.state in words.LIVE and not done(run) and (left := deadline - time.monotonic()) > 0:
        seen = run.wait(seen, left)
