"""Hidden neurons whose gain and bias are the same for every example: plain ones, and those of a local rule."""

from __future__ import annotations

import torch
from torch import Tensor

from ipcore.methods import Method
from ipcore.networks.elementwise import Tanh
from ipcore.networks.neurons.base import Neurons, tanh_backward


class Plain(Neurons):
    """Gain 1, and a bias learned by backprop: ``y = tanh(x + bias)``."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self._bias = list(self.bias)
        self._tanh = [Tanh(x, y) for x, y in zip(self.x, self._y, strict=True)]

    def start_biases(self, biases: Tensor) -> None:
        self.bias.copy_(biases)

    def forward(self, layer: int) -> Tensor:
        self.x[layer].add_(self._bias[layer])
        self._tanh[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        return tanh_backward(dy, self._y[layer], grad_input=self._dx[layer])

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        return [(self.bias, self.dx.sum(-1, keepdim=True))]


class LocalRule(Neurons):
    """``y = tanh(gain * x + bias)``; a local rule sets gain and bias, which backprop treats as constants.

    Args:
        method: the method whose rule it is, see :class:`ipcore.methods.Method`.
        layers: number of hidden layers.
        replicas: number of networks in the stack.
        units: number of neurons in each layer.
        batch: number of examples in a minibatch.
    """

    def __init__(self, method: Method, layers: int, replicas: int, units: int, batch: int) -> None:
        self.keeps_x = "x" in method.needs
        super().__init__(layers, replicas, units, batch)
        self._method = method
        started = method.start(torch.full, (layers, replicas, units))
        self._state = {name: values.unsqueeze(-1) for name, values in started.items()}
        self.gain, self.bias = self._state["gain"], self._state["bias"]
        self._gain, self._bias = list(self.gain), list(self.bias)
        u = torch.empty(layers if "u" in method.needs else 1, replicas, units, batch)
        self._u = list(u.expand_as(self.y))
        self._tanh = [Tanh(u, y) for u, y in zip(self._u, self._y, strict=True)]
        # Views of what the rule reads, with the batch before the units; made once for the reason given in Neurons.
        self._rule_inputs = self.x_stack.mT if self.keeps_x else None, u.mT if "u" in method.needs else None, self.y.mT
        self._rule_state = {name: values.squeeze(-1) for name, values in self._state.items()}

    def start_biases(self, biases: Tensor) -> None:
        self.bias.copy_(biases)

    def forward(self, layer: int) -> Tensor:
        # Two passes over neighbouring numbers take half the time of one addcmul, which broadcasts slowly.
        torch.mul(self.x[layer], self._gain[layer], out=self._u[layer]).add_(self._bias[layer])
        self._tanh[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        return tanh_backward(dy, self._y[layer], grad_input=self._dx[layer]).mul_(self._gain[layer])

    def adapt(self, intrinsic_rate: Tensor) -> None:
        after = self._method.step(*self._rule_inputs, self._rule_state, intrinsic_rate.squeeze(-1))
        for name, values in self._rule_state.items():
            values.copy_(after[name])

    def state(self) -> tuple[Tensor, ...]:
        return tuple(self._state.values())
