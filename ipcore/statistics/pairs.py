"""Every method compared with one of them, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ipcore.statistics.intervals import Interval, paired_difference

COMPARED_WITH = "plain"
"""The method that is subtracted from the others, where it takes part."""


def baseline(methods: Sequence[str]) -> str | None:
    """The method that is subtracted from the others: plain, or the first if plain does not take part.

    Args:
        methods: the methods that take part.

    Returns:
        The name of a method; None if there is only one.
    """
    if len(methods) < 2:
        return None
    return COMPARED_WITH if COMPARED_WITH in methods else methods[0]


def differences(results: Mapping[str, np.ndarray], minus: str) -> dict[str, Interval]:
    """The result of each method minus that of one of them, paired by seeds.

    Args:
        results: method -> a result for each seed, NaN where there is none, shape (S,).
        minus: the method that is subtracted.

    Returns:
        Each other method -> the difference with its interval.
    """
    return {method: paired_difference(values, results[minus]) for method, values in results.items() if method != minus}


def plain_interval(found: Interval) -> dict[str, Any]:
    """A difference or a mean as plain values, ready for JSON: null stands for what is not known."""
    return {
        "mean": _number(found.mean),
        "interval": [_number(found.low), _number(found.high)],
        "seeds": found.count,
        "no_interval": found.reason or None,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
