"""An input distribution that is moved and stretched, and how it wanders when it drifts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipcore.theory.distributions import Distribution

REACH = 1.5
"""Standard deviations that a drifting distribution moves to either side."""
STRETCH = 2.0
"""Factor by which it grows wider, and by which it grows narrower."""
PERIODS = (14.0, 9.5)
"""Seconds of one swing of the location and of one of the width; no simple ratio, so that the two never lock."""


@dataclass(frozen=True)
class _Part:
    """One of SciPy's distributions, of ``shift + stretch * x``."""

    part: Any
    shift: float
    stretch: float

    def pdf(self, x: Any) -> np.ndarray:
        return self.part.pdf((np.asarray(x) - self.shift) / self.stretch) / self.stretch

    def cdf(self, x: Any) -> np.ndarray:
        return self.part.cdf((np.asarray(x) - self.shift) / self.stretch)

    def ppf(self, p: Any) -> np.ndarray:
        return self.shift + self.stretch * self.part.ppf(p)

    def isf(self, p: Any) -> np.ndarray:
        return self.shift + self.stretch * self.part.isf(p)

    def mean(self) -> float:
        return self.shift + self.stretch * self.part.mean()

    def median(self) -> float:
        return self.shift + self.stretch * self.part.median()

    def std(self) -> float:
        return self.stretch * self.part.std()

    def var(self) -> float:
        return self.std() ** 2


@dataclass(frozen=True)
class Moved(Distribution):
    """The distribution of ``shift + stretch * x``, where x has the distribution ``base``.

    Args:
        base: of x.
        shift: added, in units of the input.
        stretch: positive factor.

    Raises:
        ValueError: if shift or stretch is no finite number, or stretch is not positive.
    """

    base: Distribution
    shift: float = 0.0
    stretch: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.shift) and math.isfinite(self.stretch) and self.stretch > 0):
            raise ValueError(f"shift must be a number and stretch a positive one, not {self.shift!r}, {self.stretch!r}")

    def _scipy(self) -> list[tuple[float, Any]]:
        return [(weight, _Part(part, self.shift, self.stretch)) for weight, part in self.base._parts]


def rest_of_moved(rest: tuple[float, float], shift: float, stretch: float) -> tuple[float, float]:
    """Gain and bias at rest for ``shift + stretch * x``, from those for x: the potential at rest stays the same.

    ``gain' = gain / stretch``, ``bias' = bias - gain' * shift``
    """
    gain, bias = rest[0] / stretch, rest[1]
    return gain, bias - gain * shift


def wander(base: Distribution, seconds: float, share: float = 1.0) -> tuple[float, float]:
    """Shift and stretch of a distribution that has drifted for a time: its median swings, its width breathes.

    Args:
        base: where it started.
        seconds: since then.
        share: of the full reach, 0 to 1; at 0 it is where it started.

    Returns:
        shift and stretch, as :class:`Moved` takes them.
    """
    there, wide = (math.sin(2 * math.pi * seconds / period) for period in PERIODS)
    stretch = STRETCH ** (share * wide)
    return share * there * REACH * base.sd + (1 - stretch) * base.median, stretch
