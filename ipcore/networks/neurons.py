"""How the hidden neurons of a network get gain and bias: by backprop, statistics of a minibatch, or a local rule.

In every method a pre-activation ``x`` (weights times the outputs of the layer below) becomes a potential
``u = gain * x + bias`` and an output ``y = tanh(u)``. Methods differ only in who sets gain and bias. One class,
:class:`LocalRule`, serves every local rule of :mod:`ipcore.methods`; a method whose gain or bias backprop trains has a
class of its own. One object holds the neurons of all hidden layers and all replicas, so that a rule runs once for all
of them.

Activity has shape (replicas, units, batch). The batch comes last, because the statistics of a neuron are then sums over
neighbouring numbers, and PyTorch's batch norm can process all replicas at once. Where all layers are stacked, the layer
is an additional first axis. The backward pass is written by hand, and the tests check it against autograd.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ipcore.methods import Method, registry
from ipcore.methods.batch_norm import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM

_tanh_backward = torch.ops.aten.tanh_backward.grad_input
_batch_norm_backward = torch.ops.aten.native_batch_norm_backward


class Neurons(ABC):
    """The hidden neurons of a stack of networks.

    Args:
        layers: number of hidden layers.
        replicas: number of networks in the stack.
        units: number of neurons in each layer.
        batch: number of examples in a minibatch.

    Attributes:
        gain: the gain, for batch norm gamma, shape (layers, replicas, units, 1).
        bias: the bias, for batch norm beta, same shape.
        x: for each layer a tensor into which its pre-activations must be written before :meth:`forward`.
        y: outputs of the latest minibatch, shape (layers, replicas, units, batch).
        dx: gradient of the loss with respect to the pre-activations, same shape.
    """

    keeps_x = False
    """Whether the pre-activations of every layer are still needed after the forward pass."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        self.gain = torch.ones(layers, replicas, units, 1)
        self.bias = torch.zeros(layers, replicas, units, 1)
        self.y, self.dx = (torch.empty(layers, replicas, units, batch) for _ in range(2))
        self.x_stack = torch.empty(layers if self.keeps_x else 1, replicas, units, batch)
        # One view for each layer, made once, because indexing a tensor takes as long as a small matrix product.
        self.x = list(self.x_stack.expand_as(self.y))
        self._y, self._dx = list(self.y), list(self.dx)

    @abstractmethod
    def forward(self, layer: int) -> Tensor:
        """The outputs during training for the pre-activations in ``x[layer]``, shape (replicas, units, batch)."""

    @abstractmethod
    def backward(self, layer: int, dy: Tensor) -> Tensor:
        """The gradient with respect to ``x`` of the latest :meth:`forward`, from the gradient with respect to ``y``."""

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        """What backprop trains: each parameter with its gradient for the latest minibatch.

        Both have shape (layers, replicas, units, 1). The parameters are the same tensors each time, in the same order,
        so that an optimizer can keep something about each.
        """
        return []

    def adapt(self, intrinsic_rate: Tensor) -> None:  # noqa: B027 - most neurons do nothing of their own
        """Lets the neurons adapt by themselves after a minibatch.

        Args:
            intrinsic_rate: shape (replicas, 1, 1).
        """

    def effective(self) -> tuple[Tensor, Tensor]:
        """The effective gain and bias for the latest minibatch, each of shape (layers, replicas, units, 1)."""
        return self.gain, self.bias

    def response(self) -> Tensor:
        """How steeply a layer responds: mean ``dy/dx = gain * (1 - y^2)`` over its neurons and the latest minibatch.

        The gain is the effective one, as it is after the latest update. How x moves the statistics by which batch norm
        divides is not counted.

        Returns:
            Shape (layers, replicas).
        """
        gain, _ = self.effective()
        return (gain * (1 - self.y.square().mean(-1, keepdim=True))).mean((2, 3))

    def evaluation(self) -> tuple[Tensor, Tensor]:
        """The gain and bias that evaluation uses, each of shape (layers, replicas, units, 1)."""
        return self.gain, self.bias

    def state(self) -> tuple[Tensor, ...]:
        """All tensors that training changes; their second axis is the replica."""
        return self.gain, self.bias


class Plain(Neurons):
    """Gain 1, and a bias learned by backprop: ``y = tanh(x + bias)``."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self._bias = list(self.bias)

    def forward(self, layer: int) -> Tensor:
        return torch.tanh(self.x[layer].add_(self._bias[layer]), out=self._y[layer])

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        return _tanh_backward(dy, self._y[layer], grad_input=self._dx[layer])

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        return [(self.bias, self.dx.sum(-1, keepdim=True))]


class BatchNorm(Neurons):
    """``y = tanh(gamma * (x - mean) / sqrt(variance + eps) + beta)``, gamma and beta learned by backprop.

    Mean and variance are those of the minibatch, and backprop goes through them; evaluation uses running statistics.
    Here ``gain`` is gamma and ``bias`` is beta; the *effective* gain is ``gamma / sqrt(variance + eps)`` and the
    effective bias ``beta - gamma * mean / sqrt(variance + eps)``.

    Source:
        Ioffe & Szegedy (2015), as in torch.nn.BatchNorm1d: the minibatch is normalised by its biased variance, and its
        unbiased variance goes into the running statistics.
    """

    keeps_x = True

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self.mean = torch.zeros(layers, replicas, units, 1)
        self.variance = torch.ones(layers, replicas, units, 1)
        # PyTorch's kernel expects the shape (1, channels, length): every neuron of every replica is a channel.
        self._channels = (1, replicas * units, batch)
        self._x = list(self.x_stack.view(layers, *self._channels))
        self._parameters = [
            list(tensor.view(layers, -1)) for tensor in (self.gain, self.bias, self.mean, self.variance)
        ]
        self._batch = [(torch.zeros(replicas * units), torch.ones(replicas * units))] * layers  # mean, 1 / deviation
        self._gradients = [(torch.zeros(replicas * units),) * 2] * layers

    def forward(self, layer: int) -> Tensor:
        gamma, beta, mean, variance = (views[layer] for views in self._parameters)
        u, batch_mean, batch_scale = torch.native_batch_norm(
            self._x[layer], gamma, beta, mean, variance, True, BATCH_NORM_MOMENTUM, BATCH_NORM_EPSILON
        )
        self._batch[layer] = batch_mean, batch_scale
        return torch.tanh(u.view_as(self.x[layer]), out=self._y[layer])

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        du = _tanh_backward(dy, self._y[layer], grad_input=self._dx[layer])
        dx, *self._gradients[layer] = _batch_norm_backward(
            du.view(self._channels),
            self._x[layer],
            self._parameters[0][layer],
            None,
            None,
            *self._batch[layer],
            True,
            BATCH_NORM_EPSILON,
            [True, True, True],
        )
        return du.copy_(dx.view_as(du))

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        return [
            (parameter, torch.stack(gradients).view_as(parameter))
            for parameter, gradients in zip((self.gain, self.bias), zip(*self._gradients, strict=True), strict=True)
        ]

    def effective(self) -> tuple[Tensor, Tensor]:
        mean, scale = (torch.stack(numbers).view_as(self.gain) for numbers in zip(*self._batch, strict=True))
        return self.gain * scale, self.bias - self.gain * mean * scale

    def evaluation(self) -> tuple[Tensor, Tensor]:
        gain = self.gain / (self.variance + BATCH_NORM_EPSILON).sqrt()
        return gain, self.bias - gain * self.mean

    def state(self) -> tuple[Tensor, ...]:
        return self.gain, self.bias, self.mean, self.variance


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
        # Views of what the rule reads, with the batch before the units; made once for the reason given in Neurons.
        self._rule_inputs = self.x_stack.mT if self.keeps_x else None, u.mT if "u" in method.needs else None, self.y.mT
        self._rule_state = {name: values.squeeze(-1) for name, values in self._state.items()}

    def forward(self, layer: int) -> Tensor:
        u = torch.addcmul(self._bias[layer], self.x[layer], self._gain[layer], out=self._u[layer])
        return torch.tanh(u, out=self._y[layer])

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        return _tanh_backward(dy, self._y[layer], grad_input=self._dx[layer]).mul_(self._gain[layer])

    def adapt(self, intrinsic_rate: Tensor) -> None:
        after = self._method.step(*self._rule_inputs, self._rule_state, intrinsic_rate.squeeze(-1))
        for name, values in self._rule_state.items():
            values.copy_(after[name])

    def state(self) -> tuple[Tensor, ...]:
        return tuple(self._state.values())


TRAINED: dict[str, type[Neurons]] = {"plain": Plain, "batch-norm": BatchNorm}
"""The classes for methods whose gain or bias backprop trains, by the name of the method."""


def hidden_neurons(method: str, layers: int, replicas: int, units: int, batch: int) -> Neurons:
    """The hidden neurons of a stack of networks of one method.

    Args:
        method: one of :data:`ipcore.config.METHODS`.
        layers: number of hidden layers.
        replicas: number of networks in the stack.
        units: number of neurons in each layer.
        batch: number of examples in a minibatch.

    Raises:
        ValueError: if there is no such method, or if backprop trains its gain or bias and no class here does that.
    """
    found = registry.get(method)
    if found.local:
        return LocalRule(found, layers, replicas, units, batch)
    if method not in TRAINED:
        raise ValueError(f"backprop trains {' and '.join(found.backprop)} of {method!r}, and no neurons say how")
    return TRAINED[method](layers, replicas, units, batch)
