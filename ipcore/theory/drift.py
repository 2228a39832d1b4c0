"""An input distribution that drifts: its location and its width change with time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ipcore.theory.distributions import Distribution
from ipcore.theory.standard_forms import Located

REACH = 1.5
"""How far the location of a drifting distribution moves to either side, in standard deviations."""
STRETCH = 2.0
"""Largest factor by which a drifting distribution grows wider or narrower."""
PERIODS = (14.0, 9.5)
"""Periods of the location and of the width, in seconds. Their ratio is not simple, so the drift seldom repeats."""


@dataclass(frozen=True)
class Moved(Distribution):
    """The distribution of ``shift + stretch * x``, where x has the distribution ``base``.

    Args:
        base: the distribution of x.
        shift: what is added, in units of the input.
        stretch: what x is multiplied by; positive.

    Raises:
        ValueError: if shift or stretch is not a finite number, or stretch is not positive.
    """

    base: Distribution
    shift: float = 0.0
    stretch: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.shift) and math.isfinite(self.stretch) and self.stretch > 0):
            raise ValueError(f"shift must be a number and stretch a positive one, not {self.shift!r}, {self.stretch!r}")

    def _weighted(self) -> list[tuple[float, Located]]:
        return [(weight, part.moved(self.shift, self.stretch)) for weight, part in self.base._parts]


def rest_of_moved(rest: tuple[float, float], shift: float, stretch: float) -> tuple[float, float]:
    """Gain and bias at rest for the input ``shift + stretch * x``, if the potential at rest is the same as for x.

    ``gain' = gain / stretch``, ``bias' = bias - gain' * shift``

    Args:
        rest: gain and bias at rest for the input x.
        shift: what is added to x.
        stretch: what x is multiplied by.

    Returns:
        Gain and bias at rest.
    """
    gain, bias = rest[0] / stretch, rest[1]
    return gain, bias - gain * shift


def wander(base: Distribution, seconds: float, share: float = 1.0) -> tuple[float, float]:
    """Shift and stretch of a distribution that has drifted for some time. Its median and its width oscillate.

    Args:
        base: the distribution before it drifts.
        seconds: how long it has drifted.
        share: how far it drifts, as a share of the largest drift, 0 to 1; at 0 it does not drift.

    Returns:
        Shift and stretch, as :class:`Moved` takes them.
    """
    there, wide = (math.sin(2 * math.pi * seconds / period) for period in PERIODS)
    stretch = STRETCH ** (share * wide)
    return share * there * REACH * base.sd + (1 - stretch) * base.median, stretch
