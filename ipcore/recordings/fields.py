"""Fields of events, read with care: what does not fit is a ValueError that says what is needed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np

from ipcore.config import shown

LARGEST = sys.float_info.max
"""The largest number there is."""


def required(event: Mapping[str, Any], name: str) -> Any:
    """A field, whatever it holds."""
    if not isinstance(event, Mapping):
        raise ValueError(f"an object with {name} is needed, not {shown(event)}")
    if name not in event:
        raise ValueError(f"{name} is missing")
    return event[name]


def number(event: Mapping[str, Any], name: str, low: float = 0, high: float = LARGEST) -> float:
    """A field that holds a finite number within bounds."""
    value = required(event, name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        end = f"to {high:.9g}" if high < LARGEST else "up"
        raise ValueError(f"{name} must be a number from {low:.9g} {end}, not {shown(value)}")
    return value


def whole(event: Mapping[str, Any], name: str, low: int, high: float = LARGEST) -> int:
    """A field that holds a whole number within bounds."""
    if not isinstance(required(event, name), int):
        raise ValueError(f"{name} must be a whole number, not {shown(event[name])}")
    return number(event, name, low, high)


def text(event: Mapping[str, Any], name: str) -> str:
    """A field that holds text."""
    if not isinstance(required(event, name), str):
        raise ValueError(f"{name} must be text, not {shown(event[name])}")
    return event[name]


def check_version(start: Mapping[str, Any], known: int) -> None:
    """Refuses the start of a recording whose form this program does not read.

    Args:
        start: its first event.
        known: the version that is read.
    """
    version = start.get("version")
    if isinstance(version, bool) or version != known:
        raise ValueError(f"recording has version {shown(version)}; this program reads version {known}")


def array(
    values: Any,
    *shape: int | None,
    name: str,
    least: float | None = None,
    most: float | None = None,
    nulls: bool = True,
    kind: type = np.float32,
) -> np.ndarray:
    """Nested lists of numbers as an array, NaN where null or not finite.

    Args:
        values: lists in lists, as many deep as the shape has axes.
        shape: that it must have; its first may be None: any length.
        name: what they are, for errors.
        least, most: bounds of the numbers, if given; with most alone they lie from 0 to it.
        nulls: whether numbers may be null, or not finite.
        kind: of floating point numbers.
    """
    types = _types(values, len(shape))
    for each in types or ():
        if each is bool or not issubclass(each, (int, float, type(None))):
            raise ValueError(f"{name} must be numbers, not {_WORDS.get(each, each.__name__)}")
    try:
        with np.errstate(over="ignore"):
            numbers = None if types is None else np.array(values, kind)
    except OverflowError:
        raise ValueError(f"{name} has a number that is too large") from None
    except ValueError:  # lists of different lengths
        numbers = None
    if numbers is None or numbers.shape != (shape[0] or len(values), *shape[1:]):
        raise ValueError(f"{name} must be {_form(shape)}, not {shown(values)}")
    numbers[~np.isfinite(numbers)] = np.nan
    if not nulls and np.isnan(numbers).any():
        raise ValueError(f"{name} must have no null in it, and no infinite number")
    low = (-np.inf if most is None else 0) if least is None else least
    high = np.inf if most is None else most
    if (numbers < low).any() or (numbers > high).any():
        bounds = f"lie between {low:g} and {high:g}" if most is not None else f"be at least {low:g}"
        raise ValueError(f"{name} must {bounds}")
    return numbers


_WORDS = {str: "text", bool: "true or false", list: "lists", dict: "objects"}
"""Type -> how JSON calls it."""


def _types(values: Any, depth: int) -> set[type] | None:
    """The types of what lies in lists, so many deep; None if something else does."""
    flat: Iterable[Any] = [values]
    for _ in range(depth):
        lists = list(flat)
        if not all(isinstance(each, list) for each in lists):
            return None
        flat = chain.from_iterable(lists)
    return set(map(type, flat))


def _form(shape: tuple[int | None, ...]) -> str:
    """A shape in words."""
    *outer, last = shape
    said = f"lists of {last} numbers" if outer else "a list of numbers" if last is None else f"a list of {last} numbers"
    return f"{outer[0]} {said}" if outer and outer[0] is not None else said
