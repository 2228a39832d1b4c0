"""The live component: charts that are redrawn in place while a network trains, with a slider through time.

It is a Streamlit component of our own around ``Plotly.react``. The JavaScript that travels with each frame (loader.js)
only imports the rest, which Streamlit serves from app/static; so ``server.enableStaticServing`` must be on.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"
PLOTLY = "plotly.min.js"


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
