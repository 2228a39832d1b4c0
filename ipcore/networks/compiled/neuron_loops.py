"""Loops over activity in single precision, compiled by Numba.

Arrays have the shapes of :mod:`ipcore.networks.neurons.base`: activity is (replicas, units, batch), and what belongs to
a neuron, such as its gain, is (replicas, units, 1). ``du`` is the gradient with respect to the potential.

The compiler may fuse a product with a sum, and in sums over a row it may add in another order than the loop does, which
wide registers need. On one machine it does the same each time, so repeats are equal to the last bit. Loops are compiled
once for a machine and then read from a file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from ipcore.methods.batch_norm import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM

single = np.float32
FUSE, REORDER = {"contract"}, {"contract", "reassoc"}

TWO_LOG2_E, HALF_LN_2 = single(2 / np.log(2)), single(np.log(2) / 2)
ROUNDING = single(1.5 * 2**23)
"""A number that is added and subtracted again, so that what is left is a whole number."""
LARGEST = single(9.5)
"""The hyperbolic tangent of anything larger is 1 in single precision."""
Q0, Q1, Q2, Q3, Q4 = (single(value) for value in (1.0, 0.66666307, 0.33333244, 0.13381125, 0.044563883))
"""The polynomial ``(expm1(2 r) / 2 - r) / r^2``, interpolated at Chebyshev's points of ``|r| <= ln(2) / 4``."""

EPSILON, KEEP, TAKE = single(BATCH_NORM_EPSILON), single(1 - BATCH_NORM_MOMENTUM), single(BATCH_NORM_MOMENTUM)
ONE = single(1)


def loop(arrays: int, fastmath: set[str], *more: Any) -> Callable[[Callable[..., None]], Any]:
    """Compiles a function of so many arrays with three axes, and of arguments of these types after them."""
    signature = numba.void(*[numba.float32[:, :, ::1]] * arrays, *more)
    return numba.njit(signature, cache=True, error_model="numpy", fastmath=fastmath)


@numba.njit(inline="always", error_model="numpy", fastmath=FUSE)
def expm1_half(r: Any) -> Any:
    """``expm1(2 r) / 2`` for ``|r| <= ln(2) / 4``."""
    return r + (r * r) * ((((Q4 * r + Q3) * r + Q2) * r + Q1) * r + Q0)


@numba.njit(inline="always", error_model="numpy", fastmath=FUSE)
def tanh(x: Any) -> Any:
    """The hyperbolic tangent, with a relative error of at most 2e-7: ``h / (h + 1)``, where ``h = expm1(2 |x|) / 2``.

    With ``|x| = k ln(2) / 2 + r`` and a whole k it is ``h = 2^k expm1(2 r) / 2 + (2^k - 1) / 2``.
    """
    size = min(abs(x), LARGEST)
    shifted = size * TWO_LOG2_E + ROUNDING  # k, in the lowest bits of the number
    r = size - (shifted - ROUNDING) * HALF_LN_2
    part = expm1_half(r)
    bits = (single(shifted).view(np.int32) + np.int32(127)) << np.int32(23)  # 2^k as it is stored
    power = np.int32(bits).view(np.float32)
    h = power * part + (single(0.5) * power - single(0.5))
    return np.copysign(h / (h + ONE), x)


@loop(1, FUSE)
def tanh_in_place(y: Any) -> None:
    """``y <- tanh(y)``."""
    for each in range(len(y)):
        flat = y[each].reshape(-1)  # one long row fills the wide registers better than many short ones
        for i in range(len(flat)):
            flat[i] = tanh(flat[i])


@loop(5, FUSE)
def forward(x: Any, gain: Any, bias: Any, u: Any, y: Any) -> None:
    """``u <- gain x + bias``, ``y <- tanh(u)``."""
    replicas, units, batch = x.shape
    for replica in range(replicas):
        for unit in range(units):
            factor, shift = gain[replica, unit, 0], bias[replica, unit, 0]
            for i in range(batch):
                u[replica, unit, i] = factor * x[replica, unit, i] + shift
        potentials, outputs = u[replica].reshape(-1), y[replica].reshape(-1)
        for i in range(len(outputs)):
            outputs[i] = tanh(potentials[i])


@loop(5, REORDER)
def backward(y: Any, gain: Any, dx: Any, d_bias: Any, dy: Any) -> None:
    """``du = dy (1 - y^2)``, ``dx <- gain du``, ``d_bias <- sum_b du``."""
    replicas, units, batch = y.shape
    for replica in range(replicas):
        for unit in range(units):
            factor, total = gain[replica, unit, 0], single(0)
            for i in range(batch):
                du = dy[replica, unit, i] * (ONE - y[replica, unit, i] * y[replica, unit, i])
                dx[replica, unit, i] = factor * du
                total += du
            d_bias[replica, unit, 0] = total


@loop(8, REORDER)
def normalise(
    x: Any, gamma: Any, beta: Any, running_mean: Any, running_variance: Any, mean: Any, scale: Any, u: Any
) -> None:
    """``u <- gamma (x - mean) scale + beta`` with the statistics of the minibatch, which also move the running ones."""
    replicas, units, batch = x.shape
    for replica in range(replicas):
        for unit in range(units):
            total, squares = single(0), single(0)
            for i in range(batch):
                total += x[replica, unit, i]
            middle = total / single(batch)
            for i in range(batch):
                squares += (x[replica, unit, i] - middle) * (x[replica, unit, i] - middle)
            spread = ONE / np.sqrt(squares / single(batch) + EPSILON)
            factor, shift = gamma[replica, unit, 0] * spread, beta[replica, unit, 0]
            for i in range(batch):
                u[replica, unit, i] = factor * (x[replica, unit, i] - middle) + shift
            mean[replica, unit, 0], scale[replica, unit, 0] = middle, spread
            unbiased = squares / single(batch - 1)
            running_mean[replica, unit, 0] = KEEP * running_mean[replica, unit, 0] + TAKE * middle
            running_variance[replica, unit, 0] = KEEP * running_variance[replica, unit, 0] + TAKE * unbiased


@loop(9, REORDER, numba.boolean)
def backward_normalised(
    y: Any, x: Any, mean: Any, scale: Any, gamma: Any, dx: Any, d_gamma: Any, d_beta: Any, dy: Any, through: bool
) -> None:
    """The gradients of ``y = tanh(gamma z + beta)`` with ``z = (x - mean) scale``.

    ``d_gamma <- sum_b du z``, ``d_beta <- sum_b du``, ``dx <- gamma scale (du - (d_beta + z d_gamma) / B)``, or without
    the second term if mean and scale are constants to backprop, ``through`` being false.
    """
    replicas, units, batch = y.shape
    share = ONE / single(batch) if through else single(0)
    for replica in range(replicas):
        for unit in range(units):
            middle, spread = mean[replica, unit, 0], scale[replica, unit, 0]
            total, along = single(0), single(0)
            for i in range(batch):
                du = dy[replica, unit, i] * (ONE - y[replica, unit, i] * y[replica, unit, i])
                dx[replica, unit, i] = du
                total += du
                along += du * (x[replica, unit, i] - middle)
            d_gamma[replica, unit, 0], d_beta[replica, unit, 0] = along * spread, total
            factor, tilt = gamma[replica, unit, 0] * spread, along * spread * spread * share
            total *= share
            for i in range(batch):
                z = x[replica, unit, i] - middle
                dx[replica, unit, i] = factor * (dx[replica, unit, i] - total - z * tilt)
