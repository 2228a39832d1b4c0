"""An example of a method from outside the project: ``IPCORE_METHODS=tests/helpers/homeostatic.py make run``.

Each neuron keeps the mean of its output at 0 and its mean square at 1/4, in the spirit of homeostatic rules for the
moments of a firing rate (Triesch 2007): ``epsilon = clip(rate * (1 - <y^2> / T), -1/2, 1/2)``,
``gain <- exp(epsilon) gain``, ``bias <- exp(epsilon) bias - rate <y>``.
"""

from ipcore.methods import Method, exp, register

TARGET = 0.25
"""Mean square of the output at rest."""


def update(x, u, y, state, rate):
    factor = exp((rate * (1 - (y * y).mean(-2) / TARGET)).clip(-0.5, 0.5))
    return {"gain": factor * state["gain"], "bias": factor * state["bias"] - rate * y.mean(-2)}


register(
    Method(
        name="homeostatic",
        label="homeostatic",
        description="Each neuron by itself, so that its output has mean 0 and mean square 1/4.",
        update=update,
        needs=frozenset({"y"}),
        formula=(
            r"\varepsilon=\mathrm{clip}(\eta\,(1-4\langle y^2\rangle),\pm\tfrac12)",
            r"\mathrm{gain}\leftarrow e^{\varepsilon}\,\mathrm{gain}",
            r"\mathrm{bias}\leftarrow e^{\varepsilon}\,\mathrm{bias}-\eta\langle y\rangle",
        ),
        source="in the spirit of Triesch 2007",
    )
)
