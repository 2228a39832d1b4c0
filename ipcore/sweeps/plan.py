"""A sweep: the same networks at many values of one or two settings, over methods and seeds, planned as stacks.

What can share a program shares it: learning rates, intrinsic rates, weight scales and seeds are replicas of one stack,
trained in lockstep; depth, width and batch size change shapes and need a stack of their own. Nothing here computes;
:mod:`ipcore.networks.stacks` trains a stack, executors run many.
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
"""Parts of a sweep's time that no stack should take more than one of, so that several workers find work."""


@dataclass(frozen=True)
class Replica:
    """One network of a stack.

    Args:
        point: key of its point in the sweep.
        seed: of its initial weights and minibatches.
        learning_rate, intrinsic_rate, weight_scale: as in :class:`ipcore.config.RunConfig`.
    """

    point: str
    seed: int
    learning_rate: float
    intrinsic_rate: float
    weight_scale: float


@dataclass(frozen=True)
class Stack:
    """Networks of one method and one shape that are trained in lockstep: what an executor runs.

    Args:
        id: unique in its sweep.
        config: method, data set, depth, width, batch size and steps; the rest is each replica's own.
        replicas: the networks; equal seeds are neighbours.
    """

    id: str
    config: RunConfig
    replicas: tuple[Replica, ...]

    @property
    def method(self) -> str:
        """The one method."""
        return self.config.methods[0]

    @property
    def seconds(self) -> float:
        """How long it should take on one processor core."""
        return len(self.replicas) * network_seconds(self.config, len(self.replicas))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"id": self.id, "config": self.config.to_dict(), "replicas": [asdict(each) for each in self.replicas]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Stack:
        """The inverse of :meth:`to_dict`."""
        replicas = tuple(Replica(**each) for each in values["replicas"])
        return cls(values["id"], RunConfig.from_dict(values["config"]), replicas)


@dataclass(frozen=True)
class Point:
    """One combination of the values that are swept.

    Args:
        values: setting -> its value here.
        settings: every setting of a network here but its method and seed.
    """

    values: Mapping[str, float]
    settings: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Its values as text, such as ``"0.01"`` or ``"5,0.1"``."""
        return ",".join(map(format_number, self.values.values()))

    def config(self, method: str) -> RunConfig:
        """The settings of a network of one method.

        Raises:
            ValueError: if they are not allowed.
        """
        return RunConfig(**self.settings, methods=(method,))

    def check(self, recorded: bool) -> None:
        """Whether a network here is no larger than a whole race may be.

        Args:
            recorded: see :func:`ipcore.config.limit`.

        Raises:
            ValueError: if it is not.
        """
        config = SweepConfig(**self.settings, methods=METHODS[:1])  # the methods do not differ in this
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
    """Networks at many values of one or two settings; valid once made, :meth:`allowed` or not on this machine.

    Args:
        config: everything that is not swept, with the methods, and the seeds of each point. What is swept has its first
            value in it, unless the batch size there says what equal numbers of examples are.
        over: one or two of :data:`ipcore.sweeps.values.SWEEPABLE` -> the values, in any order; they are sorted.
        equal_examples: whether every network sees as many examples as ``config.steps`` minibatches of
            ``config.batch_size`` hold: a point's steps are ``config.steps * config.batch_size / batch_size``.
        usual_rates: whether each point has the intrinsic rate that suits its batch size,
            :func:`ipcore.config.usual_intrinsic_rate`, unless the intrinsic rate is swept.

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
        """This sweep, if it may be trained here: every bound in force is kept, the lowered ones too.

        Raises:
            ValueError: naming the field, the value and what is allowed, or why the sweep is too large.
        """
        parse_over(self.over)
        self.config.allowed()
        self._check(recorded=False)
        return self

    def _check(self, recorded: bool) -> None:
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
        """Whether equal numbers of examples do not take too many steps."""
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
        """(method, key of point) -> settings, of what is possible."""
        return {
            (method, point.key): point.config(method)
            for method in self.config.methods
            for point in self._points
            if not self.impossible(method, point)
        }

    def points(self) -> list[Point]:
        """Every combination of values, the last setting's running fastest."""
        return list(self._points)

    def impossible(self, method: str, point: Point) -> str:
        """Why a method cannot train at a point, which is then left out; empty if it can."""
        return registry.get(method).too_small(point.settings["batch_size"])

    @property
    def seeds(self) -> range:
        """The seeds of every point."""
        return range(self.config.first_seed, self.config.first_seed + self.config.seeds)

    @property
    def networks(self) -> int:
        """Networks to be trained."""
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
        # One stack of all would keep one worker busy and the others idle.
        total = sum(len(points) * one for (points, _), one in zip(shapes, each, strict=True)) * self.config.seeds
        cut = []
        for (points, config), size, one in zip(shapes, fastest, each, strict=True):
            most = min(size, max(LEAST, int(total / PARTS / one)))
            for seeds, part in rectangles(list(self.seeds), points, most):
                rates = [(key, {name: getattr(each, name) for name in STACKED}) for key, each in part]
                replicas = tuple(Replica(key, seed, **own) for seed in seeds for key, own in rates)
                cut.append(Stack("", config.replace(first_seed=seeds[0]), replicas))
        # Biggest first, so that no worker is left with a big one at the end. Within a factor of two it does not matter,
        # and goes by seeds instead: a figure fills in everywhere before any point has its last seed.
        cut.sort(key=lambda stack: (-round(math.log2(stack.seconds)), stack.config.first_seed))
        return tuple(
            Stack(f"{number}-{stack.method}", stack.config, stack.replicas) for number, stack in enumerate(cut)
        )

    def stacks(self) -> list[Stack]:
        """All networks, cut to stacks of the size that runs fastest; the biggest first."""
        return list(self._stacks)

    def seconds(self, workers: int) -> float:
        """How long it should take, with so many stacks at a time, each on a core of its own."""
        busy = [0.0] * max(1, workers)
        for stack in self._stacks:
            busy[busy.index(min(busy))] += stack.seconds
        return max(busy)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        over = {name: list(values) for name, values in self.over.items()}
        flags = {"equal_examples": self.equal_examples, "usual_rates": self.usual_rates}
        return {"config": self.config.to_dict(), "over": over, **flags}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sweep:
        """The inverse of :meth:`to_dict`; flags may be left out, and other names are not looked at.

        Raises:
            ValueError: if a field is missing or not allowed.
        """
        if not isinstance(values, Mapping) or not {"config", "over"} <= values.keys():
            raise ValueError(f"a sweep is an object with config and over, not {shorten(values)}")
        flags = {name: values[name] for name in ("equal_examples", "usual_rates") if name in values}
        return cls(SweepConfig.from_dict(values["config"]), values["over"], **flags)


def rectangles(seeds: list[int], points: list[Any], most: int) -> Iterable[tuple[list[int], list[Any]]]:
    """Cuts seeds x points to rectangles of at most ``most`` networks and nearly equal size.

    Whole rows of points if they fit, since replicas of one seed share its minibatches; otherwise parts of one row.
    """
    if len(points) <= most:
        return [(part, points) for part in split(seeds, most // len(points))]
    return [([seed], part) for seed in seeds for part in split(points, most)]


def split(items: list[Any], most: int) -> list[list[Any]]:
    """Parts of nearly equal length, of at most ``most`` items, in order."""
    parts = math.ceil(len(items) / most)
    return [items[len(items) * k // parts : len(items) * (k + 1) // parts] for k in range(parts)]


def _full(count: float) -> str:
    """A number in full, or with a power of ten where that would be long."""
    return f"{count:,.0f}" if count < 1e6 else f"{count:.4g}"
