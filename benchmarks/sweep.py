"""Times a sweep against a loop that trains the same networks one by one, and sweeps with one and with two workers.

The sweep has seven learning rates and two seeds of plain, batch norm and IP on the embedded digits, with minibatches of
100. The loop (:mod:`benchmarks.plain_loop`) uses torch.nn and torch.optim, and is run in the way that is fastest on the
machine: in one process with one or two threads, or in two processes with one thread each that share the networks. Sweep
and loop may both use two cores, and both are warm. The sweep also measures learning curves, 20 tests of 250 examples
for each network, which the loop does not. Apart from rounding, both must have the same results.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from benchmarks.timing import in_turn, median_ratio
from ipcore.config import RunConfig
from ipcore.executors.base import Executor
from ipcore.executors.local import LocalExecutor
from ipcore.recordings.sweep import SweepRecording, start_event
from ipcore.sweeps.plan import Sweep

SIZES = ((5, 32), (15, 32), (5, 64), (15, 64))
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
SEEDS, STEPS, ROUNDS = 2, 60, 3
METHODS = ("plain", "batch-norm", "ip")
CHECKED, SAME = 10, 0.005
"""Number of steps after which both must have the same test losses, and the relative difference that rounding may cause
by then. The difference grows with every step. At depth 15 and high learning rates two equally good networks become
different."""


def planned(depth: int, width: int, steps: int = STEPS) -> Sweep:
    """The sweep that is timed."""
    config = RunConfig(methods=METHODS, depth=depth, width=width, steps=steps, seeds=SEEDS)
    return Sweep(config, {"learning_rate": RATES})


def carry_out(sweep: Sweep, executor: Executor) -> SweepRecording:
    """Trains all networks of a sweep on an executor."""
    recording = SweepRecording(sweep)
    recording.add(start_event(sweep))
    for stack in sweep.stacks():
        executor.submit(stack)
    while recording.done_networks < recording.networks:
        for event in executor.events(60):
            recording.add(event)
        assert not recording.failures, recording.failures
    return recording


class Loop:
    """Warm processes that wait for networks, which they train one by one.

    Args:
        processes: the number of processes.
        threads: the number of threads of each process.
    """

    def __init__(self, processes: int, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.plain_loop", str(threads)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        self._processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
            for _ in range(processes)
        ]

    def train(self, sweep: Sweep) -> dict[tuple[str, str, int], tuple[float, float]]:
        """Trains the networks of a sweep: (method, key of point, seed) -> accuracy and loss."""
        networks = [
            ((method, point.key, seed), point.config(method).replace(seeds=1, first_seed=seed).to_dict())
            for method in sweep.config.methods for point in sweep.points() for seed in sweep.seeds
        ]  # fmt: skip
        parts = [networks[place :: len(self._processes)] for place in range(len(self._processes))]
        for process, part in zip(self._processes, parts, strict=True):
            print(json.dumps([settings for _, settings in part]), file=process.stdin, flush=True)
        found: dict[tuple[str, str, int], Any] = {}
        for process, part in zip(self._processes, parts, strict=True):
            found |= zip((name for name, _ in part), json.loads(process.stdout.readline()), strict=True)
        return found

    def close(self) -> None:
        """Ends the processes."""
        for process in self._processes:
            process.stdin.close()
            process.wait()


def seconds(call: Callable[..., object], *arguments: Any) -> float:
    """The seconds that a call takes, by the clock."""
    began = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - began


def compare(sweep: Sweep, recording: SweepRecording, found: dict[tuple[str, str, int], tuple[float, float]]) -> float:
    """The largest relative difference between test losses of sweep and loop. It must be small."""
    results = recording.results()["results"]
    differences = [
        abs(results[method][key]["test_loss"][seed - sweep.seeds[0]] / loss - 1)
        for (method, key, seed), (_, loss) in found.items()
    ]
    assert len(differences) == sweep.networks and max(differences) < SAME, max(differences)
    return max(differences)


def against_the_loop(local: Executor) -> None:
    """Prints a line for each size of network: the speed of the sweep, of the fastest loop, and their ratio."""
    networks = f"{len(RATES)} rates x {SEEDS} seeds x {len(METHODS)} methods"
    print(
        f"networks x steps per second on two cores, of a sweep and of a loop over torch.nn; {networks}, {STEPS} steps"
    )
    print(f"{'depth x width':<15}{'sweep':>10}{'loop':>10}{'ratio':>8}   the loop as")
    loops = {"1 thread": Loop(1, 1), "2 threads": Loop(1, 2), "2 processes": Loop(2, 1)}
    try:
        for depth, width in SIZES:
            short, sweep = planned(depth, width, CHECKED), planned(depth, width)
            tried = {name: min(seconds(loop.train, short) for _ in range(3)) for name, loop in loops.items()}
            best = min(tried, key=tried.get)
            difference = compare(short, carry_out(short, local), loops[best].train(short))
            contenders = {
                "sweep": partial(seconds, carry_out, sweep, local),
                "loop": partial(seconds, loops[best].train, sweep),
            }
            times = in_turn(contenders, ROUNDS)
            mine, theirs = (sweep.networks * STEPS / statistics.median(times[name]) for name in ("sweep", "loop"))
            ratio = median_ratio(times["loop"], times["sweep"])
            print(f"{f'{depth} x {width}':<15}{mine:>10,.0f}{theirs:>10,.0f}{ratio:>8.2f}   {best}; "
                  f"after {CHECKED} steps test losses differ by {difference:.0e} at most", flush=True)  # fmt: skip
    finally:
        for loop in loops.values():
            loop.close()


@contextmanager
def on_dask(workers: int) -> Iterator[Executor]:
    """An executor on a Dask cluster of this machine."""
    from distributed import LocalCluster

    from ipcore.executors.dask import DaskExecutor

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        executor = DaskExecutor(cluster.scheduler_address)
        try:
            yield executor
        finally:
            executor.close()


@contextmanager
def on_this_machine(workers: int) -> Iterator[Executor]:
    """An executor over local worker processes."""
    executor = LocalExecutor("benchmark", workers)
    try:
        yield executor
    finally:
        executor.close()


def scaling() -> None:
    """Prints the speed with one and with two workers, on this machine and on Dask."""
    sweep = planned(5, 64, 120)
    places = {"local": on_this_machine}
    try:
        import distributed  # noqa: F401
    except ImportError:
        print("Dask is not installed (requirements-cluster.txt)")
    else:
        places["Dask"] = on_dask
    print(f"{'5 x 64':<15}{'1 worker':>10}{'2 workers':>10}   networks x steps per second; 2 / 1")
    for name, place in places.items():
        speeds = []
        for workers in (1, 2):
            with place(workers) as executor:
                carry_out(planned(5, 64, 5), executor)  # workers start and load data
                times = [seconds(carry_out, sweep, executor) for _ in range(ROUNDS)]
            speeds.append(sweep.networks * sweep.config.steps / statistics.median(times))
        print(f"{name:<15}{speeds[0]:>10,.0f}{speeds[1]:>10,.0f}{speeds[1] / speeds[0]:>8.2f}", flush=True)


def main() -> None:
    """Prints both tables."""
    with on_this_machine(2) as local:
        against_the_loop(local)
    scaling()
