"""The local rules by which a neuron sets its own gain and bias, each stated once, for NumPy arrays and tensors alike.

A neuron receives a pre-activation ``x``, forms the potential ``u = gain * x + bias`` and emits ``y = tanh(u)``. Both
rules ascend the entropy of its output, ``H(y) = H(x) + <ln gain + 2 ln sech u>``; angle brackets are means over the
minibatch. Both rest where ``<y> = 0`` and ``<u y> = 1/2``.

The IP rule is derived here from the Infomax principle that Shaw, Jackson & Orchard (2020, PLoS ONE 15(9): e0238454)
name; the paper's own printed update may differ in form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LARGEST_CHANGE = 0.5
"""Bound on one step of the logarithm of the gain under IP."""

BATCH_NORM_EPSILON = 1e-5
"""What batch norm adds to the variance before its square root, as in torch.nn.BatchNorm1d."""
BATCH_NORM_MOMENTUM = 0.1
"""Weight of the newest minibatch in batch norm's running statistics, likewise."""


def infomax_step(x: Any, y: Any, gain: Any, rate: Any) -> tuple[Any, Any]:
    """One step of Infomax, the plain gradient of the output's entropy.

    ``d_gain = rate * (1 / gain - 2 <x y>)``, ``d_bias = -2 rate <y>``

    Its speed depends on the scale of ``x``, and ``1 / gain`` is unbounded.

    Args:
        x: pre-activations, shape (..., batch, units).
        y: outputs, shape (..., batch, units).
        gain: shape (..., units).
        rate: intrinsic rate, a number or shape (..., 1).

    Returns:
        The changes of gain and of bias, each of shape (..., units).

    Source:
        Bell & Sejnowski (1995), Neural Computation 7(6), for the hyperbolic tangent.
    """
    return rate * (1 / gain - 2 * (x * y).mean(-2)), -2 * rate * y.mean(-2)


def ip_step(u: Any, y: Any, rate: Any) -> tuple[Any, Any]:
    """One step of intrinsic plasticity, the relative gradient of the same entropy.

    ``epsilon = clip(rate * (1 - 2 <u y>), -1/2, 1/2)``, ``delta = -2 rate <y>``

    It is the gradient for a change of potential ``u -> (1 + epsilon) u + delta``, so it needs only the neuron's own
    potential and output. From starts that give the same potentials, the course of ``u`` is the same for ``x`` and for
    ``a x + c`` (a > 0).

    Args:
        u: potentials, shape (..., batch, units).
        y: outputs, shape (..., batch, units).
        rate: intrinsic rate, a number or shape (..., 1).

    Returns:
        The change of the logarithm of the gain, and the shift of the bias, each of shape (..., units);
        :func:`ip_apply` applies them.

    Source:
        Derived here from the Infomax principle (the paper's own printed update may differ in form), with the relative
        gradient of Cardoso & Laheld (1996) and Amari (1998).
    """
    epsilon = (rate * (1 - 2 * (u * y).mean(-2))).clip(-LARGEST_CHANGE, LARGEST_CHANGE)
    return epsilon, -2 * rate * y.mean(-2)


def ip_apply(gain: Any, bias: Any, epsilon: Any, delta: Any) -> tuple[Any, Any]:
    """Gain and bias after one step of intrinsic plasticity.

    ``gain <- exp(epsilon) gain``, ``bias <- exp(epsilon) bias + delta``: the exponential keeps the gain positive.

    Args:
        gain: shape (..., units).
        bias: shape (..., units).
        epsilon: change of the logarithm of the gain, from :func:`ip_step`.
        delta: shift of the bias, from :func:`ip_step`.

    Returns:
        The new gain and bias, each of shape (..., units).
    """
    factor = epsilon.exp() if hasattr(epsilon, "exp") else np.exp(epsilon)  # a tensor has its own
    return factor * gain, factor * bias + delta
