"""How the gradients of backprop change what they train: gradient descent, with momentum, or Adam.

An optimizer serves a stack of networks with a learning rate for each replica. Everything is computed number by number,
so a replica whose gradient is not finite has no influence on another. Formulas: ``g`` is the gradient of the latest
minibatch, ``p`` the parameter, ``t`` counts the steps from 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

Trained = Sequence[tuple[Tensor, Tensor]]
"""Parameters with their gradients, in every step in the same order. The second axis of both is the replica."""

MOMENTUM = 0.9
"""The share of the last step's velocity that momentum keeps."""
ADAM_MEAN, ADAM_SQUARE, ADAM_EPSILON = 0.9, 0.999, 1e-8
"""beta_1, beta_2 and epsilon of Adam, the defaults of torch.optim.Adam."""


class Optimizer(ABC):
    """Changes parameters by their gradients."""

    @abstractmethod
    def step(self, trained: Trained, learning_rate: Tensor, into: Sequence[Tensor] = ()) -> None:
        """Makes one step.

        Args:
            trained: the parameters and their gradients; the gradients are only read.
            learning_rate: shape (R, 1, 1); it may differ from step to step.
            into: where the new values of the first parameters go, so that the old ones stay; the parameters after
                them change in place.
        """


def _with_targets(trained: Trained, into: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Each parameter with the tensor that takes its new value."""
    for place, (parameter, _) in enumerate(trained):
        yield parameter, into[place] if place < len(into) else parameter


class SGD(Optimizer):
    """Stochastic gradient descent: ``p <- p - rate * g``."""

    def step(self, trained: Trained, learning_rate: Tensor, into: Sequence[Tensor] = ()) -> None:
        descent = -learning_rate
        for (parameter, target), (_, gradient) in zip(_with_targets(trained, into), trained, strict=True):
            torch.addcmul(parameter, gradient, descent, out=target)


class Momentum(Optimizer):
    """Gradient descent with momentum: ``v <- 0.9 v + g``, ``p <- p - rate * v``, where v starts at 0.

    Source:
        Polyak (1964), in the form of torch.optim.SGD.
    """

    def __init__(self) -> None:
        self._velocities: list[Tensor] = []

    def step(self, trained: Trained, learning_rate: Tensor, into: Sequence[Tensor] = ()) -> None:
        if not self._velocities:
            self._velocities = [torch.zeros_like(parameter) for parameter, _ in trained]
        descent = -learning_rate
        for (_, gradient), velocity in zip(trained, self._velocities, strict=True):
            torch.add(gradient, velocity, alpha=MOMENTUM, out=velocity)
        for (parameter, target), velocity in zip(_with_targets(trained, into), self._velocities, strict=True):
            torch.addcmul(parameter, velocity, descent, out=target)


class Adam(Optimizer):
    """Adam: steps of about the learning rate, whatever the size of the gradient.

    ``m <- 0.9 m + 0.1 g``, ``v <- 0.999 v + 0.001 g^2``,
    ``p <- p - rate * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8)``, where m and v start at 0.

    Source:
        Kingma & Ba (2015), Adam: a method for stochastic optimization; the constants are those of torch.optim.Adam.
    """

    def __init__(self) -> None:
        self._means: list[Tensor] = []
        self._squares: list[Tensor] = []
        self._steps: list[Tensor] = []  # t, for each parameter
        self._directions: list[Tensor] = []

    def step(self, trained: Trained, learning_rate: Tensor, into: Sequence[Tensor] = ()) -> None:
        if not self._means:
            for parameter, _ in trained:
                for buffers in (self._means, self._squares, self._directions):
                    buffers.append(torch.zeros_like(parameter))
                self._steps.append(torch.zeros((), dtype=torch.float32))
        # PyTorch's kernel goes through memory once, but has one rate for all numbers. So it makes a step of rate 1 from
        # 0, which gives the direction of the step, and each replica goes along it at a rate of its own.
        torch._foreach_zero_(self._directions)
        torch._foreach_add_(self._steps, 1)
        torch._fused_adam_(
            self._directions, [gradient.contiguous() for _, gradient in trained], self._means, self._squares, [],
            self._steps, lr=1.0, beta1=ADAM_MEAN, beta2=ADAM_SQUARE, weight_decay=0.0, eps=ADAM_EPSILON, amsgrad=False,
            maximize=False,
        )  # fmt: skip
        for (parameter, target), direction in zip(_with_targets(trained, into), self._directions, strict=True):
            torch.addcmul(parameter, direction, learning_rate, out=target)


OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType({"sgd": SGD, "momentum": Momentum, "adam": Adam})
"""The setting ``optimizer`` -> its class."""
