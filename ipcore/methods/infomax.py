r"""Infomax: the plain gradient of the entropy of the output.

``d_gain = rate * (1 / gain - 2 <x y>)``, ``d_bias = -2 rate <y>``

The rule ascends ``H(y) = H(x) + <ln gain + 2 ln sech u>``; angle brackets are means over the minibatch. Its speed
depends on the scale of ``x``, and ``1 / gain`` is unbounded. It rests where ``<y> = 0`` and ``<u y> = 1/2``.

Source:
    Bell & Sejnowski (1995), Neural Computation 7(6), for the hyperbolic tangent.
"""

from __future__ import annotations

from typing import Any

from ipcore.methods.mathematics.greatest_entropy import GREATEST_ENTROPY, spread
from ipcore.methods.mathematics.inputs import State
from ipcore.methods.record import Method
from ipcore.methods.registry import register


def update(x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
    """The state after one step along the gradient; arguments as in :class:`ipcore.methods.Method`."""
    gain = state["gain"]
    d_gain, d_bias = rate * (1 / gain - 2 * (x * y).mean(-2)), -2 * rate * y.mean(-2)
    return {"gain": gain + d_gain, "bias": state["bias"] + d_bias}


INFOMAX = register(
    Method(
        name="infomax",
        label="Infomax",
        description="Each neuron by itself, along the gradient of the entropy of its output.",
        update=update,
        needs=frozenset({"x", "y"}),
        rest=GREATEST_ENTROPY,
        spread=spread,
        measurable=False,  # it comes to rest only where its rate suits the scale of the weights
        formula=(
            r"\mathrm{gain}\leftarrow\mathrm{gain}+\eta\,(1/\mathrm{gain}-2\langle x\,y\rangle)",
            r"\mathrm{bias}\leftarrow\mathrm{bias}-2\eta\langle y\rangle",
        ),
        remarks="""\
Infomax's step is unbounded, since $1/\\mathrm{gain}$ is, and it grows with the scale of $x$. Where it is too large for
the input, the gain overshoots: it never settles, or jumps below 0, where the neuron's $\\tanh$ falls instead of rising
and the rule has a second equilibrium, both gain and bias reversed. A lower intrinsic rate prevents it.""",
        source="Bell & Sejnowski 1995",
        color=("#0f6b49", "#4dc475"),
        dash="10px,3px,2px,3px",
        symbol="diamond",
        place=2,
    )
)
