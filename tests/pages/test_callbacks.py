"""What Streamlit calls before it draws a page: it misses no widget that this visit has not drawn."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import streamlit as st
from race_pages import MAIN, Races, checked
from streamlit.testing.v1 import AppTest

from app.session import server

PAGES = ("live", "lessons", "depth", "robustness", "runs")


class Reached(Exception):
    """A callback has found in the session what it needs, and would have the server do something."""


class Stub:
    """Stands for the sweeps of a server; there are none."""

    def of(self, _: str) -> list[Any]:
        return []

    def start(self, *_: Any, **__: Any) -> None:
        raise Reached

    measure = start


class State(dict[str, Any]):
    """A session's state: a dictionary whose values are attributes, too."""

    __setattr__ = dict.__setitem__

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def drawn(page: str) -> tuple[dict[str, Any], list[Any]]:
    """Draws a page: what its session then holds beside the values of widgets, and the widgets that call something."""
    visit = AppTest.from_file(MAIN, default_timeout=20)
    if page != "live":
        visit.switch_page(f"../pages/{page}.py")
    checked(visit.run())
    safe: Any = visit.session_state
    state = safe._state._state
    widgets = state._key_id_mapper.id_key_mapping.values()
    held = {name: value for name, value in state.filtered_state.items() if name not in widgets}
    return held, [each for each in state._new_widget_state.widget_metadata.values() if each.callback]


@pytest.mark.parametrize("page", PAGES)
def test_no_callback_misses_a_widget_that_is_not_there(
    page: str, races: Races, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A made-up message can change one widget of a page whose others this visit has not drawn."""
    held, calling = drawn(page)
    assert calling
    monkeypatch.setattr(server, "sweeps", Stub)
    monkeypatch.setattr(Races, "measure", Stub.measure, raising=False)
    for widget in calling:
        monkeypatch.setattr(st, "session_state", State(held))
        with suppress(Reached):
            widget.callback(*widget.callback_args or (), **widget.callback_kwargs or {})
