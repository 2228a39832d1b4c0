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

SEEN = '<div class="files" hidden></div>'
"""What the component puts into the page."""


@dataclass(frozen=True)
class Question:
    """What the browser asks for.

    Args:
        id: tells this question from others; the answer bears it.
        chart: whose data are wanted.
    """

    id: str
    chart: str


@dataclass(frozen=True)
class Answer:
    """A file for the browser to save, or why there is none.

    Args:
        id: of the question.
        name: of the file.
        text: of the file.
        problem: a sentence, if there is none.
    """

    id: str
    name: str = ""
    text: str = ""
    problem: str = ""


def asked(values: Mapping[str, Any] | None, charts: Container[str]) -> Question | None:
    """What the browser asks for; None if for nothing, or for nonsense.

    Args:
        values: of the component, as the session holds them.
        charts: those that have data.
    """
    wanted = (values or {}).get("wanted")
    if not isinstance(wanted, dict):
        return None
    id, chart = wanted.get("id"), wanted.get("chart")
    if isinstance(id, str) and 0 < len(id) <= 40 and isinstance(chart, str) and chart in charts:
        return Question(id, chart)
    return None


def send(answer: Answer | None, *, key: str) -> None:
    """Mounts the component, with what it is to save.

    Args:
        answer: to what the browser asks for just now.
        key: of the component; keep it while the page is up.
    """
    data: dict[str, str] = {}
    if answer is not None:
        data = {"id": answer.id}
        data |= {"problem": answer.problem} if answer.problem else {"name": answer.name, "text": answer.text}
    component("files", SEEN)(key=key, data=data, default={"wanted": None}, on_wanted_change=lambda: None)
