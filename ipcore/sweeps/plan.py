"""The plan of a sweep: the same networks at many values of one or two settings, grouped into stacks.

Networks that differ only in learning rate, intrinsic rate, weight scale or seed can be replicas of one stack, which are
trained in lockstep. Depth, width and batch size change shapes, so each of their values needs a stack of its own. All
networks of a sweep have the same initialization, biases, optimizer and training examples.
Nothing is trained here: :mod:`ipcore.networks.stacks` trains a stack, and executors run many stacks.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ipcore.config import METHODS, SETTINGS, SWEEP_TOTALS, TOTALS, RunConfig, SweepConfig, limit, usual_intrinsic_rate
from ipcore.messages import shorten
from ipcore.methods import registry
from ipcore.sweeps.stack_size import LEAST, fastest_size, network_seconds
from ipcore.sweeps.values import SHAPES, STACKED, format_number, parse_over

PARTS = 8
"""No stack should take more than 1 / PARTS of the time of the whole sweep, so that several workers can share it."""


@dataclass(frozen=True)
class Replica:
    """One network of a stack.

    Args:
        point: the key of its point in the sweep.
        seed: the seed of its initial weights and minibatches.
        learning_rate: see :class:`ipcore.config.RunConfig`.
        intrinsic_rate: see :class:`ipcore.config.RunConfig`.
        weight_scale: see :class:`ipcore.config.RunConfig`.
    """

    point: str
    seed: int
    learning_rate: float
    intrinsic_rate: float
    weight_scale: float


@dataclass(frozen=True)
class Stack:
    """Networks of one method and one shape that are trained in lockstep, as one job of an executor.

    Args:
        id: a name that is unique in the sweep.
        config: the settings that the networks share: all but those of each replica.
        replicas: the networks. Those with equal seeds are neighbours.
        measured: whether gradients of the first layer and information by layer are reported too.
    """

    id: str
    config: RunConfig
    replicas: tuple[Replica, ...]
    measured: bool = False

    @property
    def method(self) -> str:
        """The method of all its networks."""
        return self.config.methods[0]

    @property
    def seconds(self) -> float:
        """The estimated seconds of training on one processor core."""
        return len(self.replicas) * network_seconds(self.config, len(self.replicas))

    def to_dict(self) -> dict[str, Any]:
        """The stack as plain values, ready for JSON."""
        replicas = [asdict(each) for each in self.replicas]
        flag = {"measured": True} if self.measured else {}
        return {"id": self.id, "config": self.config.to_dict(), "replicas": replicas, **flag}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Stack:
        """The inverse of :meth:`to_dict`."""
        replicas = tuple(Replica(**each) for each in values["replicas"])
        return cls(values["id"], RunConfig.from_dict(values["config"]), replicas, values.get("measured", False))


@dataclass(frozen=True)
class Point:
    """One combination of values of the settings that the sweep varies.

    Args:
        values: each varied setting -> its value at this point.
        settings: every setting of a network at this point, without its method.
    """

    values: Mapping[str, float]
    settings: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The values as text, such as ``"0.01"`` or ``"5,0.1"``; it identifies the point within the sweep."""
        return ",".join(map(format_number, self.values.values()))

    def config(self, method: str) -> RunConfig:
        """The settings of the networks of one method at this point.

        Raises:
            ValueError: if they are not allowed.
        """
        return RunConfig(**self.settings, methods=(method,))

    def check(self, recorded: bool) -> None:
        """Checks that a network at this point is not larger than a whole race may be.

        Args:
            recorded: see :func:`ipcore.config.limit`.

        Raises:
            ValueError: if it is.
        """
        config = SweepConfig(**self.settings, methods=METHODS[:1])  # any method, because all have the same size
        shape = [
            f"{name.replace('_', ' ')} {format_number(value)}" for name, value in self.values.items() if name in SHAPES
        ]
        network = f"a network at {' and '.join(shape)}" if shape else "each network"
        for name, does, lower in (
            ("parameters", "has {} trained numbers", "depth or width"),
            ("work", "takes {} multiply-adds over all steps", "depth, width, batch size or steps"),
        ):
            total, ceiling = getattr(config, name), limit(name, TOTALS[name], recorded=recorded)
            if total > ceiling:
                does = does.format(f"{total:,.2g}")
                raise ValueError(
                    f"this sweep is too large: {network} {does}, where {ceiling:,.2g} are allowed; lower {lower}"
                )


@dataclass(frozen=True)
class Sweep:
    """Networks at many values of one or two settings. A sweep is validated when it is made.

    On a machine with lowered bounds a valid sweep may still be too large to train: see :meth:`allowed`.

    Args:
        config: the settings that are not varied, with the methods, and the seeds of each point. A varied setting gets
            its first value here. The batch size does not if ``equal_examples`` is set, because it then says how many
            examples each network sees.
        over: one or two of :data:`ipcore.sweeps.values.SWEEPABLE` -> the values, in any order; they are sorted.
        equal_examples: whether every network sees the same number of examples, that of ``config.steps`` minibatches of
            ``config.batch_size``. The steps at a point are then ``config.steps * config.batch_size / batch_size``.
        usual_rates: whether the intrinsic rate at each point is the one that suits its batch size,
            :func:`ipcore.config.usual_intrinsic_rate`. It has no effect if the intrinsic rate is varied.

    Raises:
        ValueError: naming the field, the value and what is allowed, or why the sweep is too large.
    """

    config: SweepConfig
    over: Mapping[str, tuple[float, ...]]
    equal_examples: bool = False
    usual_rates: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "over", parse_over(self.over, recorded=True))
        for name in ("equal_examples", "usual_rates"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be true or false, not {shorten(getattr(self, name))}")
        first = {name: values[0] for name, values in self.over.items()}
        if self.equal_examples:
            first.pop("batch_size", None)
        object.__setattr__(self, "config", SweepConfig(**{**asdict(self.config), **first}))
        self._check(recorded=True)

    def allowed(self) -> Sweep:
        """Checks that this sweep may be trained on this machine: it keeps the lowered bounds too.

        Returns:
            This sweep.

        Raises:
            ValueError: naming the field, the value and what is allowed, or why the sweep is too large.
        """
        parse_over(self.over)
        self.config.allowed()
        self._check(recorded=False)
        return self

    def _check(self, recorded: bool) -> None:
        """Checks the number and size of the networks, and that something can be trained."""
        count = math.prod(map(len, self.over.values())) * self.config.seeds * len(self.config.methods)
        self._check_total("sweep_networks", count, "networks", recorded)
        for point in self._points:
            self._check_steps(point, recorded)
            point.check(recorded)
        trained = {method for method, _ in self._configs}
        if not trained or ("batch_size" not in self.over and len(trained) < len(self.config.methods)):
            reasons = (self.impossible(method, self._points[0]) for method in self.config.methods)
            raise ValueError(next(filter(None, reasons)))
        work = sum(config.work for config in self._configs.values()) * self.config.seeds
        self._check_total("sweep_work", work, "multiply-adds", recorded)

    def _check_steps(self, point: Point, recorded: bool) -> None:
        """Checks that a point does not need too many steps to see its number of examples."""
        steps, most = point.settings["steps"], int(limit("steps", SETTINGS["steps"].high, recorded=recorded))
        if self.equal_examples and steps > most:
            batch, wanted, size = point.settings["batch_size"], self.config.steps, self.config.batch_size
            raise ValueError(
                f"at batch size {batch:,} as many examples as {wanted:,} minibatches of {size:,} take {steps:,} steps, "
                f"where {most:,} are allowed; lower steps or the batch size of {size:,}, or do without equal numbers "
                "of examples"
            )

    def _check_total(self, name: str, total: float, unit: str, recorded: bool) -> None:
        ceiling = limit(name, SWEEP_TOTALS[name], recorded=recorded)
        if total > ceiling:
            raise ValueError(
                f"this sweep is too large: {_full(total)} {unit}, where {_full(ceiling)} are allowed; lower seeds, "
                f"methods or the number of values of {' or '.join(self.over)}"
                + (", or steps" if name == "sweep_work" else "")
            )

    @cached_property
    def _points(self) -> tuple[Point, ...]:
        fixed = {**asdict(self.config), "seeds": 1}
        del fixed["methods"]
        found = []
        for combination in itertools.product(*self.over.values()):
            values = dict(zip(self.over, combination, strict=True))
            settings = {**fixed, **values}
            batch = settings["batch_size"]
            if self.equal_examples:
                settings["steps"] = max(1, round(self.config.steps * self.config.batch_size / batch))
            if self.usual_rates and "intrinsic_rate" not in self.over:
                settings["intrinsic_rate"] = usual_intrinsic_rate(batch)
            found.append(Point(values, settings))
        return tuple(found)

    @cached_property
    def _configs(self) -> dict[tuple[str, str], RunConfig]:
        """(method, key of point) -> settings, for every method and point that can be trained."""
        return {
            (method, point.key): point.config(method)
            for method in self.config.methods
            for point in self._points
            if not self.impossible(method, point)
        }

    def points(self) -> list[Point]:
        """Every combination of values; the value of the last setting changes fastest."""
        return list(self._points)

    def impossible(self, method: str, point: Point) -> str:
        """Why a method cannot be trained at a point, where it is then left out; empty if it can."""
        return registry.get(method).too_small(point.settings["batch_size"])

    @property
    def seeds(self) -> range:
        """The seeds of the networks at every point."""
        return range(self.config.first_seed, self.config.first_seed + self.config.seeds)

    @property
    def networks(self) -> int:
        """The number of networks to train."""
        return len(self._configs) * self.config.seeds

    @cached_property
    def _stacks(self) -> tuple[Stack, ...]:
        alike: dict[tuple[Any, ...], list[tuple[str, RunConfig]]] = {}
        for (method, key), config in self._configs.items():
            shape = (method, *(value for name, value in asdict(config).items() if name not in STACKED))
            alike.setdefault(shape, []).append((key, config))
        shapes = [(points, points[0][1]) for points in alike.values()]
        fastest = [fastest_size(config) for _, config in shapes]
        each = [network_seconds(config, size) for (_, config), size in zip(shapes, fastest, strict=True)]
        # If all networks were in one stack, one worker would be busy and the others idle.
        total = sum(len(points) * one for (points, _), one in zip(shapes, each, strict=True)) * self.config.seeds
        stacks = []
        for (points, config), size, one in zip(shapes, fastest, each, strict=True):
            most = min(size, max(LEAST, int(total / PARTS / one)))
            for seeds, part in grouped(list(self.seeds), points, most):
                rates = [(key, {name: getattr(each, name) for name in STACKED}) for key, each in part]
                replicas = tuple(Replica(key, seed, **own) for seed in seeds for key, own in rates)
                stacks.append(Stack("", config.replace(first_seed=seeds[0]), replicas))
        # The longest first, so that no worker has a long one left at the end. Those that take about the same time,
        # within a factor of two, are ordered by seed: so a chart has one seed at every point before any has all seeds.
        stacks.sort(key=lambda stack: (-round(math.log2(stack.seconds)), stack.config.first_seed))
        return tuple(
            Stack(f"{number}-{stack.method}", stack.config, stack.replicas) for number, stack in enumerate(stacks)
        )

    def stacks(self) -> list[Stack]:
        """All networks, grouped into stacks of the size that trains fastest; the longest stacks first."""
        return list(self._stacks)

    def seconds(self, workers: int) -> float:
        """The estimated seconds that the sweep takes.

        Args:
            workers: the number of stacks that train at a time, each on a core of its own.
        """
        busy = [0.0] * max(1, workers)
        for stack in self._stacks:
            busy[busy.index(min(busy))] += stack.seconds
        return max(busy)

    def to_dict(self) -> dict[str, Any]:
        """The sweep as plain values, ready for JSON."""
        over = {name: list(values) for name, values in self.over.items()}
        flags = {"equal_examples": self.equal_examples, "usual_rates": self.usual_rates}
        return {"config": self.config.to_dict(), "over": over, **flags}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sweep:
        """The inverse of :meth:`to_dict`. The flags may be left out, and other names are ignored.

        Raises:
            ValueError: if a field is missing or not allowed.
        """
        if not isinstance(values, Mapping) or not {"config", "over"} <= values.keys():
            raise ValueError(f"a sweep is an object with config and over, not {shorten(values)}")
        flags = {name: values[name] for name in ("equal_examples", "usual_rates") if name in values}
        return cls(SweepConfig.from_dict(values["config"]), values["over"], **flags)


def grouped(seeds: list[int], points: list[Any], most: int) -> Iterable[tuple[list[int], list[Any]]]:
    """Groups the networks at all points, one for each seed, into stacks of nearly equal size.

    If possible a stack has all points for some seeds, because replicas with the same seed share its minibatches.
    Otherwise it has some points for one seed.

    Args:
        seeds: the seeds at each point.
        points: the points.
        most: the largest number of networks in a stack.

    Returns:
        The seeds and the points of each stack, which has a network for each of their combinations.
    """
    if len(points) <= most:
        return [(part, points) for part in split_evenly(seeds, most // len(points))]
    return [([seed], part) for seed in seeds for part in split_evenly(points, most)]


def split_evenly(items: list[Any], most: int) -> list[list[Any]]:
    """Splits a list into parts of at most ``most`` items and nearly equal length, in order."""
    parts = math.ceil(len(items) / most)
    return [items[len(items) * k // parts : len(items) * (k + 1) // parts] for k in range(parts)]


def _full(count: float) -> str:
    """A number with all its digits if it is below a million, else with a power of ten."""
    return f"{count:,.0f}" if count < 1e6 else f"{count:.4g}"
