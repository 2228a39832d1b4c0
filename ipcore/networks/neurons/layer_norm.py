"""Hidden neurons that are normalised over the units of a layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ipcore.methods.layer_norm import LAYER_NORM_EPSILON
from ipcore.networks.elementwise import Tanh, tanh
from ipcore.networks.neurons.base import Neurons, tanh_backward


class LayerNorm(Neurons):
    """``y = tanh(gamma * (x - mean) / sqrt(variance + eps) + beta)``, gamma and beta learned by backprop.

    Mean and biased variance are those of one example over the units of a layer, and backprop goes through them.
    Training and evaluation compute the same. ``gain`` is gamma and ``bias`` is beta.

    Args:
        layers: number of hidden layers.
        replicas: number of networks in the stack.
        units: number of neurons in each layer, at least 2.
        batch: number of examples in a minibatch.

    Raises:
        ValueError: if a layer has one unit, whose potential would always be beta.

    Source:
        Ba, Kiros & Hinton (2016), as in torch.nn.LayerNorm.
    """

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        if units < 2:
            raise ValueError(f"width must be at least 2 with layer-norm, not {units}: one unit has no variance")
        super().__init__(layers, replicas, units, batch)
        self._gamma, self._beta = list(self.gain), list(self.bias)
        self._tanh: list[Callable[[], None]] = [Tanh(y, y) for y in self._y]
        self._standardised_stack, self._du_stack = torch.empty_like(self.y), torch.empty_like(self.y)
        self._standardised, self._du = list(self._standardised_stack), list(self._du_stack)
        # Mean and 1 / standard deviation of each example, in every layer.
        self._means, self._scales = torch.zeros(2, layers, replicas, 1, batch)
        self._mean, self._scale = list(self._means), list(self._scales)

    def forward(self, layer: int) -> Tensor:
        self._mean[layer][:], self._scale[layer][:] = _statistics(self.x[layer])
        standardised = torch.sub(self.x[layer], self._mean[layer], out=self._standardised[layer])
        standardised.mul_(self._scale[layer])
        torch.mul(standardised, self._gamma[layer], out=self._y[layer]).add_(self._beta[layer])
        self._tanh[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        """The gradient by x: ``(g - <g> - z <g z>) / sd``.

        Here z is the standardised x, ``g = gamma * dL/du``, and angle brackets are means over units.
        """
        du = tanh_backward(dy, self._y[layer], grad_input=self._du[layer])
        z = self._standardised[layer]
        dx = torch.mul(du, self._gamma[layer], out=self._dx[layer])
        along = (dx * z).mean(1, keepdim=True)
        return dx.sub_(dx.mean(1, keepdim=True)).sub_(z * along).mul_(self._scale[layer])

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        d_gamma = (self._du_stack * self._standardised_stack).sum(-1, keepdim=True)
        return [(self.gain, d_gamma), (self.bias, self._du_stack.sum(-1, keepdim=True))]

    def effective(self) -> tuple[Tensor, Tensor]:
        """Gain and bias of each neuron, as means over the latest minibatch.

        An example b has the gain ``gamma / sd_b`` and the bias ``beta - gamma * mean_b / sd_b``.

        Returns:
            Each of shape (layers, replicas, units, 1).
        """
        gain = self.gain * self._scales.mean(-1, keepdim=True)
        return gain, self.bias - self.gain * (self._means * self._scales).mean(-1, keepdim=True)

    def response(self) -> Tensor:
        """Mean ``dy/dx = gain * (1 - y^2)`` with the gain of each example, see :meth:`Neurons.response`."""
        by_example = (self.gain * (1 - self.y.square())).mean(2, keepdim=True)  # (layers, replicas, 1, batch)
        return (by_example * self._scales).mean((2, 3))

    def evaluate(self, layer: int, x: Tensor) -> Tensor:
        mean, scale = _statistics(x)
        gamma, beta = self.gain[layer, : len(x)], self.bias[layer, : len(x)]
        u = x.sub_(mean).mul_(scale).mul_(gamma).add_(beta)
        return tanh(u, out=u)


def _statistics(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and 1 / standard deviation of each example over the units of a layer.

    Args:
        x: pre-activations, shape (replicas, units, examples).

    Returns:
        Each of shape (replicas, 1, examples).
    """
    variance, mean = torch.var_mean(x, 1, correction=0, keepdim=True)
    return mean, variance.add_(LAYER_NORM_EPSILON).rsqrt_()
