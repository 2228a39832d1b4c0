"""Telemetry: what is measured of networks while they train. No function here changes a network.

Statistics of a layer are taken over the replicas that have not diverged; their indices are in ``alive``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ipcore.jsonlines import finite
from ipcore.networks.network import Network
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, trim
from ipcore.recordings.events.race import LayerInformation, LayerNumbers

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
    counts = torch.stack([_level_counts(layer) for layer in y])
    return _entropy_of_counts(counts, y.shape[-1])


def _level_counts(y: Tensor) -> Tensor:
    """How often each neuron's output was in each bin, shape (neurons, 30), for outputs of shape (neurons, examples)."""
    cell = ((y + 1) * (ACTIVITY_BINS / 2)).to(torch.int32).clamp_(0, ACTIVITY_BINS - 1)
    cell += (torch.arange(len(y), dtype=torch.int32) * ACTIVITY_BINS).view(-1, 1)
    return torch.bincount(cell.view(-1), minlength=len(y) * ACTIVITY_BINS).view(-1, ACTIVITY_BINS)


def _entropy_of_counts(counts: Tensor, examples: int) -> tuple[Tensor, Tensor]:
    """What :func:`entropy` returns, from counts of shape (layers, neurons, 30)."""
    layers, neurons, _ = counts.shape
    # For counts c of B examples, sum p ln p = sum c ln c / B - ln B. The few values of c ln c are looked up in a table.
    whole = torch.arange(examples + 1, dtype=torch.float32)
    c_ln_c = torch.special.xlogy(whole, whole).index_select(0, counts.view(-1)).view(layers, -1).sum(-1)
    mean = ((math.log(examples) - c_ln_c / (examples * neurons)) / math.log(ACTIVITY_BINS)).clamp_(0, 1)  # rounding
    return mean, counts.sum(1) / (examples * neurons)


def histograms(values: Tensor, edges: Tensor) -> list[list[int]]:
    """A histogram for each layer. Values outside the edges are counted in the first or the last bin.

    Args:
        values: shape (layers, neurons); values that are not finite are left out.
        edges: the edges of the bins, ascending, shape (bins + 1,).

    Returns:
        For each layer the histogram as :func:`ipcore.recordings.bins.trim` writes it, without empty bins at its ends.
    """
    layers, bins = len(values), len(edges) - 1
    cell = (torch.bucketize(values, edges.to(values.device), right=True) - 1).clamp_(0, bins - 1)
    cell += torch.arange(layers).view(-1, 1) * bins
    counts = torch.bincount(cell[values.isfinite()], minlength=layers * bins).view(layers, bins)
    return [trim(row) for row in counts.cpu().numpy()]


def layers(network: Network, alive: list[int]) -> LayerNumbers:
    """The numbers that a snapshot holds for one method, measured on the latest minibatch.

    How the layers use their outputs is measured on more examples, see :func:`observe`.

    Args:
        network: the networks of the method.
        alive: indices of the replicas that have not diverged.
    """
    neurons = network.neurons

    def of_alive(tensor: Tensor) -> Tensor:
        return tensor if len(alive) == tensor.shape[1] else tensor[:, alive]

    y, dx = of_alive(neurons.y).flatten(1, 2), of_alive(neurons.dx)
    gain, bias = (of_alive(tensor).flatten(1) for tensor in neurons.effective())
    first, between, _ = (of_alive(gradient).abs().mean((1, 2, 3)) for gradient in network.weight_gradients)
    return LayerNumbers(
        weight_gradient=_to_four_digits(torch.cat((first, between))),
        error_signal=_to_four_digits(dx.square().mean((1, 2, 3)).sqrt()),
        slope=_to_four_digits(1 - y.square().mean((1, 2))),
        response=_to_four_digits(of_alive(neurons.response()).mean(1)),
        saturated=_to_four_digits((y.abs() > SATURATED).sum((1, 2)) / y[0].numel()),
        gain=histograms(gain, _GAIN_EDGES),
        bias=histograms(bias, _BIAS_EDGES),
    )


def _to_four_digits(numbers: Tensor) -> list[float | None]:
    return finite([float(f"{value:.4g}") for value in numbers.tolist()])


Tally = tuple[Tensor, Tensor]
"""Sum of cross-entropies and number of right answers of each replica, each of shape (R,)."""


def observe(network: Network, inputs: Tensor, labels: Tensor, alive: list[int]) -> tuple[Tally, LayerInformation]:
    """Tests every replica, and measures in the same forward pass how the layers use their outputs.

    Args:
        network: the networks to test.
        inputs: shape (examples, features).
        labels: classes, shape (examples,).
        alive: indices of the replicas that have not diverged, over which information is measured.

    Returns:
        The sums over the examples, and the entropy and the activity of each layer, in evaluation.
    """
    counts: list[Tensor] = []

    def count(y: Tensor) -> None:
        counts.append(_level_counts((y if len(alive) == len(y) else y[alive]).flatten(0, 1)))

    sums = _tally(network.evaluate(inputs, each_layer=count), labels)
    information, activity = _entropy_of_counts(torch.stack(counts), len(labels))
    return sums, LayerInformation(
        entropy=_to_four_digits(information), activity=(activity.nan_to_num(0) * 1000).round().int().tolist()
    )


def tally(network: Network, inputs: Tensor, labels: Tensor) -> Tally:
    """The sum of cross-entropies over examples and the number of right answers, for every replica.

    Args:
        network: the networks to test.
        inputs: shape (examples, features).
        labels: classes, shape (examples,).

    Returns:
        Sum of cross-entropies and number of right answers, each of shape (R,).
    """
    return _tally(network.evaluate(inputs), labels)


def answers(network: Network, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of cross-entropies over examples, and which examples every replica answers right.

    Args:
        network: the networks to test.
        inputs: shape (examples, features).
        labels: classes, shape (examples,).

    Returns:
        Sum of cross-entropies, shape (R,), and whether each answer is right, shape (R, examples).
    """
    return _answers(network.evaluate(inputs), labels)


def _answers(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    wanted = labels.expand(len(logits), -1)
    loss = F.cross_entropy(logits, wanted, reduction="none").double().sum(-1)
    return loss, logits.argmax(1) == wanted


def _tally(logits: Tensor, labels: Tensor) -> Tally:
    loss, right = _answers(logits, labels)
    return loss, right.sum(-1)


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
    return means(parts, len(labels))


def means(parts: Sequence[Tally], examples: int) -> tuple[PerSeed, PerSeed]:
    """The mean cross-entropy and the accuracy of every replica, from the sums over parts of the examples."""
    loss, correct = (sum(each) for each in zip(*parts, strict=True))
    return finite((loss / examples).tolist()), (correct / examples).tolist()


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
