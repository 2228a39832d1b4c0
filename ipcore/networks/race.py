"""A race: networks of several methods, trained in lockstep, one minibatch at a time.

For each seed, the networks of all methods have the same initial weights and the same order of minibatches. So if their
curves differ, only the method can be the reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch

from ipcore.config import IN_FLIGHT, RunConfig
from ipcore.data.sets import Data
from ipcore.networks.loss import loss_function
from ipcore.networks.minibatches import minibatches
from ipcore.networks.network import Network
from ipcore.networks.starts import initial_biases, initial_weights


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
        self.minibatches = minibatches(data.first(config.train_examples), config.batch_size, seeds[:: self._shared_by])
        self._loss = loss_function()

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
            loss, error = self._loss(network.forward(inputs), labels)
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
