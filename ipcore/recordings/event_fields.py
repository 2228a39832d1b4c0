"""Which fields each event has: a file from elsewhere may hold these, and nothing that would be kept unread.

They are described at the head of :mod:`ipcore.recordings.race`, :mod:`ipcore.recordings.sweep` and
:mod:`ipcore.networks.stacks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipcore.config import shown
from ipcore.recordings.race import PER_LAYER

START = ("event", "version", "kind")
OF_A_RACE = {
    "start": (*START, "config", "data"),
    "progress": ("event", "what", "done", "total"),
    "steps": ("event", "first", "elapsed", "loss"),
    "test": ("event", "step", "examples", "loss", "accuracy", "surface"),
    "snapshot": ("event", "step", "methods"),
    "mark": ("event", "step", "setting", "previous", "value"),
    "diverged": ("event", "step", "method", "seed"),
    "state": ("event", "step", "state"),
    "end": ("event", "step", "state", "elapsed", "telemetry", "first_layer_gradient"),
    "error": ("event", "message"),
}
OF_A_SWEEP = {
    "start": (*START, "config", "over", "equal_examples", "usual_rates", "stacks"),
    "state": ("event", "state"),
    "begun": ("event", "stack"),
    "curve": ("event", "stack", "sequence", "step", "loss", "accuracy"),
    "done": ("event", "stack", "sequence", "step", "test_accuracy", "test_loss", "diverged", "seconds"),
    "lost": ("event", "stack", "message"),
    "cancelled": ("event", "stack"),
    "failed": ("event", "stack", "message"),
    "end": ("event", "state", "elapsed"),
    "error": ("event", "message"),
}
FIELDS = {"race": OF_A_RACE, "sweep": OF_A_SWEEP}
"""Kind of a recording -> event -> its fields."""
OF_DATA = ("train", "test", "probe", "extent", "points")
OF_LAYERS = (*PER_LAYER, "gain", "bias", "activity")
OF_A_STACK = ("id", "method", "replicas")
LONG = {"start", "steps", "test", "snapshot", "curve", "done"}
"""Events with a number for each of many networks, steps, layers or cells; all others are short."""


def check_fields(event: dict[str, Any], kind: str) -> None:
    """Refuses an event with a field that its recording has no place for.

    Args:
        event: one that fits its recording.
        kind: of that, ``race`` or ``sweep``.

    Raises:
        ValueError: naming the field.
    """
    name = event["event"]
    _only(event, FIELDS[kind][name], f"event {name!r}")
    if name == "snapshot":
        for layers in event["methods"].values():
            _only(layers, OF_LAYERS, "a method of event 'snapshot'")
    elif name == "start" and kind == "race":
        _only(event["data"], OF_DATA, "data")
    elif name == "start":
        for stack in event["stacks"]:
            _only(stack, OF_A_STACK, "a stack")


def _only(values: Iterable[str], known: tuple[str, ...], what: str) -> None:
    for name in values:
        if name not in known:
            raise ValueError(f"{what} has no field {shown(name)}; it has {', '.join(known)}")
