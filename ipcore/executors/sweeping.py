"""Trains a whole sweep on an executor, and yields all its events from the first to the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ipcore.executors.base import Executor
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Done, Failed
from ipcore.recordings.events.sweep import End
from ipcore.recordings.sweep import start_event
from ipcore.sweeps.plan import Sweep

LOOK_SECONDS = 0.5
"""Seconds to wait for events before checking again whether to stop."""


def events(sweep: Sweep, executor: Executor, stopped: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Trains the networks of a sweep, and yields its events until it is finished or stopped.

    Args:
        sweep: the sweep to train.
        executor: a new executor, for this sweep only; the caller closes it.
        stopped: says whether to stop; it is called about every :data:`LOOK_SECONDS` seconds.
    """
    began = time.monotonic()
    yield start_event(sweep)
    left = {stack.id for stack in sweep.stacks()}
    for stack in sweep.stacks():
        executor.submit(stack)
    while left and not stopped():
        for event in executor.events(LOOK_SECONDS):
            if isinstance(event, (Done, Failed)):
                left.remove(event.stack)
            yield event
    yield End(state="stopped" if left else "finished", elapsed=round(time.monotonic() - began, 3))
