r"""Averaged IP: the rest of IP for a normal input, taken directly from a moving mean and variance of the input.

``alpha = min(1, 2 rate)``, ``m <- m + alpha (<x> - m)``,
``v <- (1 - alpha) (v + (m_before - m)^2) + alpha <(x - m)^2>``, ``gain = 0.8744 / sqrt(v)``, ``bias = -gain * m``

It has the equilibrium of IP without its gradient: mean and variance say at once where a normal input would bring IP to
rest. The rule is local, and gain and bias are constants to backprop.

The state needs no arrays for m and v, because gain and bias determine them: ``m = -bias / gain``,
``v = (0.8744 / gain)^2``. So a neuron with gain 1 and bias 0 expects inputs with mean 0 and standard deviation 0.8744,
and the first minibatch is like any other. A minibatch may have one example, since deviations are taken from the moving
mean.

Source:
    This project's own control, after the abstract of Shaw (2019, MMath thesis, University of Waterloo, hdl
    10012/15206), where a rule "uses a weighted moving average to compute the desired values for the neuronal gain and
    bias". Its exact form is not available here and may differ.
"""

from __future__ import annotations

from typing import Any

from ipcore.methods.mathematics.arithmetic import at_least
from ipcore.methods.mathematics.greatest_entropy import spread
from ipcore.methods.mathematics.inputs import InputDistribution, Rest, State
from ipcore.methods.mathematics.moving import averaging_rate, moving_statistics
from ipcore.methods.record import Method
from ipcore.methods.registry import register

LEAST_VARIANCE = 1e-12
"""The gain is computed as if the variance were at least this, so that it stays finite for an input that never
changes."""


def update(x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
    """The state after the moving statistics have seen one minibatch; arguments as in :class:`ipcore.methods.Method`."""
    mean, variance = -state["bias"] / state["gain"], (spread() / state["gain"]) ** 2
    mean, variance = moving_statistics(x, mean, variance, averaging_rate(rate))
    gain = spread() / at_least(variance, LEAST_VARIANCE) ** 0.5
    return {"gain": gain, "bias": -gain * mean}


def rest(distribution: InputDistribution) -> tuple[float, float]:
    """Gain and bias at rest: ``gain = 0.8744 / sd``, ``bias = -gain * mean``."""
    gain = spread() / distribution.sd
    return gain, 0.0 - gain * distribution.mean


AVERAGED_IP = register(
    Method(
        name="averaged-ip",
        label="averaged IP",
        description="Each neuron by itself, from a moving mean and variance of its own input: where IP would rest if "
        "the input were normal.",
        update=update,
        needs=frozenset({"x"}),
        rest=Rest(rest, moves_with_input=True),
        spread=spread,
        control=True,
        formula=(
            r"\alpha=\min(1,\,2\eta)",
            r"m\leftarrow(1-\alpha)\,m+\alpha\langle x\rangle",
            r"v\leftarrow(1-\alpha)\,(v+\Delta m^2)+\alpha\langle(x-m)^2\rangle",
            r"\mathrm{gain}=0.8744/\sqrt v",
            r"\mathrm{bias}=-\mathrm{gain}\cdot m",
        ),
        remarks="Averaged IP shows what IP's equilibrium does without IP's gradient. $\\Delta m$ is the change of $m$ "
        "in the same update; without it the moving variance would leave out what the mean has moved. For inputs that "
        "are not normal, its rest is not that of IP.",
        source="a control of this project, after the abstract of Shaw 2019",
        color=("#e40c60", "#e1b4b4"),
        dash="18px,3px,3px,3px",
        symbol="star",
        place=4,
    )
)
