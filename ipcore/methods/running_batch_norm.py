r"""Running batch norm: normalised by a moving mean and variance while a network trains, too.

``alpha = min(1, 2 rate)``, ``m <- m + alpha (<x> - m)``,
``v <- (1 - alpha) (v + (m_before - m)^2) + alpha <(x - m)^2>``,
``y = tanh(gamma * (x - m) / sqrt(v + epsilon) + beta)``

Moving mean m and variance v are constants to backprop, which learns gamma and beta. They see a minibatch after it has
been normalised, and begin at 0 and 1. Evaluation uses the same m and v. It shows what averaging does by itself: unlike
batch norm, it can train with one example at a time.

Source:
    This project's own control, after the abstract of Shaw (2019, MMath thesis, University of Waterloo, hdl
    10012/15206), which names a "weighted moving average version of batch normalisation". Its exact form is not
    available here and may differ.
"""

from __future__ import annotations

from typing import Any

from ipcore.methods.batch_norm import BATCH_NORM_EPSILON, STANDARDISED
from ipcore.methods.mathematics.inputs import State
from ipcore.methods.mathematics.moving import averaging_rate, moving_statistics
from ipcore.methods.record import Method
from ipcore.methods.registry import register


def update(x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
    """The state after the moving statistics have seen one minibatch, with gamma 1 and beta 0.

    Only the error of a network moves gamma and beta. So gain and bias determine the moving statistics:
    ``m = -bias / gain``, ``v = 1 / gain^2 - epsilon``.
    """
    mean, variance = -state["bias"] / state["gain"], 1 / state["gain"] ** 2 - BATCH_NORM_EPSILON
    mean, variance = moving_statistics(x, mean, variance, averaging_rate(rate))
    gain = 1 / (variance + BATCH_NORM_EPSILON) ** 0.5
    return {"gain": gain, "bias": -gain * mean}


RUNNING_BATCH_NORM = register(
    Method(
        name="running-batch-norm",
        label="running batch norm",
        description="Both from a moving mean and variance, which are constants to backprop, times a $\\gamma$ and plus "
        "a $\\beta$ that the network learns from its error.",
        update=update,
        needs=frozenset({"x"}),
        backprop=("gamma", "beta"),
        intrinsic_rate=True,
        rest=STANDARDISED,
        spread=1.0,
        control=True,
        formula=(
            r"\mathrm{gain}=\gamma/\sqrt{v+10^{-5}}",
            r"\mathrm{bias}=\beta-\mathrm{gain}\cdot m",
        ),
        remarks="Running batch norm moves $m$ and $v$ as averaged IP does. It shows how much of an advantage at small "
        "minibatches belongs to averaging alone.",
        source="a control of this project, after the abstract of Shaw 2019",
        color=("#0c006c", "#a5c3e1"),
        dash="12px,3px,2px,3px,2px,3px",
        symbol="bowtie",
        place=5,
    )
)
