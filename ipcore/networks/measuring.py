"""Measures the gradients of untrained networks: the local rules settle first, then the error is propagated back once.

The weights keep their initial values. What theory predicts for such networks is in :mod:`ipcore.theory.depth`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal

import torch

from ipcore.config import RunConfig
from ipcore.data.sets import Data
from ipcore.jsonlines import finite
from ipcore.methods import Method, registry
from ipcore.networks.loss import cross_entropy
from ipcore.networks.minibatches import minibatches
from ipcore.networks.network import Network
from ipcore.networks.starts import initial_biases, initial_weights
from ipcore.recordings.events import measurement as events
from ipcore.recordings.events.base import Event
from ipcore.recordings.measurement import check_measurable, multiplier

FIRST_RATE = 0.5
"""The intrinsic rate of the first minibatch. It is so large that about ten minibatches can take a gain anywhere. From
there the rate falls evenly on a logarithmic scale to the rate of the settings, so that the noise of minibatches
averages out."""


def measure(config: RunConfig, data: Data, stopped: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Measures networks as :func:`measure_by_turns` does, and yields nothing but events."""
    for event in measure_by_turns(config, data, stopped):
        if event is not None:
            yield event


def measure_by_turns(config: RunConfig, data: Data, stopped: Callable[[], bool]) -> Iterator[Event | None]:
    """Measures networks and yields the events of :mod:`ipcore.recordings.events.measurement`, the last an ``end``.

    For each seed, the networks of all methods have the same weights and minibatches. Neurons with a local rule receive
    ``steps`` minibatches while the weights stay constant. Then all networks receive one more minibatch, and its loss is
    propagated back through them.

    Args:
        config: the settings. ``steps`` is the number of minibatches on which the rules settle, and ``intrinsic_rate``
            is the rate at the last of them. The learning rate is not used.
        data: the data set that the settings name.
        stopped: says whether to stop; it is called before each minibatch.

    Yields:
        Events, and None after each minibatch: the moments at which the caller may turn to something else.

    Raises:
        ValueError: if a method cannot be measured.
    """
    check_measurable(config)
    began = time.perf_counter()
    seeds = [config.first_seed + replica for replica in range(config.seeds)]
    weights, biases = initial_weights(config, seeds), initial_biases(config, seeds)
    networks = {method: Network(config, method, weights, biases) for method in config.methods}
    drawn = minibatches(data.first(config.train_examples), config.batch_size, seeds)

    settling = [network for method, network in networks.items() if _settles(registry.get(method))]
    steps = config.steps if settling else 0
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
        inputs, _ = drawn.next()
        for network in settling:
            network.forward(inputs)
            network.neurons.adapt(rate.expand(config.seeds, 1, 1))
        yield None

    inputs, labels = drawn.next()
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


def _settles(method: Method) -> bool:
    """Whether the neurons change by themselves while the weights stay constant."""
    return method.local or bool(method.intrinsic_rate)


def _read(network: Network) -> events.MeasuredNumbers:
    """The results of a backward pass through a stack of networks, in double precision, as error signals may be tiny."""
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
