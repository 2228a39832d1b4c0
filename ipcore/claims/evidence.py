"""What was measured, as arrays over seeds, and the differences between methods. NaN stands for what is not known.

Shapes: ``R`` learning rates in ascending order, ``S`` seeds, ``M`` moments of the training, ``L`` layers.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

import numpy as np

from ipcore.claims.cells import NetworkCell
from ipcore.claims.experiments import NetworkKey, NeuronKey
from ipcore.claims.results import Cell, Number, Outcome
from ipcore.claims.running import Measured
from ipcore.config import RunConfig
from ipcore.jsonlines import finite
from ipcore.statistics.intervals import FEWEST, Interval, paired_difference, t_interval
from ipcore.statistics.ranges import beats_chance, threshold
from ipcore.sweeps.values import format_number

SMALLEST_GRADIENT = 1e-30
"""Gradients below this are taken as this, so that a ratio to them is finite."""


class Evidence:
    """The numbers behind the verdicts.

    Args:
        measured: what was measured.
    """

    def __init__(self, measured: Measured) -> None:
        self.measured, self.plan = measured, measured.plan

    def rates(self, key: NetworkKey) -> np.ndarray:
        """The learning rates of a cell, shape (R,)."""
        return np.array(self.plan.networks[key].rates)

    def results(self, key: NetworkKey, name: str) -> np.ndarray:
        """Results of a cell, shape (S, R, ...); for a cell that is not in the plan or not measured, shape (S, 0)."""
        cell = self.plan.networks.get(key)
        found = [] if cell is None else self.measured.of(cell)
        shape = next((np.array(each[name], float).shape for each in found if each is not None), (0,))
        empty = np.full(shape, np.nan)
        return np.array(
            [empty if each is None else np.array(each[name], float) for each in found or [None] * self.plan.seeds]
        ).reshape(self.plan.seeds, *shape)

    def accuracy(self, key: NetworkKey, half: str = "accuracy") -> np.ndarray:
        """Accuracy on the test examples, or on the ``first`` or ``second`` half of them, shape (R, S)."""
        return self.results(key, half).T

    def chance(self) -> float:
        """The accuracy of guessing."""
        return self.plan.data.chance

    def known(self, *keys: NetworkKey) -> bool:
        """Whether enough seeds of each of these cells are measured for an interval, at one rate at least."""
        return all(any(t_interval(row).known for row in self.accuracy(key)) for key in keys)

    def learns(self, key: NetworkKey) -> np.ndarray:
        """Whether a method learns at each rate: its accuracy beats chance by more than its interval, shape (R,)."""
        found, data = [t_interval(row) for row in self.accuracy(key)], self.plan.data
        return np.array([each.known and beats_chance(each, data.test, data.classes) for each in found], bool)

    def either_learns(self, *keys: NetworkKey) -> np.ndarray:
        """Whether at least one of these cells, which have the same rates, learns at each rate, shape (R,)."""
        found = np.zeros(len(self.plan.networks[keys[0]].rates), bool)
        for learns in map(self.learns, keys):
            found[: len(learns)] |= learns
        return found

    def usable(self, keys: list[NetworkKey]) -> dict[NetworkKey, np.ndarray]:
        """Whether each method still learns at each rate, nearly as well as the best of them does at its best.

        Its mean accuracy is at least ``chance + 0.8 (best - chance)``, and it learns at all. Shape (R,) each.
        """
        means = {key: _means(self.accuracy(key)) for key in keys}
        known = [value for row in means.values() for value in row if math.isfinite(value)]
        least = threshold(max(known, default=math.nan), self.chance())
        return {key: (row >= least) & self.learns(key) for key, row in means.items()}

    def best(self, key: NetworkKey) -> tuple[int, np.ndarray] | None:
        """The rate that is best on the first half of the test examples, and the accuracies on the second half.

        Returns:
            The index of the rate, and shape (S,); None if nothing is measured.
        """
        means = _means(self.accuracy(key, "first"))
        if not len(means) or np.isnan(means).all():
            return None
        index = int(np.nanargmax(means))
        return index, self.accuracy(key, "second")[index]

    def information(self, key: NetworkKey) -> np.ndarray:
        """Information in the outputs, mean over layers, shape (R, S)."""
        found = self.results(key, "information")
        return found.mean(-1).T if found.ndim == 3 else found.T

    def gradient(self, key: NetworkKey) -> np.ndarray:
        """The natural logarithm of the first layer's mean |dL/dW|, shape (R, M, S)."""
        found = self.results(key, "gradient")
        if found.ndim != 3:
            return np.empty((0, 0, self.plan.seeds))
        return np.log(np.maximum(found, SMALLEST_GRADIENT)).transpose(1, 2, 0)

    def neuron(self, key: NeuronKey, name: str) -> np.ndarray:
        """Results of one neuron, shape (S, ...); NaN where not measured, shape (S, 0) if no seed is."""
        found = self.measured.of(self.plan.neurons[key]) if key in self.plan.neurons else [None] * self.plan.seeds
        size = next((len(each[name]) for each in found if each is not None), 0)
        return np.array([[math.nan] * size if each is None else each[name] for each in found], float).reshape(
            self.plan.seeds, size
        )

    def cells(self) -> list[Cell]:
        """Every cell of networks that is measured, at each of its rates."""
        found = []
        for (method, start, depth, batch_size), cell in self.plan.networks.items():
            accuracy, learns = self.accuracy((method, start, depth, batch_size)), None
            diverged = self.results((method, start, depth, batch_size), "diverged").T
            for index, row in enumerate(accuracy):
                learns = self.learns((method, start, depth, batch_size)) if learns is None else learns
                mean = interval_of(row)
                page, query = self.live(cell, cell.rates[index], (method,))
                found.append(
                    Cell(
                        method=method,
                        start=start,
                        depth=depth,
                        batch_size=batch_size,
                        learning_rate=cell.rates[index],
                        accuracy=finite(row.tolist()),
                        mean=mean[0],
                        low=mean[1],
                        high=mean[2],
                        diverged=int(np.isfinite(diverged[index]).sum()),
                        at_chance=bool(np.isfinite(row).sum() >= FEWEST and not learns[index]),
                        page=page,
                        query=query,
                    )
                )
        return found

    # -- links to pages -----------------------------------------------------------------------------------------------

    def live(self, cell: NetworkCell, rate: float, methods: tuple[str, ...]) -> tuple[str, str]:
        """The page of the live race, and the address with which it trains these methods as a cell does at a rate."""
        config = cell.config.replace(
            methods=methods, learning_rate=rate, seeds=self.plan.seeds, first_seed=self.plan.first_seed
        )
        return "", query(config)

    def robustness(self, cell: NetworkCell, methods: tuple[str, ...]) -> tuple[str, str]:
        """The page of robustness, and the address with which it trains these methods at every rate of a cell."""
        config = cell.config.replace(methods=methods, seeds=self.plan.seeds, first_seed=self.plan.first_seed)
        rates = ",".join(map(format_number, cell.rates))
        return "robustness", query(config, learning_rate=None, learning_rates=rates, seeds=str(self.plan.seeds))


def query(config: RunConfig, **changes: str | None) -> str:
    """The settings that differ from their defaults, as the query of an address.

    Args:
        config: the settings.
        changes: parameters to add, or with None to leave out.
    """
    defaults, texts = RunConfig().to_dict(), {}
    for name, value in config.to_dict().items():
        if value != defaults[name]:
            texts[name] = ",".join(value) if name == "methods" else _text(value)
    texts |= {name: value for name, value in changes.items() if value is not None}
    return urlencode({name: value for name, value in texts.items() if changes.get(name, "") is not None}, safe=",")


def _text(value: Any) -> str:
    return format_number(value) if isinstance(value, float) else str(value)


def _means(values: np.ndarray) -> np.ndarray:
    """The mean over seeds of each row, NaN where no seed is known; shape (R,)."""
    return np.array([t_interval(row).mean for row in values])


def interval_of(values: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """The mean over seeds and its interval, None for what is not known."""
    found = t_interval(values)
    mean, low, high = finite([found.mean, found.low, found.high])
    return mean, low, high


def difference(ours: np.ndarray, theirs: np.ndarray) -> Interval:
    """Ours minus theirs, paired over seeds; not known if one of them is not measured."""
    return paired_difference(ours, theirs)


def number(
    name: str,
    place: dict[str, str | float],
    found: Interval,
    unit: str,
    outcome: Outcome,
    link: tuple[str, str] = ("", ""),
    decides: bool = True,
) -> Number:
    """A number of a result. If the unit is ``factor``, the logarithm is given, and its exponential is what is kept."""
    values = [found.mean, found.low, found.high]
    if unit == "factor":
        values = [math.exp(value) for value in values]
    mean, low, high = finite(values)
    return Number(
        name=name, place=place, mean=mean, low=low, high=high, seeds=found.count, unit=unit, outcome=outcome,
        decides=decides, page=link[0], query=link[1],
    )  # fmt: skip
