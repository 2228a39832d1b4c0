"""The chart of a comparison of sweeps, as a Plotly figure. Pure; no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.compare import figures
from app.compare.figures import Figure, Form
from app.compare.lines import Line
from app.compare.sweeps.words import ComparedSweep
from app.sweep.frames import axis

TITLE = "Test accuracy at the end"
HEIGHT = 480
"""Height of the chart, px."""
NAMES = 24
"""The most marks on the axis that are named, if they are evenly spread."""


def hint(lines: Sequence[Line], label: str) -> str:
    """The hint of the chart of all runs."""
    band = ""
    if any(line.banded for line in lines):
        drawn = len(lines) <= figures.BANDED
        band = " Mean over seeds; " + (
            "band: 95 % interval (Student's t)." if drawn else "bands are drawn for up to six lines."
        )
    return f"A wide plateau: the run learns at many {label}s. Dotted: guessing.{band}"


def difference_hint(a: ComparedSweep, b: ComparedSweep) -> str:
    """The hint of the chart of a difference."""
    return f"Above the line, {b.letter} has the higher accuracy at the same value."


def overlaid(lines: Sequence[Line], setting: str, runs: Sequence[ComparedSweep], dark: bool) -> Figure:
    """The figure of all runs.

    Args:
        lines: what :func:`app.compare.sweeps.lines.overlay` returned.
        setting: the name of the setting.
        runs: all sweeps that are compared.
        dark: whether the page is dark.
    """
    form, xaxis, lines = _placed(lines, setting, runs)
    yaxis = {"title": form.quantity, "range": [0, 1.02], "tickformat": ".0%", "dtick": 0.2}
    levels = sorted({run.recording.config.data.chance for run in runs})
    return _tall(figures.overlaid(form, lines, runs, dark, xaxis=xaxis, yaxis=yaxis, levels=levels))


def subtracted(lines: Sequence[Line], setting: str, a: ComparedSweep, b: ComparedSweep, dark: bool) -> Figure:
    """The figure of sweep B minus sweep A."""
    form, xaxis, lines = _placed(lines, setting, (a, b))
    return _tall(figures.subtracted(form, lines, a, b, dark, xaxis=xaxis))


def _tall(figure: Figure) -> Figure:
    """Makes the figure high, since it is the only one of its page."""
    figure["layout"]["height"] = HEIGHT
    return figure


def _placed(
    lines: Sequence[Line], setting: str, runs: Sequence[ComparedSweep]
) -> tuple[Form, dict[str, Any], list[Line]]:
    """The form, an axis of the values of all runs, and the lines with their values placed on that axis."""
    values = tuple(sorted({value for run in runs for value in run.recording.sweep.over[setting]}))
    made = axis(setting, values)
    places, texts = made["places"], made["texts"]
    place = dict(zip(values, places, strict=True))
    room = 0.03 * ((places[-1] - places[0]) or 1)
    apart = (places[-1] - places[0]) / NAMES
    labels, last = [], -np.inf
    for at, text in zip(places, texts, strict=True):
        fits = at - last >= apart
        labels.append(text if fits else "")
        last = at if fits else last
    form = Form(
        "share correct", f"{made['label']} %{{text}}: %{{y:.1%}}", percent=True, marks=True,
        named=dict(zip(places, texts, strict=True)),
    )  # fmt: skip
    limits = [places[0] - room, places[-1] + room]
    xaxis = {"title": made["label"], "range": limits, "tickvals": places, "ticktext": labels}
    return form, xaxis, [replace(line, x=np.array([place[value] for value in line.x.tolist()])) for line in lines]
