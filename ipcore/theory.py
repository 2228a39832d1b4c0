"""What theory says of gain and bias at rest, of the information in a neuron's output, and of signals through depth.

The conditions at rest follow from the Infomax principle. The IP rule of this project is derived here from that principle;
the paper's own printed update may differ in form (Shaw, Jackson, Orchard 2020, https://doi.org/10.1371/journal.pone.0238454).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import entr

from ipcore.config import METHODS, SETTINGS, Setting
from ipcore.distributions import Distribution, Normal, panels

BINS = 30
"""Equal bins of the output over [-1, 1] that its information is counted on."""

BATCH_NORM_EPSILON = 1e-5
"""What batch norm adds to the variance before its square root, as torch.nn.BatchNorm1d does."""

WEIGHT_VARIANCE = Setting(
    "Weight variance", 1 / 3, 1e-6, 1e6, False, "Fan-in times the variance of a weight; PyTorch's default range gives 1/3."
)
"""Bounds of sigma_w^2."""

SECOND_MOMENT = Setting("Second moment", 1.0, 1e-6, 1e6, False, "Mean square of the numbers that the first layer receives.")
"""Bounds of the mean square of a network's input, and of its variance."""


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

    There ``E[y] = 0`` and ``E[u y] = 1/2``. The entropy, ``ln gain + 2 E[ln sech u]`` plus a constant, is strictly concave in
    (gain, bias), so the two equations have one solution. It is found by two nested searches, each bracketed: the
    centre c where ``E[y] = 0`` for a given gain g, and the gain where then ``E[u y] = 1/2``.

    In units of ``D = E|x - median|`` from the median, one pair of brackets holds for every distribution:

    * g is in [1/4, 0.779]. Below: ``u tanh u <= 2 ln cosh u``, whose mean at the c that makes it least is no more than at the
      median, where it is at most ``2 g D``; so ``1/2 <= 2 g D``. Above: ``|u| <= u tanh u + 0.279``, so
      ``g D <= E|u| <= 0.779``.
    * c is in [-2 - ln 2 / g, 2 + ln 2 / g]. ``|u| - ln 2 <= ln cosh u <= |u|``, again at the least mean, gives ``g E|x - c| <= g D
      + ln 2``, and ``|c| <= E|x - c| + E|x|``.

    For most inputs the centre lies between the median and the mean, where a large and a small gain would put it, but not for all:
    Mixture((0, 1.5), (1, 0.05), 0.9), a normal with a bump on its flank, has median 0.140, mean 0.150, centre 0.160.

    Args:
        distribution: of the input.

    Returns:
        gain, bias, centre and information; gain and centre are exact to some nine digits of the distribution's scale.
    """
    points, weights = distribution.nodes
    deviation = points - distribution.median
    unit = float(weights @ np.abs(deviation))
    deviation = deviation / unit

    def mean_output(centre: float, gain: float) -> float:
        return float(weights @ np.tanh(gain * (deviation - centre)))

    def centre_of(gain: float) -> float:
        return brentq(mean_output, -5.0, 5.0, args=(gain,), xtol=1e-14)

    def excess(gain: float) -> float:
        potential = gain * (deviation - centre_of(gain))
        return float(weights @ (potential * np.tanh(potential))) - 0.5

    relative_gain = brentq(excess, 0.24, 0.8, xtol=1e-13)  # the proven brackets, a little wider for rounding
    gain = relative_gain / unit
    centre = distribution.median + unit * round(centre_of(relative_gain), 13)  # a symmetric one is centred exactly
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
    """Gain and bias with which a method ends on a fixed input distribution.

    Batch norm (gamma 1, beta 0) divides by ``sqrt(variance + epsilon)``; plain stays at gain 1 and bias 0, since only the error
    of a network would move it.

    Raises:
        ValueError: if there is no such method.
    """
    if _method(method) == "plain":
        return 1.0, 0.0
    if method == "batch-norm":
        gain = 1 / math.sqrt(distribution.sd**2 + BATCH_NORM_EPSILON)
        return gain, -gain * distribution.mean
    rest = equilibrium(distribution)
    return rest.gain, rest.bias


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
    """
    entropy = entr(probabilities).sum(-1) / math.log(probabilities.shape[-1])
    return np.clip(entropy, 0.0, 1.0) + 0.0  # off the rounding beyond the ends; + 0.0 takes the sign off a negative zero


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


def gradient_multiplier(method: str, weight_variance: Any = WEIGHT_VARIANCE.default) -> float:
    """chi: what the mean square of ``dL/du`` is multiplied by from one hidden layer to the one below, at initialisation.

    Wide layers, ``u_l = gain_l x_l + bias_l``, ``x_l = W_l y_(l-1)``, independent weights of variance sigma_w^2 / fan-in. Then
    ``u ~ Normal(0, s^2)`` over neurons or inputs, and by the chain rule
    ``E[(dL/du_(l-1))^2] = sigma_w^2 gain_l^2 E[sech^4 u_(l-1)] E[(dL/du_l)^2]``.

    * plain: the gain is 1 and s^2 is the fixed point q of ``q = sigma_w^2 E[tanh^2(sqrt(q) z)]``, z standard normal, which is 0
      for sigma_w^2 <= 1: ``chi = sigma_w^2 E[sech^4(sqrt(q) z)]`` (Poole et al. 2016, Schoenholz et al. 2017).
    * batch norm, IP, Infomax: the gain makes the spread s of u whatever the weights are, ``gain_l^2 = s^2 / (sigma_w^2
      E[tanh^2 u])``, so sigma_w^2 cancels: ``chi = s^2 E[sech^4 u] / E[tanh^2 u]``, with s = 1 for batch norm and s = 0.8744,
      the equilibrium gain of a standard normal input, for IP and Infomax.

    That the IP neuron's chi is nearer to 1 than batch norm's, and that neither depends on the weights' scale, is a finding
    of this project, not of the paper.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        weight_variance: sigma_w^2, fan-in times the variance of a weight.

    Raises:
        ValueError: if there is no such method, or the variance is out of bounds.
    """
    variance = WEIGHT_VARIANCE.parse("weight_variance", weight_variance)
    if _method(method) == "plain":
        return variance * _mean_slope_squared(math.sqrt(_fixed_point(variance)))
    spread = potential_spread(method)
    return spread**2 * _mean_slope_squared(spread) / _mean_square_output(spread)


@dataclass(frozen=True)
class Signal:
    """Theory's picture of one network at initialisation; arrays of shape (depth,), the layer next to the input first.

    Args:
        potential: mean square of u.
        activity: mean square of ``y = tanh(u)``.
        error_signal: RMS of dL/dx, x the weighted input before the gain, over that of the last hidden layer.
        weight_gradient: RMS of dL/dW for a single example, likewise over that of the last hidden layer. In the mean over a
            minibatch the examples' gradients cancel in part, in each layer as much as its examples differ, which this
            leaves out.
    """

    potential: np.ndarray
    activity: np.ndarray
    error_signal: np.ndarray
    weight_gradient: np.ndarray


def signal_through_depth(
    method: str,
    depth: Any,
    weight_variance: Any = WEIGHT_VARIANCE.default,
    input_second_moment: Any = SECOND_MOMENT.default,
    input_variance: Any = None,
) -> Signal:
    """How large activity and error signals are in each hidden layer of a wide network at initialisation.

    Forward, with ``m_0`` the input's second moment and ``m_l = E[tanh^2(sqrt(q_l) z)]``: plain has ``q_l = sigma_w^2 m_(l-1)``;
    a rule that sets the gain has ``q_l = s^2`` and ``gain_l^2 = s^2 / (sigma_w^2 m_(l-1))``.
    Backward, see :func:`gradient_multiplier`: ``E[(dL/du_l)^2] = sigma_w^2 gain_(l+1)^2 E[sech^4(sqrt(q_l) z)]
    E[(dL/du_(l+1))^2]``. Then ``dL/dx_l = gain_l dL/du_l`` and ``dL/dW_l = dL/dx_l y_(l-1)``.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        depth: hidden layers, all of one width.
        weight_variance: sigma_w^2, fan-in times the variance of a weight.
        input_second_moment: mean square of the numbers that the first layer receives.
        input_variance: their mean variance over examples, which is what a rule that centres its input responds to; the second
            moment if None.

    Raises:
        ValueError: naming the argument, its value and what is allowed.
    """
    depth = SETTINGS["depth"].parse("depth", depth)
    variance = WEIGHT_VARIANCE.parse("weight_variance", weight_variance)
    moment = SECOND_MOMENT.parse("input_second_moment", input_second_moment)
    centred = moment if input_variance is None else SECOND_MOMENT.parse("input_variance", input_variance)
    fixed = None if _method(method) == "plain" else potential_spread(method)

    incoming, potential, activity, gain_squared = [moment], [], [], []
    for layer in range(depth):
        received = variance * (centred if layer == 0 and fixed is not None else incoming[-1])
        gain_squared.append(1.0 if fixed is None else fixed**2 / received)
        potential.append(gain_squared[-1] * received)
        activity.append(_mean_square_output(math.sqrt(potential[-1])))
        incoming.append(activity[-1])

    error = [1.0]  # mean square of dL/du, from the last layer down
    for layer in reversed(range(depth - 1)):
        slope = _mean_slope_squared(math.sqrt(potential[layer]))
        error.insert(0, error[0] * variance * gain_squared[layer + 1] * slope)
    error_signal = np.sqrt(np.multiply(error, gain_squared))
    weight_gradient = error_signal * np.sqrt(incoming[:-1])
    return Signal(
        np.array(potential), np.array(activity), error_signal / error_signal[-1], weight_gradient / weight_gradient[-1]
    )


@cache
def potential_spread(method: str) -> float:
    """Standard deviation s of the potential u under a rule that sets it, for a normal input.

    Raises:
        ValueError: if the method sets none.
    """
    if method == "batch-norm":
        return 1.0
    if method in ("infomax", "ip"):
        return equilibrium(Normal(0.0, 1.0)).gain
    raise ValueError(f"method must be one that sets the spread of its potential (batch-norm, infomax, ip), not {method!r}")


def _fixed_point(variance: float) -> float:
    """The stable q >= 0 of ``q = variance * E[tanh^2(sqrt(q) z)]``."""
    if variance <= 1 + 1e-9:  # above 1, q is (variance - 1) / 2 at first: chi stays 1 to the last digit here
        return 0.0

    def growth(q: float) -> float:
        return variance * _mean_square_output(math.sqrt(q)) / q - 1

    # x^2 - 2 x^4 / 3 <= tanh^2 x <= 1: growth is positive at the lower end, and not at the upper
    return brentq(growth, (1 - 1 / variance) / 4, variance, xtol=1e-300, rtol=1e-13)


def _mean_square_output(spread: float) -> float:
    """E[tanh^2 u] for u ~ Normal(0, spread^2)."""
    points, weights = _standard_normal()
    return float(weights @ np.tanh(spread * points) ** 2)


def _mean_slope_squared(spread: float) -> float:
    """E[sech^4 u] for u ~ Normal(0, spread^2): the mean square of the slope of tanh."""
    points, weights = _standard_normal()
    return float(weights @ (1 - np.tanh(spread * points) ** 2) ** 2)


@cache
def _standard_normal() -> tuple[np.ndarray, np.ndarray]:
    """Quadrature for a standard normal, finer towards 0: spreads up to 1000 leave tanh a width of 1/1000 there."""
    doubling = 2.0 ** np.arange(-13, 1)
    positive = np.concatenate([[0], doubling, np.arange(1.5, 10.5, 0.5)])
    points, weights = panels(np.concatenate([-positive, positive]))
    weights = weights * np.exp(-(points**2) / 2)
    return points, weights / weights.sum()


def _method(method: str) -> str:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {str(method)[:60]!r}")
    return method


def _whole(bins: Any) -> int:
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or not 2 <= bins <= 10_000:
        raise ValueError(f"bins must be a whole number from 2 to 10,000, not {bins!r}")
    return int(bins)
