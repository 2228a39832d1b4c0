"""Distributions that the input of one neuron may have, with bounds on their parameters and quadrature."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import scipy  # loads its parts only when they are first used: a process that needs only names here never loads them

from ipcore.config import Setting
from ipcore.methods.mathematics.quadrature import panels
from ipcore.theory.standard_forms import EXPONENTIAL, LAPLACE, LOGISTIC, NORMAL, UNIFORM, Located, lognormal

PARAMETERS: dict[str, Setting] = {
    "mean": Setting("Mean", 0.0, -1_000, 1_000, False, "Where it is centred."),
    "sd": Setting("Standard deviation", 1.0, 0.001, 1_000, False, "Its standard deviation."),
    "scale": Setting("Scale", 1.0, 0.001, 1_000, False, "How wide it is: the standard deviation grows with it."),
    "low": Setting("Low end", 0.0, -1_000, 1_000, False, "No input is lower."),
    "high": Setting("High end", 1.0, -1_000, 1_000, False, "No input is higher."),
    "rate": Setting("Rate", 1.0, 0.001, 1_000, False, "One over the mean."),
    "mu": Setting("Mean of the logarithm", 0.0, -7, 7, False, "The median is exp(mu)."),
    "sigma": Setting("Spread of the logarithm", 0.5, 0.01, 2, False, "Standard deviation of the logarithm."),
    "weight": Setting("Weight", 0.5, 0, 1, False, "Share of the inputs that the first normal gives."),
}
"""Every parameter by the name of its field. Each of the two normals of a mixture is bounded like ``mean`` and ``sd``.

The bounds keep the location within 10^6 times the scale, so that the potential ``gain * x + bias`` still has ten exact
digits.
"""

NARROWEST = PARAMETERS["sd"].low
"""Smallest distance between the ends of a uniform distribution."""


@dataclass(frozen=True)
class Distribution(ABC):
    """A distribution of the input: a standard form, moved, or a weighted sum of two. Mean and variance are finite.

    Subclasses are frozen dataclasses of parameters, so they are compared, hashed and printed by value.

    Raises:
        ValueError: naming the parameter, its value and what is allowed.
    """

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, PARAMETERS[field.name].parse(field.name, getattr(self, field.name)))

    @abstractmethod
    def _weighted(self) -> list[tuple[float, Located]]:
        """Pairs (weight, distribution); the weights sum to 1."""

    @cached_property
    def _parts(self) -> list[tuple[float, Located]]:
        return [(weight, part) for weight, part in self._weighted() if weight > 0]

    def pdf(self, x: Any) -> np.ndarray:
        """Probability density at ``x``, same shape."""
        return np.asarray(sum(weight * part.pdf(x) for weight, part in self._parts))

    def cdf(self, x: Any) -> np.ndarray:
        """Probability of an input of at most ``x``, same shape."""
        return np.asarray(sum(weight * part.cdf(x) for weight, part in self._parts))

    def ppf(self, p: Any) -> np.ndarray:
        """Quantile: the smallest ``x`` with ``cdf(x) >= p``, same shape as ``p`` (from 0 to 1)."""
        if len(self._parts) == 1:
            return self._parts[0][1].ppf(p)
        p = np.asarray(p, float)
        quantiles = [part.ppf(p) for _, part in self._parts]  # the quantile of the sum lies between these two
        low, high = np.minimum(*quantiles), np.maximum(*quantiles)
        for _ in range(60):  # after 60 halvings the widest bracket is shorter than the last bit of its ends
            middle = (low + high) / 2
            reached = self.cdf(middle) >= p
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return high

    @cached_property
    def mean(self) -> float:
        """Expectation of the input."""
        return float(sum(weight * part.mean for weight, part in self._parts))

    @cached_property
    def median(self) -> float:
        """The input at which the cumulative probability is 1/2.

        If two normals of equal weight lie so far apart that there is a gap between them, it is the middle of the gap.
        """
        if len(self._parts) == 1:
            return float(self._parts[0][1].median)
        return float(self.ppf(np.array([0.5, np.nextafter(0.5, 1)])).mean())

    @cached_property
    def sd(self) -> float:
        """Standard deviation of the input."""
        return float(sum(weight * (part.sd**2 + (part.mean - self.mean) ** 2) for weight, part in self._parts)) ** 0.5

    def sample(self, generator: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
        """Draws independent inputs.

        Each is made of exactly one uniform number, in order. So the stream of samples does not depend on how many are
        drawn in one call, and distributions of one family that differ in location and scale give the same stream,
        shifted and stretched.

        Args:
            generator: the source of random numbers.
            size: the shape of the result.
        """
        uniform = generator.random(size)
        if len(self._parts) == 1:
            return self._parts[0][1].ppf(_inside(uniform))
        (weight, first), (_, second) = self._parts
        chosen = uniform < weight
        inputs = np.empty(uniform.shape)
        inputs[chosen] = first.ppf(_inside(uniform[chosen] / weight))
        inputs[~chosen] = second.ppf(_inside((uniform[~chosen] - weight) / (1 - weight)))
        return inputs

    @cached_property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Points and weights, each of shape (points,), such that ``weights @ f(points)`` is the mean of ``f``.

        They are those of Gauss-Legendre quadrature. The edges of the panels are quantiles whose odds grow by a factor
        of e from each to the next, so they follow any tail and any end of the support. A mixture has the panels of
        both normals, and more panels that double in width away from each, so that a sigmoid as narrow as one normal is
        integrated well under the other.

        For functions that are smooth on the scale of the distribution, such as ``tanh(gain * x + bias)`` with a gain
        near equilibrium, the relative error is about 1e-9. A sigmoid that is ten times as steep costs some digits.
        """
        log_odds = np.arange(-50, 51)
        tail = scipy.special.expit(-np.abs(log_odds))
        edges = [np.where(log_odds < 0, part.ppf(tail), part.isf(tail)) for _, part in self._parts]
        low, high = np.min(edges), np.max(edges)
        if len(edges) > 1:
            doubling = 2.0 ** np.arange(22)
            edges += [part.median + side * part.sd * doubling for _, part in self._parts for side in (-1, 1)]
        points, weights = panels(np.clip(np.concatenate(edges), low, high))
        weights = weights * self.pdf(points)
        return points, weights / weights.sum()

    def expect(self, function: Callable[[np.ndarray], np.ndarray]) -> float:
        """Mean of a smooth function of the input.

        Args:
            function: takes inputs, shape (points,), and returns numbers of the same shape.
        """
        points, weights = self.nodes
        return float(weights @ function(points))


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal distribution of a mean and a standard deviation."""

    mean: float = PARAMETERS["mean"].default
    sd: float = PARAMETERS["sd"].default

    def _weighted(self) -> list[tuple[float, Located]]:
        return [(1.0, Located(NORMAL, self.mean, self.sd))]


@dataclass(frozen=True)
class Uniform(Distribution):
    """Equal density from ``low`` to ``high``."""

    low: float = PARAMETERS["low"].default
    high: float = PARAMETERS["high"].default

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.high - self.low < NARROWEST * (1 - 1e-9):  # the difference of numbers far from 0 is rounded
            raise ValueError(f"high must be at least {NARROWEST} above low ({self.low:g}), not {self.high!r}")

    def _weighted(self) -> list[tuple[float, Located]]:
        return [(1.0, Located(UNIFORM, self.low, self.high - self.low))]


@dataclass(frozen=True)
class Logistic(Distribution):
    """Logistic distribution; its cumulative probability is a tanh."""

    mean: float = PARAMETERS["mean"].default
    scale: float = PARAMETERS["scale"].default

    def _weighted(self) -> list[tuple[float, Located]]:
        return [(1.0, Located(LOGISTIC, self.mean, self.scale))]


@dataclass(frozen=True)
class Laplace(Distribution):
    """Laplace distribution: an exponential tail on either side of its mean."""

    mean: float = PARAMETERS["mean"].default
    scale: float = PARAMETERS["scale"].default

    def _weighted(self) -> list[tuple[float, Located]]:
        return [(1.0, Located(LAPLACE, self.mean, self.scale))]


@dataclass(frozen=True)
class Exponential(Distribution):
    """Exponential distribution: from 0 upward, mean ``1 / rate``."""

    rate: float = PARAMETERS["rate"].default

    def _weighted(self) -> list[tuple[float, Located]]:
        return [(1.0, Located(EXPONENTIAL, 0.0, 1 / self.rate))]


@dataclass(frozen=True)
class Lognormal(Distribution):
    """The exponential of a Normal(mu, sigma)."""

    mu: float = PARAMETERS["mu"].default
    sigma: float = PARAMETERS["sigma"].default

    def _weighted(self) -> list[tuple[float, Located]]:
        return [(1.0, Located(lognormal(self.sigma), 0.0, math.exp(self.mu)))]


@dataclass(frozen=True)
class Mixture(Distribution):
    """Two normals; each input comes from the first with probability ``weight``.

    Args:
        means: the means of the two normals.
        sds: their standard deviations.
        weight: the probability of the first.
    """

    means: tuple[float, float] = (-1.0, 1.0)
    sds: tuple[float, float] = (0.5, 0.5)
    weight: float = PARAMETERS["weight"].default

    def __post_init__(self) -> None:
        object.__setattr__(self, "means", _pair("means", self.means, PARAMETERS["mean"]))
        object.__setattr__(self, "sds", _pair("sds", self.sds, PARAMETERS["sd"]))
        object.__setattr__(self, "weight", PARAMETERS["weight"].parse("weight", self.weight))

    def _weighted(self) -> list[tuple[float, Located]]:
        first, second = (Located(NORMAL, mean, sd) for mean, sd in zip(self.means, self.sds, strict=True))
        return [(self.weight, first), (1 - self.weight, second)]


FAMILIES: dict[str, type[Distribution]] = {
    family.__name__.lower(): family for family in (Normal, Uniform, Logistic, Laplace, Exponential, Lognormal, Mixture)
}
"""Every family by its name."""


def distribution(name: Any, parameters: Mapping[str, Any] | None = None) -> Distribution:
    """The distribution with this name; parameters that are left out have their defaults.

    Args:
        name: a key of :data:`FAMILIES`.
        parameters: the name of each parameter -> its value, as a number or as text.

    Raises:
        ValueError: naming the parameter, its value and what is allowed.
    """
    if not isinstance(name, str) or name not in FAMILIES:
        raise ValueError(f"distribution must be one of {', '.join(FAMILIES)}, not {str(name)[:60]!r}")
    family, parameters = FAMILIES[name], parameters or {}
    known = [field.name for field in fields(family)]
    for parameter in parameters:
        if parameter not in known:
            raise ValueError(f"{name} has no parameter {str(parameter)[:60]!r}; it has {', '.join(known)}")
    return family(**parameters)


def _pair(name: str, values: Any, bounds: Setting) -> tuple[float, float]:
    """Two numbers, each within the bounds, from a pair or from text such as ``"-1,1"``."""
    pair = values.split(",") if isinstance(values, str) else values
    try:
        first, second = (bounds.parse(name, value) for value in pair)
    except (TypeError, ValueError):
        allowed = f"{name} must be two numbers from {bounds.low:,g} to {bounds.high:,g}"
        raise ValueError(f"{allowed}, not {repr(values)[:60]}") from None
    return first, second


def _inside(p: np.ndarray) -> np.ndarray:
    """Keeps probabilities off 0 and 1, where a quantile may be infinite. This changes about one number in 10^16."""
    return np.clip(p, 2.0**-54, 1 - 2.0**-53)
