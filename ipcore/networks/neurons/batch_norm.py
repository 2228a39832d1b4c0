"""Batch normalisation of hidden neurons."""

from __future__ import annotations

import torch
from torch import Tensor

from ipcore.methods.batch_norm import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM
from ipcore.networks.neurons.base import Neurons, tanh_backward

_batch_norm_backward = torch.ops.aten.native_batch_norm_backward


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
        du = tanh_backward(dy, self._y[layer], grad_input=self._dx[layer])
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

    def evaluation(self, layer: int) -> tuple[Tensor, Tensor]:
        gain = self.gain[layer] / (self.variance[layer] + BATCH_NORM_EPSILON).sqrt()
        return gain, self.bias[layer] - gain * self.mean[layer]

    def state(self) -> tuple[Tensor, ...]:
        return self.gain, self.bias, self.mean, self.variance
