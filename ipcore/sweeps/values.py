"""The settings that a sweep can vary, the validation of their values, and the format in which a number is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from ipcore.config import SETTINGS, SWEEP_TOTALS, limit
from ipcore.messages import shorten

SWEEPABLE = ("learning_rate", "depth", "width", "batch_size", "weight_scale", "intrinsic_rate")
"""The settings that a sweep can vary."""
STACKED = ("learning_rate", "intrinsic_rate", "weight_scale")
"""Those of them in which the replicas of one stack may differ, besides the seed."""
SHAPES = tuple(name for name in SWEEPABLE if name not in STACKED)
"""Those that change the shape of a network or of a minibatch, so that each of their values needs a stack of its own."""


def format_number(value: float) -> str:
    """A number as the shortest text that stands for no other number."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def parse_names(names: Any) -> tuple[str, ...]:
    """Validates the names of the settings that a sweep varies: one or two different ones.

    Args:
        names: a list or tuple of names, or a mapping whose keys are the names.

    Raises:
        ValueError: if there are more or fewer, or one cannot be varied.
    """
    listed = list(names) if isinstance(names, (Mapping, list, tuple)) else [shorten(names)]
    if not 1 <= len(listed) <= 2 or any(name not in SWEEPABLE for name in listed) or len(set(listed)) < len(listed):
        given = ", ".join(map(str, listed))[:60] or "none"
        raise ValueError(f"over must name one or two different of {', '.join(SWEEPABLE)}, not {given}")
    return tuple(listed)


def parse_over(over: Any, *, recorded: bool = False) -> dict[str, tuple[float, ...]]:
    """Validates the settings that a sweep varies, and their values.

    Args:
        over: each setting -> its values, a list of numbers or texts, or one text in which commas separate them.
        recorded: see :func:`ipcore.config.limit`.

    Returns:
        Each setting -> its values as numbers, ascending.

    Raises:
        ValueError: naming the field, the value and what is allowed.
    """
    parsed = {}
    for name in parse_names(over if isinstance(over, Mapping) else shorten(over)):
        given = over[name]
        listed = given.split(",") if isinstance(given, str) else given
        most = int(limit("sweep_networks", SWEEP_TOTALS["sweep_networks"], recorded=recorded))
        if isinstance(listed, Iterable) and not isinstance(listed, (Mapping, bytes)):
            listed = list(itertools.islice(listed, most + 1))  # not all, because anybody may send any number of them
        else:
            listed = []
        if not 1 <= len(listed) <= most:
            raise ValueError(f"{name} must have from 1 to {most:,} values to sweep over, not {shorten(given)}")
        values = sorted(SETTINGS[name].parse(name, value, recorded=recorded) for value in listed)
        for one, next_one in itertools.pairwise(values):
            if one == next_one:
                raise ValueError(
                    f"{name} must have different values to sweep over; {format_number(one)} is given twice"
                )
        parsed[name] = tuple(values)
    return parsed
