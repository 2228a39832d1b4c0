"""What the figures of compared races and sweeps share: colour says which run, dash which method. Pure.

Where one run is subtracted from another there is one line per method, and it has the colour of its method again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from app.compare.comparison import Compared
from app.compare.lines import Line
from app.ui.figures import horizontal_line, layout, log_axis
from app.ui.palette import LOOKS, RUNS

Figure = dict[str, Any]

LOWEST = 1e-30
"""Gradients below this are not drawn: the smallest numbers of single precision are near."""
ROW = 29
"""Height of a row of a legend, in px; on a narrow page a run that is named in full takes one."""
BANDED = 6
"""The most lines whose bands over seeds can be told apart."""
NAMED = 3
"""The most runs that a legend names in full; more of them have their letters only, so that the chart has room."""
INK = ("#16232b", "#e7eef1")
"""The colours of text in the two themes; lines have them in the legend of methods, where colour means a run."""


@dataclass(frozen=True)
class Form:
    """What a chart draws, and how its numbers are written.

    Args:
        quantity: the quantity of the vertical axis, with its unit; the title of that axis.
        hover: Plotly's template of the text over a point.
        ratio: whether two runs are divided, not subtracted, and the axis is logarithmic.
        percent: whether the quantity is a fraction that is written in percent.
        marks: whether each point has a mark; otherwise only a line of one point has.
        named: place on the horizontal axis -> the text written there, where it is not the number itself.
    """

    quantity: str
    hover: str
    ratio: bool = False
    percent: bool = False
    marks: bool = False
    named: Mapping[float, str] | None = None


def overlaid(
    form: Form, lines: Sequence[Line], runs: Sequence[Compared[Any]], dark: bool, *,
    xaxis: dict[str, Any], yaxis: dict[str, Any], levels: Sequence[float] = (),
) -> Figure:  # fmt: skip
    """The figure of all runs: the legend names each run once, by colour, and each method once, by dash.

    Args:
        form: what the chart draws.
        lines: the lines of all runs and methods.
        runs: all runs that are compared.
        dark: whether the page is dark.
        xaxis, yaxis: Plotly's settings of the axes.
        levels: heights of dotted lines across the chart.
    """
    data = []
    if len(lines) <= BANDED:
        data += [_band(line, RUNS[line.run][dark], runs[line.run].letter) for line in lines if line.banded]
    for line in lines:
        run, look = runs[line.run], LOOKS[line.method]
        name = f"{escape(run.label)}, {look.label}"
        data.append(_stroke(form, line, name, RUNS[line.run][dark], legendgroup=run.letter, showlegend=False))
    for run in runs:
        name = escape(run.label) if len(runs) <= NAMED else run.letter
        data.append(_key(name, {"color": RUNS[run.index][dark], "width": 4}, "legend", legendgroup=run.letter))
    for method in dict.fromkeys(line.method for line in sorted(lines, key=lambda line: list(LOOKS).index(line.method))):
        stroke = {"color": INK[dark], "width": 2, "dash": LOOKS[method].dash}
        data.append(_key(LOOKS[method].label, stroke, "legend2"))
    rows = len(runs) if len(runs) <= NAMED else 1
    return _figure(data, xaxis, yaxis, dark, [horizontal_line(y, dark) for y in levels], rows)


def subtracted(
    form: Form, lines: Sequence[Line], a: Compared[Any], b: Compared[Any], dark: bool, *, xaxis: dict[str, Any]
) -> Figure:
    """The figure of run B minus run A: one line per method in its colour, and a line where both are alike."""
    data = [_band(line, LOOKS[line.method].color[dark], line.method) for line in lines if line.banded]
    for line in lines:
        look = LOOKS[line.method]
        data.append(_stroke(form, line, look.label, look.color[dark], legendgroup=line.method, legend="legend2"))
    values = drawn_values(lines, positive=form.ratio)
    title = f"{form.quantity}: {b.letter} {'over' if form.ratio else 'minus'} {a.letter}"
    if form.ratio:
        yaxis = log_axis(title, np.append(values, 1.0), least=1)
    else:
        reach = max([*np.abs(values).tolist(), 0.02]) * 1.12
        yaxis = {"title": title, "range": [-reach, reach], "tickformat": ".0%" if form.percent else "~g"}
        if form.percent and reach < 0.05:
            yaxis["tickformat"] = ".1%"
    alike = {**horizontal_line(1.0 if form.ratio else 0.0, dark), "line": {"color": INK[dark], "width": 1.5}}
    return _figure(data, xaxis, yaxis, dark, [alike], 0)  # nothing is named below


def drawn_values(lines: Sequence[Line], positive: bool) -> np.ndarray:
    """All numbers that lines and bands show, shape (numbers,)."""
    parts = [values for line in lines for values in (line.mean, line.low, line.high)]
    values = np.concatenate([np.zeros(0), *parts]).astype(float)
    return values[np.isfinite(values) & (values > (LOWEST if positive else -math.inf))]


def _figure(
    data: list[Any], xaxis: dict[str, Any], yaxis: dict[str, Any], dark: bool, shapes: list[Any], rows: int
) -> Figure:
    """Puts the figure together: methods are named above the chart, runs below it, in so many rows."""
    made = layout(xaxis, yaxis, dark, shapes)
    made["margin"] |= {"l": 60, "t": 34, "b": 48 + ROW * rows}
    made["height"] += ROW * max(0, rows - 1)
    legend: dict[str, Any] = {"orientation": "h", "xref": "container", "yref": "container", "x": 0}
    legend["font"] = {"color": INK[dark], "size": 12}
    made["legend"] = {**legend, "y": 0, "yanchor": "bottom"}
    made["legend2"] = {**legend, "y": 1, "yanchor": "top", "itemwidth": 40}
    made["legend2"] |= {"itemclick": False, "itemdoubleclick": False}  # a method is chosen for all pictures at once
    made["hovermode"] = "closest"
    made["hoverlabel"] = {"namelength": -1}
    return {"data": data, "layout": made}


def _stroke(form: Form, line: Line, name: str, color: str, **more: Any) -> dict[str, Any]:
    look = LOOKS[line.method]
    alone = int(np.isfinite(line.mean).sum()) == 1
    texts = {} if form.named is None else {"text": [form.named[x] for x in line.x.tolist()]}
    return {
        "x": line.x.tolist(), "y": _known(line.mean, positive=form.ratio), "name": name, **texts,
        "mode": "lines+markers" if form.marks else "markers" if alone else "lines",
        "line": {"color": color, "dash": look.dash, "width": 2},
        "marker": {"color": color, "symbol": look.symbol, "size": 8}, "hovertemplate": form.hover, **more,
    }  # fmt: skip


def _band(line: Line, color: str, group: str) -> dict[str, Any]:
    """The band of a line, drawn as one outline."""
    inside = np.isfinite(line.low) & np.isfinite(line.high)
    x, low, high = line.x[inside], line.low[inside], line.high[inside]
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return {
        "x": [*x.tolist(), *x[::-1].tolist()], "y": [*map(float, low), *map(float, high[::-1])], "mode": "lines",
        "line": {"width": 1, "color": f"rgba({red},{green},{blue},0.3)"}, "hoverinfo": "skip",
        "fill": "toself", "fillcolor": f"rgba({red},{green},{blue},0.13)",
        "legendgroup": group, "showlegend": False,
    }  # fmt: skip


def _key(name: str, line: dict[str, Any], legend: str, **more: Any) -> dict[str, Any]:
    """An entry of a legend: a line that is drawn nowhere else."""
    nothing = {"x": [None], "y": [None], "mode": "lines", "hoverinfo": "skip"}
    return {**nothing, "name": name, "line": line, "legend": legend, **more}


def _known(values: np.ndarray, positive: bool) -> list[float | None]:
    least = LOWEST if positive else -math.inf
    return [float(value) if math.isfinite(value) and value > least else None for value in values]
