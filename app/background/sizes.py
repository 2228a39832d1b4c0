"""Which races are small enough to be trained by turns with others in one process. No Streamlit, no torch."""

from __future__ import annotations

from ipcore.config import RunConfig

WEIGHTS = 4_000_000
"""Weights of all networks of a small race together, at most: some 60 MB with gradients and copies."""
OPERATIONS = 3e9
"""Multiplications and additions of one step of a small race, at most: some 0.1 s on one core, so that turns
are short."""


def is_small(config: RunConfig) -> bool:
    """Whether a race is trained by turns with others, so that it needs little memory and its steps are short.

    The data sets that are downloaded do not count as small, because fetching and holding them is not.
    """
    inner = (config.depth - 1) * config.width**2
    weights = config.data.features * config.width + inner + config.width * config.data.classes
    networks = len(config.methods) * config.seeds
    operations = 6 * config.batch_size * weights * networks  # forward, and two products of the same size backward
    return config.data.kind != "download" and weights * networks <= WEIGHTS and operations <= OPERATIONS
