"""Every single setting: its default, what is allowed and what it does. It imports only the standard library.

:mod:`ipcore.config` puts them together and offers the names of this file, too. The environment variable
``IPCORE_LIMITS`` raises bounds on a strong machine and lowers them on a weak one, for example
``IPCORE_LIMITS="width=2048,seeds=64,work=1e15"``; :data:`LIMITS` lists the names. A raised bound holds everywhere. A
lowered bound holds only for what is to be trained (:meth:`ipcore.config.RunConfig.allowed`), so that earlier recordings
can still be read.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipcore.datasets import DATASETS
from ipcore.messages import shorten
from ipcore.methods import registry

DEVICE_VARIABLE = "IPCORE_DEVICE"
"""The device on which networks train: ``cpu`` or ``cuda``, with a number for one of several cards, such as ``cuda:1``.
Default: ``cpu``. ``--device`` of a command sets it."""

LIMITS_VARIABLE = "IPCORE_LIMITS"
"""Upper bounds of settings and totals, such as ``width=2048,seeds=64,work=1e15``. Default: the bounds in the tables."""


@dataclass(frozen=True)
class Setting:
    """One numeric setting: its default, its bounds, and the values that a slider offers.

    Args:
        label: its name in words.
        default: its value unless another is given.
        low: the smallest value allowed.
        high: the largest value allowed, unless ``IPCORE_LIMITS`` says otherwise.
        whole: whether it must be a whole number.
        help: what it does, in one sentence.
        ladder: the values that a slider offers; if empty, any value can be entered.
    """

    label: str
    default: float
    low: float
    high: float
    whole: bool
    help: str
    ladder: tuple[float, ...] = ()

    def parse(self, name: str, value: Any, *, recorded: bool = False) -> float | int:
        """Validates a value and returns it as a number.

        Args:
            name: the name of the setting, for the error message.
            value: a number, or a text that holds one.
            recorded: see :func:`limit`.

        Raises:
            ValueError: naming the field, the value and what is allowed.
        """
        high = limit(name, self.high, recorded=recorded)
        kind = "a whole number" if self.whole else "a number"
        allowed = f"{name} must be {kind} from {self.low:,.6g} to {high:,.9g}, not {shorten(value)}"
        if isinstance(value, (bool, bytes, bytearray)):
            raise ValueError(allowed)
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(allowed) from None
        if not (math.isfinite(number) and self.low <= number <= high) or (self.whole and number != int(number)):
            raise ValueError(allowed)
        return int(number) if self.whole else number


@dataclass(frozen=True)
class Choice:
    """One setting whose values are names: its default, and what each name means.

    Args:
        label: its name in words.
        default: its value unless another is given.
        options: each value that is allowed -> what it means, in a few words.
        help: what it does, in one sentence.
    """

    label: str
    default: str
    options: Mapping[str, str]
    help: str

    def parse(self, name: str, value: Any) -> str:
        """Validates a value and returns it.

        Args:
            name: the name of the setting, for the error message.
            value: one of the options.

        Raises:
            ValueError: naming the field, the value and what is allowed.
        """
        if not isinstance(value, str) or value not in self.options:
            raise ValueError(f"{name} must be one of {', '.join(self.options)}, not {shorten(value)}")
        return value


def _ladder(low: int, high: int) -> tuple[float, ...]:
    """The numbers 1 and 3 times each power of ten, from ``10**low`` to ``3 * 10**high``."""
    return tuple(float(f"{digit}e{power}") for power in range(low, high + 1) for digit in (1, 3))


SETTINGS: dict[str, Setting] = {
    "depth": Setting("Depth", 15, 1, 50, True, "Hidden layers."),
    "width": Setting("Width", 64, 2, 512, True, "Neurons in each hidden layer."),
    "weight_scale": Setting(
        "Weight scale",
        1.0,
        0.01,
        100,
        False,
        "Multiplies the initial weights of the hidden layers.",
        (0.01, 0.03, 0.1, 0.3, 0.5, 1.0, 1.7, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0),
    ),
    "batch_size": Setting(
        "Batch size",
        100,
        1,
        1024,
        True,
        "Training examples in each minibatch.",
        (1, 2, 4, 8, 16, 32, 64, 100, 128, 256, 512, 1024),
    ),
    "learning_rate": Setting(
        "Learning rate",
        0.01,
        1e-6,
        100,
        False,
        "Step size of the optimizer, with which backprop changes the weights.",
        _ladder(-5, 0),
    ),
    "intrinsic_rate": Setting(
        "Intrinsic rate",
        0.05,
        0,
        10,
        False,
        f"Step size η with which {registry.listed_by_rate()} move gain and bias; 0 holds them still.",
        (0.0, 0.0001, 0.0003, 0.0005, 0.001, 0.003, 0.005, 0.01, 0.03, 0.05, 0.1, 0.3, 1.0),
    ),
    "steps": Setting(
        "Steps",
        600,
        1,
        100_000,
        True,
        "Updates of the weights, one per minibatch.",
        (100, 200, 300, 600, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000),
    ),
    "seeds": Setting(
        "Seeds", 1, 1, 16, True, "Replicas of each network, each from its own initial weights and minibatches."
    ),
    "first_seed": Setting("First seed", 0, 0, 2**31 - 1, True, "Seed of the first replica; the others follow it."),
    "train_examples": Setting(
        "Training examples",
        0,
        0,
        max(known.train for known in DATASETS.values()),
        True,
        "Trains on the first so many training examples of the data set, in which classes are mixed; 0 takes all.",
    ),
}
"""Every numeric setting by its name, in the order of RunConfig."""

CHOICES: dict[str, Choice] = {
    "initialization": Choice(
        "Initialization",
        "pytorch",
        {"pytorch": "PyTorch's default range", "xavier": "Xavier", "orthogonal": "orthogonal"},
        "How initial weights are drawn: uniform over ±1/√fan-in as in PyTorch's nn.Linear, uniform over "
        "±√(6/(fan-in + fan-out)), or as an orthogonal matrix.",
    ),
    "biases": Choice(
        "Initial biases",
        "zero",
        {"zero": "zero", "drawn": "drawn"},
        "Where biases start: at zero, or drawn uniformly over ±1/√fan-in as in PyTorch's nn.Linear.",
    ),
    "optimizer": Choice(
        "Optimizer",
        "sgd",
        {"sgd": "gradient descent", "momentum": "momentum 0.9", "adam": "Adam"},
        "How gradients change what backprop trains: plain stochastic gradient descent, with momentum 0.9, or Adam.",
    ),
}
"""Every setting whose values are names, by its own name; in RunConfig they follow :data:`SETTINGS`."""

TOTALS = {
    "parameters": 20e6,
    "work": 1e13,
}
"""Upper bounds for a whole race: on the trained numbers of all replicas and methods, and on the multiply-adds of all
steps. In a sweep they hold for each network, because a stack may consist of a single network."""

SWEEP_TOTALS = {
    "sweep_networks": 5_000,
    "sweep_work": 1e14,
}
"""Upper bounds for a whole sweep: on its networks, and on the multiply-adds of all their steps, which take some hours
on one core."""

LIMITS = (*(name for name in SETTINGS if name != "train_examples"), *TOTALS, *SWEEP_TOTALS)
"""The names of the bounds that ``IPCORE_LIMITS`` may raise or lower. The data set bounds the training examples."""

IN_FLIGHT = ("learning_rate", "intrinsic_rate")
"""Settings that may change while a network trains."""


def limit(name: str, default: float, *, recorded: bool = False) -> float:
    """The upper bound in force: the one in ``IPCORE_LIMITS``, or the default if there is none.

    Args:
        name: one of :data:`LIMITS`.
        default: the bound that holds if ``IPCORE_LIMITS`` does not name another.
        recorded: True for settings that are only read, for instance from a recording, and not trained. Then a bound
            that ``IPCORE_LIMITS`` lowers is ignored.

    Raises:
        ValueError: if ``IPCORE_LIMITS`` cannot be parsed.
    """
    bound = limits().get(name, default)
    return max(bound, default) if recorded else bound


def limits() -> dict[str, float]:
    """The upper bounds in ``IPCORE_LIMITS``, by name.

    Raises:
        ValueError: naming the part of the variable that cannot be parsed, and what is allowed.
    """
    found: dict[str, float] = {}
    for item in filter(None, os.environ.get(LIMITS_VARIABLE, "").split(",")):
        key, _, value = item.partition("=")
        if key.strip() not in LIMITS:
            raise ValueError(f"{LIMITS_VARIABLE} names {shorten(key.strip())}; it may name {', '.join(LIMITS)}")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number > 0):
            raise ValueError(f"{LIMITS_VARIABLE}: {key.strip()} must be a positive number, not {shorten(value)}")
        found.setdefault(key.strip(), number)
    return found
