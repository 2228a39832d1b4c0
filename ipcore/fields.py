"""Fields of events, read with care: what does not fit is a ValueError that says what is needed."""

from __future__ import annotations

import sys
from itertools import chain
from typing import Any

import numpy as np

from ipcore.config import shown


def number(event: dict[str, Any], name: str, low: float = 0, high: float = sys.float_info.max) -> float:
    """A field that holds a finite number within bounds."""
    value = event[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ValueError(f"{name} must be a number from {low:.9g} to {high:.9g}, not {shown(value)}")
    return value


def whole(event: dict[str, Any], name: str, low: int, high: float = sys.float_info.max) -> int:
    """A field that holds a whole number within bounds."""
    if not isinstance(event[name], int):
        raise ValueError(f"{name} must be a whole number, not {shown(event[name])}")
    return number(event, name, low, high)


def text(event: dict[str, Any], name: str) -> str:
    """A field that holds text."""
    if not isinstance(event[name], str):
        raise ValueError(f"{name} must be text, not {shown(event[name])}")
    return event[name]


def array(values: Any, *shape: int | None, most: float | None = None, kind: type = np.float32) -> np.ndarray:
    """Nested lists of numbers as an array, NaN where null or not finite.

    Args:
        values: lists in lists, as many deep as the shape has axes.
        shape: that it must have; its first may be None: any length.
        most: if given, the numbers must lie from 0 to it.
        kind: of floating point numbers.
    """
    if not isinstance(values, list):
        raise ValueError(f"a list of numbers is needed, not {shown(values)}")
    flat = values
    for _ in shape[1:]:
        flat = chain.from_iterable(flat)
    strange = {each for each in set(map(type, flat)) if each is bool or not issubclass(each, (int, float, type(None)))}
    if strange:
        raise ValueError(f"numbers are needed, not {', '.join(sorted(each.__name__ for each in strange))}")
    with np.errstate(over="ignore"):
        numbers = np.array(values, kind)
    if numbers.shape != (shape[0] or len(values), *shape[1:]):
        raise ValueError(f"numbers of shape {numbers.shape} do not fit {shape}")
    numbers[~np.isfinite(numbers)] = np.nan
    if most is not None and ((numbers < 0).any() or (numbers > most).any()):
        raise ValueError(f"numbers must lie between 0 and {most}")
    return numbers
