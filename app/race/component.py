"""The component that shows a race: charts that are redrawn in place while it trains, with a slider through time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.component import FEED_STATES, component, heard
from app.ui.feeds import View


@dataclass(frozen=True)
class RaceView:
    """What a visitor chose to see.

    Args:
        step: the moment chosen on the slider; None for the newest.
        layer: the index of the layer in the histograms, from 0 at the input side; None for all layers.
        span: the first and the last step that the curves are zoomed in on; None for all steps.
    """

    step: int | None = None
    layer: int | None = None
    span: tuple[int, int] | None = None


def view(values: Mapping[str, Any] | None) -> RaceView:
    """The choice that the browser reports, without parts that are not valid.

    Args:
        values: the values of the component in the session state, which has them before the component is drawn.
    """
    values = values or {}
    return RaceView(_count(values.get("step")), _count(values.get("layer")))


def from_query(query: View) -> RaceView:
    """The same from what the browser says when it asks for a frame of a feed."""
    numbers = {
        name: int(text) for name, text in query.items() if text.isascii() and text.isdecimal() and len(text) < 10
    }
    first, last = numbers.get("from"), numbers.get("to")
    span = None if first is None or last is None or first >= last else (first, last)
    return RaceView(numbers.get("step"), numbers.get("layer"), span)


def show(shown: bytes | Mapping[str, str], *, key: str) -> None:
    """Shows a frame, in place of the one before, or whatever a feed has.

    Args:
        shown: a frame made by :func:`app.race.frames.frame`, or the feed that the browser is to ask for it.
        key: the key of the component; keep it while the page is up, also from one run to the next.
    """
    component("race")(
        key=key,
        data=shown,
        default={"step": None, "layer": None, **FEED_STATES},
        on_step_change=lambda: None,  # the browser only reports what has a callback
        on_layer_change=lambda: None,
        **heard(),
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
