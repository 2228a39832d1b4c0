"""How things are timed: several at once, in turn, and medians of what each round gives."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

ROUNDS = 7
WINDOW = 0.25
"""Seconds for which each is run in each round."""


def seconds_per_call(call: Callable[[], object], window: float = WINDOW) -> float:
    """Mean time of one call over a stretch of at least ``window`` seconds."""
    calls, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < window:
        call()
        calls += 1
    return passed / calls


def in_turn(contenders: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """What each contender measures in each round; the rounds alternate between all, after one that is not counted."""
    for measure in contenders.values():
        measure()
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            figures[name].append(measure())
    return figures


def median_ratio(above: list[float], below: list[float]) -> float:
    """The median over rounds of the ratio within a round: what slows a whole round cancels out."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))
