"""What is measured for the claims: cells of networks, and cells of one neuron, each for one seed at a time.

A cell of networks has one method and one shape, and its networks differ in the learning rate. They are trained as one
stack for each seed, so the numbers of a seed do not depend on how many other seeds, or other cells, are measured.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ipcore.config import RunConfig
from ipcore.recordings.events.stack import Curve, Done
from ipcore.sweeps.plan import Replica, Stack
from ipcore.sweeps.values import format_number
from ipcore.theory.distributions import Distribution
from ipcore.theory.equilibria import bin_probabilities, information
from ipcore.theory.neuron import Neuron

DIGITS = 6
"""Significant digits of what is kept of gradients and information."""

NeuronResult = dict[str, list[float]]
NetworkResult = dict[str, list[Any]]


@dataclass(frozen=True)
class NetworkCell:
    """Networks of one method and one shape at several learning rates.

    Args:
        config: the settings that they share: one method; its seed and learning rate have no meaning.
        rates: the learning rates, ascending.
        start: the name of the start of the weights.
    """

    config: RunConfig
    rates: tuple[float, ...]
    start: str

    @property
    def method(self) -> str:
        """The method of all its networks."""
        return self.config.methods[0]

    @property
    def key(self) -> str:
        """A text that names all its settings; two cells with the same key have the same results."""
        settings = {**self.config.to_dict(), "learning_rate": list(self.rates)}
        del settings["seeds"], settings["first_seed"]
        return json.dumps({"networks": settings}, sort_keys=True)

    @property
    def words(self) -> str:
        """The cell in words, for messages."""
        size = f", batch size {self.config.batch_size}" if self.config.batch_size != 100 else ""
        return f"{self.method}, {self.start} start, {self.config.depth} layers{size}"

    def stack(self, seed: int) -> Stack:
        """The networks of one seed; the name of the stack is unique among the cells of a plan."""
        own = self.config.intrinsic_rate, self.config.weight_scale
        replicas = tuple(Replica(format_number(rate), seed, rate, *own) for rate in self.rates)
        config = self.config.replace(first_seed=seed, learning_rate=self.rates[0], seeds=1)
        name = f"{self.method}-{self.start}-{config.depth}-{config.batch_size}-{seed}"
        return Stack(name, config, replicas, measured=True)

    def result(self, curves: list[Curve], done: Done) -> NetworkResult:
        """What is kept of the events of one seed; lists by learning rate.

        ``accuracy`` on all test examples, ``first`` and ``second`` on either half of them, ``gradient`` moment by
        moment, ``information`` layer by layer, ``diverged`` the step or null.
        """
        gradients = [each.first_layer_gradient or [None] * len(self.rates) for each in curves]
        return {
            "accuracy": list(done.test_accuracy),
            "first": list(done.first_half_accuracy or []),
            "second": list(done.second_half_accuracy or []),
            "gradient": [[_rounded(each[index]) for each in gradients] for index in range(len(self.rates))],
            "information": [[_rounded(value) for value in layers] for layers in done.information or []],
            "diverged": list(done.diverged),
        }


@dataclass(frozen=True)
class NeuronCell:
    """One neuron under one rule, on samples of a fixed input distribution.

    Args:
        distribution: the distribution of the input.
        method: the rule.
        gain: the gain at the start.
        bias: the bias at the start.
        batch_size: samples in a minibatch.
        rate: the intrinsic rate for the first updates, from which it falls evenly on a logarithmic scale to
            ``last_rate``, so that the noise of minibatches averages out.
        last_rate: the intrinsic rate of the last updates.
        updates: the number of updates; the last fifth of them is averaged.
        moments: the numbers of updates after which information is measured, ascending.
    """

    distribution: Distribution
    method: str
    gain: float = 1.0
    bias: float = 0.0
    batch_size: int = 100
    rate: float = 0.05
    last_rate: float = 0.005
    updates: int = 1_000
    moments: tuple[int, ...] = (10, 30, 100, 300, 1_000)

    @property
    def key(self) -> str:
        """A text that names all its settings; two cells with the same key have the same results."""
        own = {name: value for name, value in asdict(self).items() if name != "distribution"}
        named = {"family": type(self.distribution).__name__, **asdict(self.distribution)}
        return json.dumps({"neuron": {**own, "distribution": named}}, sort_keys=True)

    @property
    def words(self) -> str:
        """The cell in words, for messages."""
        return f"one neuron, {self.method}, {self.distribution}"

    def measure(self, seed: int) -> NeuronResult:
        """Simulates the neuron. Gain and bias are means over the last fifth of the updates.

        Returns:
            ``gain`` and ``bias``, one number each, and ``information`` at each moment; it is exact for the gain and the
            bias of that moment.
        """
        half = self.updates // 2
        falling = np.geomspace(self.rate, self.last_rate, self.updates - half)
        rates = np.concatenate([np.full(half, self.rate), falling])
        neuron = Neuron(
            self.distribution, (self.method,), self.batch_size, self.rate, seed, self.gain, self.bias, self.updates + 1
        )
        neuron.run(rates)
        course = neuron.trajectories()[self.method]
        last = slice(-max(1, self.updates // 5), None)
        gain, bias = float(course.gain[last].mean()), float(course.bias[last].mean())
        at = list(self.moments)
        used = bin_probabilities(self.distribution, course.gain[at], course.bias[at])
        return {"gain": [gain], "bias": [bias], "information": [float(each) for each in information(used)]}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")
