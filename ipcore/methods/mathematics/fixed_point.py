"""Where a rule comes to rest on an input distribution: the fixed point of its own expected update."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ipcore.methods.mathematics.expectation import expected_update
from ipcore.methods.mathematics.inputs import Adapting, InputDistribution, State
from ipcore.methods.mathematics.quadrature import standard_normal

FOLLOWED_UPDATES = 60
"""Number of expected updates that are made if Newton's method does not find the fixed point at once."""
RATE = 0.1
"""Intrinsic rate of the expected updates."""
NEWTON_STEPS = 50
"""Largest number of steps of Newton's method."""
DIFFERENCE = 1e-6
"""Change of a coordinate from which a derivative is estimated."""
TOLERANCE = 1e-9
"""Newton's method has converged when its next step would be shorter than this."""
STEP_LENGTHS = 0.5 ** np.arange(8)
"""Fractions of a step of Newton's method that are tried."""


@lru_cache(maxsize=256)
def fixed_point(method: Adapting, distribution: InputDistribution) -> tuple[float, float] | None:
    """The stable fixed point of a rule: gain and bias that the expected update does not change.

    Newton's method begins at the gain and bias that standardise the input. If it fails there, it begins again after
    :data:`FOLLOWED_UPDATES` expected updates. Its coordinates do not depend on the location and scale of the input:
    they are the logarithm of gain times standard deviation, the potential at the mean input, and the other arrays of
    the state as they are.

    Args:
        method: a method that has a rule.
        distribution: the distribution of the input.

    Returns:
        Gain and bias; None if there is no stable fixed point, or the expected update cannot be computed.
    """
    scale, location = float(distribution.sd), float(distribution.mean)
    start = method.start(np.full, (1,))
    others = [name for name in start if name not in ("gain", "bias")]

    def state(place: np.ndarray) -> State:
        """The state that belongs to coordinates of shape (coordinates, units)."""
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
            found = _newton(velocity, place[:, 0])
            if found is None:
                for _ in range(FOLLOWED_UPDATES):
                    place = place + np.clip(velocity(place, RATE), -0.5, 0.5)
                found = _newton(velocity, place[:, 0])
    except (TypeError, np.linalg.LinAlgError):
        return None
    if found is None:
        return None
    rest = state(found[:, None])
    return float(rest["gain"][0]), float(rest["bias"][0])


def _newton(velocity: Any, place: np.ndarray) -> np.ndarray | None:
    """Searches for a stable zero of a velocity field with Newton's method.

    Each step is shortened to the length after which the next step would be shortest. So the units of the components
    of the velocity do not matter.

    Args:
        velocity: from coordinates, shape (coordinates, points), and an intrinsic rate to velocities of the same shape.
        place: the coordinates at which to begin, shape (coordinates,).

    Returns:
        The coordinates of the zero, shape (coordinates,); None if none was found, or it is not stable.
    """
    count = len(place)
    shifts = DIFFERENCE * np.concatenate([np.eye(count), -np.eye(count), np.zeros((1, count))]).T
    for _ in range(NEWTON_STEPS):
        values = velocity(place[:, None] + shifts, RATE)
        if not np.isfinite(values).all():
            return None
        slopes = (values[:, :count] - values[:, count : 2 * count]) / (2 * DIFFERENCE)
        change = np.linalg.solve(slopes, -values[:, -1])
        if np.abs(change).max() < TOLERANCE:
            return place if np.linalg.eigvals(slopes).real.max() < 0 else None
        tried = place[:, None] + change[:, None] * STEP_LENGTHS / max(1.0, np.abs(change).max())
        left = np.linalg.norm(np.linalg.solve(slopes, velocity(tried, RATE)), axis=0)
        place = tried[:, np.argmin(np.where(np.isfinite(left), left, np.inf))]
    return None


class StandardNormal:
    """The normal distribution with mean 0 and standard deviation 1, for finding a rest without SciPy."""

    mean = median = 0.0
    sd = 1.0

    @property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Points and weights of a quadrature, each of shape (points,)."""
        return standard_normal()


STANDARD_NORMAL = StandardNormal()
