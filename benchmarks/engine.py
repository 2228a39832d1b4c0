"""Our engine against a bare loop over torch.nn layers, and against its own matrix products alone.

All three are given minibatches of 100 of the embedded digits. Our engine has all telemetry on and encodes every event,
as the worker does. The bare loop has no telemetry: it consists of forward pass, autograd and torch.optim.SGD. For IP it
trains the plain network, which needs the fewest operations. The limit is torch.matmul on the shapes of one step,
forward and backward, and nothing else. Times are per network and step.
"""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.timing import WINDOW, in_turn, median_ratio, seconds_per_call
from ipcore.config import RunConfig
from ipcore.data.sets import Data, load
from ipcore.jsonlines import encode
from ipcore.networks.training import train

Clock = Callable[[], float]
"""Tells the time in seconds."""

SIZES = ((15, 64), (5, 32))
METHODS = ("plain", "batch-norm", "ip")
REPLICAS = (1, 3, 8)
BATCH = 100


class Ours:
    """The engine with one method. Each call of :meth:`measure` continues the same run.

    Between two calls other things are timed. The engine must not count that as its own time, by which it paces its
    telemetry. So a call ends with the event that answers a command, a tiny change of a rate, which the engine does not
    count as training time.

    Args:
        config: the settings, of one method.
        data: the data set that they name.
        clock: by which time is measured, in seconds.
    """

    def __init__(self, config: RunConfig, data: Data, clock: Clock = time.perf_counter) -> None:
        self._config, self._deadline, self._marks, self._clock = config, math.inf, 0, clock
        self._steps = self._before = 0
        self._events = train(config, data, self)

    def get(self, block: bool) -> dict[str, Any] | None:
        """The next command for :func:`ipcore.networks.training.train`, which asks before each step."""
        if self._deadline and (self._clock() < self._deadline or self._steps == self._before):
            self._steps += 1
            return None
        if not self._deadline:
            return {"command": "stop"}
        self._marks += 1
        return {"command": "set", "setting": "intrinsic_rate", "value": 0.05 + 1e-4 * (self._marks % 2)}

    def measure(self) -> float:
        """Trains for at least WINDOW seconds, and returns the seconds per network and step."""
        self._before, began = self._steps, self._clock()
        self._deadline = began + WINDOW
        for event in self._events:
            encode(event)
            if event.name == "mark":
                break
        return (self._clock() - began) / (self._steps - self._before) / self._config.seeds

    def telemetry(self) -> float:
        """Ends the run, and returns the share of its time that telemetry took."""
        self._deadline = 0.0
        *_, end = self._events
        return end.telemetry


def bare(
    depth: int, width: int, normalise: bool, data: Data, clock: Clock = time.perf_counter, *, compiled: bool = False
) -> Callable[[], float]:
    """A function that measures the seconds per step of a simple loop over torch.nn layers.

    Args:
        depth: number of hidden layers.
        width: number of units in each.
        normalise: whether there is batch norm.
        data: the data set.
        clock: by which time is measured, in seconds.
        compiled: whether torch.compile compiles forward pass, loss and backward pass.
    """
    inputs, labels = torch.from_numpy(data.train_inputs).float() / 255, torch.from_numpy(data.train_labels)
    sizes = [inputs.shape[1], *[width] * depth]
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), *([nn.BatchNorm1d(fan_out)] if normalise else []), nn.Tanh()]
    net = nn.Sequential(*layers, nn.Linear(width, 10))
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01)
    state = {"order": torch.randperm(len(labels)), "at": 0}

    def loss_of(chosen: Tensor) -> Tensor:
        return nn.functional.cross_entropy(net(inputs[chosen]), labels[chosen])

    criterion = torch.compile(loss_of) if compiled else loss_of

    def step() -> None:
        if state["at"] + BATCH > len(labels):
            state.update(order=torch.randperm(len(labels)), at=0)
        chosen = state["order"][state["at"] : state["at"] + BATCH]
        state["at"] += BATCH
        with torch.enable_grad():
            loss = criterion(chosen)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return lambda: seconds_per_call(step, clock=clock)


def products(depth: int, width: int, replicas: int, clock: Clock = time.perf_counter) -> Callable[[], float]:
    """A function that measures the seconds per network for the matrix products of one step, and nothing else."""
    inward, between, outward = (torch.randn(replicas, *shape) for shape in ((width, 784), (width, width), (10, width)))
    inputs, hidden, error = (torch.randn(replicas, *shape) for shape in ((BATCH, 784), (width, BATCH), (10, BATCH)))

    def step() -> None:
        torch.matmul(inward, inputs.mT)
        for _ in range(depth - 1):
            torch.matmul(between, hidden)
        torch.matmul(outward, hidden)
        torch.matmul(error, hidden.mT)
        torch.matmul(outward.mT, error)
        for _ in range(depth - 1):
            torch.matmul(hidden, hidden.mT)
            torch.matmul(between.mT, hidden)
        torch.matmul(hidden, inputs)

    return lambda: seconds_per_call(step, clock=clock) / replicas


def main() -> None:
    """Prints a line for each size, number of threads, method and number of replicas."""
    data = load("mnist-5k")
    print("engine: ms per network and step; bare/ours above 1 means ours is faster; ours/limit is what is left to gain")
    print(f"{'depth x width':<15}{'threads':>8} {'method':<12}{'replicas':>9}{'ours':>9}{'bare':>9}{'limit':>9}"
          f"{'bare/ours':>11}{'ours/limit':>12}{'telemetry':>11}")  # fmt: skip
    for (depth, width), threads, method in itertools.product(SIZES, (1, 2), METHODS):
        torch.set_num_threads(threads)
        config = RunConfig(methods=(method,), depth=depth, width=width, batch_size=BATCH, steps=20_000)
        engines = {replicas: Ours(config.replace(seeds=replicas), data) for replicas in REPLICAS}
        figures = in_turn(
            {"bare": bare(depth, width, method == "batch-norm", data)}
            | {f"ours {replicas}": engine.measure for replicas, engine in engines.items()}
            | {f"limit {replicas}": products(depth, width, replicas) for replicas in REPLICAS}
        )
        for replicas, engine in engines.items():
            mine, limit = figures[f"ours {replicas}"], figures[f"limit {replicas}"]
            milliseconds = [1000 * statistics.median(each) for each in (mine, figures["bare"], limit)]
            print(
                f"{f'{depth} x {width}':<15}{threads:>8} {method:<12}{replicas:>9}"
                + "".join(f"{each:>9.3f}" for each in milliseconds)
                + f"{median_ratio(figures['bare'], mine):>11.2f}{median_ratio(mine, limit):>12.2f}"
                f"{engine.telemetry():>11.1%}",
                flush=True,
            )
