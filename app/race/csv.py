"""Recording -> CSV: the data of a chart, whole. Pure; no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ipcore.config import IN_FLIGHT
from ipcore.recordings.race import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, Recording

Rows = Iterator[Iterable[Any]]


def table(recording: Recording, chart: str) -> str:
    """The data of a chart as CSV, every step and moment of it; the first line names the columns.

    Args:
        recording: the run so far.
        chart: one of :data:`CHARTS`.

    Raises:
        ValueError: if there is no such chart.
    """
    return "".join(lines(recording, chart))


def short_table(recording: Recording, chart: str, most: int) -> str | None:
    """The same if it has at most so many letters, else None, without writing out what is beyond."""
    parts, left = [], most
    for line in lines(recording, chart):
        left -= len(line)
        if left < 0:
            return None
        parts.append(line)
    return "".join(parts)


def lines(recording: Recording, chart: str) -> Iterator[str]:
    """The lines of :func:`table`, one by one."""
    if chart not in _TABLES:
        raise ValueError(f"chart must be one of {', '.join(CHARTS)}, not {str(chart)[:60]!r}")
    return map(_line, _TABLES[chart](recording))


def curves(recording: Recording) -> Iterator[str]:
    """The curves of a run as lines of CSV in long form: for each step, method and seed the training loss and, where the
    networks were tested, loss and accuracy of the test. Empty where a number is not known."""
    yield _line(["step", "method", "seed", "train_loss", "test_examples", "test_loss", "test_accuracy"])
    config, done = recording.config, recording.step
    tests = {test.step: test for test in recording.tests if test.step <= done}
    losses = {method: recording.loss(method) for method in config.methods}
    nothing = [math.nan] * config.seeds
    for step in range(done + 1):
        test = tests.get(step)
        if step == 0 and test is None:
            continue
        for method in config.methods:
            train = losses[method][step - 1].tolist() if step else nothing
            loss = test.loss[method].tolist() if test else nothing
            accuracy = test.accuracy[method].tolist() if test else nothing
            examples = test.examples if test else ""
            for place, numbers in enumerate(zip(train, loss, accuracy, strict=True)):
                yield _line([step, method, config.first_seed + place, numbers[0], examples, *numbers[1:]])


def _line(cells: Iterable[Any]) -> str:
    return ",".join(map(_cell, cells)) + "\n"


def _cell(value: Any) -> str:
    """A number as short as float32 allows, nothing for NaN; text as it is."""
    if isinstance(value, (str, int)):
        return str(value)
    return "" if np.isnan(value) else f"{value:.7g}"


def _seeds(recording: Recording, what: str) -> list[str]:
    """A column for each seed."""
    first = recording.config.first_seed
    return [f"{what}_seed_{seed}" for seed in range(first, first + recording.config.seeds)]


def _loss(recording: Recording) -> Rows:
    yield ["step", "method", *IN_FLIGHT, *_seeds(recording, "train_loss")]
    rates = _rates(recording)
    for method in recording.config.methods:
        for step, (row, now) in enumerate(zip(recording.loss(method).tolist(), rates), 1):
            yield [step, method, *now, *row]


def _rates(recording: Recording) -> list[tuple[float, ...]]:
    """The rates that may change in flight, as each step had them."""
    now = {name: getattr(recording.config, name) for name in IN_FLIGHT}
    rates: list[tuple[float, ...]] = []
    for mark in recording.marks:
        rates += [tuple(now.values())] * (mark.step - len(rates))
        now[mark.setting] = mark.value
    return rates + [tuple(now.values())] * max(0, recording.step - len(rates))


def _accuracy(recording: Recording) -> Rows:
    yield ["step", "method", "test_examples", *_seeds(recording, "test_accuracy"), *_seeds(recording, "test_loss")]
    for test in recording.tests:
        for method in recording.config.methods:
            yield [test.step, method, test.examples, *test.accuracy[method].tolist(), *test.loss[method].tolist()]


def _by_layer(columns: dict[str, str]) -> Callable[[Recording], Rows]:
    """Numbers of each layer; ``columns``: field of LayerStatistics -> name of the column."""

    def rows(recording: Recording) -> Rows:
        yield ["step", "method", "layer", *columns.values()]
        for snapshot in list(recording.snapshots):
            for method, layers in snapshot.methods.items():
                for layer, numbers in enumerate(zip(*(getattr(layers, name).tolist() for name in columns)), 1):
                    yield [snapshot.step, method, layer, *numbers]

    return rows


def _histogram(name: str, edges: np.ndarray, value: str) -> Callable[[Recording], Rows]:
    """Bins of each layer that hold something."""

    def rows(recording: Recording) -> Rows:
        yield ["step", "method", "layer", f"{name}_from", f"{name}_to", value]
        for snapshot in list(recording.snapshots):
            for method, layers in snapshot.methods.items():
                counts = getattr(layers, name)
                for layer, bin_ in np.argwhere(counts).tolist():
                    yield [snapshot.step, method, layer + 1, edges[bin_], edges[bin_ + 1], counts[layer, bin_]]

    return rows


def _surface(recording: Recording) -> Rows:
    yield ["step", "method", "x", "y", "probability_of_class_1"]
    if "extent" not in recording.data:
        return
    x0, x1, y0, y1 = recording.data["extent"]
    xs, ys = (low + (high - low) * (np.arange(SIDE) + 0.5) / SIDE for low, high in ((x0, x1), (y0, y1)))
    for test in recording.tests:
        for method, cells in test.surface.items():
            for row, y in zip(cells.tolist(), ys):
                for probability, x in zip(row, xs):
                    yield [test.step, method, x, y, probability]


_TABLES: dict[str, Callable[[Recording], Rows]] = {
    "loss": _loss,
    "accuracy": _accuracy,
    "gradient": _by_layer({"weight_gradient": "mean_abs_weight_gradient", "error_signal": "rms_error_signal"}),
    "gradient_map": _by_layer({"weight_gradient": "mean_abs_weight_gradient"}),
    "gain": _histogram("gain", GAIN_EDGES, "neurons"),
    "bias": _histogram("bias", BIAS_EDGES, "neurons"),
    "activity": _histogram("activity", np.linspace(-1, 1, ACTIVITY_BINS + 1), "share"),
    "information": _by_layer(
        {"entropy": "entropy_over_ln_30", "slope": "mean_slope_of_tanh", "saturated": "share_saturated"}
    ),
    "surface": _surface,
}

CHARTS = tuple(_TABLES)
"""The charts, in the order of the page."""
