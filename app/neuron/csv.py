"""A played neuron -> CSV: the data of every picture of "One neuron". Pure; no Streamlit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from app.neuron.frames import density_of
from app.neuron.play import QUANTITIES, Moment, Play
from ipcore.config import METHODS
from ipcore.theory.drift import Moved
from ipcore.theory.equilibria import BINS

Rows = Iterator[Iterable[Any]]


def table(play: Play, chart: str, now: float) -> str:
    """The data of a picture as CSV, up to the moment on screen; the first line names the columns.

    Args:
        play: the neuron.
        chart: one of :data:`CHARTS`.
        now: the time.

    Raises:
        ValueError: if there is no such picture.
    """
    if chart not in _TABLES:
        raise ValueError(f"chart must be one of {', '.join(CHARTS)}, not {str(chart)[:60]!r}")
    return "".join(",".join(map(_cell, row)) + "\n" for row in _TABLES[chart](play, _until(play, now)))


def _until(play: Play, now: float) -> list[Moment]:
    """The moments up to the one on screen."""
    return list(itertools.islice(play.moments, max(1, len(play.moments) - play.last + math.floor(play.shown(now)))))


def _cell(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) else f"{value:.7g}"


def _input(play: Play, moments: list[Moment]) -> Rows:
    yield ["input", "density", *(f"tanh_{method}" for method in play.setup.methods)]
    newest, (x, _) = moments[-1], density_of(play.setup.distribution)
    x = newest.shift + newest.stretch * x
    now = [newest.now[METHODS.index(method)] for method in play.setup.methods]
    for at, density in zip(x, Moved(play.setup.distribution, newest.shift, newest.stretch).pdf(x), strict=True):
        yield [at, density, *(math.tanh(gain * at + bias) for gain, bias, *_ in now)]


def _output(play: Play, moments: list[Moment]) -> Rows:
    yield ["output_from", "output_to", "density_uniform", *(f"density_{method}" for method in play.setup.methods)]
    edges = np.linspace(-1, 1, BINS + 1)
    bins = moments[-1].bins[[METHODS.index(method) for method in play.setup.methods]] * BINS / 2
    for low, high, shares in zip(edges, edges[1:], bins.T, strict=False):
        yield [low, high, 0.5, *shares.tolist()]


def _course(*quantities: str) -> Callable[[Play, list[Moment]], Rows]:
    places = [QUANTITIES.index(quantity) for quantity in quantities]

    def rows(play: Play, moments: list[Moment]) -> Rows:
        yield ["update", "rule", *quantities, *(f"{quantity}_at_rest" for quantity in quantities)]
        for moment in moments:
            for method in play.setup.methods:
                at = METHODS.index(method)
                yield [moment.step, method, *moment.now[at, places].tolist(), *moment.rest[at, places].tolist()]

    return rows


def _numbers(play: Play, moments: list[Moment]) -> Rows:
    yield [
        "rule",
        *(f"{quantity}_{kind}" for quantity in QUANTITIES for kind in ("predicted", "simulated", "difference")),
    ]
    newest = moments[-1]
    for method in play.setup.methods:
        at = METHODS.index(method)
        pairs = zip(newest.rest[at].tolist(), newest.now[at].tolist(), strict=True)
        yield [method, *(value for rest, now in pairs for value in (rest, now, now - rest))]


_TABLES: dict[str, Callable[[Play, list[Moment]], Rows]] = {
    "input": _input,
    "output": _output,
    "plane": _course("gain", "bias"),
    "gain": _course("gain"),
    "bias": _course("bias"),
    "information": _course("information", "quadratic_information_potential"),
    "numbers": _numbers,
}
CHARTS = tuple(_TABLES)
"""Pictures whose data can be downloaded."""
