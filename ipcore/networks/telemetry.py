"""What is read off networks while they train. Reading changes nothing: every function here is pure.

Statistics of a layer are over the replicas named in ``alive``, those that have not diverged.
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
"""Beyond this absolute value an output counts as saturated."""

_GAIN_EDGES = torch.from_numpy(GAIN_EDGES).float()
_BIAS_EDGES = torch.from_numpy(BIAS_EDGES).float()


def entropy(y: Tensor) -> tuple[Tensor, Tensor]:
    """Entropy of each neuron's activity, averaged over a layer, and the layer's histogram.

    ``H = -sum_k p_k ln p_k / ln K`` with ``p_k`` the share of a neuron's outputs in bin k of K = 30 equal bins over
    [-1, 1]: 1 when every level is used equally, 0 when the neuron says nothing. From B examples it cannot exceed
    ln B / ln K, and it falls short of the true entropy by about (K - 1) / (2 B ln K).

    Args:
        y: outputs in [-1, 1], shape (layers, neurons, examples).

    Returns:
        Entropy, shape (layers,), and shares of the bins over all neurons of a layer, shape (layers, 30).
    """
    layers, neurons, examples = y.shape
    cell = ((y + 1) * (ACTIVITY_BINS / 2)).to(torch.int32).clamp_(0, ACTIVITY_BINS - 1)
    cell += (torch.arange(layers * neurons, dtype=torch.int32) * ACTIVITY_BINS).view(layers, neurons, 1)
    counts = torch.bincount(cell.view(-1), minlength=layers * neurons * ACTIVITY_BINS)
    # sum p ln p = sum c ln c / B - ln B for counts c of B examples; the few values of c ln c are looked up.
    whole = torch.arange(examples + 1, dtype=torch.float32)
    c_ln_c = torch.special.xlogy(whole, whole).index_select(0, counts).view(layers, -1).sum(-1)
    each = ((math.log(examples) - c_ln_c / (examples * neurons)) / math.log(ACTIVITY_BINS)).clamp_(0, 1)  # of rounding
    return each, counts.view(layers, neurons, ACTIVITY_BINS).sum(1) / (examples * neurons)


def histograms(values: Tensor, edges: Tensor) -> list[list[int]]:
    """A trimmed histogram for each layer; what lies outside the edges is counted in the outermost bins.

    Args:
        values: shape (layers, neurons); those that are not finite are left out.
        edges: ascending, shape (bins + 1,).
    """
    layers, bins = len(values), len(edges) - 1
    cell = (torch.bucketize(values, edges, right=True) - 1).clamp_(0, bins - 1)
    cell += torch.arange(layers).view(-1, 1) * bins
    counts = torch.bincount(cell[values.isfinite()], minlength=layers * bins).view(layers, bins)
    return [trim(row) for row in counts.numpy()]


def layers(network: Network, alive: list[int]) -> LayerNumbers:
    """What a snapshot holds of one method, of the minibatch that just passed."""
    neurons = network.neurons

    def living(tensor: Tensor) -> Tensor:
        return tensor if len(alive) == tensor.shape[1] else tensor[:, alive]

    y, dx = living(neurons.y).flatten(1, 2), living(neurons.dx)
    gain, bias = (living(tensor).flatten(1) for tensor in neurons.effective())
    information, activity = entropy(y)
    first, between, _ = (living(gradient).abs().mean((1, 2, 3)) for gradient in network.weight_gradients)
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
    """Sum of the cross-entropies of examples and number of right answers, of every replica; each of shape (R,).

    Args:
        inputs: shape (examples, features).
        labels: classes, shape (examples,).
    """
    logits = network.evaluate(inputs)
    wanted = labels.expand(len(logits), -1)
    loss = F.cross_entropy(logits, wanted, reduction="none").double().sum(-1)
    return loss, (logits.argmax(1) == wanted).sum(-1)


PerSeed = list[float | None]
"""A number for each replica; None where it is not finite."""


def test(network: Network, inputs: Tensor, labels: Tensor, chunk: int = 1000) -> tuple[PerSeed, PerSeed]:
    """Mean cross-entropy and accuracy of every replica, each a list over replicas; arguments as of :func:`tally`.

    Args:
        chunk: examples at once, a bound on memory.
    """
    parts = [tally(network, *part) for part in zip(inputs.split(chunk), labels.split(chunk), strict=True)]
    loss, correct = (sum(each) for each in zip(*parts, strict=True))
    return finite((loss / len(labels)).tolist()), (correct / len(labels)).tolist()


def surface(network: Network, extent: list[float]) -> list[int]:
    """The first replica's probability of class 1 over the plane, in percent, SIDE * SIDE cells, rows upward."""
    x0, x1, y0, y1 = extent
    across, up = (low + (high - low) * (torch.arange(SIDE) + 0.5) / SIDE for low, high in ((x0, x1), (y0, y1)))
    grid = torch.stack(torch.meshgrid(across, up, indexing="xy"), -1).view(-1, 2)
    return (network.evaluate(grid, replicas=1)[0].softmax(0)[1].nan_to_num(0.5) * 100).round().int().tolist()
