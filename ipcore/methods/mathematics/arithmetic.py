"""Functions that a rule needs and that NumPy and torch name or call differently."""

from __future__ import annotations

from typing import Any


def exp(values: Any) -> Any:
    """The exponential of each number of an array or a tensor."""
    if hasattr(values, "exp"):  # a tensor has its own
        return values.exp()
    import numpy as np

    return np.exp(values)


def variance(values: Any) -> Any:
    """The unbiased variance over a minibatch: the sum of squared deviations divided by ``batch - 1``.

    Args:
        values: shape (..., batch, units), with at least two examples.

    Returns:
        The variance of each unit, shape (..., units).
    """
    if hasattr(values, "new_empty"):  # a tensor
        return values.var(-2, correction=1)
    return values.var(-2, ddof=1)


def at_most(values: Any, most: float) -> Any:
    """Each number, or ``most`` where it is larger.

    Args:
        values: a number, an array or a tensor.
        most: the largest number that is kept.
    """
    return values.clip(None, most) if hasattr(values, "clip") else min(values, most)


def at_least(values: Any, least: float) -> Any:
    """Each number of an array or a tensor, or ``least`` where it is smaller."""
    return values.clip(least, None)
