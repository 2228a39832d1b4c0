"""Where gain and bias come to rest, and how much information is in a neuron's output.

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
"""Number of equal bins over [-1, 1] into which outputs are counted to compute their information."""


@dataclass(frozen=True)
class Equilibrium:
    """Where IP and Infomax come to rest on a fixed input distribution.

    Args:
        gain: gain in the potential ``u = gain * x + bias``.
        bias: bias in the potential.
        centre: the input at which the potential is 0, ``-bias / gain``.
        median: median of the input.
        mean: mean of the input.
        information: entropy of the output, counted in :data:`BINS` bins, divided by its maximum ``ln BINS``; 0 to 1.
        quadratic_information_potential: see :func:`quadratic_information_potential`.
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
        distribution: the distribution of the input.

    Returns:
        Gain, bias, centre and information. Gain and centre are accurate to about nine digits, see
        :func:`ipcore.methods.mathematics.greatest_entropy.gain_and_centre`.

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
    """Gain and bias at which a method comes to rest on a fixed input distribution, without the error of a network.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        distribution: the distribution of the input.

    Returns:
        Gain and bias; both NaN if it is not known where the method comes to rest.

    Raises:
        ValueError: if there is no such method.
    """
    (method,) = parse_methods([method])
    rest = registry.get(method).rest
    found = rest.find(distribution) if isinstance(rest, Rest) else None
    return found or (math.nan, math.nan)


def bin_probabilities(distribution: Distribution, gain: Any, bias: Any, bins: int = BINS) -> np.ndarray:
    """The exact probability that ``tanh(gain * x + bias)`` falls into each of equal bins over [-1, 1].

    Args:
        distribution: the distribution of the input x.
        gain: one or more gains of either sign, any shape (...).
        bias: one or more biases; the shapes of gain and bias are broadcast.
        bins: the number of bins.

    Returns:
        Probabilities, shape (..., bins); NaN where gain or bias is not finite.
    """
    gain, bias = np.broadcast_arrays(np.asarray(gain, float)[..., None], np.asarray(bias, float)[..., None])
    inner = np.arctanh(np.linspace(-1, 1, _whole(bins) + 1)[1:-1])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inputs = (np.concatenate([[-np.inf], inner, [np.inf]]) - bias) / gain
    # 0 / 0: the gain is 0 and the constant output lies on an edge; it is counted in the bin above.
    inputs = np.where(np.isnan(inputs), -np.inf, inputs)
    probabilities = np.abs(np.diff(distribution.cdf(inputs)))
    return np.where(np.isfinite(gain) & np.isfinite(bias), probabilities, np.nan)


def sample_bins(outputs: Any, bins: int = BINS) -> np.ndarray:
    """The share of sampled outputs in each of equal bins over [-1, 1].

    Args:
        outputs: outputs from -1 to 1, shape (samples,).
        bins: the number of bins.

    Returns:
        Shares, shape (bins,); their sum is 1.

    Raises:
        ValueError: if there is no output, or one is outside [-1, 1].
    """
    outputs = np.asarray(outputs, float)
    if outputs.ndim != 1 or not outputs.size or not np.all(np.abs(outputs) <= 1):
        raise ValueError("outputs must be one or more numbers from -1 to 1 in one row")
    return np.histogram(outputs, _whole(bins), (-1.0, 1.0))[0] / outputs.size


def information(probabilities: np.ndarray) -> np.ndarray:
    """The information in an output, as normalised entropy: ``-sum_k p_k ln p_k / ln K``.

    It is 1 if all levels of the output are used equally, and 0 if only one is used.

    Args:
        probabilities: probabilities of the K bins of the output, shape (..., K), from :func:`bin_probabilities` or
            :func:`sample_bins`.

    Returns:
        Numbers from 0 to 1, shape (...).

    >>> float(information(np.array([0.25, 0.25, 0.25, 0.25]))), float(information(np.array([0.5, 0.5, 0, 0])))
    (1.0, 0.5)
    """
    entropy = scipy.special.entr(probabilities).sum(-1) / math.log(probabilities.shape[-1])
    return np.clip(entropy, 0.0, 1.0) + 0.0  # rounding may give a number just outside [0, 1], or a negative zero


def quadratic_information_potential(probabilities: np.ndarray) -> np.ndarray:
    """Renyi's quadratic information potential of an output in [-1, 1]: ``V = sum_k p_k^2 / bin width``.

    A lower value means more information: it is 1/2 if all levels of the output are used equally, and K/2 if only one
    is used. ``-ln V`` is Renyi's entropy of order 2.

    Args:
        probabilities: probabilities of the K bins of the output, shape (..., K).

    Returns:
        Numbers from 1/2 to K/2, shape (...).

    Source:
        Principe (2010), Information Theoretic Learning.
    """
    return np.square(probabilities).sum(-1) * probabilities.shape[-1] / 2


def _whole(bins: Any) -> int:
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or not 2 <= bins <= 10_000:
        raise ValueError(f"bins must be a whole number from 2 to 10,000, not {bins!r}")
    return int(bins)
