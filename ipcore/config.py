"""RunConfig: every setting of a race, its default and its bounds. It imports only the standard library.

Widgets, URL, worker, store and command line all read this one record, and this file alone knows what is allowed. The
environment variable ``IPCORE_LIMITS`` raises bounds on a strong machine and lowers them on a weak one, for example
``IPCORE_LIMITS="width=2048,seeds=64,work=1e15"``; :data:`LIMITS` lists the names. A raised bound holds everywhere. A
lowered bound holds only for what is to be trained (:meth:`RunConfig.allowed`), so that earlier recordings can still be
read.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from ipcore.datasets import DATASETS, Dataset, parse_dataset
from ipcore.messages import shorten
from ipcore.methods import registry

METHODS = registry.names()
"""The names of all methods (see :mod:`ipcore.methods`), in the order in which every page and table lists them."""

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
        "Multiplies PyTorch's default range of initial weights, ±1/√fan-in.",
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
        "Step size of stochastic gradient descent on the weights.",
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
}
"""Every numeric setting by its name, in the order of RunConfig."""

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

PROBE = 250
"""Number of test examples on which accuracy is measured during training. At the end all test examples are used."""

LIMITS = (*SETTINGS, *TOTALS, *SWEEP_TOTALS)
"""The names of the bounds that ``IPCORE_LIMITS`` may raise or lower."""

RATE_PER_EXAMPLE = 0.0005
"""Intrinsic rate per example of a minibatch, see :func:`usual_intrinsic_rate`."""

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


def parse_methods(value: Any) -> tuple[str, ...]:
    """Validates methods and returns their names in the fixed order, each once.

    Args:
        value: names, or a text of names separated by commas.

    Raises:
        ValueError: if there is no name, or an unknown one.
    """
    known = registry.names()
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Iterable) or isinstance(names, (Mapping, bytes)):
        raise ValueError(f"methods must be one or more of {', '.join(known)}, not {shorten(value)}")
    asked = [name.strip() if isinstance(name, str) else name for name in names]
    unknown = [name for name in asked if not isinstance(name, str) or name not in known]
    if unknown or not asked:
        raise ValueError(
            f"methods must be one or more of {', '.join(known)}, not {shorten(unknown[0] if unknown else value)}"
        )
    return tuple(name for name in known if name in asked)


@dataclass(frozen=True)
class RunConfig:
    """Every setting of a race of networks. Settings are validated when the record is made.

    On a machine with lowered bounds a valid record may still be too large to train: see :meth:`allowed`.

    Args:
        dataset: a key of :data:`DATASETS`.
        methods: one or more of :data:`METHODS`; a race trains one stack of replicas for each.
        depth: number of hidden layers.
        width: number of neurons in each hidden layer.
        weight_scale: factor on PyTorch's default range of initial weights, ±1/sqrt(fan_in).
        batch_size: number of examples in a minibatch.
        learning_rate: step size of stochastic gradient descent on the weights.
        intrinsic_rate: step size of the rules by which neurons change their own gain and bias.
        steps: number of updates of the weights, one per minibatch.
        seeds: number of replicas of each network.
        first_seed: seed of the first replica; the others have the seeds that follow.

    Raises:
        ValueError: naming the field, the value and what is allowed.
    """

    dataset: str = "mnist-5k"
    methods: tuple[str, ...] = ("plain", "batch-norm", "ip")
    depth: int = int(SETTINGS["depth"].default)
    width: int = int(SETTINGS["width"].default)
    weight_scale: float = SETTINGS["weight_scale"].default
    batch_size: int = int(SETTINGS["batch_size"].default)
    learning_rate: float = SETTINGS["learning_rate"].default
    intrinsic_rate: float = SETTINGS["intrinsic_rate"].default
    steps: int = int(SETTINGS["steps"].default)
    seeds: int = int(SETTINGS["seeds"].default)
    first_seed: int = int(SETTINGS["first_seed"].default)

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, parse_field(field.name, getattr(self, field.name), recorded=True))
        self._check()

    def _check(self) -> None:
        """Validates what depends on several settings: the smallest batch size of each method, and the totals."""
        for name in self.methods:
            if too_small := registry.get(name).too_small(self.batch_size):
                raise ValueError(too_small)
        self._check_totals({name: limit(name, total, recorded=True) for name, total in TOTALS.items()})

    def allowed(self) -> Self:
        """Checks that these settings may be trained on this machine: they keep the lowered bounds too.

        Returns:
            These settings.

        Raises:
            ValueError: naming the field, the value and what is allowed.
        """
        for name in SETTINGS:
            parse_field(name, getattr(self, name))
        self._check_totals({name: limit(name, total) for name, total in TOTALS.items()})
        return self

    def _check_totals(self, ceilings: Mapping[str, float]) -> None:
        """Checks that the totals of the race do not exceed these upper bounds."""
        for name, total, unit in (
            ("parameters", self.parameters, "trained numbers over all replicas and methods"),
            ("work", self.work, "multiply-adds over all steps"),
        ):
            ceiling = ceilings[name]
            if total > ceiling:
                raise ValueError(
                    f"this race is too large: {total:.2g} {unit}, where {ceiling:.2g} are allowed; "
                    "lower depth, width, seeds, methods" + (", batch size or steps" if name == "work" else "")
                )

    @property
    def data(self) -> Dataset:
        """The data set's entry in the catalogue."""
        return DATASETS[self.dataset]

    @property
    def weights_per_network(self) -> int:
        """Number of weights of one network: from the input, between hidden layers, and to the read-out."""
        return self.width * (self.data.features + (self.depth - 1) * self.width + self.data.classes)

    @property
    def parameters(self) -> int:
        """Number of trained numbers over all replicas and methods, with a gain and a bias for each neuron."""
        per_network = self.weights_per_network + 2 * self.depth * self.width + self.data.classes
        return per_network * self.seeds * len(self.methods)

    @property
    def work(self) -> float:
        """Multiply-adds of all matrix products of the race. Each product forward has two of the same size backward."""
        return 3.0 * self.weights_per_network * self.batch_size * self.steps * self.seeds * len(self.methods)

    def replace(self, **changes: Any) -> Self:
        """A copy of these settings with ``changes``, validated again."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, ready for JSON."""
        return {**asdict(self), "methods": list(self.methods)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Makes settings from plain values; those that are left out have their defaults.

        Raises:
            ValueError: if a field is unknown or its value not allowed.
        """
        if not isinstance(values, Mapping):
            raise ValueError(f"config must be an object of settings, not {shorten(values)}")
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                raise ValueError(f"config has no setting {shorten(name)}; it has {', '.join(known)}")
        return cls(**values)


class SweepConfig(RunConfig):
    """The settings that all networks of a sweep share, with its methods and seeds. Each setting is validated.

    A sweep is trained in parts, so it may have more networks than a race. :class:`ipcore.sweeps.plan.Sweep` checks how
    many.
    """

    def _check(self) -> None:
        """Does nothing: what depends on several settings is checked for each network, by Sweep."""

    def _check_totals(self, ceilings: Mapping[str, float]) -> None:
        """Does nothing: a sweep has its own upper bounds, which Sweep checks."""


def parse_field(name: str, value: Any, *, recorded: bool = False) -> Any:
    """Validates one field of RunConfig.

    Args:
        name: the name of the field.
        value: its value, or a text that holds it.
        recorded: see :func:`limit`.

    Returns:
        The value with the type that the field has.

    Raises:
        ValueError: naming the field, the value and what is allowed.
    """
    if name == "dataset":
        return parse_dataset(value)
    if name == "methods":
        return parse_methods(value)
    return SETTINGS[name].parse(name, value, recorded=recorded)


def usual_intrinsic_rate(batch_size: int) -> float:
    """An intrinsic rate that suits a batch size: ``min(default, RATE_PER_EXAMPLE * batch_size)``.

    The mean over few examples is noisy, so the step must be smaller for a small minibatch.

    Args:
        batch_size: number of examples in a minibatch.
    """
    return min(SETTINGS["intrinsic_rate"].default, RATE_PER_EXAMPLE * batch_size)
