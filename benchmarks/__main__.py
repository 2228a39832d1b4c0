"""Runs the benchmarks that are named, or all. The docstring of the package says what they measure."""

from __future__ import annotations

import sys

import torch

from benchmarks import (
    accessibility,
    browser,
    coverage,
    engine,
    events,
    frames,
    memory,
    offline,
    optimizers,
    overlaps,
    page,
    peers,
    profile,
    response,
    store,
    sweep,
)

ALL = {
    module.__name__.rpartition(".")[2]: module.main
    for module in (
        response,
        frames,
        events,
        engine,
        peers,
        profile,
        optimizers,
        sweep,
        store,
        coverage,
        browser,
        page,
        memory,
        overlaps,
        offline,
        accessibility,
    )
}

if __name__ == "__main__":
    named = sys.argv[1:] or list(ALL)
    if unknown := [name for name in named if name not in ALL]:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} cores")
    for name in named:
        ALL[name]()
        print()
