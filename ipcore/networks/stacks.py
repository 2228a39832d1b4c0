"""Trains a stack of a sweep: a generator of its events.

==========  ==========================================================================================================
event       fields; numbers per replica are lists in the order of ``Stack.replicas``
==========  ==========================================================================================================
curve       ``stack`` (id), ``sequence``, ``step``, ``loss`` (of minibatches before their updates, mean over those since
            the last curve; null once diverged), ``accuracy`` (on the first PROBE test examples)
done        ``stack``, ``sequence``, ``step``, ``test_accuracy`` and ``test_loss`` (on all test examples), ``diverged``
            (step at which the loss stopped being finite, or null), ``seconds`` (of the processor)
==========  ==========================================================================================================

``sequence`` counts a stack's events from 0. All but ``seconds`` is the same to the last bit whenever the same stack is
trained on the same kind of machine, so one that was lost can be trained again and its events joined to those that came.
A replica that diverges is frozen where it was before; the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

import torch
from torch import Tensor

from ipcore.config import PROBE
from ipcore.data.sets import Data
from ipcore.jsonlines import finite
from ipcore.networks.network import Network
from ipcore.networks.race import Race, real
from ipcore.networks.telemetry import tally
from ipcore.sweeps.plan import Stack
from ipcore.sweeps.stack_size import moments
from ipcore.sweeps.values import STACKED

LOOK_SECONDS = 0.02
"""How long the caller waits at most, but for a single step or PROBE examples, until it may look whether to go on."""


@torch.no_grad()
def train_stack(stack: Stack, data: Data) -> Iterator[dict[str, Any] | None]:
    """Trains all networks of a stack, and yields its events; between them None, so that its caller can look up.

    Who does not want the rest does not ask for it.

    Args:
        stack: what to train.
        data: the data set that it names.
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


def _events(stack: Stack, data: Data) -> Iterator[dict[str, Any] | None]:
    """As :func:`train_stack`, with None after every step."""
    began, sequence = time.thread_time(), 0
    replicas, steps, method = stack.replicas, stack.config.steps, stack.method
    own = {setting: [getattr(each, setting) for each in replicas] for setting in STACKED}
    race = Race(stack.config, data, [each.seed for each in replicas], own)
    network, alive = race.networks[method], race.alive[method]
    inputs, labels = real(torch.from_numpy(data.test_inputs), data), torch.from_numpy(data.test_labels)
    fell: list[int | None] = [None] * len(replicas)
    yield None
    for moment in moments(steps):
        gathered, count = torch.zeros(len(replicas), dtype=torch.float64), moment - race.step
        while race.step < moment and alive:
            losses, diverged = race.advance()
            gathered += torch.tensor(losses[method], dtype=torch.float64)
            for _, replica in diverged:
                fell[replica] = race.step
            yield None
        race.step = moment  # with none alive, nothing would change
        loss = [None if fallen else value for fallen, value in zip(fell, (gathered / count).tolist(), strict=True)]
        _, accuracy = yield from _test(network, inputs[:PROBE], labels[:PROBE])
        yield {
            "event": "curve", "stack": stack.id, "sequence": sequence, "step": moment,
            "loss": finite(loss), "accuracy": accuracy,
        }  # fmt: skip
        sequence += 1
    test_loss, test_accuracy = yield from _test(network, inputs, labels)
    yield {
        "event": "done", "stack": stack.id, "sequence": sequence, "step": steps,
        "test_accuracy": test_accuracy, "test_loss": test_loss, "diverged": fell, "seconds": time.thread_time() - began,
    }  # fmt: skip


def _test(network: Network, inputs: Tensor, labels: Tensor) -> Generator[None, None, tuple[list[float], list[float]]]:
    """Returns mean cross-entropy and accuracy of every replica, each a list; yields after every PROBE examples."""
    loss = correct = torch.zeros((), dtype=torch.float64)
    for part in zip(inputs.split(PROBE), labels.split(PROBE), strict=True):
        losses, right = tally(network, *part)
        loss, correct = loss + losses, correct + right.double()
        yield None
    return finite((loss / len(labels)).tolist()), (correct / len(labels)).tolist()
