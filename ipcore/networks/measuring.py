"""Gradients of untrained networks, measured: the rules settle, then the error goes backward once.

The weights stay as they were drawn. What theory says of such networks is in :mod:`ipcore.theory.depth`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal

import torch

from ipcore.config import RunConfig
from ipcore.data.sets import Data
from ipcore.jsonlines import finite
from ipcore.methods import registry
from ipcore.networks.network import Network, initial_weights
from ipcore.networks.race import Minibatches, cross_entropy
from ipcore.recordings.events import measurement as events
from ipcore.recordings.events.base import Event
from ipcore.recordings.measurement import check_measurable, multiplier

FIRST_RATE = 0.5
"""Intrinsic rate at first: some ten minibatches then take gains anywhere. It falls evenly, on a logarithmic scale, to
that of the settings, so that the noise of minibatches averages out."""


def measure(config: RunConfig, data: Data, stopped: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Yields the events of a measurement (:mod:`ipcore.recordings.events.measurement`), the last an ``end``.

    Networks of all methods share, seed by seed, their weights and minibatches. Neurons with a rule of their own see
    ``steps`` minibatches while the weights stand still. Then all networks see one more, and its loss is propagated back
    through them.

    Args:
        config: data set, methods, depth, width, weight scale, batch size and seeds; ``steps`` to settle, and the
            ``intrinsic_rate`` at their end. There is no learning rate.
        data: the data set of the settings.
        stopped: asked now and then whether to give up.

    Raises:
        ValueError: if a method cannot be measured.
    """
    check_measurable(config)
    began = time.perf_counter()
    seeds = [config.first_seed + replica for replica in range(config.seeds)]
    weights = initial_weights(config, seeds)
    networks = {method: Network(config, method, weights) for method in config.methods}
    minibatches = Minibatches(data, config.batch_size, seeds)

    settling = [network for method, network in networks.items() if registry.get(method).local]
    steps = config.steps if settling else 0
    still = torch.zeros(config.seeds, 1, 1)
    first, last = torch.tensor([FIRST_RATE, max(config.intrinsic_rate, 1e-6)]).log10().tolist()
    rates = torch.logspace(first, last, steps)
    reported = began
    for step, rate in enumerate(rates):
        if stopped():
            yield _end("stopped", began)
            return
        if (now := time.perf_counter()) - reported > 0.1 or step == 0:
            reported = now
            yield events.Settling(done=step, total=steps)
        inputs, _ = minibatches.next()
        for network in settling:
            network.forward(inputs)
            network.neurons.update(still, rate.expand_as(still))

    inputs, labels = minibatches.next()
    found = {}
    for method, network in networks.items():
        _, error = cross_entropy(network.forward(inputs), labels)
        network.backward(inputs, error)
        found[method] = _read(network)
    yield events.Measured(
        second_moment=inputs.square().mean().item(),
        variance=inputs.var(1, correction=0).mean().item(),
        methods=found,
    )
    yield _end("finished", began)


def _read(network: Network) -> events.MeasuredNumbers:
    """What one backward pass left in a stack of networks. In double precision: error signals may be tiny."""
    squares = network.neurons.dx.double().square().mean((2, 3))  # (layers, replicas)
    first, between, _ = (gradient.double().abs().mean((1, 2, 3)) for gradient in network.weight_gradients)
    return events.MeasuredNumbers(
        activity=finite(network.neurons.y.square().mean((1, 2, 3)).sqrt().tolist()),
        error_signal=finite(squares.mean(1).sqrt().tolist()),
        weight_gradient=finite(torch.cat((first, between)).tolist()),
        multiplier=finite([multiplier(each) for each in squares.sqrt().T.tolist()]),
    )


def _end(state: Literal["finished", "stopped"], began: float) -> events.End:
    return events.End(state=state, elapsed=time.perf_counter() - began)
