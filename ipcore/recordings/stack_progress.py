"""The progress of each stack of a sweep, and the stacks that a start event describes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ipcore.messages import shorten
from ipcore.recordings.events.sweep import VERSION, StackPlan, Start
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.stack_size import network_seconds


@dataclass
class StackProgress:
    """The progress of a stack.

    Args:
        method: the method of its networks.
        points: index of the point of each replica.
        seeds: index of the seed of each replica.
        seconds: estimated seconds of its training.

    Attributes:
        sequence: number of the next event of its training.
        state: ``waiting``, ``running``, ``done``, ``cancelled`` or ``failed``.
        losses: one message for each worker that died while it trained the stack.
    """

    method: str
    points: np.ndarray
    seeds: np.ndarray
    seconds: float
    sequence: int = 0
    state: str = "waiting"
    losses: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether its last event has come."""
        return self.state in ("done", "cancelled", "failed")


def start_event(sweep: Sweep) -> Start:
    """The first event of a sweep."""
    place = {point.key: index for index, point in enumerate(sweep.points())}
    stacks = [
        StackPlan(id=each.id, method=each.method, replicas=[(place[one.point], one.seed) for one in each.replicas])
        for each in sweep.stacks()
    ]
    return Start(kind="sweep", version=VERSION, **sweep.to_dict(), stacks=stacks)


def sweep_of(start: Start) -> Sweep:
    """The sweep that a start event describes.

    Raises:
        ValueError: if it is not allowed.
    """
    flags: dict[str, Any] = {name: getattr(start, name) for name in ("equal_examples", "usual_rates")}
    given = {name: value for name, value in flags.items() if isinstance(value, bool)}
    return Sweep.from_dict({"config": start.config, "over": start.over, **given})


def stacks_of(sweep: Sweep, plans: list[StackPlan]) -> dict[str, StackProgress]:
    """The stacks that a start event describes, by their ids.

    Raises:
        ValueError: if they do not contain every network of the sweep exactly once.
    """
    stacks: dict[str, StackProgress] = {}
    points = sweep.points()
    wanted = {
        (method, index, seed)
        for method in sweep.config.methods
        for index, point in enumerate(points)
        if not sweep.impossible(method, point)
        for seed in sweep.seeds
    }
    planned: list[tuple[str, int, int]] = []
    for plan in plans:
        if plan.id in stacks:
            raise ValueError(f"two stacks have the name {shorten(plan.id)}")
        networks = [(plan.method, point, seed) for point, seed in plan.replicas]
        planned += networks
        steps = {points[point].settings["steps"] for point, _ in plan.replicas if 0 <= point < len(points)}
        if not wanted.issuperset(networks) or len(steps) > 1:
            raise ValueError(f"stack {shorten(plan.id)} does not fit the sweep")
        places, seeds = np.array(plan.replicas).reshape(-1, 2).T
        seconds = len(networks) * network_seconds(points[places[0]].config(plan.method), len(networks))
        stacks[plan.id] = StackProgress(plan.method, places, seeds - sweep.config.first_seed, seconds)
    if len(planned) != len(wanted) or set(planned) != wanted:
        raise ValueError("the stacks of a sweep must hold every network once")
    return stacks
