"""Optimizers against torch.optim, for every method, and replicas against each other.

In double precision, where two ways to the same number agree to nine digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from ipcore.config import CHOICES, METHODS, RunConfig
from ipcore.networks.loss import cross_entropy
from ipcore.networks.network import Network
from ipcore.networks.optimizers import OPTIMIZERS
from ipcore.networks.starts import initial_biases, initial_weights

SEEDS, STEPS = (5, 6, 7), 24
RATES = (0.001, 0.01, 0.05)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
CONFIG = RunConfig(dataset="spirals", depth=3, width=7, batch_size=16, initialization="xavier", biases="drawn")
THEIRS = {
    "sgd": torch.optim.SGD,
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
    "adam": torch.optim.Adam,
}


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def minibatches(steps: int = STEPS) -> Iterator[tuple[Tensor, Tensor]]:
    """For each step inputs of shape (R, B, 2) and labels of shape (R, B), the same each time."""
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        shape = (len(SEEDS), CONFIG.batch_size)
        yield torch.randn(*shape, 2, generator=generator), torch.randint(0, 2, shape, generator=generator)


def network(optimizer: str, method: str, seeds: tuple[int, ...] = SEEDS) -> Network:
    config = CONFIG.replace(optimizer=optimizer)
    return Network(config, method, initial_weights(config, seeds), initial_biases(config, seeds))


@torch.no_grad()
def differentiate(net: Network, inputs: Tensor, labels: Tensor) -> None:
    _, error = cross_entropy(net.forward(inputs), labels)
    net.backward(inputs, error)


def rates(step: int, values: tuple[float, ...] = RATES) -> Tensor:
    """The rate of each replica, which changes once in flight."""
    return torch.tensor(values).view(-1, 1, 1) * (1.0 if step < STEPS // 2 else 0.3)


def test_there_is_a_class_for_every_choice():
    assert tuple(OPTIMIZERS) == tuple(CHOICES["optimizer"].options) == tuple(THEIRS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_step_is_that_of_torch_optim(optimizer, method):
    """Of each replica, from the same gradients, at a rate of its own that changes in flight."""
    net = network(optimizer, method)
    copies = [[parameter[:, replica].clone() for parameter, _ in net.trained()] for replica in range(len(SEEDS))]
    theirs = [THEIRS[optimizer](copy, lr=rate) for copy, rate in zip(copies, RATES, strict=True)]
    for step, (inputs, labels) in enumerate(minibatches()):
        differentiate(net, inputs, labels)
        for replica, (copy, optimiser) in enumerate(zip(copies, theirs, strict=True)):
            optimiser.param_groups[0]["lr"] = rates(step)[replica].item()
            for mine, (_, gradient) in zip(copy, net.trained(), strict=True):
                mine.grad = gradient[:, replica].clone()
            optimiser.step()
        net.update(rates(step), torch.full((len(SEEDS), 1, 1), 0.05))
        for replica, copy in enumerate(copies):
            for mine, (parameter, _) in zip(copy, net.trained(), strict=True):
                torch.testing.assert_close(parameter[:, replica], mine, **CLOSE)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_replica_does_not_depend_on_its_neighbours(optimizer, method):
    together, alone = network(optimizer, method), network(optimizer, method, SEEDS[1:2])
    for step, (inputs, labels) in enumerate(minibatches()):
        for net, part in ((together, slice(None)), (alone, slice(1, 2))):
            differentiate(net, inputs[part], labels[part])
            net.update(rates(step, RATES[part]), torch.full((len(inputs[part]), 1, 1), 0.05))
    for stacked, single in zip(together.state(), alone.state(), strict=True):
        torch.testing.assert_close(stacked[:, 1:2], single, **CLOSE)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_frozen_replica_stays_and_what_it_remembers_does_not_reach_another(optimizer, method, value):
    """The gradients of one replica are not finite from the sixth minibatch on."""
    free, fallen = network(optimizer, method), network(optimizer, method)
    intrinsic, frozen = torch.full((len(SEEDS), 1, 1), 0.05), []
    for step, (inputs, labels) in enumerate(minibatches(12)):
        for net in (free, fallen):
            given = inputs.clone()
            if net is fallen and step >= 5:
                given[1] = value
            differentiate(net, given, labels)
            if net is fallen and step == 7:
                net.freeze(1)
                frozen = [tensor[:, 1].clone() for tensor in net.state()]
            net.update(rates(step), intrinsic)
        for calm, other in zip(free.state(), fallen.state(), strict=True):
            assert torch.equal(calm[:, [0, 2]], other[:, [0, 2]])
    for tensor, held in zip(fallen.state(), frozen, strict=True):
        torch.testing.assert_close(tensor[:, 1], held, rtol=0, atol=0, equal_nan=True)
