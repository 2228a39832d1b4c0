"""Hidden neurons whose forward and backward passes are compiled loops, see the module ``neuron_loops``.

They compute what their base classes compute, with one call for each layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from ipcore.methods import Method
from ipcore.networks.compiled import neuron_loops as loops
from ipcore.networks.elementwise import OnMemory
from ipcore.networks.neurons.base import Neurons
from ipcore.networks.neurons.batch_norm import BatchNorm, RunningBatchNorm
from ipcore.networks.neurons.gain_and_bias import LocalRule, Plain
from ipcore.networks.neurons.layer_norm import LayerNorm


def _bound(loop: Callable[..., None], *tensors: Iterable[Tensor]) -> list[Callable[..., None]]:
    """The loop for each layer: bound to that layer of each of the tensors."""
    return [OnMemory(loop, *layer) for layer in zip(*tensors, strict=True)]


class CompiledPlain(Plain):
    """Plain neurons: ``y = tanh(x + bias)``."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self._d_bias = torch.zeros_like(self.bias)
        potentials = torch.empty_like(self.x[0]).expand_as(self.y)
        self._forward = _bound(loops.forward, self.x, self.gain, self.bias, potentials, self.y)
        self._backward = _bound(loops.backward, self.y, self.gain, self.dx, self._d_bias)

    def forward(self, layer: int) -> Tensor:
        self._forward[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        self._backward[layer](dy.contiguous().numpy())
        return self._dx[layer]

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        return [(self.bias, self._d_bias)]


class CompiledLocalRule(LocalRule):
    """Neurons with a local rule: ``y = tanh(gain * x + bias)``."""

    def __init__(self, method: Method, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(method, layers, replicas, units, batch)
        self._forward = _bound(loops.forward, self.x, self.gain, self.bias, self._u, self.y)
        self._backward = _bound(loops.backward, self.y, self.gain, self.dx, torch.empty_like(self.bias))

    forward, backward = CompiledPlain.forward, CompiledPlain.backward  # type: ignore[assignment]


class CompiledBatchNorm(BatchNorm):
    """Neurons with batch norm."""

    through = True
    """Whether backprop goes through mean and variance of the minibatch."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self._d_gamma, self._d_beta = torch.zeros_like(self.gain), torch.zeros_like(self.bias)
        self._tanh = _bound(loops.tanh_in_place, self.y)
        self._forward = _bound(
            loops.normalise, self.x, self.gain, self.bias, self.mean, self.variance, self._batch_mean, self._scale,
            self.y,
        )  # fmt: skip
        self._backward = _bound(
            loops.backward_normalised, self.y, self.x, self._batch_mean, self._scale, self.gain, self.dx, self._d_gamma,
            self._d_beta,
        )  # fmt: skip

    def forward(self, layer: int) -> Tensor:
        self._forward[layer]()
        self._tanh[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        self._backward[layer](dy.contiguous().numpy(), self.through)
        return self._dx[layer]

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        return [(self.gain, self._d_gamma), (self.bias, self._d_beta)]


class CompiledConstantBatchNorm(CompiledBatchNorm):
    """Neurons with batch norm whose mean and variance are constants to backprop."""

    through = False


class CompiledRunningBatchNorm(RunningBatchNorm):
    """Neurons that are normalised by a moving mean and variance."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self._d_gamma, self._d_beta = torch.zeros_like(self.gain), torch.zeros_like(self.bias)
        self._passing_scale = torch.ones_like(self.gain)
        potentials = torch.empty_like(self.x[0]).expand_as(self.y)
        self._forward = _bound(loops.forward, self.x, *self._passing, potentials, self.y)
        self._backward = _bound(
            loops.backward_normalised, self.y, self.x, self.mean, self._passing_scale, self.gain, self.dx,
            self._d_gamma, self._d_beta,
        )  # fmt: skip

    def forward(self, layer: int) -> Tensor:
        if layer == 0:
            self._passing_scale.copy_(self._scale())
            for passing, now in zip(self._passing, self.effective(), strict=True):
                passing.copy_(now)
        self._forward[layer]()
        return self._y[layer]

    def backward(self, layer: int, dy: Tensor) -> Tensor:
        self._backward[layer](dy.contiguous().numpy(), False)
        return self._dx[layer]

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        return [(self.gain, self._d_gamma), (self.bias, self._d_beta)]


class CompiledLayerNorm(LayerNorm):
    """Neurons that are normalised over the units of a layer; only the hyperbolic tangent is compiled."""

    def __init__(self, layers: int, replicas: int, units: int, batch: int) -> None:
        super().__init__(layers, replicas, units, batch)
        self._tanh = _bound(loops.tanh_in_place, self.y)


COMPILED: dict[str, type[Neurons]] = {
    "plain": CompiledPlain,
    "batch-norm": CompiledBatchNorm,
    "running-batch-norm": CompiledRunningBatchNorm,
    "constant-batch-norm": CompiledConstantBatchNorm,
    "layer-norm": CompiledLayerNorm,
}
"""The classes for methods whose gain or bias backprop trains, by the name of the method."""
