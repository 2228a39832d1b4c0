"""The channel by which files reach the browser: a small component of its own, beside the live one.

A live component is sent a frame several times a second, and a browser that is busy draws only the newest: a file that
came with a frame would be lost with it, and would be sent again with the next. So a file comes by itself. Streamlit's
own button for downloads cannot do it: it would have to be drawn before the press, for each chart, with a file that is
made anew each time, or by a thread that knows neither the visitor nor what they look at.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from app.ui.component import component

ELEMENT = '<div class="files" hidden></div>'
"""The element of the component, which is invisible."""


@dataclass(frozen=True)
class Request:
    """A request of the browser for a file.

    Args:
        id: an id that no other request has; the answer repeats it.
        chart: the chart whose data are wanted.
    """

    id: str
    chart: str


@dataclass(frozen=True)
class Answer:
    """A file for the browser to save, or why there is none.

    Args:
        id: the id of the request.
        name: the name of the file.
        text: the text of the file.
        problem: why there is no file, in a sentence; otherwise empty.
    """

    id: str
    name: str = ""
    text: str = ""
    problem: str = ""


def requested(values: Mapping[str, Any] | None, charts: Container[str]) -> Request | None:
    """The request in the values of the component; None if there is none or it is malformed.

    Args:
        values: the values of the component in the session state.
        charts: the charts that have data.
    """
    wanted = (values or {}).get("wanted")
    if not isinstance(wanted, dict):
        return None
    id, chart = wanted.get("id"), wanted.get("chart")
    if isinstance(id, str) and 0 < len(id) <= 40 and isinstance(chart, str) and chart in charts:
        return Request(id, chart)
    return None


def send(answer: Answer | None, *, key: str) -> None:
    """Draws the component, with the file that the browser is to save.

    Args:
        answer: the answer to the current request; None without one.
        key: the key of the component; keep it while the page is up.
    """
    data: dict[str, str] = {}
    if answer is not None:
        data = {"id": answer.id}
        data |= {"problem": answer.problem} if answer.problem else {"name": answer.name, "text": answer.text}
    component("files", ELEMENT)(key=key, data=data, default={"wanted": None}, on_wanted_change=lambda: None)
