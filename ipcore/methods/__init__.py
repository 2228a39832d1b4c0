"""Methods: who sets gain and bias of a neuron. Networks, theory, pages and commands all read the same records.

A method is one record, a :class:`Method`. A module of this folder, or a file that ``IPCORE_METHODS`` names, adds one::

    from ipcore.methods import Method, register

    def update(x, u, y, state, rate):
        return {"gain": state["gain"] + rate * (0.25 - (y * y).mean(-2)), "bias": state["bias"] - rate * y.mean(-2)}

    register(Method(name="quarter", label="Quarter", description="Keeps the mean square of y at 1/4.", update=update))
"""

from ipcore.methods.mathematics.arithmetic import exp, variance
from ipcore.methods.mathematics.inputs import InputDistribution, Rest, State
from ipcore.methods.record import SYMBOLS, Method, Rule
from ipcore.methods.registry import METHODS_VARIABLE, check, digest, get, listed_by_rate, names, problem, register

__all__ = [
    "METHODS_VARIABLE",
    "SYMBOLS",
    "InputDistribution",
    "Method",
    "Rest",
    "Rule",
    "State",
    "check",
    "digest",
    "exp",
    "get",
    "listed_by_rate",
    "names",
    "problem",
    "register",
    "variance",
]
