"""The channel by which files come: what the browser asks for, what it is sent, and that each file is sent once."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from app.ui.files import Request, requested


def test_what_the_browser_asks_for_is_checked() -> None:
    assert requested({"wanted": {"id": "5-1", "chart": "loss"}}, ("loss", "gain")) == Request("5-1", "loss")
    nonsense = [None, {}, {"wanted": None}, {"wanted": "loss"}, {"wanted": {"id": "5-1"}}]
    wrong = [("", "loss"), ("x" * 41, "loss"), (5, "loss"), ("5-1", "passwd"), ("5-1", ["loss"]), ("5-1", None)]
    nonsense += [{"wanted": {"id": id, "chart": chart}} for id, chart in wrong]
    assert [requested(values, ("loss", "gain")) for values in nonsense] == [None] * len(nonsense)


def page() -> None:
    """A page that offers files, run by AppTest."""
    import streamlit as st

    from app.session import files

    def make(chart: str) -> tuple[str, str]:
        if chart == "gone":
            raise ValueError("This run is no longer there.")
        st.session_state.made = st.session_state.get("made", 0) + 1
        return f"{chart}.csv", f"step,größe\n{st.session_state.made},2\n"

    files.offer(("loss", "gone"), make)


def sent(test: AppTest) -> object:
    assert not test.exception
    (component,) = test.get("bidi_component")
    return json.loads(component.proto.json or component.proto.mixed.json)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page, whose browser asks for what the session holds as ``wanted``: AppTest has no browser that could."""
    from app.session import files

    monkeypatch.setattr(files, "requested", lambda _, charts: requested({"wanted": _wanted()}, charts))
    return AppTest.from_function(page)


def _wanted() -> object:
    import streamlit as st

    return st.session_state.get("browser_wants")


def test_a_file_is_made_once_sent_until_it_is_confirmed_and_then_no_more(asking: AppTest) -> None:
    assert sent(asking.run()) == {}
    asking.session_state["browser_wants"] = {"id": "5-1", "chart": "loss"}
    first = {"id": "5-1", "name": "loss.csv", "text": "step,größe\n1,2\n"}
    assert sent(asking.run()) == first
    assert sent(asking.run()) == first, "the page was drawn anew before the browser had said that it has the file"
    asking.session_state["browser_wants"] = {"id": "5-2", "chart": "loss"}
    assert sent(asking.run()) == {"id": "5-2", "name": "loss.csv", "text": "step,größe\n2,2\n"}
    asking.session_state["browser_wants"] = None
    assert sent(asking.run()) == {} and "file_made" not in asking.session_state


def test_why_there_is_no_file_is_said(asking: AppTest) -> None:
    asking.session_state["browser_wants"] = {"id": "5-1", "chart": "gone"}
    assert sent(asking.run()) == {"id": "5-1", "problem": "This run is no longer there."}
