"""The component of the page "Robustness": what the browser says, and the frame that it gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.sweep.csv import CHARTS
from app.ui.component import component


@dataclass(frozen=True)
class View:
    """What a viewer looks at.

    Args:
        run: the sweep for which a point was picked.
        point: its index; None follows the best.
        download: the picture whose CSV was asked for just now.
    """

    run: str = ""
    point: int | None = None
    download: str | None = None


def view(values: Mapping[str, Any] | None) -> View:
    """What the browser says, with anything unfit left out.

    Args:
        values: of the component, as the session holds them.
    """
    values = values or {}
    picked, download = values.get("picked"), values.get("download")
    run, point = (picked.get("run"), picked.get("point")) if isinstance(picked, dict) else (None, None)
    asked = download if download in CHARTS else None
    if isinstance(run, str) and isinstance(point, int) and not isinstance(point, bool) and point >= 0:
        return View(run, point, asked)
    return View(download=asked)


def charts(frame: bytes, *, key: str, download: tuple[str, str] | None = None) -> None:
    """Shows a frame, in place of the one before.

    Args:
        frame: of app.sweep.frames.frame.
        key: of the component; keep it while the page is up.
        download: a file's name and text, which the browser saves if it asked for one.
    """
    data = frame if download is None else frame + json.dumps({"name": download[0], "text": download[1]}).encode()
    component("sweep")(
        key=key, data=data, default={"picked": None}, on_picked_change=lambda: None, on_download_change=lambda: None
    )
