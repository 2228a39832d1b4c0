"""Axes of the small pictures: from numbers to places, and the numbers written beside them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TICKS = 7
"""The most values that are all written at an axis."""


@dataclass(frozen=True)
class Axis:
    """An axis of a picture.

    Args:
        low: the number at its beginning.
        high: the number at its end.
        log: whether it is logarithmic.
        ticks: the numbers that are written at it, ascending.
    """

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a number lies: 0 at the beginning of the axis, 1 at its end; it is clipped to the axis."""
        low, high, at = (math.log10(each) if self.log else each for each in (self.low, self.high, self._inside(value)))
        return (at - low) / (high - low)

    def _inside(self, value: float) -> float:
        return min(max(value, self.low), self.high)


def axis(values: Iterable[float | None], log: bool, own_ticks: bool = False) -> Axis:
    """The axis that shows these numbers.

    Args:
        values: the numbers; None and, on a logarithmic axis, what is not positive are left out.
        log: whether it is logarithmic.
        own_ticks: whether the numbers themselves are written at it, if they are few.
    """
    known = sorted({float(each) for each in values if each is not None and math.isfinite(each)})
    log = log and any(each > 0 for each in known)
    if log:
        known = [each for each in known if each > 0]
    if not known:
        known = [0.0, 1.0]
    low, high = known[0], known[-1]
    if own_ticks and len(known) <= MOST_TICKS and low < high:
        return Axis(low, high, log, tuple(known))
    return _decades(low, high) if log else _even(low, high)


def _decades(low: float, high: float) -> Axis:
    """A logarithmic axis from power of ten to power of ten, or from 1, 2 and 5 times one where it is short."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    last = max(last, first + 1)
    if last - first <= 1:
        steps = [factor * 10.0**first for factor in (1, 2, 5, 10)]
        begin = max(each for each in steps if each <= low * (1 + 1e-9))
        end = min((each for each in steps if each >= high * (1 - 1e-9) and each > begin), default=steps[-1])
        return Axis(begin, max(end, begin * 2), True, tuple(each for each in steps if begin <= each <= end))
    every = math.ceil((last - first) / 4)
    ticks = tuple(10.0**power for power in range(first, last + 1, every))
    return Axis(10.0**first, 10.0**last, True, ticks)


def _even(low: float, high: float) -> Axis:
    """An axis whose ticks are 1, 2 or 5 times a power of ten apart."""
    span = high - low if high > low else max(abs(high), 1.0) * 0.1
    rough = span / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return Axis(first * step, last * step, False, tuple(round(each * step, 12) for each in range(first, last + 1)))


def label(value: float) -> str:
    """A number as it is written at an axis."""
    if value and (abs(value) >= 1e5 or abs(value) < 1e-3):
        mantissa, _, power = f"{value:.0e}".partition("e")
        raised = "".join("⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".index(each)] for each in str(int(power)))
        return f"10{raised}" if mantissa == "1" else f"{mantissa}·10{raised}"
    return f"{value:,g}" if abs(value) >= 1_000 else f"{value:g}"
