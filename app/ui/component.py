"""Streamlit components that the JavaScript of app/static draws.

The JavaScript that travels with each frame (loader.js) only has the browser load the rest, once, from the folder of
app/static that is served (see app.ui.served); so ``server.enableStaticServing`` must be on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.ui import served

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent


FEED_STATES: dict[str, None] = {"unreachable": None, "report": None}
"""What a component with a feed reports, and with what it begins: that it cannot reach the feed (see
app.session.feeds.reachable), and that the page is to be drawn anew."""


def heard() -> dict[str, Any]:
    """Callbacks for what a component with a feed reports: the browser only reports what has one."""
    return {f"on_{name}_change": lambda: None for name in FEED_STATES}


def whole(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Data of a component that hold lists or dictionaries, as Streamlit is to be given them; loader.js takes them out.

    In a dictionary Streamlit would look for tables, for which it loads pyarrow: 70 MB, and a tenth of the time that a
    page takes.
    """
    return [data]


@cache
def component(room: str, html: str = "") -> ComponentRenderer:
    """The component that the JavaScript of a feature draws, registered once.

    Args:
        room: the folder of app/static that holds its component.js.
        html: its first content, with an element of the class ``live``; unless given, a note that charts are loading.
    """
    loader = (HERE / "loader.js").read_text(encoding="utf-8")
    place = served.SHARED if room in served.EVERYWHERE else room
    return st.components.v2.component(
        room,
        html=html or (HERE / "live.html").read_text(encoding="utf-8"),
        js=loader.replace("FOLDER", served.folder()).replace("ROOM", room).replace("PLACE", place),
        isolate_styles=False,
    )
