"""What a worker of a Dask cluster does for a sweep: it trains one stack.

A worker is daemonic and may have no child processes, so training happens in the task itself, on its one thread.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from ipcore.jsonlines import encode
from ipcore.sweeps.plan import Stack
from ipcore.worker.child import FAULT, Stopped, explain

TOPIC = "ipcore"
"""Under which tasks tell what happens. One for all: a scheduler never forgets a topic, but only a topic's last events."""
SAME = ("torch", "numpy")
"""Packages whose version must be the same everywhere, so that results are."""
FAULT_THERE = (
    "a stack stopped because of a fault in the program; details are in the log of the cluster's worker {worker}"
)
SETTINGS = (
    "the cluster's worker {worker} does not allow this stack ({error}); IPCORE_LIMITS must be the same everywhere"
)
VERSIONS = "the cluster's worker {worker} has {name} {there} where the sweep was started with {here}; install the same"

ENDING = ("closing", "closed", "failed")
"""States of a Dask worker in which nothing that it does has any use."""

Event = dict[str, Any]


@functools.cache
def versions() -> dict[str, str]:
    """Of what decides on results: a digest of ipcore's source, and the versions of SAME, but for their build."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return {"ipcore": digest.hexdigest()[:12], **{name: metadata.version(name).partition("+")[0] for name in SAME}}


def run(work: dict[str, Any]) -> list[Event] | None:
    """A Dask task: trains a stack, telling its events under TOPIC as they come.

    It stops within a step, or 50 ms, once the scheduler has no more use for it: because it was cancelled, or because
    whoever wanted it is gone. ``Future.cancel`` alone would leave it running.

    Args:
        work: ``to`` (a token that comes back with everything told), ``stack`` (as Stack.to_dict gives it) and
            ``versions`` (as :func:`versions` gives them where the sweep was started).

    Returns:
        All its events, for events told may be lost with a connection; a last one may be ``failed`` (``message``).
        None if it was stopped.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()
    about = {
        "to": work["to"],
        "key": key,
        "run": secrets.token_hex(8),
    }  # the scheduler may start a task again by itself
    events: list[Event] = []

    def tell(event: Event) -> None:
        worker.log_event(TOPIC, {**about, "event": encode(event)})

    def look(*_: Any) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state != "executing" or worker.status.name in ENDING:
            raise Stopped

    tell({"event": "begun"})
    try:
        for event in _events(work, worker.address, look):
            look()
            if event is not None:
                events.append(event)
                tell(event)
    except Stopped:
        tell({"event": "stopped"})
        return None
    return events


def _events(work: dict[str, Any], worker: str, look: Callable[..., None]) -> Iterator[Event | None]:
    """The events of a stack, and None between them; a failure is one too.

    Args:
        work: as of :func:`run`.
        worker: its address, for messages.
        look: raises Stopped if nobody wants more; called while data are fetched.
    """
    for name, there in versions().items():
        if (here := work["versions"].get(name)) != there:
            yield {"event": "failed", "message": VERSIONS.format(worker=worker, name=name, there=there, here=here)}
            return
    import torch

    from ipcore.networks.stacks import train_stack

    torch.set_num_threads(1)
    try:
        stack = Stack.from_dict(work["stack"])
    except ValueError as error:
        yield {"event": "failed", "message": SETTINGS.format(worker=worker, error=error)}
        return
    try:
        yield from train_stack(stack, _load(stack.config.dataset, look))
    except Exception as error:  # told in words, as by a worker on the machine of the server
        message = explain(error)
        yield {"event": "failed", "message": FAULT_THERE.format(worker=worker) if message == FAULT else message}


_loaded: Any = None  # the last data set used


def _load(name: str, look: Callable[..., None]) -> Any:
    global _loaded
    from ipcore.data.sets import load

    if _loaded is None or _loaded.name != name:
        _loaded = None  # two large ones at once might not fit
        _loaded = load(name, progress=look)
    return _loaded
