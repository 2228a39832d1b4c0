"""Telemetry: what is measured of networks while they train. No function here changes a network.

Statistics of a layer are taken over the replicas that have not diverged; their indices are in ``alive``.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ipcore.jsonlines import finite
from ipcore.networks.network import Network
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, trim
from ipcore.recordings.events.race import LayerNumbers

SATURATED = 0.97
"""An output whose absolute value is above this counts as saturated."""

_GAIN_EDGES = torch.from_numpy(GAIN_EDGES).float()
_BIAS_EDGES = torch.from_numpy(BIAS_EDGES).float()


def entropy(y: Tensor) -> tuple[Tensor, Tensor]:
    """The entropy of each neuron's outputs, averaged over a layer, and the histogram of the layer's outputs.

    ``H = -sum_k p_k ln p_k / ln K``, where ``p_k`` is the share of a neuron's outputs in bin k of K = 30 equal bins
    over [-1, 1]. It is 1 if all bins are used equally, and 0 if the output never changes. Estimated from B examples it
    is at most ln B / ln K, and about (K - 1) / (2 B ln K) less than the true entropy.

    Args:
        y: outputs in [-1, 1], shape (layers, neurons, examples).

    Returns:
        Entropy, shape (layers,), and the share of all outputs of a layer in each bin, shape (layers, 30).
    """
    layers, neurons, examples = y.shape
    cell = ((y + 1) * (ACTIVITY_BINS / 2)).to(torch.int32).clamp_(0, ACTIVITY_BINS - 1)
    cell += (torch.arange(layers * neurons, dtype=torch.int32) * ACTIVITY_BINS).view(layers, neurons, 1)
    counts = torch.bincount(cell.view(-1), minlength=layers * neurons * ACTIVITY_BINS)
    # For counts c of B examples, sum p ln p = sum c ln c / B - ln B. The few values of c ln c are looked up in a table.
    whole = torch.arange(examples + 1, dtype=torch.float32)
    c_ln_c = torch.special.xlogy(whole, whole).index_select(0, counts).view(layers, -1).sum(-1)
    mean = ((math.log(examples) - c_ln_c / (examples * neurons)) / math.log(ACTIVITY_BINS)).clamp_(0, 1)  # rounding
    return mean, counts.view(layers, neurons, ACTIVITY_BINS).sum(1) / (examples * neurons)


def histograms(values: Tensor, edges: Tensor) -> list[list[int]]:
    """A histogram for each layer. Values outside the edges are counted in the first or the last bin.

    Args:
        values: shape (layers, neurons); values that are not finite are left out.
        edges: the edges of the bins, ascending, shape (bins + 1,).

    Returns:
        For each layer the histogram as :func:`ipcore.recordings.bins.trim` writes it, without empty bins at its ends.
    """
    layers, bins = len(values), len(edges) - 1
    cell = (torch.bucketize(values, edges, right=True) - 1).clamp_(0, bins - 1)
    cell += torch.arange(layers).view(-1, 1) * bins
    counts = torch.bincount(cell[values.isfinite()], minlength=layers * bins).view(layers, bins)
    return [trim(row) for row in counts.numpy()]


def layers(network: Network, alive: list[int]) -> LayerNumbers:
    """The numbers that a snapshot holds for one method, measured on the latest minibatch.

    Args:
        network: the networks of the method.
        alive: indices of the replicas that have not diverged.
    """
    neurons = network.neurons

    def of_alive(tensor: Tensor) -> Tensor:
        return tensor if len(alive) == tensor.shape[1] else tensor[:, alive]

    y, dx = of_alive(neurons.y).flatten(1, 2), of_alive(neurons.dx)
    gain, bias = (of_alive(tensor).flatten(1) for tensor in neurons.effective())
    information, activity = entropy(y)
    first, between, _ = (of_alive(gradient).abs().mean((1, 2, 3)) for gradient in network.weight_gradients)
    numbers = {
        "weight_gradient": torch.cat((first, between)),
        "error_signal": dx.square().mean((1, 2, 3)).sqrt(),
        "slope": 1 - y.square().mean((1, 2)),
        "saturated": (y.abs() > SATURATED).sum((1, 2)) / y[0].numel(),
        "entropy": information,
    }
    return LayerNumbers(
        **{name: finite([float(f"{value:.4g}") for value in tensor.tolist()]) for name, tensor in numbers.items()},
        gain=histograms(gain, _GAIN_EDGES),
        bias=histograms(bias, _BIAS_EDGES),
        activity=(activity.nan_to_num(0) * 1000).round().int().tolist(),
    )


def tally(network: Network, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of cross-entropies over examples and the number of right answers, for every replica.

    Args:
        network: the networks to test.
        inputs: shape (examples, features).
        labels: classes, shape (examples,).

    Returns:
        Sum of cross-entropies and number of right answers, each of shape (R,).
    """
    logits = network.evaluate(inputs)
    wanted = labels.expand(len(logits), -1)
    loss = F.cross_entropy(logits, wanted, reduction="none").double().sum(-1)
    return loss, (logits.argmax(1) == wanted).sum(-1)


PerSeed = list[float | None]
"""A number for each replica; None where it is not finite."""


def test(network: Network, inputs: Tensor, labels: Tensor, chunk: int = 1000) -> tuple[PerSeed, PerSeed]:
    """The mean cross-entropy and the accuracy of every replica.

    Args:
        network: the networks to test.
        inputs: shape (examples, features).
        labels: classes, shape (examples,).
        chunk: number of examples that are evaluated at once, which limits the memory needed.

    Returns:
        Mean cross-entropy and accuracy (0 to 1), each a list over replicas.
    """
    parts = [tally(network, *part) for part in zip(inputs.split(chunk), labels.split(chunk), strict=True)]
    loss, correct = (sum(each) for each in zip(*parts, strict=True))
    return finite((loss / len(labels)).tolist()), (correct / len(labels)).tolist()


def surface(network: Network, extent: list[float]) -> list[int]:
    """The decision surface: the first replica's probability of class 1 on a grid over the plane.

    Args:
        network: networks of a two-dimensional data set.
        extent: the part of the plane, [x0, x1, y0, y1].

    Returns:
        The probability in percent in each of SIDE * SIDE cells, row by row, the lowest row first.
    """
    x0, x1, y0, y1 = extent
    across, up = (low + (high - low) * (torch.arange(SIDE) + 0.5) / SIDE for low, high in ((x0, x1), (y0, y1)))
    grid = torch.stack(torch.meshgrid(across, up, indexing="xy"), -1).view(-1, 2)
    return (network.evaluate(grid, replicas=1)[0].softmax(0)[1].nan_to_num(0.5) * 100).round().int().tolist()
