"""Our engine against its peers on one core: JAX, a bare PyTorch loop, and that loop compiled by torch.compile.

All train the same shapes on minibatches of 100 of the embedded digits. Our engine has all telemetry on and encodes
every event, as the worker does; the peers have none, but for the loss. Each replica has minibatches of its own. Times
are processor times per network and step, so that what else the machine does disturbs them less; the whole process is
kept on one core, because JAX would otherwise use several. The limit is the matrix products of a step alone.

JAX (``jit`` of ``vmap``) is not needed to run this project. To compare with it, install requirements-peers.txt in an
environment that has the project, see docs/benchmarks.md. torch.compile needs a C++ compiler. A peer that is not there
is left out, and a line says so.
"""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec

import torch

from benchmarks.engine import BATCH, SIZES, Ours, bare, products
from benchmarks.timing import in_turn, median_ratio
from ipcore.config import RunConfig
from ipcore.data.sets import Data, load

METHODS = ("plain", "batch-norm", "ip")
REPLICAS = (1, 8)
CORE = 1
"""Number of processor cores that the comparison may use."""


def stay_on_one_core() -> None:
    """Keeps this process, and every thread that it starts from now on, on one core, where the system can do that."""
    torch.set_num_threads(CORE)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORE])


def missing() -> list[str]:
    """A sentence for each peer that cannot be compared on this machine."""
    sentences = []
    if find_spec("jax") is None:
        sentences.append("JAX is not installed and was left out (pip install -r requirements-peers.txt).")
    if not _has_compiler():
        sentences.append("There is no C++ compiler, which torch.compile needs, so it was left out.")
    return sentences


def _has_compiler() -> bool:
    return any(shutil.which(name) for name in ("g++", "clang++"))


def contenders(config: RunConfig, engine: Ours, data: Data) -> dict[str, Callable[[], float]]:
    """What is timed for one size, method and number of replicas: name -> seconds per network and step."""
    depth, width, method = config.depth, config.width, config.methods[0]
    found = {
        "ours": engine.measure,
        "limit": products(depth, width, config.seeds, time.process_time),
        "bare": bare(depth, width, method == "batch-norm", data, clock=time.process_time),
    }
    if method == "ip":  # the other peers would need the rule written for them
        return found
    if find_spec("jax") is not None:
        from benchmarks.peer_jax import jax_loop

        found["jax"] = jax_loop(depth, width, config.seeds, method == "batch-norm", data)
    if _has_compiler() and config.seeds == REPLICAS[0]:
        found["compiled"] = bare(depth, width, method == "batch-norm", data, compiled=True, clock=time.process_time)
    return found


def row(figures: Mapping[str, list[float]], name: str) -> str:
    """One line of the table: the time of our engine, and how many times as long each of the others takes."""
    ours = figures["ours"]
    ratios = [
        f"{median_ratio(figures[peer], ours):.2f}" if peer in figures else "" for peer in ("jax", "compiled", "bare")
    ]
    limit = median_ratio(ours, figures["limit"])
    return f"| {name} | {1000 * statistics.median(ours):.3f} | {' | '.join(ratios)} | {limit:.2f} |"


def main() -> None:
    """Prints a table in Markdown, with a line for each size, method and number of replicas."""
    data = load("mnist-5k")
    stay_on_one_core()
    print("peers: processor time per network and step on one core. Above 1 our engine, with all telemetry, is faster.")
    for sentence in missing():
        print(sentence)
    columns = ["depth x width, method, replicas", "ours, ms"]
    columns += ["JAX / ours", "compiled / ours", "bare / ours", "ours / limit"]
    print(f"\n| {' | '.join(columns)} |\n" + "|---" * len(columns) + "|")
    for (depth, width), method, replicas in itertools.product(SIZES, METHODS, REPLICAS):
        config = RunConfig(methods=(method,), depth=depth, width=width, batch_size=BATCH, steps=20_000, seeds=replicas)
        engine = Ours(config, data, time.process_time)
        figures = in_turn(contenders(config, engine, data))
        print(row(figures, f"{depth} x {width}, {method}, {replicas}"), flush=True)
