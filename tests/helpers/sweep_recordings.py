"""Made-up recordings of sweeps for tests, without training anything."""

from __future__ import annotations

from typing import Any

from plain import plain

from ipcore.config import RunConfig
from ipcore.recordings.sweep import start_event
from ipcore.sweeps.plan import Stack, Sweep
from ipcore.sweeps.stack_size import moments

SWEEP = Sweep(
    RunConfig(
        dataset="moons", methods="batch-norm,ip", depth=2, width=4, batch_size=8, steps=30, seeds=2, first_seed=4
    ),
    {"batch_size": (1, 8), "learning_rate": (0.01, 0.1)},
)
LINES = Sweep(RunConfig(methods="plain,ip", depth=2, width=4, steps=30, seeds=3), {"learning_rate": (0.01, 0.1, 0.3)})
"""A sweep over one setting, where SWEEP is over two."""


def accuracy_of(stack: Stack, index: int) -> float:
    """A made-up accuracy, different for every network."""
    replica = stack.replicas[index]
    return round(0.5 + replica.learning_rate + 0.01 * replica.seed + (0.001 if stack.method == "ip" else 0), 6)


def events_of(stack: Stack) -> list[dict[str, Any]]:
    """The events of one stack, as an executor gives them, with made-up numbers."""
    count, found = len(stack.replicas), [{"event": "begun", "stack": stack.id}]
    for sequence, step in enumerate(moments(stack.config.steps)):
        loss, accuracy = [1 / step + seed for seed in range(count)], [step / 100] * count
        found.append(
            {
                "event": "curve",
                "stack": stack.id,
                "sequence": sequence,
                "step": step,
                "loss": loss,
                "accuracy": accuracy,
            }
        )
    found.append({
        "event": "done", "stack": stack.id, "sequence": len(found) - 1, "step": stack.config.steps,
        "test_accuracy": [accuracy_of(stack, index) for index in range(count)],
        "test_loss": [0.25] * count, "diverged": [None] * count, "seconds": 0.5,
    })  # fmt: skip
    return found


def all_events(sweep: Sweep = SWEEP) -> list[dict[str, Any]]:
    """The events of a finished sweep."""
    whole = [plain(start_event(sweep)), *(event for stack in sweep.stacks() for event in events_of(stack))]
    return [*whole, {"event": "end", "state": "finished", "elapsed": 3.5}]


_FIRST, _SECOND, *_REST = SWEEP.stacks()
STOPPED = [
    plain(start_event(SWEEP)), {"event": "state", "state": "paused"}, {"event": "state", "state": "running"},
    *events_of(_FIRST), *events_of(_SECOND)[:7], {"event": "lost", "stack": _SECOND.id, "message": "its worker died"},
    *({"event": "cancelled", "stack": stack.id} for stack in (_SECOND, *_REST)),
    {"event": "end", "state": "stopped", "elapsed": 1.25},
]  # fmt: skip
"""The events of a sweep that was stopped, after a worker was lost."""
