"""A still picture on a card like those of the live charts: the title, a hint, the chart, and a menu that saves it."""

from __future__ import annotations

from typing import Any

from app.ui import teacher_link
from app.ui.component import component, whole

CARD = '<div class="live still" style="min-height: 470px"></div>'
"""The element of the card; until it is drawn it keeps the room that it will take."""


def picture(
    title: str, hint: str, figure: dict[str, Any], name: str, csv: str, file: str, light: dict[str, Any] | None = None
) -> None:
    """Draws a card.

    Args:
        title: the title of the picture.
        hint: what to look for, in a line.
        figure: the figure, for Plotly.
        name: the name of its elements: no other picture of the page has it.
        csv: its data.
        file: what they are saved as.
        light: the figure for a white background, if the one that is shown is not; it is saved.
    """
    if not teacher_link.current().shows(name):
        return
    data = {"title": title, "hint": hint, "name": name, "figure": figure, "csv": csv, "file": file.removesuffix(".csv")}
    if light is not None:
        data["light"] = light
    component("still", CARD)(key=f"card_{name}", data=whole(data))
