"""Moving mean and variance of the input of a neuron, which some methods keep from one minibatch to the next."""

from __future__ import annotations

from typing import Any

from ipcore.methods.mathematics.arithmetic import at_most


def averaging_rate(intrinsic_rate: Any) -> Any:
    """The weight alpha of the newest minibatch in moving statistics: ``alpha = min(1, 2 * intrinsic rate)``.

    So the intrinsic rate 0.05, which suits a batch size of 100, gives 0.1, as in torch.nn.BatchNorm1d.

    Args:
        intrinsic_rate: the intrinsic rate, a number or an array.

    Returns:
        alpha, of the same shape.
    """
    return at_most(2 * intrinsic_rate, 1.0)


def moving_statistics(x: Any, mean: Any, variance: Any, alpha: Any) -> tuple[Any, Any]:
    """Mean and variance of all examples so far, in which each minibatch counts ``1 - alpha`` times the one after it.

    ``m' = m + alpha (<x> - m)``, ``v' = (1 - alpha) (v + (m - m')^2) + alpha <(x - m')^2>``

    These are mean and variance of a mixture: the examples so far with weight ``1 - alpha``, the minibatch with weight
    alpha. Deviations are taken from the moving mean, not from that of the minibatch. So a minibatch of one example has
    a variance, too, and for a small alpha the expectation of ``v`` is the variance of x at every batch size.

    Args:
        x: the minibatch, shape (..., batch, units).
        mean: the moving mean before it, shape (..., units).
        variance: the moving variance before it, shape (..., units).
        alpha: the weight of the minibatch, 0 to 1: a number or an array of shape (..., 1).

    Returns:
        Moving mean and variance after it, each of shape (..., units).
    """
    change = alpha * (x.mean(-2) - mean)
    new_mean = mean + change
    deviation = x - new_mean[..., None, :]
    return new_mean, (1 - alpha) * (variance + change * change) + alpha * (deviation * deviation).mean(-2)
