"""Measures the cells of a plan: networks on an executor, neurons meanwhile in this process. It needs no torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipcore.claims.cells import NetworkCell, NeuronCell
from ipcore.claims.experiments import Plan
from ipcore.claims.record import Key
from ipcore.executors.base import Executor
from ipcore.recordings.events.stack import Cancelled, Curve, Done, Failed
from ipcore.sweeps.plan import Stack
from ipcore.sweeps.stack_size import moments

NEURON_SECONDS = 0.1
"""Estimated seconds for a cell of one neuron and a seed."""
LOOK_SECONDS = 0.5
"""Seconds to wait for events before checking again whether to stop."""


@dataclass
class Measured:
    """What is measured of a plan so far.

    Args:
        plan: the plan.
        results: cell and seed -> its result, see :mod:`ipcore.claims.cells`.
        failures: cell and seed in words -> why it could not be measured.
    """

    plan: Plan
    results: dict[Key, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def of(self, cell: NetworkCell | NeuronCell) -> list[dict[str, Any] | None]:
        """The results of a cell, seed by seed; None where there is none."""
        key = cell.key
        return [self.results.get((key, seed)) for seed in self.plan.all_seeds]

    @property
    def whole(self) -> bool:
        """Whether every cell is measured with every seed."""
        return all(each is not None for cell in self.plan.cells for each in self.of(cell))


def seconds(measured: Measured, workers: int) -> float:
    """The estimated seconds that it takes to measure what is missing.

    Args:
        measured: what is measured.
        workers: the number of cells that train at a time, each on a core of its own.
    """
    plan = measured.plan
    missing = {cell: sum(each is None for each in measured.of(cell)) for cell in plan.cells}
    trained = math.fsum(
        count * cell.stack(plan.first_seed).seconds for cell, count in missing.items() if isinstance(cell, NetworkCell)
    )
    single = sum(count for cell, count in missing.items() if isinstance(cell, NeuronCell))
    return trained / max(1, workers) + NEURON_SECONDS * single


def known(plan: Plan, recorded: Mapping[Key, dict[str, Any]]) -> Measured:
    """What a record holds of a plan."""
    keys = {cell.key for cell in plan.cells}
    there = {(cell, seed): each for (cell, seed), each in recorded.items() if cell in keys and seed in plan.all_seeds}
    return Measured(plan, there)


def measure(
    measured: Measured,
    executor: Executor,
    on_result: Callable[[Key, dict[str, Any]], object] = lambda key, result: None,
    on_progress: Callable[[float, float], object] = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Measures what is missing. An error of one cell does not stop the others.

    Args:
        measured: what is measured so far; results and failures are added to it.
        executor: a new executor, for these stacks only; the caller closes it.
        on_result: called with each new result.
        on_progress: called with the estimated seconds of work that are done, and those of all that was missing.
        stopped: says whether to stop; it is called about every :data:`LOOK_SECONDS` seconds.
    """
    plan = measured.plan
    neurons = [
        (cell, seed)
        for seed in plan.all_seeds
        for cell in plan.neurons.values()
        if (cell.key, seed) not in measured.results
    ]
    stacks = {
        stack.id: (stack, cell, seed)
        for seed in plan.all_seeds
        for cell in longest_first(plan)
        if (cell.key, seed) not in measured.results
        for stack in [cell.stack(seed)]
    }
    curves: dict[str, list[Curve]] = {id: [] for id in stacks}
    total = math.fsum(stack.seconds for stack, _, _ in stacks.values())

    def add(cell: NetworkCell | NeuronCell, seed: int, result: dict[str, Any]) -> None:
        measured.results[cell.key, seed] = result
        on_result((cell.key, seed), result)

    for stack, _, _ in stacks.values():
        executor.submit(stack)
    on_progress(0.0, total)
    while (curves or neurons) and not stopped():
        if neurons:
            single, seed = neurons.pop(0)
            try:
                add(single, seed, single.measure(seed))
            except (ValueError, ArithmeticError) as error:
                measured.failures[f"{single.words}, seed {seed}"] = str(error)
        for event in executor.events(0 if neurons else LOOK_SECONDS) if curves else []:
            if not isinstance(event, (Curve, Done, Failed, Cancelled)):
                continue
            _, cell, seed = stacks[event.stack]
            match event:
                case Curve():
                    curves[event.stack].append(event)
                case Done():
                    add(cell, seed, cell.result(curves.pop(event.stack), event))
                case Failed():
                    measured.failures[f"{cell.words}, seed {seed}"] = event.message
                    del curves[event.stack]
                case Cancelled():
                    measured.failures[f"{cell.words}, seed {seed}"] = "it was cancelled"
                    del curves[event.stack]
        on_progress(total - _seconds_left(stacks, curves), total)


def _seconds_left(stacks: Mapping[str, tuple[Stack, NetworkCell, int]], curves: Mapping[str, list[Curve]]) -> float:
    """The estimated seconds of what is not trained yet of these stacks."""
    return math.fsum(
        stacks[id][0].seconds * (1 - len(seen) / (len(moments(stacks[id][0].config.steps)) + 1))
        for id, seen in curves.items()
    )


def longest_first(plan: Plan) -> list[NetworkCell]:
    """The cells of networks, those that take longest first, so that no worker has a long one left at the end."""
    cells = list(plan.networks.values())
    return sorted(cells, key=lambda cell: -cell.stack(plan.first_seed).seconds)
