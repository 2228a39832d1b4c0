"""The live component: charts that are redrawn in place while a network trains, with a slider through time.

It is a Streamlit component of our own around ``Plotly.react``. The JavaScript that travels with each frame (loader.js)
only imports the rest, which Streamlit serves from app/static; so ``server.enableStaticServing`` must be on.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.tables import CHARTS

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"
PLOTLY = "plotly.min.js"


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
        frame: of app.charts.frame.
        key: of the component; keep it while the page is up, also from one run to the next.
        download: a file's name and text, which the browser saves if it asked for one (``View.download``).
    """
    result = component("live")(
        key=key,
        data=frame if download is None else frame + json.dumps({"name": download[0], "text": download[1]}).encode(),
        default={"step": None, "layer": None},
        on_step_change=_nothing,
        on_layer_change=_nothing,
        on_download_change=_nothing,
    )
    return _view(result)


def prepare_static() -> None:
    """Puts the JavaScript of the installed Plotly where Streamlit serves it, unless it is there. Safe to repeat."""
    import plotly

    source = Path(plotly.__file__).parent / "package_data" / PLOTLY
    target = STATIC / PLOTLY
    wanted = source.read_bytes()
    if target.exists() and target.stat().st_size == len(wanted) and target.read_bytes() == wanted:
        return
    # Written aside and moved, so that a browser or a second server never meets half a file.
    descriptor, path = tempfile.mkstemp(dir=STATIC, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(wanted)
        os.chmod(path, 0o644)
        os.replace(path, target)
    except BaseException:
        os.unlink(path)
        raise


@cache
def component(folder: str, html: str = "") -> Any:
    """The component whose JavaScript lies in a folder of app/static, registered once.

    Args:
        folder: that one.
        html: what it begins as, with an element of the class ``live``; otherwise the page is told that charts come.

    Its address changes with its files, and with those that it shares with others, so that no browser runs old ones.
    """
    folders = [STATIC / name for name in ("live", "neuron", "sweep", "still")]
    parts = sorted(path for each in folders for path in each.iterdir() if path.is_file())
    version = hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()[:12]
    loader = (HERE / "loader.js").read_text(encoding="utf-8")
    return st.components.v2.component(
        folder,
        html=html or (HERE / "live.html").read_text(encoding="utf-8"),
        js=loader.replace("FOLDER", folder).replace("VERSION", version),
        isolate_styles=False,
    )


def _view(values: Any) -> View:
    """What the browser says, with anything unfit left out."""
    step, layer, download = (values.get(name) for name in ("step", "layer", "download"))
    return View(_count(step), _count(layer), download if download in CHARTS else None)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _nothing() -> None:
    """A callback: the browser only reports what has one."""
