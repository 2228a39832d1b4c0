"""How many networks to train in lockstep, and how long that takes.

One step of one network of a stack of R takes, on one core, about

``LAYER * depth / R + WEIGHT * weights + PRODUCT * weights * batch + OUTPUT * depth * width * batch``

The first term is the fixed cost of calling an operation, whatever the stack; the second is reading and writing weights
from memory; the third computes matrix products, the last everything per neuron and example. The constants were fitted
to 203 timings on two cores of a shared server (AMD EPYC, one thread, torch 2.13): widths 16 to 256, depths 5 and 15,
batches 1 to 100, all methods, 4 to 120 replicas. Nine of ten lie within a factor of 1.4, all within 1.7.
"""

from __future__ import annotations

import math

from ipcore.config import PROBE, RunConfig

LAYER, WEIGHT, PRODUCT, OUTPUT = 65e-6, 3.8e-9, 4.4e-11, 1.33e-8
"""Seconds; see above."""

FIXED_SHARE = 0.05
"""Share of the time that the fixed cost may take."""
LEAST, MOST = 8, 64
"""Bounds on replicas. Up to 8 nearly every network gained, also through the first layer, where replicas of one seed are
a single tall matrix; beyond 64 none did."""
MOST_BYTES = 256 * 2**20
"""Memory of a stack, before which even LEAST gives way."""

CURVE_POINTS = 20
"""Moments on the curve of a network, at most; the last is its end."""


def fastest_size(config: RunConfig) -> int:
    """How many replicas train fastest, per network, in one stack.

    As many as make the fixed cost small: ``R = LAYER * depth / (FIXED_SHARE * the rest)``. There is no need to fit a
    cache: measured, a stack that outgrew it was hardly slower, since even a single network of these sizes streams its
    weights and their gradients through it in each step.

    Args:
        config: of a single network: its depth, width and batch size.
    """
    wanted = math.ceil(LAYER * config.depth / (FIXED_SHARE * _own_seconds(config)))
    # Weights, gradients and the state before the step; of each neuron and example, output, error and potential.
    size = 12 * config.weights_per_network + 12 * config.depth * config.width * config.batch_size
    return max(1, min(max(LEAST, min(MOST, wanted)), MOST_BYTES // size))


def network_seconds(config: RunConfig, replicas: int) -> float:
    """Processor seconds to train and test one network in a stack of so many; see the head of this file."""
    step = LAYER * config.depth / replicas + _own_seconds(config)
    # A test is a step's way forward, a third of its products.
    tested = (len(moments(config.steps)) * PROBE + config.data.test) / 3
    test = (PRODUCT * config.weights_per_network + OUTPUT * config.depth * config.width) * tested
    return config.steps * step + test


def moments(steps: int) -> list[int]:
    """The steps of a run at which its curve has a point, ascending; the last is ``steps``."""
    return sorted({math.ceil(steps * part / CURVE_POINTS) for part in range(1, CURVE_POINTS + 1)})


def _own_seconds(config: RunConfig) -> float:
    """Of one step of one network, what no stack saves."""
    weights, batch = config.weights_per_network, config.batch_size
    return WEIGHT * weights + PRODUCT * weights * batch + OUTPUT * config.depth * config.width * batch
