"""What can be swept, and over which values: settings and numbers as they are given, and how a number is spelt."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from ipcore.config import SETTINGS, SWEEP_TOTALS, limit
from ipcore.messages import shorten

SWEEPABLE = ("learning_rate", "depth", "width", "batch_size", "weight_scale", "intrinsic_rate")
"""Settings that may be swept."""
STACKED = ("learning_rate", "intrinsic_rate", "weight_scale")
"""Of these, the settings that replicas of one stack may differ in, as they may in their seed."""
SHAPES = tuple(name for name in SWEEPABLE if name not in STACKED)
"""The others: each of their values needs a program of its own."""


def format_number(value: float) -> str:
    """A number in as few characters as tell it from every other."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def parse_names(names: Any) -> tuple[str, ...]:
    """One or two different settings that can be swept.

    Args:
        names: a list of them, or a mapping from them.

    Raises:
        ValueError: if they are not.
    """
    listed = list(names) if isinstance(names, (Mapping, list, tuple)) else [shorten(names)]
    if not 1 <= len(listed) <= 2 or any(name not in SWEEPABLE for name in listed) or len(set(listed)) < len(listed):
        given = ", ".join(map(str, listed))[:60] or "none"
        raise ValueError(f"over must name one or two different of {', '.join(SWEEPABLE)}, not {given}")
    return tuple(listed)


def parse_over(over: Any, *, recorded: bool = False) -> dict[str, tuple[float, ...]]:
    """Settings to sweep -> their values, ascending, as numbers within bounds.

    Args:
        over: setting -> values, as numbers or text, or comma-separated in one text.
        recorded: see :func:`ipcore.config.limit`.

    Raises:
        ValueError: naming the field, the value and what is allowed.
    """
    parsed = {}
    for name in parse_names(over if isinstance(over, Mapping) else shorten(over)):
        given = over[name]
        listed = given.split(",") if isinstance(given, str) else given
        most = int(limit("sweep_networks", SWEEP_TOTALS["sweep_networks"], recorded=recorded))
        if isinstance(listed, Iterable) and not isinstance(listed, (Mapping, bytes)):
            listed = list(itertools.islice(listed, most + 1))  # whoever asks may send any number
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
