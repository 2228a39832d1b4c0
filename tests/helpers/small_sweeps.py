"""Two small sweeps for tests of "Robustness": one over learning rates, one over depths and scales of weights."""

from __future__ import annotations

from ipcore.config import RunConfig
from ipcore.sweeps.plan import Sweep

SHAPE = RunConfig(dataset="spirals", methods="plain,ip", depth=2, width=4, steps=40, seeds=3)
RATES = Sweep(SHAPE, {"learning_rate": (0.01, 0.05, 1)})
MAP = Sweep(SHAPE, {"depth": (2, 10, 30), "weight_scale": (0.3, 1)})
