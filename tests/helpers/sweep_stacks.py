"""Stacks of small sweeps, and what waits until an executor is done with them."""

from __future__ import annotations

import dataclasses
from typing import Any

from clusters import PATIENCE
from plain import all_plain

from ipcore.config import RunConfig
from ipcore.executors.base import Executor
from ipcore.sweeps.plan import Stack, Sweep

Event = dict[str, Any]
LAST = ("done", "failed", "cancelled")
"""The last events of a stack."""


def stacks(steps: int = 40, methods: str = "plain,ip", **over: Any) -> list[Stack]:
    """Stacks that train in a moment."""
    config = RunConfig(dataset="spirals", methods=methods, depth=2, width=4, batch_size=20, steps=steps, seeds=2)
    return Sweep(config, over or {"learning_rate": (0.01, 0.1)}).stacks()


def under_way(name: str = "long") -> Stack:
    """A stack that trains for minutes; nobody waits for its first curve, let alone its end."""
    (large,) = Sweep(
        RunConfig(dataset="spirals", methods="ip", depth=10, steps=100_000), {"learning_rate": (0.01,)}
    ).stacks()
    return dataclasses.replace(large, id=name)


def all_over(executor: Executor, count: int) -> list[Event]:
    """All events until so many stacks are over."""
    events: list[Event] = []
    while sum(event["event"] in LAST for event in events) < count:
        came = all_plain(executor.events(PATIENCE))
        assert came, f"nothing came after {events[-3:]}"
        events += came
    return events
