"""Times several things alternately, round by round, and takes medians over the rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

ROUNDS = 7
WINDOW = 0.25
"""Seconds for which each is run in a round."""


def seconds_per_call(
    call: Callable[[], object], window: float = WINDOW, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The mean seconds of one call, over calls for at least ``window`` seconds of this clock."""
    calls, began = 0, clock()
    while (passed := clock() - began) < window:
        call()
        calls += 1
    return passed / calls


def in_turn(contenders: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Measures several contenders alternately, after a first round that is not counted.

    Args:
        contenders: the name of each -> a function that measures it.
        rounds: the number of rounds.

    Returns:
        The name of each -> its measurement in each round.
    """
    for measure in contenders.values():
        measure()
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            figures[name].append(measure())
    return figures


def median_ratio(above: list[float], below: list[float]) -> float:
    """The median over rounds of the ratio within a round, so that what slows a whole round cancels out."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))
