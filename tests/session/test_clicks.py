"""Clicks that Streamlit tells twice, once ahead with a fragment's rerun, are carried out once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.session import clicks


@pytest.fixture
def page(monkeypatch) -> SimpleNamespace:
    """A page whose reruns the test makes: ``fragments`` are those of the rerun, ``now`` is the time."""
    page = SimpleNamespace(fragments=None, now=100.0, state={}, done=[])
    monkeypatch.setattr(clicks, "get_script_run_ctx", lambda: SimpleNamespace(fragment_ids_this_run=page.fragments))
    monkeypatch.setattr(clicks.st, "session_state", page.state)
    monkeypatch.setattr(clicks.time, "monotonic", lambda: page.now)
    page.press = clicks.once(lambda what: page.done.append(what))
    return page


def test_clicks_of_their_own_are_all_carried_out(page):
    for count in range(5):
        page.press(count)
    assert page.done == [0, 1, 2, 3, 4]


def test_the_echo_of_a_click_is_not_carried_out(page):
    page.fragments = ["charts"]
    page.press("first")
    page.fragments = None
    page.press("its echo")
    page.press("second")
    assert page.done == ["first", "second"]


def test_a_click_long_after_is_no_echo(page):
    page.fragments = ["charts"]
    page.press("first")
    page.fragments, page.now = None, page.now + clicks.ECHO
    page.press("second")
    assert page.done == ["first", "second"]
