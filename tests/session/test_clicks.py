"""Clicks are carried out once each, in a rerun of the page, however Streamlit reports them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.session import clicks

ROOT = Path(__file__).parents[2]
ACTIONS = {"live": "race.actions", "robustness": "robustness.actions"}
"""Page -> the module of app.session with what its buttons do, where that has another name than the page."""


class Rerun(Exception):
    """Stands for Streamlit's request to run the page."""


@pytest.fixture
def page(monkeypatch) -> SimpleNamespace:
    """A page whose reruns the test makes: ``fragments`` are those of the rerun, ``now`` is the time in seconds."""
    page = SimpleNamespace(fragments=None, done=[], now=100.0)

    def rerun() -> None:
        raise Rerun

    monkeypatch.setattr(clicks, "get_script_run_ctx", lambda: SimpleNamespace(fragment_ids_this_run=page.fragments))
    monkeypatch.setattr(clicks, "st", SimpleNamespace(session_state={}, rerun=rerun))
    monkeypatch.setattr(clicks, "time", SimpleNamespace(monotonic=lambda: page.now))
    page.press = clicks.once(lambda what: page.done.append(what))

    def in_fragment(what: str) -> None:
        page.fragments = ["charts"]
        with pytest.raises(Rerun):
            page.press(what)
        page.fragments = None

    page.in_fragment = in_fragment
    return page


def test_clicks_of_their_own_are_all_carried_out(page):
    for count in range(5):
        clicks.carry_out()
        page.press(count)
    assert page.done == [0, 1, 2, 3, 4]


def test_a_click_that_comes_with_a_fragment_and_then_with_the_page_is_carried_out_once(page):
    for count in range(3):
        page.in_fragment(count)
        assert len(page.done) == count, "not in the rerun of the fragment"
        page.press(count)
        clicks.carry_out()
    assert page.done == [0, 1, 2]


def test_a_click_that_comes_with_a_fragment_only_is_carried_out_as_the_page_reruns(page):
    page.in_fragment("once")
    clicks.carry_out()
    clicks.carry_out()
    assert page.done == ["once"]
    page.now += clicks.ECHO + 0.1
    page.press("once")
    assert page.done == ["once", "once"], "a click that comes later is another one"


def test_the_report_by_the_browser_may_come_after_the_rerun_that_was_asked_for(page):
    page.in_fragment("once")
    clicks.carry_out()
    page.now += 0.5
    page.press("once")
    assert page.done == ["once"]
    page.press("once")
    assert page.done == ["once", "once"]


def test_clicks_of_two_buttons_with_one_callback_are_two(page):
    page.in_fragment(1)
    page.in_fragment(10)
    clicks.carry_out()
    page.press(100)
    assert page.done == [1, 10, 100]


def test_a_click_whose_carrying_out_was_cut_off_is_carried_out_with_the_next_rerun(page, monkeypatch):
    cut = [True]

    def start() -> None:
        if cut.pop():
            raise Rerun
        page.done.append("started")

    page.fragments = ["charts"]
    with pytest.raises(Rerun):
        clicks.once(start)()
    page.fragments = None
    with pytest.raises(Rerun):
        clicks.carry_out()
    cut.append(False)
    clicks.carry_out()
    assert page.done == ["started"]


def test_outside_of_any_rerun_it_is_carried_out(page, monkeypatch):
    monkeypatch.setattr(clicks, "get_script_run_ctx", lambda: None)
    page.press("alone")
    assert page.done == ["alone"]


@pytest.mark.parametrize("page", ["live", "neuron", "depth", "robustness", "claims"])
def test_the_buttons_of_every_page_with_a_live_part_are_of_this_kind(page):
    names = re.findall(r"on_click=(?:session|actions)\.(\w+)", (ROOT / f"pages/{page}.py").read_text())
    module = importlib.import_module(f"app.session.{ACTIONS.get(page, page)}")
    assert names and all(hasattr(getattr(module, name), "__wrapped__") for name in names), names


# Clicks that are counted


@pytest.fixture
def counted(page, monkeypatch) -> SimpleNamespace:
    """A counted button of that page; ``clicks`` is what the browser says."""
    page.press = clicks.once(clicks.counted(lambda what: what)(lambda what, times: page.done.append((what, times))))

    def says(count: object) -> None:
        clicks.st.session_state["clicks"] = {"counts": {"step": count}}

    page.says = says
    return page


def test_clicks_that_came_as_one_are_carried_out_as_often_as_they_were_made(counted):
    counted.says(1)
    counted.press("step")
    counted.says(5)
    counted.press("step")
    assert counted.done == [("step", 1), ("step", 4)]


def test_without_a_count_each_report_is_one_click(counted):
    for count in (None, "many", True, 0, -5):
        counted.says(count)
        counted.press("step")
    assert counted.done == [("step", 1)] * 5


def test_a_click_that_is_reported_before_it_is_counted_is_carried_out_once(counted):
    counted.press("step")
    counted.says(1)
    counted.in_fragment("step")
    counted.says(2)
    clicks.carry_out()
    counted.press("step")
    assert counted.done == [("step", 1), ("step", 1)]


def test_a_count_is_bounded(counted):
    counted.says(10**9)
    counted.press("step")
    assert counted.done == [("step", clicks.MOST)]


def test_the_echo_of_a_counted_click_carries_out_only_clicks_that_came_after_it(counted):
    counted.says(2)
    counted.in_fragment("step")
    clicks.carry_out()
    counted.press("step")
    assert counted.done == [("step", 2)]
    counted.in_fragment("step")
    clicks.carry_out()
    counted.says(4)
    counted.press("step")
    assert counted.done == [("step", 2), ("step", 1), ("step", 1)]
