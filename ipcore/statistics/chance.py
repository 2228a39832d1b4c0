"""Whether a network has learned anything: how far its accuracy must be above that of guessing."""

from __future__ import annotations

import math

DEVIATIONS = 1.96
"""Standard deviations of the binomial distribution above chance up to which an accuracy counts as chance."""


def chance_bound(examples: int, classes: int) -> float:
    """The highest accuracy that still counts as chance: ``c + 1.96 sqrt(c (1 - c) / examples)``, ``c = 1 / classes``.

    A network that guesses comes above it once in about forty times.

    Args:
        examples: the number of examples on which the accuracy was measured, from 1 up.
        classes: the number of equally frequent classes.
    """
    chance = 1 / classes
    return chance + DEVIATIONS * math.sqrt(chance * (1 - chance) / examples)


def at_chance(accuracy: float, examples: int, classes: int) -> bool:
    """Whether an accuracy is at chance: not above it by more than its binomial interval (:func:`chance_bound`).

    Args:
        accuracy: the share of right answers, 0 to 1.
        examples: the number of examples on which it was measured, from 1 up.
        classes: the number of equally frequent classes.
    """
    return accuracy <= chance_bound(examples, classes)
