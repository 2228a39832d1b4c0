"""RunConfig: every setting of a race, together. It imports only the standard library.

Widgets, URL, worker, store and command line all read this one record; :mod:`ipcore.settings`, whose names this file
offers too, describes each setting and says what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from ipcore.datasets import DATASETS, Dataset, parse_dataset
from ipcore.messages import shorten
from ipcore.methods import registry
from ipcore.settings import (
    CHOICES,
    IN_FLIGHT,
    LIMITS,
    LIMITS_VARIABLE,
    SETTINGS,
    SWEEP_TOTALS,
    TOTALS,
    Choice,
    Setting,
    limit,
    limits,
)

__all__ = [
    "CHOICES",
    "DATASETS",
    "INFORMATION_EXAMPLES",
    "IN_FLIGHT",
    "LIMITS",
    "LIMITS_VARIABLE",
    "METHODS",
    "PROBE",
    "RATE_PER_EXAMPLE",
    "SETTINGS",
    "SWEEP_TOTALS",
    "TOTALS",
    "Choice",
    "RunConfig",
    "Setting",
    "SweepConfig",
    "limit",
    "limits",
    "parse_field",
    "parse_methods",
    "usual_intrinsic_rate",
]

METHODS = registry.names()
"""The names of all methods (see :mod:`ipcore.methods`), in the order in which every page and table lists them."""

INFORMATION_EXAMPLES = 500
"""Number of test examples on which a race is tested and its information is measured: the first ones, at any batch size.
Every data set has as many. At the end of a race all test examples are used besides."""

PROBE = 250
"""Number of test examples, the first ones, on which the learning curves of a sweep are measured. What each network came
to is measured on all."""

RATE_PER_EXAMPLE = 0.0005
"""Intrinsic rate per example of a minibatch, see :func:`usual_intrinsic_rate`."""


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
        weight_scale: factor on the initial weights of the hidden layers.
        batch_size: number of examples in a minibatch.
        learning_rate: step size of the optimizer, with which backprop changes the weights.
        intrinsic_rate: step size of the rules by which neurons change their own gain and bias.
        steps: number of updates of the weights, one per minibatch.
        seeds: number of replicas of each network.
        first_seed: seed of the first replica; the others have the seeds that follow.
        train_examples: number of training examples, the first ones of the data set; 0 takes all.
        initialization: how initial weights are drawn, a key of ``CHOICES["initialization"].options``.
        biases: where biases start, a key of ``CHOICES["biases"].options``.
        optimizer: how gradients change what backprop trains, a key of ``CHOICES["optimizer"].options``.

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
    train_examples: int = int(SETTINGS["train_examples"].default)
    initialization: str = CHOICES["initialization"].default
    biases: str = CHOICES["biases"].default
    optimizer: str = CHOICES["optimizer"].default

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, parse_field(field.name, getattr(self, field.name), recorded=True))
        self._check()

    def _check(self) -> None:
        """Validates what depends on several settings: batch size, training examples, and the totals."""
        least, most = self.batch_size, self.data.train
        if self.train_examples and not least <= self.train_examples <= most:
            raise ValueError(
                f"train_examples must be from {least:,}, the batch size, to {most:,}, all that {self.dataset} has, "
                f"or 0 for all, not {self.train_examples:,}"
            )
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
    if name in CHOICES:
        return CHOICES[name].parse(name, value)
    return SETTINGS[name].parse(name, value, recorded=recorded)


def usual_intrinsic_rate(batch_size: int) -> float:
    """An intrinsic rate that suits a batch size: ``min(default, RATE_PER_EXAMPLE * batch_size)``.

    The mean over few examples is noisy, so the step must be smaller for a small minibatch.

    Args:
        batch_size: number of examples in a minibatch.
    """
    return min(SETTINGS["intrinsic_rate"].default, RATE_PER_EXAMPLE * batch_size)
