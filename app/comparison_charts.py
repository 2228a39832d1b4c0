"""The pictures of a comparison, as Plotly figures: colour says which run, dash which method. Pure; no Streamlit.

Where one run is subtracted from another there is one line per method, and it has the colour of its method again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from app.comparison import Compared
from app.comparison_lines import BY_LAYER, RATIOS, Line
from app.figures import layer_axis, layout, level, log_axis
from app.palette import LOOKS, RUNS

Figure = dict[str, Any]

LOWEST = 1e-30
"""Gradients below it are not drawn: single precision is about to end."""
BANDED = 6
"""Lines over which bands of seeds can still be told apart."""
NAMED = 3
"""Runs up to which a legend has their names; of more, their letters, so that it leaves room for the picture."""
INK = ("#16232b", "#e7eef1")
"""What names a method where colour means a run: the text of the two themes."""

TITLES = {
    "loss": "Training loss",
    "accuracy": "Test accuracy",
    "gradient": "Gradient by layer",
    "information": "Information by layer",
    "gain": "Gain by layer",
}
HINTS = {
    "loss": "Which run gets below guessing, the dotted line, and which sooner?",
    "accuracy": "Does it hold for examples never seen? Dotted: guessing.",
    "gradient": "How much does each layer learn in a step? High and level: all of them do.",
    "information": "Entropy of outputs: 1 if all levels are used alike, 0 if none ever changes.",
    "gain": "How steep has tanh become? Geometric mean over neurons, to some 6 %; plain stays at 1.",
}
DIFFERENCE_HINTS = {
    "loss": "Below the line, {b} has the lower loss at the same step.",
    "accuracy": "Above the line, {b} is right more often at the same step.",
    "gradient": "Above the line, {b} has the larger gradient in that layer.",
    "information": "Above the line, {b} says more in that layer.",
    "gain": "Above the line, {b} has the steeper tanh in that layer.",
}
_AXES = {
    "loss": "cross-entropy (nats)",
    "accuracy": "share correct",
    "gradient": "mean |dL/dW|",
    "information": "entropy, share of ln 30",
    "gain": "gain, geometric mean",
}
_HOVER = {
    "loss": "step %{x:,d}: %{y:.3g}",
    "accuracy": "step %{x:,d}: %{y:.1%}",
    "gradient": "layer %{x}: %{y:.3g}",
    "information": "layer %{x}: %{y:.3f}",
    "gain": "layer %{x}: %{y:.3g}",
}


def overlaid(chart: str, lines: Sequence[Line], runs: Sequence[Compared], dark: bool) -> Figure:
    """The figure of all runs: the legend names each run once, by colour, and each method once, by dash.

    Args:
        chart: one of :data:`~app.comparison_lines.CHARTS`.
        lines: of :func:`~app.comparison_lines.overlay`.
        runs: all that are compared.
        dark: whether the background is.
    """
    data = []
    if len(lines) <= BANDED:
        data += [_band(line, RUNS[line.run][dark], runs[line.run].letter) for line in lines if line.banded]
    for line in lines:
        run, look = runs[line.run], LOOKS[line.method]
        name = f"{escape(run.label)}, {look.label}"
        data.append(_stroke(chart, line, name, RUNS[line.run][dark], legendgroup=run.letter, showlegend=False))
    for run in runs:
        line = {"color": RUNS[run.index][dark], "width": 4}
        name = escape(run.label) if len(runs) <= NAMED else run.letter
        data.append(_key(name, line, "legend", legendgroup=run.letter))
    for method in dict.fromkeys(line.method for line in sorted(lines, key=lambda line: list(LOOKS).index(line.method))):
        line = {"color": INK[dark], "width": 2, "dash": LOOKS[method].dash}
        data.append(_key(LOOKS[method].label, line, "legend2"))
    shapes = [level(y, dark) for y in _guessing(chart, runs)]
    xaxis, yaxis = _xaxis(chart, runs), _yaxis(chart, lines, runs)
    return _figure(data, xaxis, yaxis, dark, shapes)


def subtracted(chart: str, lines: Sequence[Line], a: Compared, b: Compared, dark: bool) -> Figure:
    """The figure of run B less run A: one line per method in its colour, about the line where both are alike."""
    data = [_band(line, LOOKS[line.method].color[dark], line.method) for line in lines if line.banded]
    for line in lines:
        look = LOOKS[line.method]
        line_ = _stroke(chart, line, look.label, look.color[dark], legendgroup=line.method)
        data.append(line_ | {"legend": "legend2", "marker": line_["marker"] | {"symbol": look.symbol}})
    ratio = chart in RATIOS
    drawn = _drawn(lines, positive=ratio)
    title = f"{_AXES[chart]}: {b.letter} {'over' if ratio else 'minus'} {a.letter}"
    if ratio:
        yaxis = log_axis(title, np.append(drawn, 1.0), least=1)
    else:
        reach = max([*np.abs(drawn).tolist(), 0.02]) * 1.12
        yaxis = {"title": title, "range": [-reach, reach], "tickformat": ".0%" if chart == "accuracy" else "~g"}
        if chart == "accuracy" and reach < 0.05:
            yaxis["tickformat"] = ".1%"
    alike = {**level(1.0 if ratio else 0.0, dark), "line": {"color": INK[dark], "width": 1.5}}
    figure = _figure(data, _xaxis(chart, (a, b), common=True), yaxis, dark, [alike])
    figure["layout"]["margin"]["b"] = 48  # nothing is named below
    return figure


def _figure(data: list[Any], xaxis: dict[str, Any], yaxis: dict[str, Any], dark: bool, shapes: list[Any]) -> Figure:
    """Methods are named above the picture, runs below it."""
    drawn = layout(xaxis, yaxis, dark, shapes)
    drawn["margin"] |= {"l": 60, "t": 34, "b": 76}
    legend = {"orientation": "h", "xref": "container", "yref": "container", "x": 0}
    legend["font"] = {"color": INK[dark], "size": 12}
    drawn["legend"] = {**legend, "y": 0, "yanchor": "bottom"}
    drawn["legend2"] = {**legend, "y": 1, "yanchor": "top", "itemwidth": 40}
    drawn["legend2"] |= {"itemclick": False, "itemdoubleclick": False}  # a method is chosen for all pictures at once
    drawn["hovermode"] = "closest"
    drawn["hoverlabel"] = {"namelength": -1}
    return {"data": data, "layout": drawn}


def _stroke(chart: str, line: Line, name: str, color: str, **more: Any) -> dict[str, Any]:
    look = LOOKS[line.method]
    alone = int(np.isfinite(line.mean).sum()) == 1
    return {
        "x": line.x.tolist(), "y": _known(line.mean, positive=chart in RATIOS), "name": name,
        "mode": "markers" if alone else "lines", "line": {"color": color, "dash": look.dash, "width": 2},
        "marker": {"color": color, "symbol": look.symbol, "size": 8}, "hovertemplate": _HOVER[chart], **more,
    }  # fmt: skip


def _band(line: Line, color: str, group: str) -> dict[str, Any]:
    """From the lowest to the highest seed, as one outline."""
    inside = np.isfinite(line.low) & np.isfinite(line.high)
    x, low, high = line.x[inside], line.low[inside], line.high[inside]
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return {
        "x": [*x.tolist(), *x[::-1].tolist()], "y": [*map(float, low), *map(float, high[::-1])], "mode": "lines",
        "line": {"width": 0}, "fill": "toself", "fillcolor": f"rgba({red},{green},{blue},0.13)", "hoverinfo": "skip",
        "legendgroup": group, "showlegend": False,
    }  # fmt: skip


def _key(name: str, line: dict[str, Any], legend: str, **more: Any) -> dict[str, Any]:
    """An entry of a legend: a line that is drawn nowhere else."""
    nothing = {"x": [None], "y": [None], "mode": "lines", "hoverinfo": "skip"}
    return {**nothing, "name": name, "line": line, "legend": legend, **more}


def _known(values: np.ndarray, positive: bool) -> list[float | None]:
    least = LOWEST if positive else -math.inf
    return [float(value) if math.isfinite(value) and value > least else None for value in values]


def _drawn(lines: Sequence[Line], positive: bool) -> np.ndarray:
    """Every number that lines and bands show."""
    parts = [values for line in lines for values in (line.mean, line.low, line.high)]
    values = np.concatenate([np.zeros(0), *parts]).astype(float)
    return values[np.isfinite(values) & (values > (LOWEST if positive else -math.inf))]


def _guessing(chart: str, runs: Sequence[Compared]) -> list[float]:
    """What guessing scores on the data sets of the runs."""
    data = [run.recording.config.data for run in runs]
    if chart == "loss":
        return sorted({math.log(each.classes) for each in data})
    return sorted({each.chance for each in data}) if chart == "accuracy" else []


def _xaxis(chart: str, runs: Sequence[Compared], common: bool = False) -> dict[str, Any]:
    within = min if common else max
    if chart in BY_LAYER:
        return layer_axis(within(run.recording.config.depth for run in runs))
    last = within(run.recording.step for run in runs) or 1
    return {"title": "step", "range": [0, last], "tickformat": ",d", "nticks": 6}


def _yaxis(chart: str, lines: Sequence[Line], runs: Sequence[Compared]) -> dict[str, Any]:
    drawn, title = _drawn(lines, positive=chart in RATIOS), _AXES[chart]
    if chart in RATIOS:
        return log_axis(title, drawn if len(drawn) else np.ones(1), least=1)
    if chart == "loss":
        guess = _guessing(chart, runs)[-1]
        return {"title": title, "range": [0, min(max([1.2 * guess, *(1.05 * drawn).tolist()]), 3 * guess)]}
    if chart == "accuracy":
        return {"title": title, "range": [0, 1.02], "tickformat": ".0%", "dtick": 0.2}
    return {"title": title, "range": [0, 1.04], "dtick": 0.2}
