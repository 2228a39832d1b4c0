"""Made-up results of the claims' cells: as if networks had reached these numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ipcore.claims.claims import CLAIMS
from ipcore.claims.evidence import Evidence
from ipcore.claims.experiments import INPUTS, Plan
from ipcore.claims.running import Measured
from ipcore.theory.equilibria import equilibrium

Accuracy = Callable[[str, str, int, int, float], float]
"""Accuracy of a method at a start, a depth, a batch size and a learning rate."""

NOISE = 0.002
"""Spread of made-up accuracies over seeds."""


def made_up(
    accuracy: Accuracy = lambda *place: 0.9,
    gradient: Callable[..., float] = lambda *place: 1e-3,
    information: Callable[..., float] = lambda *place: 0.9,
    gain_error: Mapping[str, float] = {},
    infomax: Mapping[str, float] = {},
    claims: tuple[str, ...] = tuple(CLAIMS),
    seeds: int = 4,
    quick: bool = False,
) -> Measured:
    """Results of a whole plan.

    Args:
        accuracy: see :data:`Accuracy`.
        gradient: the gradient of the first layer there.
        information: the information of a trained network there.
        gain_error: input -> relative error of the gain at rest under IP; others have none.
        infomax: input -> how much less informative Infomax is; on others it is as informative as IP.
        claims: the claims of the plan.
        seeds: the number of seeds.
        quick: whether the plan is quick.
    """
    plan = Plan(claims, quick, seeds)
    measured = Measured(plan)
    noise = np.linspace(-NOISE, NOISE, seeds)
    for key, cell in plan.networks.items():
        for place, seed in enumerate(plan.all_seeds):
            own = noise[(place + len(key[0])) % seeds]
            reached = [min(1.0, accuracy(*key, rate) + own) for rate in cell.rates]
            measured.results[cell.key, seed] = {
                "accuracy": reached,
                "first": reached,
                "second": reached,
                "gradient": [[gradient(*key, rate) * (1 + own)] * 20 for rate in cell.rates],
                "information": [[information(*key, rate) + own] * key[2] for rate in cell.rates],
                "diverged": [None] * len(cell.rates),
            }
    for (name, method, _), single in plan.neurons.items():
        rest = equilibrium(INPUTS[name])
        factor = 1 + gain_error.get(name, 0.0)
        less = infomax.get(name, 0.0) if method == "infomax" else 0.0
        for place, seed in enumerate(plan.all_seeds):
            measured.results[single.key, seed] = neuron(rest, factor * (1 + noise[place]), less, len(single.moments))
    return measured


def neuron(rest: Any, factor: float, less: float, moments: int) -> dict[str, list[float]]:
    """The result of one neuron whose gain and bias are off by a factor, and whose information is less."""
    return {
        "gain": [rest.gain * factor],
        "bias": [rest.bias * factor],
        "information": [rest.information - less] * moments,
    }


def evidence(**changes: Any) -> Evidence:
    """The evidence of made-up results; arguments as in :func:`made_up`."""
    return Evidence(made_up(**changes))
