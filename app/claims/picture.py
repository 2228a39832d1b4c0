"""The small picture of a claim, as SVG. Pure: no Plotly, so that seven of them cost a page nothing.

A method has its colour, its dash and its marker as everywhere else. Where a picture has several lines of one method,
such as one for each start of the weights, they stand in panels beside one another that share their axes.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from app.claims.axes import Axis, axis, label
from app.ui.palette import DARK, GREY, LIGHT, LOOKS
from ipcore.claims.results import Picture, Series

WIDTH, HEIGHT = 300, 230
"""Size of a panel of lines, in units in which text is :data:`TEXT` high."""
WIDE, NARROW = 560, 330
"""Widths of a picture with a single panel, in a wide window and in another."""
LEFT, RIGHT, TOP, BOTTOM = 50, 12, 12, 44
"""Room around the plane of a panel."""
ROW = 27
"""Height of a row of marks."""
NAMES = 150
"""Room for the names of rows."""
TEXT = 13
INK = ("#16232b", "#e7eef1")
"""Colour of text and axes on light and on dark backgrounds."""
LINE = ("#d3dde0", "#33434b")
"""Colour of the grid."""
Scale = Callable[[float], float]
"""A number -> its place in the drawing."""
WHOLE = ("accuracy", "information")
"""Quantities whose axis goes from 0 to 1."""


@dataclass(frozen=True)
class Panel:
    """A part of a picture.

    Args:
        title: what its lines have in common; may be empty.
        series: its lines.
    """

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Drawn:
    """A panel that is drawn.

    Args:
        title: its title; may be empty.
        svg: the drawing.
        words: what it shows, for those who do not see it.
    """

    title: str
    svg: str
    words: str

    @property
    def address(self) -> str:
        """The drawing as the address of an image."""
        return f"data:image/svg+xml;base64,{b64encode(self.svg.encode()).decode()}"


def panels(picture: Picture) -> list[Panel]:
    """The panels of a picture: the second line of a method begins the second panel, and so on."""
    found: list[list[Series]] = []
    for series in picture.series:
        place = sum(bool(series.method) and series.method == each.method for panel in found for each in panel)
        while len(found) <= place:
            found.append([])
        found[place].append(series)
    if len(found) < 2:
        return [Panel("", tuple(series)) for series in found]
    return [Panel(_common(series), tuple(series)) for series in found]


def _common(series: list[Series]) -> str:
    """What the names of some lines say beside the name of their method; empty if that differs."""
    rests = {_rest(each) for each in series}
    return rests.pop() if len(rests) == 1 else ""


def _rest(series: Series) -> str:
    look = LOOKS.get(series.method)
    return series.name.removeprefix(look.label).removeprefix(", ") if look else series.name


def entries(picture: Picture) -> list[tuple[str, str]]:
    """The entries of the legend: a name, and the method whose look it has; each method once. One method has none."""
    names = {
        series.method or series.name: LOOKS[series.method].label if series.method in LOOKS else series.name
        for series in picture.series
    }
    return [(name, method if method in LOOKS else "") for method, name in names.items()] if len(names) > 1 else []


def draw(picture: Picture, dark: bool, wide: int = WIDE) -> list[Drawn]:
    """Draws a picture, panel by panel.

    Args:
        picture: the picture.
        dark: whether its background is dark.
        wide: the width if it has a single panel.
    """
    every = [panel for panel in panels(picture) if panel.series]
    if any(isinstance(x, str) for series in picture.series for x in series.x):
        return [_drawn(picture, panel, _rows(picture, panel, wide, dark)) for panel in every]
    y = _measure(picture, picture.series)
    x = axis([float(x) for series in picture.series for x in series.x], picture.log_x, own_ticks=True)
    width = wide if len(every) == 1 else WIDTH
    return [_drawn(picture, panel, _plane(picture, panel, x, y, width, dark)) for panel in every]


def _measure(picture: Picture, series: Sequence[Series]) -> Axis:
    """The axis of what was measured: of fractions from 0 to 1, at whose ends an interval is cut off."""
    values = [value for each in series for value in each.y if value is not None and math.isfinite(value)]
    if not picture.log_y and any(word in picture.y for word in WHOLE) and all(0 <= value <= 1 for value in values):
        return axis([0.0, 1.0], log=False)
    intervals = [value for each in series for part in (each.low, each.high) for value in part]
    return axis([*values, *intervals], picture.log_y)


def swatch(method: str, dark: bool) -> str:
    """A short piece of the line of a method with its marker, as SVG, for a legend."""
    look = LOOKS[method]
    color, dash = look.color[dark], _dash(look.dash)
    mark = _mark(look.symbol, 17, 8, color, dark)
    line = f'<path d="M1 8H33" stroke="{color}" stroke-width="2.5"{dash}/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 34 16" width="34" height="16">{line}{mark}</svg>'


def _drawn(picture: Picture, panel: Panel, svg: str) -> Drawn:
    title = f"{picture.title}, {panel.title}" if panel.title else picture.title
    names = ", ".join(dict.fromkeys(series.name for series in panel.series))
    return Drawn(panel.title, svg, f"Chart: {title}. {picture.y} over {picture.x}: {names}.")


# -- lines ------------------------------------------------------------------------------------------------------------


def _plane(picture: Picture, panel: Panel, x: Axis, y: Axis, width: int, dark: bool) -> str:
    right, bottom = width - RIGHT, HEIGHT - BOTTOM

    def across(value: float) -> float:
        return LEFT + 8 + x.share(value) * (right - LEFT - 16)

    def up(value: float) -> float:
        return bottom - y.share(value) * (bottom - TOP)

    ink, grid = INK[dark], LINE[dark]
    parts = []
    for tick in y.ticks:
        parts.append(f'<path d="M{LEFT} {up(tick):.1f}H{right}" stroke="{grid}"/>')
        parts.append(_text(LEFT - 6, up(tick) + 4.5, label(tick), ink, "end"))
    last = -math.inf
    for tick in x.ticks:
        parts.append(f'<path d="M{across(tick):.1f} {bottom}v5" stroke="{ink}"/>')
        text = label(tick)
        half = 3.9 * len(text)
        if across(tick) - half > last + 4:
            parts.append(_text(across(tick), bottom + 19, text, ink, "middle"))
            last = across(tick) + half
    parts.append(f'<path d="M{LEFT} {bottom}H{right}" stroke="{ink}"/>')
    parts.append(_text((LEFT + right) / 2, HEIGHT - 6, picture.x, ink, "middle"))
    if picture.x == "derived":  # what was simulated is to be what was derived
        low, high = max(x.low, y.low), min(x.high, y.high)
        if low < high:
            ends = f"M{across(low):.1f} {up(low):.1f}L{across(high):.1f} {up(high):.1f}"
            parts.append(f'<path d="{ends}" stroke="{GREY[dark]}" stroke-width="2" fill="none"/>')
    elif y.low < (alike := 1.0 if picture.log_y else 0.0) < y.high:
        level = up(alike)
        parts.append(f'<path d="M{LEFT} {level:.1f}H{right}" stroke="{GREY[dark]}" stroke-width="2"/>')
    for series in panel.series:
        color, dash, symbol = _look(series, dark)
        points = [(float(at), value) for at, value in zip(series.x, series.y, strict=False) if _shown(value, y)]
        parts += _whiskers(series, across, up, y, color)
        if len(points) > 1 and picture.x != "derived":
            path = "L".join(f"{across(at):.1f} {up(value):.1f}" for at, value in points if value is not None)
            parts.append(f'<path d="M{path}" stroke="{color}" stroke-width="2.5" fill="none"{_dash(dash)}/>')
        parts += [_mark(symbol, across(at), up(value), color, dark) for at, value in points if value is not None]
    return _svg(width, HEIGHT, parts)


def _whiskers(series: Series, across: Scale, up: Scale, y: Axis, color: str) -> Iterator[str]:
    """The interval of each point, as a line through it."""
    for at, low, high in zip(series.x, series.low, series.high, strict=False):
        if low is not None and high is not None and _shown(low, y) and _shown(high, y):
            place = across(float(at))
            yield f'<path d="M{place:.1f} {up(low):.1f}V{up(high):.1f}" stroke="{color}" stroke-width="1.6"/>'


def _shown(value: float | None, y: Axis) -> bool:
    return value is not None and math.isfinite(value) and (value > 0 or not y.log)


# -- rows of marks ----------------------------------------------------------------------------------------------------


def _rows(picture: Picture, panel: Panel, wide: int, dark: bool) -> str:
    names = list(dict.fromkeys(str(x) for series in panel.series for x in series.x))
    scale = _measure(picture, panel.series)
    bottom, right = TOP + ROW * len(names), wide - RIGHT
    ink, grid = INK[dark], LINE[dark]

    def across(value: float) -> float:
        return NAMES + 8 + scale.share(value) * (right - NAMES - 16)

    def down(name: str) -> float:
        return TOP + ROW * (names.index(name) + 0.5)

    parts = [_text(NAMES - 8, down(name) + 4.5, name, ink, "end") for name in names]
    parts += [f'<path d="M{NAMES} {down(name):.1f}H{right}" stroke="{grid}"/>' for name in names]
    for tick in scale.ticks:
        parts.append(f'<path d="M{across(tick):.1f} {TOP}V{bottom}" stroke="{grid}"/>')
        parts.append(_text(across(tick), bottom + 19, label(tick), ink, "middle"))
    parts.append(_text((NAMES + right) / 2, bottom + BOTTOM - 6, picture.y, ink, "middle"))
    for series in panel.series:
        color, _, symbol = _look(series, dark)
        for name, low, high in zip(series.x, series.low, series.high, strict=False):
            if _shown(low, scale) and _shown(high, scale) and low is not None and high is not None:
                ends = f"M{across(low):.1f} {down(str(name)):.1f}H{across(high):.1f}"
                parts.append(f'<path d="{ends}" stroke="{color}" stroke-width="1.6"/>')
        for name, value in zip(series.x, series.y, strict=False):
            if value is not None and _shown(value, scale):
                parts.append(_mark(symbol, across(value), down(str(name)), color, dark))
    return _svg(wide, bottom + BOTTOM, parts)


# -- pieces -----------------------------------------------------------------------------------------------------------


def _look(series: Series, dark: bool) -> tuple[str, str, str]:
    """Colour, dash and marker of a line; one that is of no method has the colour of text."""
    look = LOOKS.get(series.method)
    return (look.color[dark], look.dash, look.symbol) if look else (INK[dark], "solid", "circle")


def _dash(name: str) -> str:
    return "" if name == "solid" else f' stroke-dasharray="{escape(name.replace("px", ""))}"'


def _mark(symbol: str, x: float, y: float, color: str, dark: bool) -> str:
    """A marker; symbols that are not known here are circles."""
    r = 5.0
    shapes = {
        "square": f"M{x - r:.1f} {y - r:.1f}h{2 * r}v{2 * r}h-{2 * r}z",
        "diamond": f"M{x:.1f} {y - 1.3 * r:.1f}l{1.3 * r} {1.3 * r}l-{1.3 * r} {1.3 * r}l-{1.3 * r} -{1.3 * r}z",
        "triangle-up": f"M{x:.1f} {y - 1.2 * r:.1f}l{1.2 * r} {2.1 * r}h-{2.4 * r}z",
        "triangle-down": f"M{x:.1f} {y + 1.2 * r:.1f}l{1.2 * r} -{2.1 * r}h-{2.4 * r}z",
        "cross": f"M{x - 2:.1f} {y - r:.1f}h4v3h3v4h-3v3h-4v-3h-3v-4h3z",
        "x": f"M{x - r:.1f} {y - r:.1f}L{x + r:.1f} {y + r:.1f}M{x - r:.1f} {y + r:.1f}L{x + r:.1f} {y - r:.1f}",
    }
    edge = (LIGHT, DARK)[dark]
    if symbol == "x":
        return f'<path d="{shapes[symbol]}" stroke="{color}" stroke-width="2.5"/>'
    if symbol in shapes:
        return f'<path d="{shapes[symbol]}" fill="{color}" stroke="{edge}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{color}" stroke="{edge}"/>'


def _text(x: float, y: float, text: str, color: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: int, height: int, parts: list[str]) -> str:
    font = f'font-family="Inter, system-ui, Arial, sans-serif" font-size="{TEXT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f"{head} {font}>{''.join(parts)}</svg>"
