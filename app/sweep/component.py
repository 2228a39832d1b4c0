"""The component that shows a sweep: its results, and the learning curves of the point that a visitor picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.component import FEED_STATES, component, heard
from app.ui.feeds import View


@dataclass(frozen=True)
class SweepView:
    """What a visitor chose to see.

    Args:
        run: the id of the sweep in which a point was picked.
        point: the index of the point; None for the best point, whichever it is.
    """

    run: str = ""
    point: int | None = None


def view(values: Mapping[str, Any] | None) -> SweepView:
    """The choice that the browser reports; without one that is valid, the best point.

    Args:
        values: the values of the component in the session state.
    """
    picked = (values or {}).get("picked")
    if not isinstance(picked, dict):
        return SweepView()
    run, point = picked.get("run"), picked.get("point")
    if isinstance(run, str) and isinstance(point, int) and not isinstance(point, bool) and point >= 0:
        return SweepView(run, point)
    return SweepView()


def from_query(query: View) -> SweepView:
    """The same from what the browser says when it asks for a frame of a feed."""
    point = query.get("point", "")
    known = point.isascii() and point.isdecimal() and len(point) < 10
    return SweepView(query.get("run", ""), int(point)) if known else SweepView()


def show(shown: bytes | Mapping[str, str], *, key: str) -> None:
    """Shows a frame, in place of the one before, or whatever a feed has.

    Args:
        shown: a frame made by :func:`app.sweep.frames.frame`, or the feed that the browser is to ask for it.
        key: the key of the component; keep it while the page is up.
    """
    default = {"picked": None, **FEED_STATES}
    component("sweep")(key=key, data=shown, default=default, on_picked_change=lambda: None, **heard())
