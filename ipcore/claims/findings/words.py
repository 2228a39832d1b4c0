"""Numbers, rates and places in words, the same for every claim."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ipcore.claims.experiments import STARTS
from ipcore.claims.findings.by_rate import ByRate
from ipcore.claims.results import Condition, Number, Series
from ipcore.jsonlines import finite
from ipcore.methods import registry
from ipcore.statistics.intervals import Interval, t_interval
from ipcore.sweeps.values import format_number

NOT_MEASURED = "Too little is measured: it takes three seeds of every cell."


def place_words(start: str, depth: int, batch_size: int = 100) -> str:
    """A start and a depth in words, such as ``"Xavier start, 15 layers"``."""
    size = f", batch size {batch_size}" if batch_size != 100 else ""
    return f"{STARTS[start]}, {depth} layers{size}"


def listed(items: Iterable[str]) -> str:
    """Items as part of a sentence: ``"a, b and c"``."""
    *most, last = list(items) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def rates_words(rates: Iterable[float]) -> str:
    """Learning rates as part of a sentence."""
    return listed(map(format_number, rates))


def at_rates(rates: Iterable[float]) -> str:
    """Where something is so, as part of a sentence: ``"at rate 0.1 and 0.3"`` or ``"at no rate"``."""
    known = list(rates)
    return f"at rate {rates_words(known)}" if known else "at no rate"


def compared(better: str, worse: str, found: ByRate) -> str:
    """Where one method is ahead of another, behind it or level, as a sentence.

    Args:
        better: how it is where it is ahead, such as ``"IP is ahead of plain at rate 0.1"``.
        worse: the word for where it is behind, such as ``"smaller"``.
        found: the comparison.
    """
    rest = (
        (worse, found.where("against")),
        ("no clear difference", found.where("level")),
        ("neither learns", found.neither),
    )
    return "; ".join([better, *(f"{words} at {rates_words(rates)}" for words, rates in rest if rates)]) + "."


def signed(found: Interval, digits: int = 3) -> str:
    """A difference with its interval, such as ``"+0.700 [0.680, 0.720]"``."""
    if math.isnan(found.mean):
        return "not known"
    ends = f" [{found.low:+.{digits}f}, {found.high:+.{digits}f}]" if found.known else f" ({found.reason})"
    return f"{found.mean:+.{digits}f}{ends}"


def factor(found: Interval) -> str:
    """A ratio with its interval, from its logarithm, such as ``"3.1 [2.5, 4.0]"``."""
    if math.isnan(found.mean):
        return "not known"
    mean, low, high = (f"{math.exp(value):.2g}" for value in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}]" if found.known else f"{mean} ({found.reason})"


def label(method: str) -> str:
    """The name of a method in words."""
    return registry.get(method).label


def line(name: str, x: Sequence[float] | np.ndarray, values: np.ndarray, method: str = "") -> Series:
    """A line of a picture: means over seeds with their intervals.

    Args:
        name: its name.
        x: where, shape (P,).
        values: shape (P, S).
        method: the method whose colours it has.
    """
    found = [t_interval(row) for row in values]
    return Series(
        name=name,
        x=list(map(float, x))[: len(found)],
        y=finite([float(each.mean) for each in found]),
        low=finite([float(each.low) for each in found]),
        high=finite([float(each.high) for each in found]),
        method=method,
    )


def by_verdict(conditions: Iterable[Condition]) -> str:
    """Where a claim holds, in part or not, as sentences; only of the conditions that decide."""
    conditions = [each for each in conditions if each.decides]
    parts = []
    for verdict, said in (("holds", "It holds at"), ("holds in part", "in part at"), ("not seen", "not at")):
        where = [each.where for each in conditions if each.verdict == verdict]
        if where:
            parts.append(f"{said} {'; '.join(where)}")
    missing = sum(each.verdict == "not measured" for each in conditions)
    text = ". ".join(part[0].upper() + part[1:] for part in parts) + "." if parts else NOT_MEASURED
    return text + (f" {missing} place{' is' if missing == 1 else 's are'} not measured." if missing and parts else "")


def span(numbers: Iterable[Number], name: str) -> str:
    """The smallest and the largest number of a name, with their places, as a sentence; empty if none is known."""
    known = [each for each in numbers if each.name == name and each.decides and each.outcome != "unknown"]
    if not known:
        return ""
    least, most = (choose(known, key=lambda each: each.mean or 0.0) for choose in (min, max))
    what = name[0].upper() + name[1:]
    if least is most:
        return f"{what}: {_value(least)} ({_where(least)})."
    return f"{what}: from {_value(least)} ({_where(least)}) to {_value(most)} ({_where(most)})."


def _value(number: Number) -> str:
    mean, low, high = (math.nan if each is None else each for each in (number.mean, number.low, number.high))
    if number.unit == "factor":
        return f"{mean:.2g} [{low:.2g}, {high:.2g}]"
    ends = "" if number.seeds == 0 else f" [{low:+.3f}, {high:+.3f}]"
    return f"{mean:+.3f}{ends}"


def _where(number: Number) -> str:
    """The place of a number in words."""
    place = number.place
    parts = []
    if "start" in place and "depth" in place:
        parts.append(place_words(str(place["start"]), int(place["depth"]), int(place.get("batch_size", 100))))
    parts += [f"rate {place['learning_rate']:g}"] if "learning_rate" in place else []
    parts += [str(place["input"])] if "input" in place else []
    return ", ".join(parts)
