"""How many networks to train in lockstep, and how long that takes.

For each network in a stack of R networks, one step on one processor core takes about this many seconds:

``LAYER * depth / R + WEIGHT * weights + PRODUCT * weights * batch + OUTPUT * depth * width * batch``

The first term is the cost of calling operations, which the networks of a stack share. The second is the cost of reading
and writing weights. The third is that of the matrix products, and the last that of everything computed for each neuron
and example. The constants were fitted to 203 timings on two cores of a shared server (AMD EPYC, one thread, torch
2.13): widths 16 to 256, depths 5 and 15, batch sizes 1 to 100, all methods, 4 to 120 replicas. The estimate is within a
factor of 1.4 of nine timings in ten, and within 1.7 of all.
"""

from __future__ import annotations

import math

from ipcore.config import PROBE, RunConfig

LAYER, WEIGHT, PRODUCT, OUTPUT = 65e-6, 3.8e-9, 4.4e-11, 1.33e-8
"""The constants of the formula above, in seconds."""

FIXED_SHARE = 0.05
"""Share of the time that calling operations may take in a stack."""
LEAST, MOST = 8, 64
"""Smallest and largest number of replicas in a stack. Up to 8 replicas nearly every network trained faster than in a
smaller stack, also because the first layers of replicas with the same seed are computed as one tall matrix. Beyond 64
none did."""
MOST_BYTES = 256 * 2**20
"""Largest memory of a stack, in bytes. A stack of large networks may have fewer than LEAST replicas to keep it."""

CURVE_POINTS = 20
"""Largest number of points on the learning curve of a network; the last is at its last step."""


def fastest_size(config: RunConfig) -> int:
    """The number of replicas in a stack for which the training time per network is shortest.

    It makes the cost of calling operations small: ``R = LAYER * depth / (FIXED_SHARE * remaining cost)``. A stack need
    not fit into the processor's cache. Measurements showed that larger stacks were hardly slower, because even a single
    network of these sizes moves its weights and gradients through the cache in each step.

    Args:
        config: the settings of a network, for its depth, width and batch size.
    """
    wanted = math.ceil(LAYER * config.depth / (FIXED_SHARE * _own_seconds(config)))
    # Memory for weights, their gradients and the state before the step; and per neuron and example for the output, the
    # error and the potential. Each number has 4 bytes.
    size = 12 * config.weights_per_network + 12 * config.depth * config.width * config.batch_size
    return max(1, min(max(LEAST, min(MOST, wanted)), MOST_BYTES // size))


def network_seconds(config: RunConfig, replicas: int) -> float:
    """The estimated processor seconds to train and test one network; see the formula at the head of this file.

    Args:
        config: the settings of the network.
        replicas: the number of networks in its stack.
    """
    step = LAYER * config.depth / replicas + _own_seconds(config)
    # A test is the forward pass of a step, which has a third of its matrix products.
    tested = (len(moments(config.steps)) * PROBE + config.data.test) / 3
    test = (PRODUCT * config.weights_per_network + OUTPUT * config.depth * config.width) * tested
    return config.steps * step + test


def moments(steps: int) -> list[int]:
    """The steps at which the learning curve of a network has a point, ascending; the last is ``steps``."""
    return sorted({math.ceil(steps * part / CURVE_POINTS) for part in range(1, CURVE_POINTS + 1)})


def _own_seconds(config: RunConfig) -> float:
    """The estimated seconds of one step of one network, without the shared cost of calling operations."""
    weights, batch = config.weights_per_network, config.batch_size
    return WEIGHT * weights + PRODUCT * weights * batch + OUTPUT * config.depth * config.width * batch
