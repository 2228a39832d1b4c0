"""What momentum and Adam add to a step of the default race, of plain, batch norm and IP, without telemetry.

Times are per step of all three networks, on one thread.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable

import torch

from benchmarks.timing import in_turn, median_ratio, seconds_per_call
from ipcore.config import CHOICES, RunConfig
from ipcore.data.sets import Data, load
from ipcore.networks.race import Race

REPLICAS = (1, 8)


def steps(config: RunConfig, data: Data) -> Callable[[], float]:
    """A function that measures the seconds per step of a race. It does not train long enough to diverge."""
    race = Race(config, data)

    @torch.no_grad()
    def step() -> None:
        race.advance()

    return lambda: seconds_per_call(step)


def main() -> None:
    """Prints a line for each number of replicas and optimizer."""
    data = load("mnist-5k")
    torch.set_num_threads(1)
    print("optimizers: ms per step of the default race; the ratio is that to sgd")
    print(f"{'replicas':>8}  {'optimizer':<12}{'ms':>9}{'ratio':>9}")
    for replicas in REPLICAS:
        figures = in_turn(
            {
                name: steps(RunConfig(seeds=replicas, learning_rate=1e-4, optimizer=name), data)
                for name in CHOICES["optimizer"].options
            }
        )
        for name, found in figures.items():
            ratio = median_ratio(found, figures["sgd"])
            print(f"{replicas:>8}  {name:<12}{1000 * statistics.median(found):>9.3f}{ratio:>9.2f}", flush=True)
