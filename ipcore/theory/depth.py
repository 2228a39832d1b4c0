"""Mean-field theory of a wide network at initialisation: how signals and error signals grow or fade through its layers.

For plain networks this is the theory of Poole et al. (2016) and Schoenholz et al. (2017). What follows from it for IP
neurons, and the comparison with batch norm, is a finding of this project, not of the paper on intrinsic plasticity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ipcore.config import SETTINGS, RunConfig, Setting, parse_methods
from ipcore.methods import registry
from ipcore.methods.mathematics.quadrature import root, standard_normal

WEIGHT_VARIANCE = Setting(
    "Weight variance", 1 / 3, 1e-6, 1e6, False, "Fan-in times the variance of a weight: 1/3 in PyTorch's default range."
)
"""Default and bounds of sigma_w^2."""

SECOND_MOMENT = Setting("Second moment", 1.0, 1e-6, 1e6, False, "Mean square of what the first layer receives.")
"""Default and bounds of the mean square of a network's input; the bounds of its variance are the same."""


def weight_variance(scale: float) -> float:
    """sigma_w^2, fan-in times the variance of a weight, if weights are uniform over ``±scale / sqrt(fan_in)``.

    ``sigma_w^2 = scale^2 / 3``

    Args:
        scale: the setting ``weight_scale`` of a network.
    """
    return scale**2 / 3


class StartVariances(NamedTuple):
    """Variances with which a network starts, for the first hidden layer and for the hidden layers above it.

    Args:
        first_weights: sigma_w^2 of the first layer, fan-in times the variance of a weight.
        weights: sigma_w^2 of the others.
        first_biases: variance of a bias of the first layer.
        biases: that of the others.
    """

    first_weights: float
    weights: float
    first_biases: float = 0.0
    biases: float = 0.0

    @property
    def covered(self) -> bool:
        """Whether they are within the bounds of the theory."""
        return all(WEIGHT_VARIANCE.low <= each <= WEIGHT_VARIANCE.high for each in (self.first_weights, self.weights))


def start_variances(config: RunConfig) -> StartVariances:
    """The variances that the settings of a network give its initial weights and biases.

    With weight scale s, F inputs and N neurons in a layer, sigma_w^2 is ``s^2 / 3`` for ``pytorch``. For ``xavier`` it
    is ``s^2 2 F / (F + N)`` in the first layer and ``s^2`` above it, for ``orthogonal`` ``s^2 min(1, F / N)`` and
    ``s^2``. Drawn biases have the variance ``1 / (3 F)`` and ``1 / (3 N)``.
    """
    features, width, square = config.data.features, config.width, config.weight_scale**2
    match config.initialization:
        case "xavier":
            weights = square * 2 * features / (features + width), square
        case "orthogonal":
            weights = square * min(1, features / width), square
        case _:
            weights = (weight_variance(config.weight_scale),) * 2
    drawn = config.biases == "drawn"
    return StartVariances(*weights, *((1 / (3 * features), 1 / (3 * width)) if drawn else (0.0, 0.0)))


def gradient_multiplier(method: str, weight_variance: Any = WEIGHT_VARIANCE.default) -> float:
    """The gradient multiplier chi at initialisation: ``E[(dL/du_(l-1))^2] = chi E[(dL/du_l)^2]`` for hidden layers l.

    It is computed for wide layers with ``u_l = gain_l x_l + bias_l``, ``x_l = W_l y_(l-1)`` and independent weights of
    variance sigma_w^2 / fan-in. Then ``u ~ Normal(0, s^2)`` over neurons or inputs, and by the chain rule
    ``E[(dL/du_(l-1))^2] = sigma_w^2 gain_l^2 E[sech^4 u_(l-1)] E[(dL/du_l)^2]``.

    * plain: the gain is 1 and s^2 is the fixed point q of ``q = sigma_w^2 E[tanh^2(sqrt(q) z)]``, z standard normal,
      which is 0 for sigma_w^2 <= 1. So ``chi = sigma_w^2 E[sech^4(sqrt(q) z)]`` (Poole et al. 2016, Schoenholz et al.
      2017).
    * all other methods: the gain sets the spread s of u whatever the weights are,
      ``gain_l^2 = s^2 / (sigma_w^2 E[tanh^2 u])``, so sigma_w^2 cancels: ``chi = s^2 E[sech^4 u] / E[tanh^2 u]``. For
      batch norm in all its variants s = 1; for IP and Infomax s = 0.8744, the equilibrium gain of a standard normal
      input; other rules have other values of s. (The gradient of batch norm through the statistics of the minibatch is
      neglected. It takes a share of 2 / batch size from the mean square of the error.)
    * layer norm: s = 1 over the units of a layer, which in a wide layer have the same distribution for every example.
      (The gradient through its statistics takes a share of 2 / width.)

    That the IP neuron's chi is nearer to 1 than batch norm's, and that neither depends on the weights' scale, is a
    finding of this project, not of the paper.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        weight_variance: sigma_w^2, fan-in times the variance of a weight.

    Raises:
        ValueError: if there is no such method, if the spread of its potential is not known, or if the variance is not
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
    """What theory predicts for a network at initialisation; arrays of shape (depth,), beginning at the input.

    Args:
        potential: mean square of the potential u.
        activity: mean square of the output ``y = tanh(u)``.
        error_signal: RMS of dL/dx, relative to that of the last hidden layer; x is the pre-activation, before the gain.
        weight_gradient: RMS of dL/dW for a single example, relative to that of the last hidden layer. In the mean over
            a minibatch the gradients of examples cancel in part; theory assumes that they do so equally in all layers.
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
    start: StartVariances | None = None,
) -> Signal:
    """How large activity and error signals are in each hidden layer of a wide network at initialisation.

    Forward, let ``m_0`` be the second moment of the input, ``q_l`` the mean square of ``u_l`` and
    ``m_l = E[tanh^2(sqrt(q_l) z)]``. A plain network has ``q_l = sigma_w^2 m_(l-1) + sigma_b^2``, where the second
    term is the variance of its biases; a rule that sets the gain, and centres its input with the bias, has
    ``q_l = s^2`` and ``gain_l^2 = s^2 / (sigma_w^2 m_(l-1))``.
    Backward, see :func:`gradient_multiplier`:
    ``E[(dL/du_l)^2] = sigma_w^2 gain_(l+1)^2 E[sech^4(sqrt(q_l) z)] E[(dL/du_(l+1))^2]``,
    ``dL/dx_l = gain_l dL/du_l`` and ``dL/dW_l = dL/dx_l y_(l-1)``.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        depth: number of hidden layers, all of one width.
        weight_variance: sigma_w^2, fan-in times the variance of a weight.
        input_second_moment: mean square of the numbers that the first layer receives.
        input_variance: mean over these numbers of their variance over examples, which is what a rule that centres its
            input over examples responds to. None stands for the second moment.
        start: variances layer by layer, instead of ``weight_variance`` for all layers and no biases.

    Raises:
        ValueError: naming the argument, its value and what is allowed.
    """
    depth = SETTINGS["depth"].parse("depth", depth, recorded=True)  # a lowered limit is for training, not for theory
    first, variance = (
        (WEIGHT_VARIANCE.parse("weight_variance", each) for each in start[:2])
        if start
        else [WEIGHT_VARIANCE.parse("weight_variance", weight_variance)] * 2
    )
    moment = SECOND_MOMENT.parse("input_second_moment", input_second_moment)
    centred = moment if input_variance is None else SECOND_MOMENT.parse("input_variance", input_variance)
    (method,) = parse_methods([method])
    fixed = None if registry.get(method).constant_gain else potential_spread(method)
    centres = fixed is not None and not registry.get(method).over_units

    incoming, potential, activity, gain_squared = [moment], [], [], []
    for layer in range(depth):
        received = (variance if layer else first) * (centred if layer == 0 and centres else incoming[-1])
        if start and fixed is None:
            received += start.biases if layer else start.first_biases
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
    """Standard deviation s of the potential u at rest, for a normal input and a rule that sets the gain.

    It is 1 for batch norm and layer norm. For IP and Infomax it is 0.8744, the root of ``E[u tanh u] = 1/2``, where
    both come to rest. For another rule it is what the rule's record says.

    Args:
        method: one of :data:`ipcore.config.METHODS`.

    Raises:
        ValueError: if there is no such method, or its spread is not known.
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
    """Whether theory covers a method: its gain is constant, or the spread of its potential is known.

    Raises:
        ValueError: if there is no such method.
    """
    found = registry.get(method)
    return found.constant_gain or found.potential_spread is not None


def _fixed_point(variance: float) -> float:
    """The stable q >= 0 of ``q = variance * E[tanh^2(sqrt(q) z)]``."""
    if variance <= 1 + 1e-9:  # just above 1, q is about (variance - 1) / 2, so small that chi is 1 to the last digit
        return 0.0

    def growth(q: float) -> float:
        return variance * _mean_square_output(math.sqrt(q)) / q - 1

    # Because x^2 - 2 x^4 / 3 <= tanh^2 x <= 1, growth is positive at the lower end of the bracket and not at the upper.
    return root(lambda q: -growth(q), (1 - 1 / variance) / 4, variance)


def _mean_square_output(spread: float) -> float:
    """E[tanh^2 u] for u ~ Normal(0, spread^2)."""
    points, weights = standard_normal()
    return float(weights @ np.tanh(spread * points) ** 2)


def _mean_slope_squared(spread: float) -> float:
    """E[sech^4 u] for u ~ Normal(0, spread^2), which is the mean square of the slope of tanh."""
    points, weights = standard_normal()
    return float(weights @ (1 - np.tanh(spread * points) ** 2) ** 2)
