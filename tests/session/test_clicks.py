"""Clicks that Streamlit reports twice, once ahead with a fragment's rerun, are carried out once, with the page's."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.session import clicks


@pytest.fixture
def page(monkeypatch) -> SimpleNamespace:
    """A page whose reruns the test makes: ``fragments`` are those of the rerun."""
    page = SimpleNamespace(fragments=None, done=[])
    monkeypatch.setattr(clicks, "get_script_run_ctx", lambda: SimpleNamespace(fragment_ids_this_run=page.fragments))
    page.press = clicks.once(lambda what: page.done.append(what))
    return page


def test_clicks_of_their_own_are_all_carried_out(page):
    for count in range(5):
        page.press(count)
    assert page.done == [0, 1, 2, 3, 4]


def test_a_click_is_carried_out_with_the_rerun_of_the_page(page):
    for count in range(3):
        page.fragments = ["charts"]
        page.press(f"{count} ahead")
        page.fragments = None
        page.press(count)
    assert page.done == [0, 1, 2]


def test_outside_of_any_rerun_it_is_carried_out(monkeypatch):
    done = []
    monkeypatch.setattr(clicks, "get_script_run_ctx", lambda: None)
    clicks.once(lambda: done.append(1))()
    assert done == [1]
