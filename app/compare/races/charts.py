"""The pictures of a comparison of races, as Plotly figures. Pure; no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.compare import figures
from app.compare.figures import Figure, Form, drawn_values
from app.compare.lines import Line
from app.compare.races.lines import BY_LAYER, RATIOS, Race
from app.ui.figures import layer_axis, log_axis

TITLES = {
    "loss": "Training loss",
    "accuracy": "Test accuracy",
    "gradient": "Gradient by layer",
    "response": "Slope by layer",
    "information": "Information by layer",
    "gain": "Gain by layer",
}
HINTS = {
    "loss": "Lower is better. Dotted: the loss of guessing.",
    "accuracy": "Accuracy on unseen test examples. Dotted: guessing.",
    "gradient": "High and flat means every layer learns.",
    "response": "Mean dy/dx = gain (1 − y²): how much of a change of its input a neuron passes on.",
    "information": "A neuron conveys most when it uses all its output levels equally often.",
    "gain": "How steep tanh has become: geometric mean over neurons, to about 6 %. Plain stays at 1.",
}
DIFFERENCE_HINTS = {
    "loss": "Below the line, {b} has the lower loss at the same step.",
    "accuracy": "Above the line, {b} has the higher accuracy at the same step.",
    "gradient": "Above the line, {b} has the larger gradient in that layer.",
    "response": "Above the line, {b} has the steeper neurons in that layer.",
    "information": "Above the line, {b} conveys more in that layer.",
    "gain": "Above the line, {b} has the steeper tanh in that layer.",
}
FORMS = {
    chart: Form(quantity, hover, ratio=chart in RATIOS, percent=chart == "accuracy")
    for chart, quantity, hover in (
        ("loss", "cross-entropy (nats)", "step %{x:,d}: %{y:.3g}"),
        ("accuracy", "share correct", "step %{x:,d}: %{y:.1%}"),
        ("gradient", "mean |dL/dW|", "layer %{x}: %{y:.3g}"),
        ("response", "mean dy/dx", "layer %{x}: %{y:.3g}"),
        ("information", "entropy, share of ln 30", "layer %{x}: %{y:.3f}"),
        ("gain", "gain, geometric mean", "layer %{x}: %{y:.3g}"),
    )
}


def overlaid(chart: str, lines: Sequence[Line], runs: Sequence[Race], dark: bool) -> Figure:
    """The figure of all runs.

    Args:
        chart: one of :data:`~app.compare.races.lines.CHARTS`.
        lines: what :func:`~app.compare.races.lines.overlay` returned.
        runs: all runs that are compared.
        dark: whether the page is dark.
    """
    xaxis, yaxis = _xaxis(chart, runs), _yaxis(chart, lines, runs)
    return figures.overlaid(FORMS[chart], lines, runs, dark, xaxis=xaxis, yaxis=yaxis, levels=_guessing(chart, runs))


def subtracted(chart: str, lines: Sequence[Line], a: Race, b: Race, dark: bool) -> Figure:
    """The figure of run B minus run A."""
    return figures.subtracted(FORMS[chart], lines, a, b, dark, xaxis=_xaxis(chart, (a, b), common=True))


def _guessing(chart: str, runs: Sequence[Race]) -> list[float]:
    """Loss or accuracy of guessing on the data sets of the runs."""
    data = [run.recording.config.data for run in runs]
    if chart == "loss":
        return sorted({math.log(each.classes) for each in data})
    return sorted({each.chance for each in data}) if chart == "accuracy" else []


def _xaxis(chart: str, runs: Sequence[Race], common: bool = False) -> dict[str, Any]:
    furthest = min if common else max
    if chart in BY_LAYER:
        return layer_axis(furthest(run.recording.config.depth for run in runs))
    last = furthest(run.recording.step for run in runs) or 1
    return {"title": "step", "range": [0, last], "tickformat": ",d", "nticks": 6}


def _yaxis(chart: str, lines: Sequence[Line], runs: Sequence[Race]) -> dict[str, Any]:
    values, title = drawn_values(lines, positive=chart in RATIOS), FORMS[chart].quantity
    if chart in RATIOS:
        return log_axis(title, values if len(values) else np.ones(1), least=1)
    if chart == "loss":
        guess = _guessing(chart, runs)[-1]
        return {"title": title, "range": [0, min(max([1.2 * guess, *(1.05 * values).tolist()]), 3 * guess)]}
    if chart == "accuracy":
        return {"title": title, "range": [0, 1.02], "tickformat": ".0%", "dtick": 0.2}
    return {"title": title, "range": [0, 1.04], "dtick": 0.2}
