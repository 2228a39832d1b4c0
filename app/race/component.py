"""The live component: charts that are redrawn in place while a network trains, with a slider through time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.race.csv import CHARTS
from app.ui.component import component


@dataclass(frozen=True)
class View:
    """What a viewer looks at.

    Args:
        step: the moment chosen on the slider; None follows the newest.
        layer: of the histograms, an index, input side first; None for all.
        download: the chart whose CSV was asked for just now.
    """

    step: int | None = None
    layer: int | None = None
    download: str | None = None


def view(key: str) -> View:
    """What the viewer of the component ``key`` looks at, before it is mounted in this run of the script.

    So a page packs the right frame at once: ``live(frame(recording, step=view(key).step, …), key=key)``.
    """
    return _view(st.session_state.get(key) or {})


def live(frame: bytes, *, key: str, download: tuple[str, str] | None = None) -> View:
    """Shows a frame, in place of the one before, and tells what the viewer looks at.

    Args:
        frame: of app.race.frames.frame.
        key: of the component; keep it while the page is up, also from one run to the next.
        download: a file's name and text, which the browser saves if it asked for one (``View.download``).
    """
    result = component("race")(
        key=key,
        data=frame if download is None else frame + json.dumps({"name": download[0], "text": download[1]}).encode(),
        default={"step": None, "layer": None},
        on_step_change=_nothing,
        on_layer_change=_nothing,
        on_download_change=_nothing,
    )
    return _view(result)


def _view(values: Any) -> View:
    """What the browser says, with anything unfit left out."""
    step, layer, download = (values.get(name) for name in ("step", "layer", "download"))
    return View(_count(step), _count(layer), download if download in CHARTS else None)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _nothing() -> None:
    """A callback: the browser only reports what has one."""
