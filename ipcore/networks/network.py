"""Deep fully connected networks, many replicas at once, with one matrix product per layer for all of them.

A replica is one network of the stack, with its own seed and its own rates. The layers of weights have no bias, because
the hidden neurons have one; the read-out is linear, with a bias. Shapes: ``R`` replicas, ``N`` units, ``B`` examples.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ipcore.config import RunConfig
from ipcore.networks.neurons import hidden_neurons
from ipcore.networks.optimizers import OPTIMIZERS
from ipcore.networks.starts import Biases, Weights


class _WeightSet:
    """Weights, and views of each layer of them, made once because indexing a tensor takes as long as a small product.

    Args:
        weights: they are copied.
    """

    def __init__(self, weights: Weights) -> None:
        first, between, last = (tensor.clone() for tensor in weights)
        self.tensors = first, between, last
        self.hidden, self.read_out = [*first, *between], last[0]
        self.hidden_transposed, self.read_out_transposed = [each.mT for each in self.hidden], self.read_out.mT


class Network:
    """A stack of networks of one method, trained in lockstep.

    Args:
        config: the settings, for depth, width, batch size and optimizer.
        method: the method, which sets gain and bias: one of :data:`ipcore.config.METHODS`.
        weights: from :func:`ipcore.networks.starts.initial_weights`; they are copied.
        biases: from :func:`ipcore.networks.starts.initial_biases`; they are copied. None for 0 everywhere.

    Attributes:
        neurons: the hidden neurons.
        weight_gradients: dL/dW of the latest minibatch, with the shapes of :data:`Weights`.
        optimizer: makes the steps of what backprop trains.
    """

    def __init__(self, config: RunConfig, method: str, weights: Weights, biases: Biases | None = None) -> None:
        replicas = weights[0].shape[1]
        self.neurons = hidden_neurons(method, config.depth, replicas, config.width, config.batch_size)
        # Two sets of weights take turns: a step reads one and writes the other, so that the weights before it are
        # still there when a replica turns out to have diverged.
        self._sets = [_WeightSet(weights), _WeightSet(weights)]
        self.read_out_bias = torch.zeros(1, replicas, config.data.classes, 1)
        if biases is not None:
            self.read_out_bias.copy_(biases.read_out)
            self.neurons.start_biases(biases.hidden)
        self.weight_gradients = tuple(torch.zeros_like(tensor) for tensor in self.weights)
        self._bias_gradient = torch.zeros_like(self.read_out_bias)
        # One view for each layer, made once, because indexing a tensor takes as long as a small matrix product.
        self._gradients = [*self.weight_gradients[0], *self.weight_gradients[1]]
        self._error = torch.empty(replicas, config.width, config.batch_size)
        self._y_transposed = [y.mT for y in self.neurons.y]
        self._before = [tensor.clone() for tensor in self._small()]
        self._frozen: dict[int, list[Tensor]] = {}
        self.optimizer = OPTIMIZERS[config.optimizer]()

    @property
    def weights(self) -> Weights:
        """The weights, as they are now; each update replaces these tensors by others."""
        return self._sets[0].tensors

    def state(self) -> tuple[Tensor, ...]:
        """All tensors that training changes; their second axis is the replica."""
        return *self.weights, *self._small()

    def _small(self) -> tuple[Tensor, ...]:
        """All tensors that training changes but the weights."""
        return self.read_out_bias, *self.neurons.state()

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        """Everything that backprop trains: each parameter with its gradient for the latest minibatch.

        The second axis of both is the replica. The parameters come in the same order each time, the weights first.
        """
        return [
            *zip(self.weights, self.weight_gradients, strict=True),
            (self.read_out_bias, self._bias_gradient),
            *self.neurons.trained(),
        ]

    def forward(self, inputs: Tensor) -> Tensor:
        """The logits during training.

        Args:
            inputs: G minibatches, shape (G, B, features), where G divides R. Each goes to ``R / G`` neighbouring
                replicas, whose first layers are computed as one tall matrix: so it need not be copied for each replica,
                and one large product is faster than several small ones.

        Returns:
            Logits, shape (R, classes, B).
        """
        neurons, groups, weights = self.neurons, len(inputs), self._sets[0]
        torch.bmm(
            weights.hidden[0].view(groups, -1, inputs.shape[2]), inputs.mT,
            out=neurons.x[0].view(groups, -1, inputs.shape[1]),
        )  # fmt: skip
        below = neurons.forward(0)
        for layer, weight in enumerate(weights.hidden[1:], 1):
            torch.bmm(weight, below, out=neurons.x[layer])
            below = neurons.forward(layer)
        return torch.baddbmm(self.read_out_bias[0], weights.read_out, below)

    def backward(self, inputs: Tensor, error: Tensor) -> None:
        """Computes the gradients of all weights: ``dL/dW = dL/dx y_below^T`` and ``dL/dy_below = W^T dL/dx``.

        Args:
            inputs: the minibatches of the latest :meth:`forward`.
            error: the gradient of the loss with respect to the logits, shape (R, classes, B).
        """
        neurons, outputs, weights = self.neurons, self._y_transposed, self._sets[0]
        torch.bmm(error, outputs[-1], out=self.weight_gradients[2][0])
        torch.sum(error, -1, keepdim=True, out=self._bias_gradient[0])
        dy = torch.bmm(weights.read_out_transposed, error, out=self._error)
        for layer in range(len(outputs) - 1, 0, -1):
            dx = neurons.backward(layer, dy)
            torch.bmm(dx, outputs[layer - 1], out=self._gradients[layer])
            dy = torch.bmm(weights.hidden_transposed[layer], dx, out=self._error)
        torch.bmm(
            neurons.backward(0, dy).view(len(inputs), -1, inputs.shape[1]), inputs,
            out=self._gradients[0].view(len(inputs), -1, inputs.shape[2]),
        )  # fmt: skip

    def update(self, learning_rate: Tensor, intrinsic_rate: Tensor) -> None:
        """Makes one step of the optimizer and one update of the neurons; both rates have shape (R, 1, 1)."""
        torch._foreach_copy_(self._before, list(self._small()))
        self.optimizer.step(self.trained(), learning_rate, into=self._sets[1].tensors)
        self._sets.reverse()
        self.neurons.adapt(intrinsic_rate)
        for replica, state in self._frozen.items():
            self._set(replica, state)

    def freeze(self, replica: int) -> None:
        """Restores the state of a replica before the latest update, and keeps it from changing again."""
        before = (*self._sets[1].tensors, *self._before)
        self._frozen[replica] = [tensor[:, replica].clone() for tensor in before]
        self._set(replica, self._frozen[replica])

    def _set(self, replica: int, state: list[Tensor]) -> None:
        for now, then in zip(self.state(), state, strict=True):
            now[:, replica] = then

    def evaluate(
        self, inputs: Tensor, replicas: int | None = None, each_layer: Callable[[Tensor], None] | None = None
    ) -> Tensor:
        """The logits in evaluation, see :meth:`ipcore.networks.neurons.Neurons.evaluate`. Nothing is changed.

        Args:
            inputs: shape (B, features), the same for every replica.
            replicas: evaluate only this many replicas, the first ones; by default all R.
            each_layer: called with the outputs of each hidden layer, input side first, shape (replicas, N, B).

        Returns:
            Logits, shape (replicas, classes, B).
        """
        weights = self._sets[0]
        y = inputs.T.expand(len(weights.read_out[:replicas]), -1, -1)
        for layer, weight in enumerate(weights.hidden):
            y = self.neurons.evaluate(layer, torch.bmm(weight[:replicas], y))
            if each_layer:
                each_layer(y)
        return torch.baddbmm(self.read_out_bias[0][:replicas], weights.read_out[:replicas], y)

    def outputs(self, inputs: Tensor) -> Tensor:
        """The outputs of all hidden neurons in evaluation, shape (layers, R, units, B). Nothing is changed.

        Args:
            inputs: shape (B, features), the same for every replica.
        """
        found: list[Tensor] = []
        self.evaluate(inputs, each_layer=found.append)
        return torch.stack(found)
