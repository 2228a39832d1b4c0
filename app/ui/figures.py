"""What the still Plotly figures of all pages share: layout, axes, straight lines. Pure; no Streamlit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.ui.numbers import numbers
from app.ui.palette import GREY


def layout(xaxis: dict[str, Any], yaxis: dict[str, Any], dark: bool, shapes: list[Any] | None = None) -> dict[str, Any]:
    """A layout with the margins, the grid and the legend (below) of every still figure."""
    grid = {"gridcolor": "#2b3a43" if dark else "#e3e9eb", "zeroline": False}
    return {
        "height": 380,
        "margin": {"l": 70, "r": 16, "t": 8, "b": 48},
        "xaxis": {**grid, **xaxis, "fixedrange": False},
        "yaxis": {**grid, **yaxis},
        "legend": {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0},
        "hovermode": "x unified",
        "shapes": shapes or [],
    }


def layer_axis(depth: int) -> dict[str, Any]:
    """An axis of hidden layers, counted from 1 at the input side."""
    stride = 1 if depth <= 10 else 5 if depth <= 25 else 10
    ticks = [layer for layer in range(1, depth + 1) if layer == 1 or layer % stride == 0]
    return {"title": "hidden layer (1: input side)", "range": [0.5, depth + 0.5], "tickvals": ticks}


def log_axis(title: str, drawn: np.ndarray, least: float = 0) -> dict[str, Any]:
    """A logarithmic axis on which all drawn numbers fit.

    Args:
        title: the title of the axis.
        drawn: the numbers that are drawn, at least one, all positive.
        least: the fewest decades that the axis spans.
    """
    low, high = np.log10([drawn.min(), drawn.max()])
    lacking = max(0, least - (high - low)) / 2
    low, high = low - lacking, high + lacking
    room = 0.06 * (high - low) + 0.1
    powers = "power" if high - low > 2.5 else "none"
    axis: dict[str, Any] = {"type": "log", "title": title, "range": [low - room, high + room], "exponentformat": powers}
    if high - low <= 2 and low > -3.5:
        values = [digit * 10.0**power for power in range(-4, math.ceil(high) + 1) for digit in (1, 2, 5)]
        axis |= {"tickvals": values, "ticktext": numbers(values)}
    elif high - low > 8:
        axis["dtick"] = math.ceil((high - low) / 7)
    elif high - low > 1:
        axis["dtick"] = 1
    return axis


def horizontal_line(y: float, dark: bool) -> dict[str, Any]:
    """A dotted grey line from left to right."""
    line = {"color": GREY[dark], "width": 1, "dash": "1px,4px"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def vertical_line(x: float, dark: bool) -> dict[str, Any]:
    """A grey line from bottom to top."""
    line = {"color": GREY[dark], "width": 1}
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": x, "x1": x, "line": line}
