"""Trains a stack of a sweep and yields its events (:mod:`ipcore.recordings.events.stack`).

A replica that diverges is frozen at its state before the last update; the others go on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator

import torch
from msgspec import UNSET
from torch import Tensor

from ipcore.config import INFORMATION_EXAMPLES, PROBE
from ipcore.data.sets import Data
from ipcore.jsonlines import finite
from ipcore.networks.device import on_device
from ipcore.networks.minibatches import scaled_inputs
from ipcore.networks.network import Network
from ipcore.networks.race import Race
from ipcore.networks.telemetry import PerSeed, answers, entropy
from ipcore.recordings.events.stack import Curve, Done
from ipcore.sweeps.plan import Stack
from ipcore.sweeps.stack_size import moments
from ipcore.sweeps.values import STACKED

LOOK_SECONDS = 0.02
"""Seconds after which the generator yields None, so that its caller can check whether to go on. A training step or a
test of PROBE examples is not interrupted, so it may take longer."""


@torch.no_grad()
def train_stack(stack: Stack, data: Data) -> Iterator[Curve | Done | None]:
    """Trains all networks of a stack and yields its events, and None in between (see :data:`LOOK_SECONDS`).

    A caller that does not want the rest just does not ask for more.

    Args:
        stack: the networks to train.
        data: the data set that the stack names.
    """
    looked = time.perf_counter()
    for event in _events(stack, data):
        if event is not None:
            yield event
        elif time.perf_counter() - looked < LOOK_SECONDS:
            continue
        else:
            yield None
        looked = time.perf_counter()


def _events(stack: Stack, data: Data) -> Iterator[Curve | Done | None]:
    """Like :func:`train_stack`, but yields None after every step."""
    began, sequence = time.thread_time(), 0
    replicas, steps, method = stack.replicas, stack.config.steps, stack.method
    own = {setting: [getattr(each, setting) for each in replicas] for setting in STACKED}
    race = Race(stack.config, data, [each.seed for each in replicas], own)
    network, alive = race.networks[method], race.alive[method]
    inputs = scaled_inputs(on_device(torch.from_numpy(data.test_inputs)), data)
    labels = on_device(torch.from_numpy(data.test_labels))
    diverged_at: list[int | None] = [None] * len(replicas)
    yield None
    for moment in moments(steps):
        gathered, count = torch.zeros(len(replicas), dtype=torch.float64), moment - race.step
        while race.step < moment and alive:
            losses, diverged = race.advance()
            gathered += torch.tensor(losses[method], dtype=torch.float64)
            for _, replica in diverged:
                diverged_at[replica] = race.step
            yield None
        race.step = moment  # if all have diverged, no step was done, because nothing would change
        means = (gathered / count).tolist()
        loss = [None if step else mean for step, mean in zip(diverged_at, means, strict=True)]
        _, right = yield from _test(network, inputs[:PROBE], labels[:PROBE])
        yield Curve(
            stack=stack.id,
            sequence=sequence,
            step=moment,
            loss=finite(loss),
            accuracy=_shares(right),
            first_layer_gradient=_first_layer_gradient(network, diverged_at) if stack.measured else UNSET,
        )
        sequence += 1
    test_loss, right = yield from _test(network, inputs, labels)
    yield Done(
        stack=stack.id,
        sequence=sequence,
        step=steps,
        test_accuracy=_shares(right),
        first_half_accuracy=_shares(right[:, ::2]),
        second_half_accuracy=_shares(right[:, 1::2]),
        test_loss=test_loss,
        diverged=diverged_at,
        seconds=time.thread_time() - began,
        information=_information(network, inputs[:INFORMATION_EXAMPLES], diverged_at) if stack.measured else UNSET,
    )


def _first_layer_gradient(network: Network, diverged_at: list[int | None]) -> PerSeed:
    """Mean |dL/dW| of the first layer of every replica for the latest minibatch; None for one that has diverged."""
    means = network.weight_gradients[0].abs().mean((0, 2, 3)).tolist()
    return finite([math.nan if step else mean for step, mean in zip(diverged_at, means, strict=True)])


def _information(network: Network, inputs: Tensor, diverged_at: list[int | None]) -> list[PerSeed]:
    """The information in the outputs of every replica, layer by layer, in evaluation; None for one that has diverged.

    Args:
        network: the networks.
        inputs: the examples, shape (examples, features).
        diverged_at: for each replica the step at which it diverged, or None.
    """
    y = network.outputs(inputs)
    return [
        [None] * len(y) if step else finite(entropy(y[:, replica])[0].tolist())
        for replica, step in enumerate(diverged_at)
    ]


def _test(network: Network, inputs: Tensor, labels: Tensor) -> Generator[None, None, tuple[PerSeed, Tensor]]:
    """Tests every replica; yields None after PROBE examples.

    Returns:
        Mean cross-entropy of every replica, and whether each of its answers is right, shape (replicas, examples).
    """
    loss, right = torch.zeros((), dtype=torch.float64), []
    for part in zip(inputs.split(PROBE), labels.split(PROBE), strict=True):
        losses, answered = answers(network, *part)
        loss = loss + losses
        right.append(answered)
        yield None
    return finite((loss / len(labels)).tolist()), torch.cat(right, 1)


def _shares(right: Tensor) -> PerSeed:
    """The share of right answers of every replica."""
    return (right.sum(1, dtype=torch.float64) / right.shape[1]).tolist()
