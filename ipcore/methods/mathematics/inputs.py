"""What a rest is worked out from: a distribution of inputs, and a rule that adapts to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

State = dict[str, Any]
"""The arrays that a method keeps for each neuron: at least ``gain`` and ``bias``."""


class InputDistribution(Protocol):
    """What a rest may ask of a distribution of inputs; :class:`ipcore.theory.distributions.Distribution` has it all."""

    @property
    def mean(self) -> float:
        """Expectation of the input."""

    @property
    def median(self) -> float:
        """Where the cumulative probability is 1/2."""

    @property
    def sd(self) -> float:
        """Standard deviation of the input."""

    @property
    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Points and weights, each of shape (points,), such that ``weights @ f(points)`` is the mean of ``f``."""

    def __hash__(self) -> int: ...


class Adapting(Protocol):
    """What theory asks of a method; :class:`ipcore.methods.Method` has it all."""

    @property
    def needs(self) -> frozenset[str]:
        """Which of ``x``, ``u`` and ``y`` its rule reads."""

    def start(self, full: Callable[..., Any], shape: tuple[int, ...]) -> State:
        """The state before any update."""

    def step(self, x: Any, u: Any, y: Any, state: State, rate: Any) -> State:
        """The state after one update."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class Rest:
    """Where gain and bias come to rest on a fixed input distribution. Methods with the same one share a mark on charts.

    Args:
        find: from a distribution to gain and bias; None where there is no rest.
        label: of whom it is the rest; empty for that of the method.
        moves_with_input: whether the potential at rest is the same for the inputs x and ``a x + c``, so that the rest
            of a moved distribution follows from that of the original one.
    """

    find: Callable[[Any], tuple[float, float] | None]
    label: str = ""
    moves_with_input: bool = False
