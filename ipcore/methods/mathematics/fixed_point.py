"""Where a rule comes to rest on an input distribution: the fixed point of its own expected update."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ipcore.methods.mathematics.expectation import expected_update
from ipcore.methods.mathematics.inputs import Adapting, InputDistribution, State
from ipcore.methods.mathematics.quadrature import standard_normal

FOLLOWED = 60
"""Expected updates that are followed where the fixed point cannot be solved for at once."""
RATE = 0.1
"""Intrinsic rate of those updates."""
SOLVED = 50
"""Steps of Newton's method at most."""
DIFFERENCE = 1e-6
"""Change of a coordinate from which a derivative is estimated."""
SMALL = 1e-9
"""Step of Newton's method after which it has arrived."""
LENGTHS = 0.5 ** np.arange(8)
"""Parts of a step of Newton's method that are tried."""


@lru_cache(maxsize=256)
def fixed_point(method: Adapting, distribution: InputDistribution) -> tuple[float, float] | None:
    """Gain and bias at which the expected update changes nothing, and to which a small change returns.

    Newton's method begins at the gain and bias that standardise the input and, where it does not end well, again after
    the rule was followed from there for a while. Its coordinates do not depend on the input's location and scale: the
    logarithm of the gain times the standard deviation, the potential at the mean input, and the other arrays of the
    state as they are.

    Args:
        method: with a rule.
        distribution: of the input.

    Returns:
        Gain and bias; None if the rule does not come to rest, or its expected update cannot be computed.
    """
    scale, location = float(distribution.sd), float(distribution.mean)
    start = method.start(np.full, (1,))
    others = [name for name in start if name not in ("gain", "bias")]

    def state(place: np.ndarray) -> State:
        """The state at places, shape (coordinates, units)."""
        gain = np.exp(place[0]) / scale
        return {"gain": gain, "bias": place[1] - gain * location, **dict(zip(others, place[2:], strict=True))}

    def velocity(place: np.ndarray, rate: float) -> np.ndarray:
        """The change of the coordinates in one expected update."""
        before = state(place)
        after = expected_update(method, distribution, before, rate)
        potential = after["bias"] + after["gain"] * location - place[1]
        changes = [after["gain"] / before["gain"] - 1, potential, *(after[name] - before[name] for name in others)]
        return np.stack(np.broadcast_arrays(*changes))

    place = np.concatenate([[[0.0], [0.0]], *(start[name][None] for name in others)])
    try:
        with np.errstate(all="ignore"):
            found = _solved(velocity, place[:, 0])
            if found is None:
                for _ in range(FOLLOWED):
                    place = place + np.clip(velocity(place, RATE), -0.5, 0.5)
                found = _solved(velocity, place[:, 0])
    except (TypeError, np.linalg.LinAlgError):
        return None
    if found is None:
        return None
    rest = state(found[:, None])
    return float(rest["gain"][0]), float(rest["bias"][0])


def _solved(velocity: Any, place: np.ndarray) -> np.ndarray | None:
    """The stable zero of a velocity that Newton's method reaches from a place, shape (coordinates,); None if none.

    Of each step that length is taken after which the next one would be shortest, so that it does not matter in which
    units the components of the velocity are.
    """
    count = len(place)
    shifts = DIFFERENCE * np.concatenate([np.eye(count), -np.eye(count), np.zeros((1, count))]).T
    for _ in range(SOLVED):
        values = velocity(place[:, None] + shifts, RATE)
        if not np.isfinite(values).all():
            return None
        slopes = (values[:, :count] - values[:, count : 2 * count]) / (2 * DIFFERENCE)
        change = np.linalg.solve(slopes, -values[:, -1])
        if np.abs(change).max() < SMALL:
            return place if np.linalg.eigvals(slopes).real.max() < 0 else None
        tried = place[:, None] + change[:, None] * LENGTHS / max(1.0, np.abs(change).max())
        left = np.linalg.norm(np.linalg.solve(slopes, velocity(tried, RATE)), axis=0)
        place = tried[:, np.argmin(np.where(np.isfinite(left), left, np.inf))]
    return None


class StandardNormal:
    """A normal distribution of mean 0 and standard deviation 1, as far as a rest needs to know it."""

    mean = median = 0.0
    sd = 1.0

    @property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Points and weights, each of shape (points,)."""
        return standard_normal()


STANDARD_NORMAL = StandardNormal()
