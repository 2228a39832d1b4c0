"""The charts of the page "Depth" as Plotly figures. Pure; no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from app.ui.figures import horizontal_line, layer_axis, layout, log_axis, vertical_line
from app.ui.palette import GREY, LOOKS
from ipcore.config import SETTINGS, RunConfig
from ipcore.recordings.measurement import ENDS, Measured
from ipcore.theory.depth import Signal, gradient_multiplier, has_theory, signal_through_depth, weight_variance

_ENDS = tuple(math.log10(end) for end in (SETTINGS["weight_scale"].low, SETTINGS["weight_scale"].high))
SCALES = tuple(np.logspace(_ENDS[0], _ENDS[1], 41))
"""The weight scales at which the multiplier is drawn; they span all that a network may have."""

LOWEST = 1e-30
"""Measured magnitudes below this are not drawn: the smallest numbers of single precision are near."""


@dataclass(frozen=True)
class Row:
    """One row of the table of multipliers.

    Args:
        method: the name of the method.
        theory: chi in theory; None where theory predicts none.
        measured: the geometric mean of measured chi over seeds; None where it is not measured.
        spread: the standard deviation over seeds; None with fewer than two.
    """

    method: str
    theory: float | None
    measured: float | None
    spread: float | None

    @property
    def difference(self) -> float | None:
        """The ratio of measurement and theory, minus 1."""
        return None if self.measured is None or self.theory is None else self.measured / self.theory - 1


def multipliers(methods: Iterable[str], scale: float, seen: Mapping[str, Measured]) -> list[Row]:
    """Theory and measurement of chi, method by method.

    Args:
        methods: the methods that are shown.
        scale: the scale of the weights, as in :class:`ipcore.config.RunConfig`.
        seen: method -> what was measured at this scale; empty if nothing was.
    """
    rows = []
    for method in methods:
        measured = seen.get(method)
        found = measured.multiplier[np.isfinite(measured.multiplier)] if measured else np.array([])
        mean = float(np.exp(np.log(found).mean())) if len(found) else None
        spread = float(found.std(ddof=1)) if len(found) > 1 else None
        chi = gradient_multiplier(method, weight_variance(scale)) if has_theory(method) else None
        rows.append(Row(method, chi, mean, spread))
    return rows


@lru_cache(maxsize=64)
def theory(
    methods: tuple[str, ...], depth: int, scale: float, second_moment: float, variance: float
) -> dict[str, Signal]:
    """Method -> the signal in each layer in theory, for those of the methods that theory covers."""
    found = {}
    for method in filter(has_theory, methods):
        found[method] = signal_through_depth(method, depth, weight_variance(scale), second_moment, variance)
    return found


def activity(signals: Mapping[str, Signal], seen: Mapping[str, Measured], dark: bool) -> dict[str, Any]:
    """RMS of the outputs by layer: grey lines of theory, coloured marks as measured."""
    lines = {method: np.sqrt(signal.activity) for method, signal in signals.items()}
    marks = {method: measured.activity for method, measured in seen.items()}
    return _by_layer(lines, marks, "RMS of the outputs y", dark)


def error(signals: Mapping[str, Signal], seen: Mapping[str, Measured], dark: bool) -> dict[str, Any]:
    """RMS dL/dx by layer, divided by that of the last hidden layer: theory and measurement."""
    lines = {method: signal.error_signal for method, signal in signals.items()}
    marks = {method: _over_last(measured.error_signal) for method, measured in seen.items()}
    return _by_layer(lines, marks, "RMS dL/dx, last layer = 1", dark)


def scales(scale: float, rows: list[Row], dark: bool) -> dict[str, Any]:
    """chi against the scale of the weights: theory, and what was measured at ``scale``."""
    measured = [row for row in rows if row.measured is not None]
    lines = {row.method: chi_over_scales(row.method) for row in rows if row.theory is not None}
    traces = _lines(lines, SCALES, dark, "%{x:.3g}: χ = %{y:.4g}", alone=not measured)
    traces += [_marks(row.method, [scale], [row.measured], dark, "measured χ = %{y:.4g}") for row in measured]
    shapes = [vertical_line(scale, dark), horizontal_line(1.0, dark)]
    right = max(_ENDS[1], math.log10(scale))  # a server may allow larger ones
    xaxis = {"type": "log", "title": "weight scale", "range": [_ENDS[0] - 0.05, right + 0.05], "dtick": 1}
    chis = [number for row in rows for number in (row.theory, row.measured) if number]
    low, high = min(-1.3, math.log10(min(chis)) - 0.15), max(1.0, math.log10(max(chis)) + 0.15)
    dtick = "D2" if high - low < 3.5 else 1  # only a plain network of tiny weights needs many decades
    yaxis = {"type": "log", "title": "multiplier χ", "range": [low, high], "tickformat": "~g", "dtick": dtick}
    return {"data": traces, "layout": layout(xaxis, yaxis, dark, shapes)}


def layers_measured(config: RunConfig) -> tuple[int, int] | None:
    """First and last hidden layer between which chi is measured, counted from 1; None if there are too few."""
    first, last = ENDS + 1, config.depth - ENDS
    return (first, last) if last > first else None


@lru_cache(maxsize=8)
def chi_over_scales(method: str) -> tuple[float, ...]:
    """chi in theory at each of :data:`SCALES`; NaN where theory predicts none."""
    if not has_theory(method):
        return (math.nan,) * len(SCALES)
    return tuple(gradient_multiplier(method, weight_variance(scale)) for scale in SCALES)


def _over_last(magnitudes: np.ndarray) -> np.ndarray:
    last = magnitudes[-1]
    return magnitudes / last if last > 0 else np.full(len(magnitudes), np.nan)


def _by_layer(lines: Mapping[str, Any], marks: Mapping[str, Any], title: str, dark: bool) -> dict[str, Any]:
    """Theory as grey lines, each in its method's dash, measurement as marks in its method's colour."""
    depth = len(next(iter({**lines, **marks}.values())))
    layers = list(range(1, depth + 1))
    traces = _lines(lines, layers, dark, "theory %{y:.3g}", alone=not marks)
    traces += [_marks(method, layers, y, dark, "measured %{y:.3g}") for method, y in marks.items()]
    drawn = np.concatenate([np.asarray(y, float) for y in (*lines.values(), *marks.values())])
    drawn = drawn[np.isfinite(drawn) & (drawn > LOWEST)]
    return {"data": traces, "layout": layout(layer_axis(depth), log_axis(title, drawn), dark)}


def _lines(lines: Mapping[str, Any], x: Any, dark: bool, hover: str, alone: bool) -> list[dict[str, Any]]:
    """Grey lines of theory, one for all methods of which theory says the same, with the dash of the first.

    The legend names each line if they are ``alone``, otherwise one of them as "theory", a solid one if there is one.
    """
    shared: dict[bytes, list[str]] = {}
    for method, y in lines.items():
        shared.setdefault(np.asarray(y, float).tobytes(), []).append(method)
    groups = list(shared.values())
    solid = [LOOKS[first].dash == "solid" for first, *_ in groups]
    named = solid.index(True) if any(solid) else 0
    return [
        {
            "x": list(x),
            "y": _known(lines[group[0]]),
            "name": f"{', '.join(LOOKS[method].label for method in group)}, theory" if alone else "theory",
            "mode": "lines",
            "line": {"color": GREY[dark], "dash": LOOKS[group[0]].dash, "width": 2},
            "hovertemplate": hover,
            "showlegend": alone or place == named,
        }
        for place, group in enumerate(groups)
    ]


def _marks(method: str, x: Any, y: Any, dark: bool, hover: str) -> dict[str, Any]:
    look = LOOKS[method]
    marker = {"color": look.color[dark], "symbol": look.symbol, "size": 9 if len(x) <= 25 else 6}
    return {
        "x": list(x),
        "y": _known(y),
        "name": look.label,
        "mode": "markers",
        "marker": marker,
        "hovertemplate": hover,
        "cliponaxis": False,
    }


def _known(values: Any) -> list[float | None]:
    return [float(value) if math.isfinite(value) and value > LOWEST else None for value in values]
