"""What a change of a widget does where another was never drawn: Streamlit calls it before the script of the page."""

from __future__ import annotations

from typing import Any

import pytest

from app.session.robustness import actions


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The session's state, as a dictionary."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(actions.st, "session_state", found)
    return found


def test_the_second_setting_goes_if_it_is_the_first(state: dict[str, Any]) -> None:
    first, second = (actions.sweep_controls.key("over", index) for index in (0, 1))
    state |= {first: "depth", second: "depth"}
    actions.differ()
    assert state == {first: "depth", second: ""}
    state[second] = "width"
    actions.differ()
    assert state[second] == "width"


def test_a_widget_that_was_never_drawn_is_not_missed(state: dict[str, Any]) -> None:
    """A made-up message changed one of the two; the page answered with an error."""
    first, second = (actions.sweep_controls.key("over", index) for index in (0, 1))
    state[first] = "depth"
    actions.differ()
    del state[first]
    state[second] = "depth"
    actions.differ()
    actions.tidy("depth")
    assert state == {second: "depth"}
