"""The component that shows a race: charts that are redrawn in place while it trains, with a slider through time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.component import component


@dataclass(frozen=True)
class View:
    """What a viewer looks at.

    Args:
        step: the moment chosen on the slider; None follows the newest.
        layer: of the histograms, an index, input side first; None for all.
    """

    step: int | None = None
    layer: int | None = None


def view(values: Mapping[str, Any] | None) -> View:
    """What the browser says, with anything unfit left out.

    Args:
        values: of the component, as the session holds them also before it is mounted: so a page packs the right frame
            at once.
    """
    values = values or {}
    return View(_count(values.get("step")), _count(values.get("layer")))


def show(frame: bytes, *, key: str) -> None:
    """Shows a frame, in place of the one before.

    Args:
        frame: of app.race.frames.frame.
        key: of the component; keep it while the page is up, also from one run to the next.
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
