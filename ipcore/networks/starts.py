"""Where training starts: the weights and biases of a network before its first minibatch.

They depend on the settings and on the seed of a replica alone. So they are the same for every method, and the same in a
stack of any size. Shapes: ``R`` replicas.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from ipcore.config import RunConfig
from ipcore.networks.device import on_device

Weights = tuple[Tensor, Tensor, Tensor]
"""Weights from the input to the first hidden layer, between hidden layers, and to the read-out; each of shape (layers,
replicas, out, in)."""

Shape = tuple[int, int, int]
"""Layers, units above and units below: the shape of one replica's share of :data:`Weights`."""

SEED_OF_BIASES = 2**31
"""Added to a seed for the generator of the biases. Seeds of weights are smaller. (PyTorch's generator uses only the
lowest 32 bits of its seed, so that ``2**32`` would give the numbers of the weights once more.)"""


class Biases(NamedTuple):
    """The biases before training.

    Args:
        hidden: those of the hidden neurons, shape (layers, replicas, units, 1).
        read_out: those of the read-out, shape (1, replicas, classes, 1).
    """

    hidden: Tensor
    read_out: Tensor


def pytorch(shape: Shape, scale: float, generator: Generator) -> Tensor:
    """Weights uniform over ``±scale / sqrt(fan_in)``: for a scale of 1 those of ``torch.nn.Linear``.

    The variance is ``scale^2 / (3 fan_in)``, which is a third of what keeps a small signal at its size.
    """
    return _uniform(shape, scale / math.sqrt(shape[-1]), generator)


def xavier(shape: Shape, scale: float, generator: Generator) -> Tensor:
    """Weights uniform over ``±scale * sqrt(6 / (fan_in + fan_out))``, as by ``torch.nn.init.xavier_uniform_``.

    Between layers of the same width the variance is ``scale^2 / fan_in``.

    Source:
        Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks.
    """
    return _uniform(shape, scale * math.sqrt(6 / (shape[-1] + shape[-2])), generator)


def orthogonal(shape: Shape, scale: float, generator: Generator) -> Tensor:
    """The matrix of each layer is ``scale`` times a random one with orthonormal rows or columns, whichever are fewer.

    It is the factor Q of a matrix of normal numbers, with signs that make it unique, as in
    ``torch.nn.init.orthogonal_``.

    Source:
        Saxe, McClelland & Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural
        networks.
    """
    normal = torch.empty(shape, device="cpu")
    for layer in normal:  # one by one, so that a layer does not depend on the number of those above it
        layer.normal_(generator=generator)
    wide = shape[-2] < shape[-1]
    # In double precision, so that how a library orders its sums does not show in the numbers.
    q, r = torch.linalg.qr((normal.mT if wide else normal).double())
    q *= r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
    return (q.mT if wide else q).to(normal.dtype).contiguous().mul_(scale)


def _uniform(shape: Sequence[int], bound: float, generator: Generator) -> Tensor:
    """Numbers uniform over ``±bound``."""
    return torch.rand(*shape, generator=generator, device="cpu").mul_(2).sub_(1).mul_(bound)


INITIALIZATIONS: Mapping[str, Callable[[Shape, float, Generator], Tensor]] = MappingProxyType(
    {"pytorch": pytorch, "xavier": xavier, "orthogonal": orthogonal}
)
"""The setting ``initialization`` -> the function that draws the weights of one replica: from layers, units above and
units below, from a factor on all weights, and from a generator."""


def initial_weights(config: RunConfig, seeds: Sequence[int], scales: Sequence[float] | None = None) -> Weights:
    """The weights before training, the same for every method.

    Weights into hidden neurons are those of :data:`INITIALIZATIONS` times the weight scale. The read-out is drawn in
    the same way but without the scale, because the scale is meant to change the signal through the hidden layers.

    Args:
        config: the settings, for the initialization, the shapes, and the weight scale unless ``scales`` are given.
        seeds: the seed of each replica.
        scales: the weight scale of each replica, if they differ.
    """
    draw = INITIALIZATIONS[config.initialization]
    features, classes, width = config.data.features, config.data.classes, config.width
    shapes = ((1, width, features), (config.depth - 1, width, width), (1, classes, width))
    replicas = []
    for seed, scale in zip(seeds, scales or [config.weight_scale] * len(seeds), strict=True):
        generator = Generator().manual_seed(seed)
        factors = (scale, scale, 1.0)
        replicas.append([draw(shape, factor, generator) for shape, factor in zip(shapes, factors, strict=True)])
    first, hidden, read_out = (on_device(torch.stack(place, 1)) for place in zip(*replicas, strict=True))
    return first, hidden, read_out


def initial_biases(config: RunConfig, seeds: Sequence[int]) -> Biases | None:
    """The biases before training, the same for every method: None if they are 0.

    If they are drawn they are uniform over ``±1 / sqrt(fan_in)``, whatever the weights, as in ``torch.nn.Linear``.
    Their generators are not those of the weights, which therefore are the same with drawn biases as without. Which
    neurons start from them: see :meth:`ipcore.networks.neurons.Neurons.start_biases`.

    Args:
        config: the settings, for the kind of biases and the shapes.
        seeds: the seed of each replica.
    """
    if config.biases == "zero":
        return None
    width, below = config.width, (config.data.features, *[config.width] * (config.depth - 1))
    replicas = []
    for seed in seeds:
        generator = Generator().manual_seed(SEED_OF_BIASES + seed)
        hidden = [_uniform((width, 1), 1 / math.sqrt(fan_in), generator) for fan_in in below]
        read_out = _uniform((1, config.data.classes, 1), 1 / math.sqrt(width), generator)
        replicas.append((torch.stack(hidden), read_out))
    return Biases(*(on_device(torch.stack(place, 1)) for place in zip(*replicas, strict=True)))
