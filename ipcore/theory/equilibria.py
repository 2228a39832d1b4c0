"""Where gain and bias come to rest, and the information in a neuron's output.

The conditions at rest follow from the Infomax principle. The IP rule of this project is derived here from that
principle; the paper's own printed update may differ in form (Shaw, Jackson, Orchard 2020,
https://doi.org/10.1371/journal.pone.0238454).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy

from ipcore.config import parse_methods
from ipcore.methods import Rest, registry
from ipcore.methods.mathematics.greatest_entropy import gain_and_centre
from ipcore.theory.distributions import Distribution

BINS = 30
"""Equal bins of the output over [-1, 1] that its information is counted on."""


@dataclass(frozen=True)
class Equilibrium:
    """Where IP and Infomax rest on a fixed input distribution.

    Args:
        gain: of the potential ``u = gain * x + bias``.
        bias: likewise.
        centre: the input that gives potential 0, ``-bias / gain``.
        median: of the input.
        mean: of the input.
        information: entropy of the output on :data:`BINS` bins, over its maximum.
        quadratic_information_potential: of the output, see :func:`quadratic_information_potential`.
    """

    gain: float
    bias: float
    centre: float
    median: float
    mean: float
    information: float
    quadratic_information_potential: float


@lru_cache(maxsize=256)
def equilibrium(distribution: Distribution) -> Equilibrium:
    """Gain and bias at which the entropy of ``y = tanh(gain * x + bias)`` is greatest.

    Args:
        distribution: of the input.

    Returns:
        gain, bias, centre and information; gain and centre are exact to some nine digits of the distribution's scale,
        see :func:`ipcore.methods.mathematics.greatest_entropy.gain_and_centre`.

    >>> from ipcore.theory.distributions import Normal
    >>> rest = equilibrium(Normal(mean=0, sd=1))
    >>> round(rest.gain, 4), rest.bias, round(rest.information, 3)
    (0.8744, 0.0, 0.999)
    """
    gain, centre = gain_and_centre(distribution)
    bias = 0.0 - gain * centre
    used = bin_probabilities(distribution, gain, bias)
    return Equilibrium(
        gain=gain,
        bias=bias,
        centre=centre,
        median=distribution.median,
        mean=distribution.mean,
        information=float(information(used)),
        quadratic_information_potential=float(quadratic_information_potential(used)),
    )


def at_rest(method: str, distribution: Distribution) -> tuple[float, float]:
    """Gain and bias with which a method ends on a fixed input distribution, without the error of a network.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        distribution: of the input.

    Returns:
        Both NaN where the method is not known to come to rest.

    Raises:
        ValueError: if there is no such method.
    """
    (method,) = parse_methods([method])
    rest = registry.get(method).rest
    found = rest.find(distribution) if isinstance(rest, Rest) else None
    return found or (math.nan, math.nan)


def bin_probabilities(distribution: Distribution, gain: Any, bias: Any, bins: int = BINS) -> np.ndarray:
    """Probability that ``tanh(gain * x + bias)`` falls in each of equal bins over [-1, 1], exact.

    Args:
        distribution: of the input x.
        gain: of any shape (...), any sign.
        bias: likewise; the shapes are broadcast.
        bins: how many.

    Returns:
        probabilities, shape (..., bins); NaN where gain or bias is not finite.
    """
    gain, bias = np.broadcast_arrays(np.asarray(gain, float)[..., None], np.asarray(bias, float)[..., None])
    inner = np.arctanh(np.linspace(-1, 1, _whole(bins) + 1)[1:-1])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inputs = (np.concatenate([[-np.inf], inner, [np.inf]]) - bias) / gain
    inputs = np.where(np.isnan(inputs), -np.inf, inputs)  # 0 / 0: a constant output on an edge belongs to the bin above
    probabilities = np.abs(np.diff(distribution.cdf(inputs)))
    return np.where(np.isfinite(gain) & np.isfinite(bias), probabilities, np.nan)


def sample_bins(outputs: Any, bins: int = BINS) -> np.ndarray:
    """Share of sampled outputs, shape (samples,), in each of equal bins over [-1, 1], shape (bins,).

    Raises:
        ValueError: if there is no output, or one is outside [-1, 1].
    """
    outputs = np.asarray(outputs, float)
    if outputs.ndim != 1 or not outputs.size or not np.all(np.abs(outputs) <= 1):
        raise ValueError("outputs must be one or more numbers from -1 to 1 in one row")
    return np.histogram(outputs, _whole(bins), (-1.0, 1.0))[0] / outputs.size


def information(probabilities: np.ndarray) -> np.ndarray:
    """Information potential as entropy: ``-sum_k p_k ln p_k / ln K``; 1 when every level of output is used equally.

    Args:
        probabilities: of K bins of the output, shape (..., K), from :func:`bin_probabilities` or :func:`sample_bins`.

    Returns:
        from 0 to 1, shape (...).

    >>> float(information(np.array([0.25, 0.25, 0.25, 0.25]))), float(information(np.array([0.5, 0.5, 0, 0])))
    (1.0, 0.5)
    """
    entropy = scipy.special.entr(probabilities).sum(-1) / math.log(probabilities.shape[-1])
    return np.clip(entropy, 0.0, 1.0) + 0.0  # no rounding beyond the ends, and no negative zero


def quadratic_information_potential(probabilities: np.ndarray) -> np.ndarray:
    """Renyi's quadratic information potential, ``V = sum_k p_k^2 / bin width``, of an output in [-1, 1].

    Lower is more informative: 1/2 when every level is used equally, K/2 when only one is. ``-ln V`` is Renyi's entropy
    of order 2 (Principe 2010, Information Theoretic Learning).

    Args:
        probabilities: of K bins of the output, shape (..., K).

    Returns:
        from 1/2 to K/2, shape (...).
    """
    return np.square(probabilities).sum(-1) * probabilities.shape[-1] / 2


def _whole(bins: Any) -> int:
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or not 2 <= bins <= 10_000:
        raise ValueError(f"bins must be a whole number from 2 to 10,000, not {bins!r}")
    return int(bins)
