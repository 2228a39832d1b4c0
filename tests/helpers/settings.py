"""For tests of settings: the smallest race, and what is said of one that is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ipcore.config import SETTINGS, RunConfig

LEAST = {"methods": ("plain",), "depth": 1, "width": 2, "steps": 1, "dataset": "moons"}
"""The smallest race, so that a single setting may take its highest value and stay below the ceilings."""


def least(name: str) -> dict[str, Any]:
    """The smallest race in which the setting ``name`` may take any value: one data set has as many examples as that."""
    return {**LEAST, "dataset": "mnist", "batch_size": 2} if name == "train_examples" else LEAST


def refusal(**values) -> str:
    """The message with which settings are refused."""
    with pytest.raises(ValueError) as refused:
        RunConfig(**values).allowed()
    return str(refused.value)


def beyond(name: str) -> list[float]:
    """The nearest values below and above the bounds."""
    setting = SETTINGS[name]
    if setting.whole:
        return [setting.low - 1, setting.high + 1]
    return [math.nextafter(setting.low, -math.inf), math.nextafter(setting.high, math.inf)]
