"""The live component of the page "One neuron": it plays the moments of a frame by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.neuron.csv import CHARTS
from app.ui.component import component


def download_asked(values: Mapping[str, Any] | None) -> str | None:
    """The picture whose CSV the browser asked for just now; None if it asked for none, or for nonsense."""
    asked = (values or {}).get("download")
    return asked if asked in CHARTS else None


def neuron(frame: bytes, *, key: str, download: tuple[str, str] | None = None) -> None:
    """Shows a frame, in place of the one before.

    Args:
        frame: of app.neuron.frames.frame.
        key: of the component; keep it while the page is up.
        download: a file's name and text, which the browser saves if it asked for one.
    """
    data = frame if download is None else frame + json.dumps({"name": download[0], "text": download[1]}).encode()
    component("neuron")(key=key, data=data, on_download_change=lambda: None)
