"""A race: networks of several methods, trained in lockstep, one minibatch at a time.

For each seed, the networks of all methods have the same initial weights and the same order of minibatches. So if their
curves differ, only the method can be the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from ipcore.config import IN_FLIGHT, RunConfig
from ipcore.data.sets import Data
from ipcore.networks.device import on_device
from ipcore.networks.network import Network
from ipcore.networks.starts import initial_biases, initial_weights

HELD_AS_FLOATS = 256 * 2**20
"""If scaled training inputs take no more bytes than this, all are scaled at once, and not minibatch by minibatch."""


class Minibatches:
    """Draws minibatches of training examples in random order. Each seed has an order of its own.

    In one epoch no example is used twice; those that do not fill a minibatch at its end are left out.

    Args:
        data: the data set.
        batch: number of examples in a minibatch.
        seeds: one seed for each replica.
    """

    def __init__(self, data: Data, batch: int, seeds: list[int]) -> None:
        self._inputs = on_device(torch.from_numpy(data.train_inputs))
        self._labels = on_device(torch.from_numpy(data.train_labels))
        self._data = data
        self._raw = 4 * self._inputs.numel() > HELD_AS_FLOATS
        if not self._raw:
            self._inputs = scaled_inputs(self._inputs, data)
        # Not the generators of the weights, so that the order does not depend on the size of the network.
        self._generators = [torch.Generator().manual_seed(2**32 + seed) for seed in seeds]
        self._batch, self._position = batch, math.inf
        self._order = torch.empty(0)
        self._chosen = torch.empty(len(seeds), batch, self._inputs.shape[1], dtype=self._inputs.dtype)

    @property
    def examples(self) -> tuple[Data, Tensor, Tensor]:
        """The data set with its training inputs and labels as tensors, none of which ever changes."""
        return self._data, self._inputs, self._labels

    def next(self) -> tuple[Tensor, Tensor]:
        """The next minibatch of each seed: inputs, shape (R, B, features), and labels, shape (R, B).

        The inputs stay as they are only until the minibatch after it is drawn.
        """
        count = len(self._labels)
        if self._position + self._batch > count:
            orders = [torch.randperm(count, generator=each, device="cpu") for each in self._generators]
            self._order = on_device(torch.stack(orders))
            self._position = 0
        chosen = self._order[:, self._position : self._position + self._batch]
        self._position += self._batch
        flat = chosen.reshape(-1)
        torch.index_select(self._inputs, 0, flat, out=self._chosen.view(len(flat), -1))
        inputs = scaled_inputs(self._chosen, self._data) if self._raw else self._chosen
        return inputs, self._labels.index_select(0, flat).view_as(chosen)


def scaled_inputs(stored: Tensor, data: Data) -> Tensor:
    """Inputs as the networks receive them: ``(stored - offset) * scale``, as float32.

    Args:
        stored: inputs as the data set stores them, any shape.
        data: the data set, for its offset and scale.
    """
    return stored.to(torch.float32, copy=True).sub_(data.offset).mul_(data.scale)


def cross_entropy(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The mean cross-entropy of each replica, and its gradient with respect to the logits.

    ``dL/dlogits = (softmax(logits) - one_hot(labels)) / B``

    Args:
        logits: shape (R, classes, B).
        labels: classes, shape (R, B).

    Returns:
        Loss, shape (R,), and gradient, shape (R, classes, B).
    """
    log_share = torch.log_softmax(logits, 1)
    wanted = labels.unsqueeze(1)
    loss = -log_share.gather(1, wanted).mean((1, 2))
    error = log_share.exp_()
    error.scatter_(1, wanted, -1.0, reduce="add")
    return loss, error.div_(labels.shape[-1])


class Race:
    """Networks of several methods in lockstep, with the same initial weights and minibatches for the same seed.

    Args:
        config: the settings.
        data: the data set that the settings name.
        seeds: the seed of each replica; by default those of the settings. Replicas with equal seeds are neighbours.
        own: settings in which the replicas differ -> the value for each replica. Possible are learning_rate,
            intrinsic_rate and weight_scale.

    Attributes:
        networks: method -> its stack of networks.
        alive: method -> indices of its replicas that have not diverged.
        rates: setting in :data:`ipcore.config.IN_FLIGHT` -> its value for each replica, shape (R, 1, 1).
        minibatches: where minibatches come from.
        step: number of updates done.
    """

    def __init__(
        self,
        config: RunConfig,
        data: Data,
        seeds: Sequence[int] | None = None,
        own: Mapping[str, Sequence[float]] = MappingProxyType({}),
    ) -> None:
        seeds = list(seeds) if seeds else [config.first_seed + replica for replica in range(config.seeds)]
        weights = initial_weights(config, seeds, own.get("weight_scale"))
        biases = initial_biases(config, seeds)
        self.seeds, self.step = seeds, 0
        self.networks = {method: Network(config, method, weights, biases) for method in config.methods}
        self.alive = {method: list(range(len(seeds))) for method in config.methods}
        each = {setting: own.get(setting, [getattr(config, setting)] * len(seeds)) for setting in IN_FLIGHT}
        self.rates = {name: torch.tensor(values, dtype=torch.float32).view(-1, 1, 1) for name, values in each.items()}
        # If every seed has the same number of replicas, side by side, those of a seed share one minibatch. Otherwise
        # every replica has a minibatch of its own.
        different = list(dict.fromkeys(seeds))
        repeats = len(seeds) // len(different)
        self._shared_by = repeats if seeds == [seed for seed in different for _ in range(repeats)] else 1
        self.minibatches = Minibatches(data.first(config.train_examples), config.batch_size, seeds[:: self._shared_by])

    def advance(self) -> tuple[dict[str, list[float]], list[tuple[str, int]]]:
        """Trains every network on one minibatch.

        Returns:
            Method -> loss of each replica before the update, NaN if it has diverged; and the replicas that diverged in
            this step, each as (method, index of the replica).
        """
        inputs, labels = self.minibatches.next()
        labels = labels.repeat_interleave(self._shared_by, 0) if self._shared_by > 1 else labels
        losses, diverged = {}, []
        self.step += 1
        for method, network in self.networks.items():
            alive = self.alive[method]
            if not alive:
                losses[method] = [math.nan] * len(self.seeds)
                continue
            loss, error = cross_entropy(network.forward(inputs), labels)
            losses[method] = row = loss.tolist()
            newly_diverged = [replica for replica in alive if not math.isfinite(row[replica])]
            for replica in newly_diverged:
                network.freeze(replica)
                alive.remove(replica)
                diverged.append((method, replica))
            if len(alive) < len(row):
                losses[method] = [value if replica in alive else math.nan for replica, value in enumerate(row)]
            network.backward(inputs, error)
            network.update(self.rates["learning_rate"], self.rates["intrinsic_rate"])
        return losses, diverged
