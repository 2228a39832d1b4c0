"""Mean-field theory of a wide network at initialisation: how signals and error signals grow or fade through its layers.

For plain networks it is that of Poole et al. (2016) and Schoenholz et al. (2017). What follows from it for IP neurons,
and the comparison with batch norm, is a finding of this project, not of the paper on intrinsic plasticity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipcore.config import SETTINGS, Setting, parse_methods
from ipcore.methods import registry
from ipcore.methods.mathematics.quadrature import root, standard_normal

WEIGHT_VARIANCE = Setting(
    "Weight variance", 1 / 3, 1e-6, 1e6, False, "Fan-in times the variance of a weight: 1/3 in PyTorch's default range."
)
"""Bounds of sigma_w^2."""

SECOND_MOMENT = Setting("Second moment", 1.0, 1e-6, 1e6, False, "Mean square of what the first layer receives.")
"""Bounds of the mean square of a network's input, and of its variance."""


def weight_variance(scale: float) -> float:
    """sigma_w^2 of weights uniform over ``±scale / sqrt(fan_in)``: ``scale^2 / 3``.

    Args:
        scale: the setting ``weight_scale`` of a network.
    """
    return scale**2 / 3


def gradient_multiplier(method: str, weight_variance: Any = WEIGHT_VARIANCE.default) -> float:
    """chi: what the mean square of dL/du is multiplied by from one hidden layer to the one below, at initialisation.

    Wide layers, ``u_l = gain_l x_l + bias_l``, ``x_l = W_l y_(l-1)``, independent weights of variance sigma_w^2 /
    fan-in. Then ``u ~ Normal(0, s^2)`` over neurons or inputs, and by the chain rule
    ``E[(dL/du_(l-1))^2] = sigma_w^2 gain_l^2 E[sech^4 u_(l-1)] E[(dL/du_l)^2]``.

    * plain: the gain is 1 and s^2 is the fixed point q of ``q = sigma_w^2 E[tanh^2(sqrt(q) z)]``, z standard normal,
      which is 0 for sigma_w^2 <= 1: ``chi = sigma_w^2 E[sech^4(sqrt(q) z)]`` (Poole et al. 2016, Schoenholz et al.
      2017).
    * batch norm, IP, Infomax: the gain makes the spread s of u whatever the weights are, ``gain_l^2 = s^2 / (sigma_w^2
      E[tanh^2 u])``, so sigma_w^2 cancels: ``chi = s^2 E[sech^4 u] / E[tanh^2 u]``, with s = 1 for batch norm and s =
      0.8744, the equilibrium gain of a standard normal input, for IP and Infomax. Other rules have an s of their
      own. (Of batch norm's backward pass the way through its statistics is left out: it takes two parts in a
      minibatch's size from the error.)

    That the IP neuron's chi is nearer to 1 than batch norm's, and that neither depends on the weights' scale, is a
    finding of this project, not of the paper.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        weight_variance: sigma_w^2, fan-in times the variance of a weight.

    Raises:
        ValueError: if there is no such method, theory knows no spread of its potential, or the variance is not
            within its bounds.

    >>> round(gradient_multiplier("plain"), 3), round(gradient_multiplier("batch-norm"), 3)
    (0.333, 1.178)
    """
    variance = WEIGHT_VARIANCE.parse("weight_variance", weight_variance)
    (method,) = parse_methods([method])
    if registry.get(method).constant_gain:
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
        weight_gradient: RMS of dL/dW for a single example, likewise over that of the last hidden layer. In the mean
            over a minibatch the examples' gradients cancel in part; this assumes that they do so alike in all layers.
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

    Forward, with ``m_0`` the input's second moment and ``m_l = E[tanh^2(sqrt(q_l) z)]``: plain has ``q_l = sigma_w^2
    m_(l-1)``; a rule that sets the gain has ``q_l = s^2`` and ``gain_l^2 = s^2 / (sigma_w^2 m_(l-1))``.
    Backward, see :func:`gradient_multiplier`: ``E[(dL/du_l)^2] = sigma_w^2 gain_(l+1)^2 E[sech^4(sqrt(q_l) z)]
    E[(dL/du_(l+1))^2]``. Then ``dL/dx_l = gain_l dL/du_l`` and ``dL/dW_l = dL/dx_l y_(l-1)``.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        depth: hidden layers, all of one width.
        weight_variance: sigma_w^2, fan-in times the variance of a weight.
        input_second_moment: mean square of the numbers that the first layer receives.
        input_variance: their mean variance over examples, which is what a rule that centres its input responds to; the
            second moment if None.

    Raises:
        ValueError: naming the argument, its value and what is allowed.
    """
    depth = SETTINGS["depth"].parse("depth", depth, recorded=True)  # theory trains nothing
    variance = WEIGHT_VARIANCE.parse("weight_variance", weight_variance)
    moment = SECOND_MOMENT.parse("input_second_moment", input_second_moment)
    centred = moment if input_variance is None else SECOND_MOMENT.parse("input_variance", input_variance)
    (method,) = parse_methods([method])
    fixed = None if registry.get(method).constant_gain else potential_spread(method)

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


def potential_spread(method: str) -> float:
    """Standard deviation s of the potential u under a rule that sets it, for a normal input.

    1 under batch norm; under IP and Infomax the root of ``E[u tanh u] = 1/2``, where both rest: 0.8744; under another
    rule what its record says.

    Args:
        method: one of :data:`ipcore.config.METHODS`.

    Raises:
        ValueError: if there is no such method, or none is known of it.
    """
    (method,) = parse_methods([method])
    spread = registry.get(method).potential_spread
    if spread is None:
        known = [name for name in registry.names() if registry.get(name).potential_spread is not None]
        raise ValueError(
            f"method must be one of {', '.join(known)}, whose potential has a known spread, not {method!r}"
        )
    return spread


def has_theory(method: str) -> bool:
    """Whether it is known how signals fare under a method: its gain is constant, or the spread of its potential known.

    Raises:
        ValueError: if there is no such method.
    """
    found = registry.get(method)
    return found.constant_gain or found.potential_spread is not None


def _fixed_point(variance: float) -> float:
    """The stable q >= 0 of ``q = variance * E[tanh^2(sqrt(q) z)]``."""
    if variance <= 1 + 1e-9:  # above 1, q is (variance - 1) / 2 at first: chi stays 1 to the last digit here
        return 0.0

    def growth(q: float) -> float:
        return variance * _mean_square_output(math.sqrt(q)) / q - 1

    # x^2 - 2 x^4 / 3 <= tanh^2 x <= 1: growth is positive at the lower end, and not at the upper
    return root(lambda q: -growth(q), (1 - 1 / variance) / 4, variance)


def _mean_square_output(spread: float) -> float:
    """E[tanh^2 u] for u ~ Normal(0, spread^2)."""
    points, weights = standard_normal()
    return float(weights @ np.tanh(spread * points) ** 2)


def _mean_slope_squared(spread: float) -> float:
    """E[sech^4 u] for u ~ Normal(0, spread^2): the mean square of the slope of tanh."""
    points, weights = standard_normal()
    return float(weights @ (1 - np.tanh(spread * points) ** 2) ** 2)
