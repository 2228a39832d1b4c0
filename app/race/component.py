"""The component that shows a race: charts that are redrawn in place while it trains, with a slider through time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.component import component


@dataclass(frozen=True)
class RaceView:
    """What a visitor chose to see.

    Args:
        step: the moment chosen on the slider; None for the newest.
        layer: the index of the layer in the histograms, from 0 at the input side; None for all layers.
    """

    step: int | None = None
    layer: int | None = None


def view(values: Mapping[str, Any] | None) -> RaceView:
    """The choice that the browser reports, without parts that are not valid.

    Args:
        values: the values of the component in the session state, which has them before the component is drawn.
    """
    values = values or {}
    return RaceView(_count(values.get("step")), _count(values.get("layer")))


def show(frame: bytes, *, key: str) -> None:
    """Shows a frame, in place of the one before.

    Args:
        frame: a frame made by :func:`app.race.frames.frame`.
        key: the key of the component; keep it while the page is up, also from one run to the next.
    """
    component("race")(
        key=key,
        data=frame,
        default={"step": None, "layer": None},
        on_step_change=lambda: None,  # the browser only reports what has a callback
        on_layer_change=lambda: None,
    )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
