"""Lists of numbers as arrays, and arrays that grow."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipcore.messages import shorten


def array(values: list[Any], *shape: int | None, name: str, kind: type = np.float32) -> np.ndarray:
    """Nested lists of numbers as an array, with NaN where a number is null or not finite.

    Args:
        values: nested lists, with as many levels as the shape has axes.
        shape: the shape that the array must have. If its first entry is None, any length is allowed there.
        name: what the numbers are, for error messages.
        kind: type of the floating point numbers.

    Raises:
        ValueError: if the lists do not have this shape.
    """
    numbers: np.ndarray | None
    try:
        with np.errstate(over="ignore"):
            numbers = np.array(values, kind)
    except ValueError:  # lists of different lengths
        numbers = None
    if numbers is None or numbers.shape != (len(values) if shape[0] is None else shape[0], *shape[1:]):
        raise ValueError(f"{name} must be {_form(shape)}, not {shorten(values)}")
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Checks that a number fits the events before it.

    Raises:
        ValueError: if it is not from ``low`` to ``high``.
    """
    if not low <= value <= high:
        end = f"to {high:.9g}" if high < np.inf else "up"
        raise ValueError(f"{name} must be a number from {low:.9g} {end}, not {shorten(value)}")


def _form(shape: tuple[int | None, ...]) -> str:
    """A shape in words."""
    *outer, last = shape
    said = f"lists of {last} numbers" if outer else "a list of numbers" if last is None else f"a list of {last} numbers"
    return f"{outer[0]} {said}" if outer and outer[0] is not None else said


class GrowingRows:
    """Rows of float32, appended in amortised constant time and read without a copy.

    Args:
        columns: how many numbers each row has.
    """

    def __init__(self, columns: int) -> None:
        self._rows = np.empty((256, columns), np.float32)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def copy(self) -> GrowingRows:
        """The same rows so far, to which others may be added."""
        made = GrowingRows(self._rows.shape[1])
        made.append(self.view())
        return made

    def append(self, rows: np.ndarray) -> None:
        """Adds rows, shape (rows, columns)."""
        needed = self._length + len(rows)
        if needed > len(self._rows):
            grown = np.empty((max(needed, 2 * len(self._rows)), self._rows.shape[1]), np.float32)
            grown[: self._length] = self._rows[: self._length]
            self._rows = grown
        self._rows[self._length : needed] = rows
        self._length = needed  # last: a reader on another thread never sees a row before it is whole

    def view(self) -> np.ndarray:
        """All rows so far, shape (rows, columns)."""
        length = self._length
        return self._rows[:length]
