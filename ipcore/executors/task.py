"""The task that a worker of a Dask cluster runs for a sweep: it trains one stack.

Dask's worker processes are daemonic, so they may not start child processes. The task therefore trains the stack in the
thread that runs it.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ipcore.config import RunConfig
from ipcore.methods import METHODS_VARIABLE, registry
from ipcore.packages import numeric_versions
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Begun, Cancelled, Curve, Done, Failed
from ipcore.sweeps.plan import Stack
from ipcore.worker.loop import FAULT, Stopped, explain

TOPIC = "ipcore"
"""The topic under which tasks report events. All tasks share it, because a scheduler never forgets a topic; it only
drops old events within one."""
FAULT_ON_WORKER = (
    "a stack stopped because of a fault in the program; details are in the log of the cluster's worker {worker}"
)
REFUSED = "the cluster's worker {worker} does not allow this stack ({error}); IPCORE_LIMITS must be the same everywhere"
OTHER_VERSION = (
    "the cluster's worker {worker} has {name} {there} where the sweep was started with {here}; install the same"
)

ENDING = ("closing", "closed", "failed")
"""States in which the results of a Dask worker are not received by anybody any more."""


@functools.cache
def versions() -> dict[str, str]:
    """The versions of everything on which results depend.

    They are a hash of ipcore's source, a hash of the methods from outside the project, and the version of each package
    on which numbers depend: they must be the same on all machines, so that results are.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return {"ipcore": digest.hexdigest()[:12], METHODS_VARIABLE: registry.digest(), **numeric_versions()}


def run(work: dict[str, Any]) -> list[Curve | Done | Failed] | None:
    """A Dask task: trains a stack and reports its events under TOPIC as they occur.

    Between steps it checks whether the scheduler still needs it. If not, because it was cancelled or its client has
    ended, it stops within a step or 50 ms. ``Future.cancel`` alone would leave it running.

    Args:
        work: ``to`` (a token that is sent back with every report), ``stack`` (from Stack.to_dict) and ``versions``
            (the result of :func:`versions` where the sweep was started).

    Returns:
        All events of the stack, because reports may be lost with a connection. The last one is ``failed`` if the stack
        could not be trained. None if the task was stopped.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()
    # The scheduler may start a task again on its own, so each run of a task has a name of its own.
    sender = {"to": work["to"], "key": key, "run": secrets.token_hex(8)}
    events: list[Curve | Done | Failed] = []

    def report(event: Event) -> None:
        worker.log_event(TOPIC, {**sender, "event": event.line()})

    def check(*_: Any) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state != "executing" or worker.status.name in ENDING:
            raise Stopped

    report(Begun(stack=work["stack"]["id"]))
    try:
        for event in _events(work, worker.address, check):
            check()
            if event is not None:
                events.append(event)
                report(event)
    except Stopped:
        report(Cancelled(stack=work["stack"]["id"]))
        return None
    return events


def _events(work: dict[str, Any], worker: str, check: Callable[..., None]) -> Iterator[Curve | Done | Failed | None]:
    """Yields the events of a stack, and None between them. A failure is reported as an event too.

    Args:
        work: See :func:`run`.
        worker: The address of this worker, for messages.
        check: Raises Stopped if the task is not needed any more. It is called while data are downloaded.
    """
    id = work["stack"]["id"]
    for name, there in versions().items():
        if (here := work["versions"].get(name)) != there:
            yield Failed(stack=id, message=OTHER_VERSION.format(worker=worker, name=name, there=there, here=here))
            return
    import torch

    from ipcore.networks.device import use_training_device
    from ipcore.networks.stacks import train_stack

    torch.set_num_threads(1)
    try:
        use_training_device()
        stack = Stack.from_dict(work["stack"])
    except ValueError as error:
        yield Failed(stack=id, message=REFUSED.format(worker=worker, error=error))
        return
    try:
        yield from train_stack(stack, _load(stack.config, check))
    except Exception as error:  # it is explained in words, as by a worker on the server's machine
        message = explain(error)
        yield Failed(stack=id, message=FAULT_ON_WORKER.format(worker=worker) if message == FAULT else message)


# The data set that was used last, kept for the next stack, with what it was loaded for.
_loaded: tuple[tuple[str, int], Any] | None = None


def _load(config: RunConfig, check: Callable[..., None]) -> Any:
    """Loads a data set, unless it was used last."""
    global _loaded
    from ipcore.data.sets import load

    wanted = config.dataset, config.train_examples
    if _loaded is None or _loaded[0] != wanted:
        _loaded = None  # released first, because two large data sets might not fit into memory
        _loaded = wanted, load(config.dataset, check, config.train_examples)
    return _loaded[1]
