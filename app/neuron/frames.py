"""The frames of a neuron: everything that the charts of the page "One neuron" show. Pure; no Streamlit."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import Any

import numpy as np

from app.neuron.play import PACE, QUANTITIES, Moment, Play, computed_as
from app.ui.frames import pack
from app.ui.palette import GREY, LOOKS
from ipcore.config import RunConfig
from ipcore.methods import Rest, get
from ipcore.theory.distributions import Distribution
from ipcore.theory.drift import REACH, STRETCH
from ipcore.theory.equilibria import bin_probabilities, information, quadratic_information_potential
from ipcore.theory.mean_course import mean_course, vector_field
from ipcore.theory.neuron import ONE_NEURON

WINDOW = 400
"""The number of moments on the axis of time, which is twenty seconds long."""
FIELDS = tuple(
    sorted(
        (method for method in reversed(ONE_NEURON) if get(method).update and computed_as(method) == method),
        key=lambda method: (get(method).control, not (get(method).local and method in RunConfig().methods)),
    )
)
"""The methods that have a vector field, since they update gain and bias; the local rule of the default race first and
controls last. Methods with the same update share one."""
MEAN_MOMENTS = np.array([*range(40), *range(40, WINDOW + 1, 5)])
"""Moments at which the mean course is computed: closer at first, where it is steep."""
POINTS = 241
"""The number of points of the input's density."""
DASHES = ("9px,5px", "2px,4px")
"""Dashes of the lines of theory: for an equilibrium that several rules share, and for one of a single rule."""
COLUMNS, ROWS = 13, 9
"""Arrows of a vector field."""


class Axes:
    """The ends of the axes, which stay until something no longer fits or becomes too small."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, float]] = {}

    def hold(self, name: str, low: float, high: float, least: float, fill: float = 0.35) -> list[float]:
        """Rounded ends of an axis from ``low`` to ``high``; the ends of the last call, if they still fit.

        Args:
            name: the name of the axis.
            low: the smallest value to show.
            high: the largest value to show.
            least: the smallest length of the axis.
            fill: the share of the axis that the values must span, or the ends are chosen anew.
        """
        kept = self._kept.get(name)
        used = max(high - low, least)
        if kept is None or low < kept[0] or high > kept[1] or used < fill * (kept[1] - kept[0]):
            middle, half = (low + high) / 2, 0.5 * max(1.25 * (high - low), least)
            unit = 10.0 ** math.floor(math.log10(half)) / 2
            kept = math.floor((middle - half) / unit) * unit, math.ceil((middle + half) / unit) * unit
            self._kept[name] = kept
        return [round(end, 9) for end in kept]


def frame(play: Play, axes: Axes, now: float) -> bytes:
    """Everything that the charts show from the moment on screen to the newest, and the moments before.

    Args:
        play: the neuron.
        axes: the axes of this visitor's charts.
        now: the time in seconds, on the clock of the play.

    Returns:
        a frame (see app/ui/frames.py); quantities are those of :data:`app.neuron.play.QUANTITIES`, moments are the
        newest :data:`WINDOW` and those ahead; arrays:

        ==============  ===========================  ==============================================================
        name            shape                        meaning
        ==============  ===========================  ==============================================================
        steps           (moments,)                   updates done
        now             (moments, methods, 4)        simulated
        rest            (moments, methods, 4)        predicted for the distribution of the moment
        moves           (moments, 2)                 shift and stretch of the distribution
        mean_steps      (points,)                    updates done on the mean course; none once the input has drifted
        mean            (points, methods, 4)         quantities on it, NaN where it is not known
        overshot        (moments, methods)           1 where the gain was below 0 on the course that the pictures show,
                                                     2 where it has been there for a second
        bins            (newest, methods, 30)        probability of the output in each bin; the newest moments
        input, density  (points,)                    density of the input before it is shifted and stretched
        field           (fields, rows, columns, 2)   direction of change, in shares of the axes; see :data:`FIELDS`
        ==============  ===========================  ==============================================================
    """
    setup, shown = play.setup, play.shown(now)
    ahead = play.last - math.floor(shown)
    moments = _newest(play, WINDOW + ahead + 1)
    picked = [ONE_NEURON.index(method) for method in setup.methods]
    table = np.stack([[moment.now, moment.rest] for moment in moments])[:, :, picked]  # (moments, 2, methods, 4)
    x, density = density_of(setup.distribution)
    mean_steps, mean = _mean(play, moments[0].step)
    mean = mean[:, picked]
    ends = _ends(play, axes, np.concatenate([*table.swapaxes(0, 1), mean]), x, density)
    arrays = {
        "steps": np.array([moment.step for moment in moments], np.int32),
        "now": table[:, 0],
        "rest": table[:, 1],
        "moves": np.array([(moment.shift, moment.stretch) for moment in moments], np.float32),
        "mean_steps": mean_steps,
        "mean": mean,
        "overshot": overshot(table[:, 0, :, 0]),
        "bins": np.stack([moment.bins[picked] for moment in moments[-ahead - 2 :]]),
        "input": x.astype(np.float32),
        "density": density.astype(np.float32),
        "field": _field(play.moved(now), ends),
    }
    header = {
        "run": play.id,
        "revision": play.revision,
        "grey": GREY,
        "methods": [{"name": method, **LOOKS[method].to_dict()} for method in setup.methods],
        "playing": play.playing,
        "pace": PACE,
        "shown": round(shown, 3),
        "last": play.last,
        "first": play.last - len(moments) + 1,
        "window": WINDOW,
        "stride": setup.speed // PACE,
        "mean": play.origin is not None,
        "ends": ends,
        "fields": [{"name": method, "label": LOOKS[method].label} for method in FIELDS],
        "rests": rests(setup.methods),
        "state": "running" if play.playing else "paused",
        "asked": None,
        "newest": moments[-1].step,
        "diverged": [],
        "seeds": 1,
    }
    return pack(header, arrays)


def rests(methods: tuple[str, ...]) -> list[dict[str, Any]]:
    """The marks of equilibria: one for all methods that share an equilibrium, none for a method without updates.

    Args:
        methods: the methods, in their order.

    Returns:
        For each rest ``of`` (the methods), ``label``, ``symbol`` on the plane of gain and bias, and ``dash``
        of its line over time.
    """
    found: dict[Rest, list[str]] = {}
    for method in methods:
        if get(method).update and isinstance(rest := get(method).rest, Rest):
            found.setdefault(rest, []).append(method)
    marks = []
    for rest, members in found.items():
        look, labels = LOOKS[members[0]], [LOOKS[member].label for member in members]
        named = " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1])))
        symbol, dash = ("x", DASHES[0]) if rest.label else (f"{look.symbol}-open", DASHES[1])
        marks.append({"of": members, "label": rest.label or named, "symbol": symbol, "dash": dash})
    return marks


def overshot(gains: np.ndarray) -> np.ndarray:
    """Whether a step was so large that the gain, which begins positive, fell below 0, as it can under Infomax.

    Args:
        gains: shape (moments, methods).

    Returns:
        at each moment 1 if the gain was not positive at one of the :data:`WINDOW` moments up to it, 2 if it was not
        positive during the whole second up to it, else 0; of the shape of ``gains``.
    """
    below = np.concatenate([np.zeros((1, gains.shape[1]), int), np.cumsum(gains <= 0, 0)])
    ends = np.arange(1, len(below))
    lately, at_all = (below[ends] - below[np.maximum(ends - length, 0)] for length in (PACE, WINDOW))
    return ((at_all > 0).astype(np.uint8) + (lately == PACE)).astype(np.uint8)


def _mean(play: Play, first: int) -> tuple[np.ndarray, np.ndarray]:
    """The updates of the mean course that the charts show, and the quantities at them for all methods."""
    if play.origin is None:
        return np.zeros(0, np.int32), np.zeros((0, len(ONE_NEURON), len(QUANTITIES)), np.float32)
    setup, start = play.setup, tuple(map(tuple, play.origin.now[:, :2].tolist()))
    course = _mean_course(setup.distribution, setup.rate, setup.speed // PACE, start)
    steps = play.origin.step + setup.speed // PACE * MEAN_MOMENTS
    return steps[steps >= first].astype(np.int32), course[steps >= first]


@lru_cache(maxsize=64)
def _mean_course(
    distribution: Distribution, rate: float, stride: int, start: tuple[tuple[float, float], ...]
) -> np.ndarray:
    """Quantities on the mean course of every method at :data:`MEAN_MOMENTS`, shape (points, methods, 4)."""
    updates = (stride * MEAN_MOMENTS).tolist()
    courses = [mean_course(distribution, rule, updates, rate, *at) for rule, at in zip(ONE_NEURON, start, strict=True)]
    states = np.stack(courses, 1)
    bins = bin_probabilities(distribution, states[..., 0], states[..., 1])
    informed = np.stack([information(bins), quadratic_information_potential(bins)], -1)
    return np.concatenate([states, informed], -1).astype(np.float32)


def _newest(play: Play, count: int) -> list[Moment]:
    return list(itertools.islice(play.moments, max(0, len(play.moments) - count), None))


def density_of(distribution: Distribution) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and their density, spaced by quantiles and by distance, so that no edge is missed."""
    low, high = (float(end) for end in distribution.ppf(np.array([0.0005, 0.9995])))
    room = 0.08 * (high - low)
    even = np.linspace(low - room, high + room, POINTS - 80)
    dense = distribution.ppf(np.linspace(0.001, 0.999, 76))
    edges = [low - 1e-9 * room, low, high, high + 1e-9 * room]
    x = np.sort(np.concatenate([even, dense, edges]))
    return x, distribution.pdf(x)


def _ends(play: Play, axes: Axes, table: np.ndarray, x: np.ndarray, density: np.ndarray) -> dict[str, list[float]]:
    """Ends of all axes, with room for a table of quantities, shape (..., 4): gain as powers of ten."""
    base = play.setup.distribution
    low, high = (float(end) for end in base.ppf(np.array([0.01, 0.99])))
    peak = float(density[np.isfinite(density)].max())
    sd, middle = base.sd, base.median
    if play.drifting:
        low, high = (middle + STRETCH * (end - middle) + side * REACH * sd for end, side in ((low, -1), (high, 1)))
        peak *= STRETCH
    gain, bias = table[..., 0], table[..., 1]
    gain, bias = np.log10(gain[gain > 0]), bias[np.isfinite(bias)]
    return {
        "input": axes.hold("input", min(low, -1.0), max(high, 1.0), 2.0, 0.45),
        "density": [0.0, axes.hold("density", 0.0, 1.05 * peak, 0.01)[1]],
        "gain": axes.hold("gain", float(gain.min()), float(gain.max()), 1.0),
        "bias": axes.hold("bias", float(bias.min()), float(bias.max()), 2.0),
    }


def _field(distribution: Distribution, ends: dict[str, list[float]]) -> np.ndarray:
    """The directions in which rules move gain and bias; the lengths grow with a small power of the speed."""
    gains = 10.0 ** _inner(ends["gain"], COLUMNS)
    biases = _inner(ends["bias"], ROWS)
    width, height = (end[1] - end[0] for end in (ends["gain"], ends["bias"]))
    fields = []
    for rule in FIELDS:
        by_gain, by_bias = vector_field(distribution, rule, gains, biases)
        right = np.log10(np.maximum(1 + by_gain / gains, 1e-3)) / width
        change = np.stack([right, by_bias / height], -1)
        length = np.linalg.norm(change, axis=-1, keepdims=True)
        fields.append(
            change
            * np.divide(length, length.max() or 1, where=length > 0, out=length * 0) ** 0.3
            / np.where(length > 0, length, 1)
        )
    return np.array(fields, np.float32)


def _inner(ends: list[float], count: int) -> np.ndarray:
    """The centres of equal parts of an axis."""
    return ends[0] + (ends[1] - ends[0]) * (np.arange(count) + 0.5) / count
