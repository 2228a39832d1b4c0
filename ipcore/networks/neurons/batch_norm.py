"""Hidden neurons that are normalised over examples: batch norm, and two controls that leave out a part of it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ipcore.methods.batch_norm import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM
from ipcore.methods.mathematics.moving import averaging_rate, moving_statistics
from ipcore.networks.elementwise import Tanh
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
        # Of the latest minibatch: mean and 1 / standard deviation, and gradients by gamma and beta.
        self._batch_mean, self._scale = torch.zeros_like(self.mean), torch.ones_like(self.mean)
        self._gradients = [(torch.zeros(replicas * units),) * 2] * layers
        # PyTorch's kernel expects the shape (1, channels, length): every neuron of every replica is a channel.
        self._channels = (1, replicas * units, batch)
        self._x, self._u = list(self.x_stack.view(layers, *self._channels)), [y.view(self._channels) for y in self._y]
        self._tanh: list[Callable[[], None]] = [Tanh(y, y) for y in self._y]
        self._parameters = [
            list(tensor.view(layers, -1)) for tensor in (self.gain, self.bias, self.mean, self.variance)
        ]
        self._statistics = [list(tensor.view(layers, -1)) for tensor in (self._batch_mean, self._scale)]

    def forward(self, layer: int) -> Tensor:
        gamma, beta, mean, variance = (views[layer] for views in self._parameters)
        batch_mean, batch_scale = (views[layer] for views in self._statistics)
        torch.native_batch_norm(
            self._x[layer], gamma, beta, mean, variance, True, BATCH_NORM_MOMENTUM, BATCH_NORM_EPSILON,
            out=(self._u[layer], batch_mean, batch_scale),
        )  # fmt: skip
        self._tanh[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        du = tanh_backward(dy, self._y[layer], grad_input=self._dx[layer])
        dx, *self._gradients[layer] = _batch_norm_backward(
            du.view(self._channels), self._x[layer], self._parameters[0][layer], None, None,
            self._statistics[0][layer], self._statistics[1][layer], True, BATCH_NORM_EPSILON, [True, True, True],
        )  # fmt: skip
        return du.copy_(dx.view_as(du))

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        return [
            (parameter, torch.stack(gradients).view_as(parameter))
            for parameter, gradients in zip((self.gain, self.bias), zip(*self._gradients, strict=True), strict=True)
        ]

    def effective(self) -> tuple[Tensor, Tensor]:
        return self.gain * self._scale, self.bias - self.gain * self._batch_mean * self._scale

    def evaluation(self, layer: int) -> tuple[Tensor, Tensor]:
        gain = self.gain[layer] / (self.variance[layer] + BATCH_NORM_EPSILON).sqrt()
        return gain, self.bias[layer] - gain * self.mean[layer]

    def state(self) -> tuple[Tensor, ...]:
        return self.gain, self.bias, self.mean, self.variance


class ConstantBatchNorm(BatchNorm):
    """Batch norm whose backward pass takes mean and variance of the minibatch for constants.

    ``dL/dx = gamma / sqrt(variance + eps) * dL/du``. Forward pass, running statistics and evaluation are those of
    :class:`BatchNorm`.
    """

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self._du_stack = torch.empty_like(self.dx)
        self._du, self._gain, self._scales = list(self._du_stack), list(self.gain), list(self._scale)

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        du = tanh_backward(dy, self._y[layer], grad_input=self._du[layer])
        return torch.mul(du, self._gain[layer] * self._scales[layer], out=self._dx[layer])

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        d_gamma, d_beta = gradients_of_gamma_and_beta(self._du_stack, self.x_stack, self._batch_mean, self._scale)
        return [(self.gain, d_gamma), (self.bias, d_beta)]


class RunningBatchNorm(Neurons):
    """``y = tanh(gamma * (x - mean) / sqrt(variance + eps) + beta)`` with a moving mean and variance.

    Both are constants to backprop, which learns gamma (``gain``) and beta (``bias``). They move after each minibatch
    with weight ``min(1, 2 * intrinsic rate)``, see :func:`ipcore.methods.mathematics.moving.moving_statistics`, and
    evaluation uses them, too.
    """

    keeps_x = True

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self.mean = torch.zeros(layers, replicas, units, 1)
        self.variance = torch.ones(layers, replicas, units, 1)
        self._du_stack = torch.empty_like(self.dx)
        self._du = list(self._du_stack)
        # Effective gain and bias for the minibatch that passes, computed for all layers at once when it enters.
        effective_gain, effective_bias = torch.ones_like(self.gain), torch.zeros_like(self.bias)
        self._passing = effective_gain, effective_bias
        self._gain, self._bias = list(effective_gain), list(effective_bias)
        self._tanh: list[Callable[[], None]] = [Tanh(y, y) for y in self._y]

    def forward(self, layer: int) -> Tensor:
        if layer == 0:
            for passing, now in zip(self._passing, self.effective(), strict=True):
                passing.copy_(now)
        torch.mul(self.x[layer], self._gain[layer], out=self._y[layer]).add_(self._bias[layer])
        self._tanh[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        du = tanh_backward(dy, self._y[layer], grad_input=self._du[layer])
        return torch.mul(du, self._gain[layer], out=self._dx[layer])

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        d_gamma, d_beta = gradients_of_gamma_and_beta(self._du_stack, self.x_stack, self.mean, self._scale())
        return [(self.gain, d_gamma), (self.bias, d_beta)]

    def adapt(self, intrinsic_rate: Tensor) -> None:
        alpha = averaging_rate(intrinsic_rate.squeeze(-1))
        mean, variance = self.mean.squeeze(-1), self.variance.squeeze(-1)
        for old, new in zip((mean, variance), moving_statistics(self.x_stack.mT, mean, variance, alpha), strict=True):
            old.copy_(new)

    def effective(self) -> tuple[Tensor, Tensor]:
        gain = self.gain * self._scale()
        return gain, self.bias - gain * self.mean

    def evaluation(self, layer: int) -> tuple[Tensor, Tensor]:
        gain = self.gain[layer] / (self.variance[layer] + BATCH_NORM_EPSILON).sqrt()
        return gain, self.bias[layer] - gain * self.mean[layer]

    def state(self) -> tuple[Tensor, ...]:
        return self.gain, self.bias, self.mean, self.variance

    def _scale(self) -> Tensor:
        return (self.variance + BATCH_NORM_EPSILON).rsqrt()


def gradients_of_gamma_and_beta(du: Tensor, x: Tensor, mean: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of ``u = gamma * (x - mean) * scale + beta`` by gamma and beta, summed over a minibatch.

    ``dL/dgamma = sum_b dL/du_b (x_b - mean) scale``, ``dL/dbeta = sum_b dL/du_b``

    Args:
        du: the gradient with respect to the potential, shape (layers, replicas, units, batch).
        x: the pre-activations, same shape.
        mean: shape (layers, replicas, units, 1).
        scale: one over the standard deviation, same shape as ``mean``.

    Returns:
        The two gradients, each of shape (layers, replicas, units, 1).
    """
    return ((x - mean).mul_(du).sum(-1, keepdim=True)).mul_(scale), du.sum(-1, keepdim=True)
