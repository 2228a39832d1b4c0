"""How the hidden neurons of a network get gain and bias: by backprop, by a minibatch's statistics or by a local rule.

Every method sees the same thing: a pre-activation ``x`` (weights times the layer below) becomes a potential
``u = gain * x + bias`` and an output ``y = tanh(u)``. Methods differ only in who sets gain and bias. Every local rule
of :mod:`ipcore.methods` is driven by one class; what backprop goes through has a class of its own. One object holds the
neurons of all hidden layers and all replicas of a network, so that a rule runs once for all of them.

Activity has shape (replicas, units, batch), the batch last: the statistics of a neuron are then sums over neighbouring
numbers, and PyTorch's batch norm takes all replicas at once. Stacked over layers, an axis is added in front. The
backward pass is written out, a line of calculus for each method, and the tests check it against autograd.
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
        layers: hidden layers.
        replicas: networks in the stack.
        units: neurons in each layer.
        batch: examples in a minibatch.

    Attributes:
        gain: what the method holds as gain (or gamma), shape (layers, replicas, units, 1).
        bias: what it holds as bias (or beta), same shape.
        x: for each layer, where its pre-activations are to be written before :meth:`forward`.
        y: outputs of the last minibatch, shape (layers, replicas, units, batch).
        dx: gradient of the loss with respect to the pre-activations, same shape.
    """

    keeps_x = False
    """Whether the pre-activations of every layer are needed after the forward pass."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        self.gain = torch.ones(layers, replicas, units, 1)
        self.bias = torch.zeros(layers, replicas, units, 1)
        self.y, self.dx = (torch.empty(layers, replicas, units, batch) for _ in range(2))
        self.x_stack = torch.empty(layers if self.keeps_x else 1, replicas, units, batch)
        # A view per layer, made once: indexing a tensor takes as long as a small product.
        self.x = list(self.x_stack.expand_as(self.y))
        self._y, self._dx = list(self.y), list(self.dx)

    @abstractmethod
    def forward(self, layer: int) -> Tensor:
        """Outputs in training, of the pre-activations in ``x[layer]``; shape (replicas, units, batch)."""

    @abstractmethod
    def backward(self, layer: int, dy: Tensor) -> Tensor:
        """Gradient with respect to ``x`` of the last :meth:`forward`, from that with respect to ``y``."""

    @abstractmethod
    def update(self, learning_rate: Tensor, intrinsic_rate: Tensor) -> None:
        """Moves gain and bias after the minibatch that just passed; rates of shape (replicas, 1, 1)."""

    def effective(self) -> tuple[Tensor, Tensor]:
        """Gain and bias as the last minibatch met them, each of shape (layers, replicas, units, 1)."""
        return self.gain, self.bias

    def evaluation(self) -> tuple[Tensor, Tensor]:
        """Gain and bias for evaluation, each of shape (layers, replicas, units, 1)."""
        return self.gain, self.bias

    def state(self) -> tuple[Tensor, ...]:
        """All that training changes; the second axis is the replica."""
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

    def update(self, learning_rate: Tensor, intrinsic_rate: Tensor) -> None:
        self.bias.sub_(self.dx.sum(-1, keepdim=True) * learning_rate)


class BatchNorm(Neurons):
    """``y = tanh(gamma * (x - mean) / sqrt(variance + eps) + beta)``, gamma and beta learned by backprop.

    Mean and variance are those of the minibatch, and backprop goes through them; evaluation uses running ones. Here
    ``gain`` is gamma and ``bias`` is beta; the *effective* gain is ``gamma / sqrt(variance + eps)`` and the effective
    bias ``beta - gamma * mean / sqrt(variance + eps)``.

    Source:
        Ioffe & Szegedy (2015), as in torch.nn.BatchNorm1d: biased variance to normalise, unbiased to remember.
    """

    keeps_x = True

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self.mean = torch.zeros(layers, replicas, units, 1)
        self.variance = torch.ones(layers, replicas, units, 1)
        # PyTorch's kernel for images, (1, channels, length), has one channel for each neuron of each replica.
        self._channels = (1, replicas * units, batch)
        self._x = list(self.x_stack.view(layers, *self._channels))
        self._held = [list(tensor.view(layers, -1)) for tensor in (self.gain, self.bias, self.mean, self.variance)]
        self._batch = [(torch.zeros(replicas * units), torch.ones(replicas * units))] * layers  # mean, 1 / deviation
        self._gradients = [(torch.zeros(replicas * units),) * 2] * layers

    def forward(self, layer: int) -> Tensor:
        gamma, beta, mean, variance = (held[layer] for held in self._held)
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
            self._held[0][layer],
            None,
            None,
            *self._batch[layer],
            True,
            BATCH_NORM_EPSILON,
            [True, True, True],
        )
        return du.copy_(dx.view_as(du))

    def update(self, learning_rate: Tensor, intrinsic_rate: Tensor) -> None:
        for held, gradients in zip((self.gain, self.bias), zip(*self._gradients, strict=True), strict=True):
            held.sub_(torch.stack(gradients).view_as(held) * learning_rate)

    def effective(self) -> tuple[Tensor, Tensor]:
        mean, scale = (torch.stack(numbers).view_as(self.gain) for numbers in zip(*self._batch, strict=True))
        return self.gain * scale, self.bias - self.gain * mean * scale

    def evaluation(self) -> tuple[Tensor, Tensor]:
        gain = self.gain / (self.variance + BATCH_NORM_EPSILON).sqrt()
        return gain, self.bias - gain * self.mean

    def state(self) -> tuple[Tensor, ...]:
        return self.gain, self.bias, self.mean, self.variance


class LocalRule(Neurons):
    """``y = tanh(gain * x + bias)``; gain and bias are constants to backprop and follow a method's own rule.

    Args:
        method: whose rule, see :class:`ipcore.methods.Method`.
        layers: hidden layers.
        replicas: networks in the stack.
        units: neurons in each layer.
        batch: examples in a minibatch.
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
        # Views of what the rule reads, examples before units; made once, for the same reason as above.
        self._seen = self.x_stack.mT if self.keeps_x else None, u.mT if "u" in method.needs else None, self.y.mT
        self._held = {name: values.squeeze(-1) for name, values in self._state.items()}

    def forward(self, layer: int) -> Tensor:
        u = torch.addcmul(self._bias[layer], self.x[layer], self._gain[layer], out=self._u[layer])
        return torch.tanh(u, out=self._y[layer])

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        return _tanh_backward(dy, self._y[layer], grad_input=self._dx[layer]).mul_(self._gain[layer])

    def update(self, learning_rate: Tensor, intrinsic_rate: Tensor) -> None:
        after = self._method.step(*self._seen, self._held, intrinsic_rate.squeeze(-1))
        for name, held in self._held.items():
            held.copy_(after[name])

    def state(self) -> tuple[Tensor, ...]:
        return tuple(self._state.values())


TRAINED: dict[str, type[Neurons]] = {"plain": Plain, "batch-norm": BatchNorm}
"""Neurons that backprop goes through, or whose bias it trains: they need code of their own."""


def hidden_neurons(method: str, layers: int, replicas: int, units: int, batch: int) -> Neurons:
    """The hidden neurons of a stack of networks of one method; sizes as of :class:`Neurons`.

    Raises:
        ValueError: if there is no such method, or backprop trains it and nothing here says how.
    """
    found = registry.get(method)
    if found.local:
        return LocalRule(found, layers, replicas, units, batch)
    if method not in TRAINED:
        raise ValueError(f"backprop trains {' and '.join(found.backprop)} of {method!r}, and no neurons say how")
    return TRAINED[method](layers, replicas, units, batch)
