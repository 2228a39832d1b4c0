"""Types for computing where a rule comes to rest: the distribution of the input, the rule, and its rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

State = dict[str, Any]
"""The arrays that a method keeps for each neuron: at least ``gain`` and ``bias``."""


class InputDistribution(Protocol):
    """What must be known of an input distribution; :class:`ipcore.theory.distributions.Distribution` provides it."""

    @property
    def mean(self) -> float:
        """Expectation of the input."""

    @property
    def median(self) -> float:
        """The input at which the cumulative probability is 1/2."""

    @property
    def sd(self) -> float:
        """Standard deviation of the input."""

    @property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Points and weights, each of shape (points,), such that ``weights @ f(points)`` is the mean of ``f``."""

    def __hash__(self) -> int: ...


class Adapting(Protocol):
    """What theory must know of a method; :class:`ipcore.methods.Method` provides it."""

    @property
    def needs(self) -> frozenset[str]:
        """Which of ``x``, ``u`` and ``y`` its rule reads."""

    def start(self, full: Callable[..., Any], shape: tuple[int, ...]) -> State:
        """The state before any update."""

    def step(self, x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
        """The state after one update of the rule."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class Rest:
    """Where gain and bias come to rest on a fixed input distribution. Methods may share one, and its mark on charts.

    Args:
        find: computes gain and bias at rest from a distribution; returns None if there is no rest.
        label: the methods that come to rest there, in words; empty for the label of the one method.
        moves_with_input: whether the potential at rest is the same for the inputs x and ``a x + c``, so that the rest
            for a shifted and stretched distribution follows from the rest for the original one.
    """

    find: Callable[[Any], tuple[float, float] | None]
    label: str = ""
    moves_with_input: bool = False
