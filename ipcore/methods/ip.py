r"""Intrinsic plasticity (IP): the relative gradient of the entropy of the output.

``epsilon = clip(rate * (1 - 2 <u y>), -1/2, 1/2)``, ``gain <- exp(epsilon) gain``,
``bias <- exp(epsilon) bias - 2 rate <y>``

The rule follows the gradient of ``H(y) = H(x) + <ln gain + 2 ln sech u>`` for a change of the potential,
``u -> (1 + epsilon) u + delta``, so it needs only the neuron's own potential and output. The exponential keeps the gain
positive. If two neurons start with the same potentials, one with the input ``x`` and one with ``a x + c`` (a > 0), the
course of ``u`` is the same for both. The rule rests where ``<y> = 0`` and ``<u y> = 1/2``.

Source:
    Derived here from the Infomax principle that Shaw, Jackson & Orchard (2020, PLoS ONE 15(9): e0238454) name (the
    paper's own printed update may differ in form), with the relative gradient of Cardoso & Laheld (1996) and Amari
    (1998).
"""

from __future__ import annotations

from typing import Any

from ipcore.methods.mathematics.arithmetic import exp
from ipcore.methods.mathematics.greatest_entropy import GREATEST_ENTROPY, spread
from ipcore.methods.mathematics.inputs import State
from ipcore.methods.record import Method
from ipcore.methods.registry import register

LARGEST_CHANGE = 0.5
"""The logarithm of the gain changes by at most this much in one update."""


def update(x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
    """The state after one step along the relative gradient; arguments as in :class:`ipcore.methods.Method`."""
    epsilon = (rate * (1 - 2 * (u * y).mean(-2))).clip(-LARGEST_CHANGE, LARGEST_CHANGE)
    delta = -2 * rate * y.mean(-2)
    factor = exp(epsilon)
    return {"gain": factor * state["gain"], "bias": factor * state["bias"] + delta}


IP = register(
    Method(
        name="ip",
        label="IP",
        description="Each neuron by itself, along the relative gradient of the entropy of its output, from its own "
        "potential and output alone (intrinsic plasticity).",
        update=update,
        needs=frozenset({"u", "y"}),
        rest=GREATEST_ENTROPY,
        spread=spread,
        formula=(
            r"\varepsilon=\mathrm{clip}(\eta\,(1-2\langle u\,y\rangle),\pm\tfrac12)",
            r"\mathrm{gain}\leftarrow e^{\varepsilon}\,\mathrm{gain}",
            r"\mathrm{bias}\leftarrow e^{\varepsilon}\,\mathrm{bias}-2\eta\langle y\rangle",
        ),
        remarks="""\
Under IP the gain stays positive whatever the input. From starts that give the same potentials, the course of $u$ is the
same for $x$ and for $a\\,x+c$ with $a>0$. **The IP rule is derived here from the Infomax principle; the paper's own
printed update may differ in form** ([Shaw, Jackson, Orchard 2020](https://doi.org/10.1371/journal.pone.0238454)).""",
        source="derived here; Shaw, Jackson & Orchard 2020, Cardoso & Laheld 1996, Amari 1998",
        color=("#d10b9e", "#e6419c"),
        dash="solid",
        symbol="triangle-up",
        place=3,
    )
)
