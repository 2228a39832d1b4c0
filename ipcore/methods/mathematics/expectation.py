"""What a rule does on average: its update for a minibatch as large as the whole input distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipcore.methods.mathematics.inputs import Adapting, InputDistribution, State

ELEMENTWISE = {np.clip, np.where, np.abs, np.tanh, np.exp, np.sign, np.maximum, np.minimum}
"""Functions of NumPy beside its ufuncs that act on each number by itself."""


class Weighted(np.ndarray):
    """Values at the points of a distribution, shape (points, units), whose mean over the points is the expectation.

    A rule that is written for a minibatch, and takes its statistics by ``mean``, ``var`` or ``std`` over axis -2, gives
    its expected update when it is called with these arrays. Other sums over the points would count each point alike, so
    they are refused.
    """

    weights: np.ndarray

    def __new__(cls, values: Any, weights: np.ndarray) -> Weighted:
        """Values, shape (points, units), and the weight of each point, shape (points,), with sum 1."""
        made = np.asarray(values, float).view(cls)
        made.weights = weights
        return made

    def __array_finalize__(self, source: Any) -> None:
        self.weights = getattr(source, "weights", None)  # type: ignore[assignment]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options.get("out") is not None:
            raise TypeError(f"a rule may take mean, var or std over axis -2 of a minibatch, not {ufunc.__name__}")
        plain = [np.asarray(each) if isinstance(each, Weighted) else each for each in inputs]
        return Weighted(ufunc(*plain, **options), self.weights)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        if function in (np.mean, np.var, np.std):
            return getattr(self, function.__name__)(*arguments[1:], **options)
        if function not in ELEMENTWISE:
            raise TypeError(f"a rule may take mean, var or std over axis -2 of a minibatch, not {function.__name__}")
        return super().__array_function__(function, types, arguments, options)  # type: ignore[misc]

    def mean(self, axis: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """The expectation, shape (units,)."""
        if axis not in (-2, 0) or self.ndim != 2:
            raise TypeError(f"a rule may take means over axis -2 of a minibatch only, not over {axis!r}")
        return self.weights @ np.asarray(self)

    def var(self, axis: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """The variance, shape (units,): of infinitely many examples, so that any correction is 0."""
        return ((self - self.mean(axis)) ** 2).mean(axis)

    def std(self, axis: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """The standard deviation, shape (units,)."""
        return np.sqrt(self.var(axis))


def expected_update(method: Adapting, distribution: InputDistribution, state: State, rate: Any) -> State:
    """The state of neurons after one update with a minibatch as large as the distribution.

    Args:
        method: whose rule.
        distribution: of the input.
        state: arrays of shape (units,).
        rate: intrinsic rate.

    Raises:
        TypeError: if the rule takes other statistics of a minibatch than means, variances and standard deviations.
    """
    points, weights = distribution.nodes
    x = Weighted(points[:, None], weights)
    u = y = None
    if method.needs & {"u", "y"}:
        u = state["gain"] * x + state["bias"]
        y = np.tanh(u)
    return {name: np.asarray(values) for name, values in method.step(x, u, y, state, rate).items()}
