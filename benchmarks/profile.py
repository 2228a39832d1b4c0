"""Where the time of a training step goes, part by part, on one core and without telemetry.

The parts are timed with the processor clock of the thread while a race trains. A part does not count what another part
within it takes: "products forward" is the forward pass without its neurons. Reading the clock takes about 1 us a part,
so the sum is a little more than an undisturbed step takes.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch

from benchmarks.engine import BATCH, SIZES
from benchmarks.peers import METHODS, REPLICAS, stay_on_one_core
from ipcore.config import RunConfig
from ipcore.data.sets import Data, load
from ipcore.networks.race import Race

STEPS = 150


class Stopwatch:
    """Adds up the time of the parts of a step, each without the parts that it calls.

    Args:
        clock: tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock, self._within = clock, [0.0]
        self.seconds: dict[str, float] = defaultdict(float)

    def watch(self, owner: Any, method: str, part: str) -> None:
        """Replaces a method of one object by the same method, timed as this part."""
        call = getattr(owner, method)

        def timed(*arguments: Any, **named: Any) -> Any:
            self._within.append(0.0)
            began = self._clock()
            result = call(*arguments, **named)
            passed = self._clock() - began
            self.seconds[part] += passed - self._within.pop()
            self._within[-1] += passed
            return result

        setattr(owner, method, timed)

    def lap(self) -> dict[str, float]:
        """The seconds of each part since the last call."""
        found, self.seconds = dict(self.seconds), defaultdict(float)
        return found


@torch.no_grad()
def profile(config: RunConfig, data: Data, steps: int = STEPS) -> dict[str, float]:
    """The median seconds of each part of a step of one method, per network."""
    race, watch = Race(config, data), Stopwatch()
    network = race.networks[config.methods[0]]
    for owner, method, part in (
        (race, "advance", "loss and the rest"),
        (race.minibatches, "next", "minibatch"),
        (network, "forward", "products forward"),
        (network.neurons, "forward", "neurons forward"),
        (network, "backward", "products backward"),
        (network.neurons, "backward", "neurons backward"),
        (network, "update", "keeping the state"),
        (network.optimizer, "step", "optimizer"),
        (network.neurons, "trained", "gradients of neurons"),
        (network.neurons, "adapt", "rule"),
    ):
        watch.watch(owner, method, part)
    laps = [_timed(race, watch) for _ in range(steps)][steps // 4 :]
    return {part: statistics.median(lap[part] for lap in laps) / config.seeds for part in laps[0]}


def _timed(race: Race, watch: Stopwatch) -> dict[str, float]:
    race.advance()
    return watch.lap()


def table(columns: dict[str, dict[str, float]]) -> Iterable[str]:
    """A table in Markdown, with a line for each part and a column for each case: milliseconds."""
    yield "| ms per network and step | " + " | ".join(columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for part in next(iter(columns.values())):
        yield f"| {part} | " + " | ".join(f"{1000 * found[part]:.3f}" for found in columns.values()) + " |"
    yield "| sum | " + " | ".join(f"{1000 * sum(found.values()):.3f}" for found in columns.values()) + " |"


def main() -> None:
    """Prints a table for each size of network."""
    data = load("mnist-5k")
    stay_on_one_core()
    for depth, width in SIZES:
        columns = {}
        for method, replicas in itertools.product(METHODS, REPLICAS):
            config = RunConfig(
                methods=(method,), depth=depth, width=width, batch_size=BATCH, seeds=replicas, steps=20_000
            )
            columns[f"{method}, {replicas}"] = profile(config, data)
        print(f"profile of a step, {depth} x {width}; method, replicas\n", *table(columns), "", sep="\n", flush=True)
