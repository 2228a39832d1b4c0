"""What a rule does on average: its update for a minibatch as large as the whole input distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipcore.methods.mathematics.inputs import Adapting, InputDistribution, State

ELEMENTWISE = {np.clip, np.where, np.abs, np.tanh, np.exp, np.sign, np.maximum, np.minimum}
"""NumPy functions that act on each number by itself and so are allowed in a rule, besides the ufuncs."""


class Weighted(np.ndarray):
    """Values at the points of a distribution, shape (points, units), whose mean over the points is the expectation.

    A rule that is written for a minibatch takes statistics by ``mean``, ``var`` or ``std`` over axis -2. Called with
    such an array, it returns its expected update, because here these functions use the weight of each point. Any other
    sum over the points would ignore the weights, so it raises an error.
    """

    weights: np.ndarray

    def __new__(cls, values: Any, weights: np.ndarray) -> Weighted:
        """Makes an array from values, shape (points, units), and the weights of the points, shape (points,), sum 1."""
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
        """The variance, shape (units,). It is that of infinitely many examples, for which no correction is needed."""
        return ((self - self.mean(axis)) ** 2).mean(axis)

    def std(self, axis: Any = None, **_: Any) -> Any:  # type: ignore[override]
        """The standard deviation, shape (units,)."""
        return np.sqrt(self.var(axis))


def expected_update(method: Adapting, distribution: InputDistribution, state: State, rate: Any) -> State:
    """The state of neurons after one update with a minibatch as large as the distribution.

    Args:
        method: the method whose rule is applied.
        distribution: the distribution of the input.
        state: the state before the update, arrays of shape (units,).
        rate: the intrinsic rate.

    Returns:
        The state after the update, arrays of shape (units,).

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
