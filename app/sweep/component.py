"""The component that shows a sweep: its results, and the learning curves of the point that is picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.component import component


@dataclass(frozen=True)
class View:
    """What a viewer looks at.

    Args:
        run: the sweep for which a point was picked.
        point: its index; None follows the best.
    """

    run: str = ""
    point: int | None = None


def view(values: Mapping[str, Any] | None) -> View:
    """What the browser says, with anything unfit left out.

    Args:
        values: of the component, as the session holds them.
    """
    picked = (values or {}).get("picked")
    if not isinstance(picked, dict):
        return View()
    run, point = picked.get("run"), picked.get("point")
    if isinstance(run, str) and isinstance(point, int) and not isinstance(point, bool) and point >= 0:
        return View(run, point)
    return View()


def show(frame: bytes, *, key: str) -> None:
    """Shows a frame, in place of the one before.

    Args:
        frame: of app.sweep.frames.frame.
        key: of the component; keep it while the page is up.
    """
    component("sweep")(key=key, data=frame, default={"picked": None}, on_picked_change=lambda: None)
