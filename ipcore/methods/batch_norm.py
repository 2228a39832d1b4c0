"""Batch normalisation: ``y = tanh(gamma * (x - mean) / sqrt(variance + epsilon) + beta)``.

While a network trains, mean and variance are those of the minibatch; backprop goes through them and learns gamma and
beta. Evaluation uses running statistics instead. So a neuron has an *effective* gain,
``gamma / sqrt(variance + epsilon)``, and an effective bias, ``beta - gain * mean``.

Source:
    Ioffe & Szegedy (2015), as in torch.nn.BatchNorm1d: the minibatch is normalised by its biased variance, and its
    unbiased variance goes into the running statistics.
"""

from __future__ import annotations

import math
from typing import Any

from ipcore.methods.mathematics.arithmetic import variance
from ipcore.methods.mathematics.inputs import InputDistribution, Rest, State
from ipcore.methods.record import Method
from ipcore.methods.registry import register

BATCH_NORM_EPSILON = 1e-5
"""Added to the variance before its square root is taken, as in torch.nn.BatchNorm1d."""
BATCH_NORM_MOMENTUM = 0.1
"""Weight of the newest minibatch in the running statistics, as in torch.nn.BatchNorm1d."""


def follow_statistics(gain: Any, bias: Any, mean: Any, unbiased_variance: Any) -> tuple[Any, Any]:
    """Effective gain and bias after the running statistics have been updated with one minibatch (gamma 1, beta 0).

    The running statistics need no arrays of their own, because gain and bias determine them:
    ``gain = 1 / sqrt(running variance + epsilon)``, ``bias = -gain * running mean``.

    Args:
        gain: effective gain before the update, shape (..., units).
        bias: effective bias before the update, same shape.
        mean: mean of the minibatch, same shape.
        unbiased_variance: unbiased variance of the minibatch, same shape.

    Returns:
        Effective gain and bias after the update, each of shape (..., units).
    """
    keep, take = 1 - BATCH_NORM_MOMENTUM, BATCH_NORM_MOMENTUM
    running_mean = keep * (-bias / gain) + take * mean
    running_variance = keep * (1 / gain**2 - BATCH_NORM_EPSILON) + take * unbiased_variance
    gain = 1 / (running_variance + BATCH_NORM_EPSILON) ** 0.5
    return gain, -gain * running_mean


def update(x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
    """The state after the running statistics have seen one minibatch; the intrinsic rate has no effect.

    Gamma and beta stay at 1 and 0, since only the error of a network moves them.
    """
    gain, bias = follow_statistics(state["gain"], state["bias"], x.mean(-2), variance(x))
    return {"gain": gain, "bias": bias}


def rest(distribution: InputDistribution) -> tuple[float, float]:
    """Gain and bias at rest: ``gain = 1 / sqrt(variance + epsilon)``, ``bias = -gain * mean``."""
    gain = 1 / math.sqrt(distribution.sd**2 + BATCH_NORM_EPSILON)
    return gain, -gain * distribution.mean


STANDARDISED = Rest(rest)
"""The common rest of methods that bring the potential of one neuron to mean 0 and variance 1."""


BATCH_NORM = register(
    Method(
        name="batch-norm",
        label="batch norm",
        description="Both from the mean and the variance of a minibatch, times a $\\gamma$ and plus a $\\beta$ that "
        "the network learns from its error.",
        update=update,
        needs=frozenset({"x"}),
        backprop=("gamma", "beta"),
        least_batch=2,
        least_batch_reason="one example has no variance to normalise by",
        rest=STANDARDISED,
        spread=1.0,
        formula=(
            r"\mathrm{gain}=\gamma/\sqrt{\mathrm{var}+10^{-5}}",
            r"\mathrm{bias}=\beta-\mathrm{gain}\cdot\mathrm{mean}",
        ),
        remarks="Mean and variance are those of the minibatch while a network trains; one neuron, like evaluation, has "
        "running ones with momentum 0.1, and $\\gamma=1$, $\\beta=0$.",
        source="Ioffe & Szegedy 2015",
        color=("#0f68ee", "#3a86f4"),
        dash="10px,4px",
        symbol="square",
        place=1,
    )
)
