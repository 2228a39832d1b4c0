"""Runs the benchmarks that are named, or all; see the package for what they time."""

from __future__ import annotations

import sys

import torch

from benchmarks import browser, engine, frames, response, sweep

ALL = {"response": response.main, "frames": frames.main, "engine": engine.main, "sweep": sweep.main, "browser": browser.main}

if __name__ == "__main__":
    named = sys.argv[1:] or list(ALL)
    if unknown := [name for name in named if name not in ALL]:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} cores")
    for name in named:
        ALL[name]()
        print()
