"""What the hidden neurons of every method have in common.

One object holds the neurons of all hidden layers and all replicas, so that a rule runs once for all of them. Activity
has shape (replicas, units, batch). The batch comes last, because the statistics of a neuron are then sums over
neighbouring numbers, and PyTorch's batch norm can process all replicas at once. Where all layers are stacked, the layer
is an additional first axis.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ipcore.networks.elementwise import tanh

tanh_backward = torch.ops.aten.tanh_backward.grad_input
"""``tanh_backward(dy, y, grad_input=du)`` writes the gradient by u of ``y = tanh(u)`` into ``du``: ``dy (1 - y^2)``."""


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

    def start_biases(self, biases: Tensor) -> None:  # noqa: B027 - neurons that normalise do nothing
        """Takes drawn biases to start from, before the first minibatch.

        Neurons that normalise leave them. What they add after the normalisation (beta) starts at 0, as in torch.nn, and
        a bias that stands before a normalisation over examples has no effect, because their mean is subtracted.

        Args:
            biases: shape (layers, replicas, units, 1).
        """

    @abstractmethod
    def forward(self, layer: int) -> Tensor:
        """The outputs during training for the pre-activations in ``x[layer]``, shape (replicas, units, batch).

        A minibatch passes the layers in their order, beginning with layer 0.
        """

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

    def evaluate(self, layer: int, x: Tensor) -> Tensor:
        """The outputs of a layer in evaluation. Nothing of the neurons is changed.

        Args:
            layer: index of the layer.
            x: pre-activations, shape (replicas, units, examples), which are overwritten; of the first replicas, if they
                are fewer than those of the stack.

        Returns:
            Outputs, of the shape of ``x``.
        """
        gain, bias = self.evaluation(layer)
        u = x.mul_(gain[: len(x)]).add_(bias[: len(x)])
        return tanh(u, out=u)

    def evaluation(self, layer: int) -> tuple[Tensor, Tensor]:
        """The gain and bias that :meth:`evaluate` uses in a layer, each of shape (replicas, units, 1).

        Neurons whose gain and bias differ from example to example override :meth:`evaluate` instead.
        """
        return self.gain[layer], self.bias[layer]

    def state(self) -> tuple[Tensor, ...]:
        """All tensors that training changes; their second axis is the replica."""
        return self.gain, self.bias
