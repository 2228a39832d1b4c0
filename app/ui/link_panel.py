"""The button "Copy link" and its panel: the address of what is on screen, its QR code, and a teacher's link.

The browser knows the address by which it came, so it makes the link; the server only makes the code of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.ui.component import component, whole
from app.ui.qr import code
from app.ui.teacher_link import TeacherLink

ELEMENT = '<div class="links"></div>'
"""The element of the component, which its JavaScript fills."""


def wanted(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The code that the browser asks for; None if it asks for none, or for one of something that is no address.

    Args:
        values: the values of the component in the session state.
    """
    address = (values or {}).get("wanted")
    try:
        return code(address.partition("#")[0]) if isinstance(address, str) else None  # after it, which try this is
    except ValueError:
        return None


def show(
    link: TeacherLink,
    controls: Mapping[str, str],
    charts: Mapping[str, str],
    also: Mapping[str, str],
    code: Mapping[str, Any] | None,
    *,
    repaint: Callable[[], None],
    key: str,
) -> None:
    """Draws the button.

    It is on every page, so its JavaScript also says when the page changes from light to dark or back: pictures that the
    server draws are to be drawn anew then.

    Args:
        link: what the link says by which the visitor came.
        controls: the controls of the page that a teacher's link can name: name -> label.
        charts: its charts: name -> title.
        also: parameters of the link that the address on screen may lack.
        code: the code that the browser asked for.
        repaint: called when the page has changed from light to dark or back.
        key: the key of the component; keep it while the page is up.
    """
    chosen = {"controls": link.controls, "charts": link.charts, "locked": link.locked}
    data = {"controls": list(controls.items()), "charts": list(charts.items()), "chosen": chosen}
    component("links", ELEMENT)(
        key=key,
        data=whole({**data, "also": dict(also), "code": code and dict(code)}),
        default={"wanted": None, "dark": None},
        on_wanted_change=lambda: None,
        on_dark_change=repaint,
    )
