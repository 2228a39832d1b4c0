"""How many networks to train in lockstep, and how long that takes."""

from __future__ import annotations

from ipcore.config import RunConfig


def fastest_size(config: RunConfig) -> int:
    """Replicas of one stack that train fastest, per network."""
    return 8


def seconds_per_network_step(config: RunConfig, replicas: int) -> float:
    """Processor seconds for one step of one network in a stack of so many."""
    return 1e-4 + 3 * config.weights_per_network * config.batch_size / 2e10
