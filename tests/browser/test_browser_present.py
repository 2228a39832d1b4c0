"""The presenter mode in a real Chromium: charts on a stage over the page, and its keys."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from browser_tab import SharedContext, Tab
from presented import FITS, SMALLEST

SHOWN = (
    "() => [...document.querySelectorAll('.present-charts > *')].map(each => each.className.match(/live-(\\w+)$/)?.[1])"
)


@pytest.fixture(scope="module")
def stage(shared: SharedContext, visit: Callable[..., Tab]) -> Any:
    """A tab that a link has opened in presenter mode, at the size of a projector."""
    tab = visit("?present=loss,accuracy", shared=shared, viewport={"width": 1920, "height": 1080})
    tab.page.wait_for_selector(".present .live-accuracy")
    return tab


def test_a_link_presents_what_it_names_and_leaves_the_settings_alone(stage: Tab) -> None:
    assert stage.page.evaluate(SHOWN) == ["loss", "accuracy"]
    assert "present" not in stage.page.url and stage.page.locator(".stAlert").count() == 0
    assert stage.page.locator(".race-status b").inner_text().startswith("This is a recording of the default race")


def test_numbers_choose_charts_and_shift_adds_one(stage: Tab) -> None:
    page = stage.page
    titles = page.locator(".present-number").all_text_contents()  # the bar may have hidden itself meanwhile
    assert titles[:3] == ["1The networks", "2Training loss", "3Test accuracy"]
    page.keyboard.press("4")
    page.wait_for_selector(".present .live-gradient")
    assert page.evaluate(SHOWN) == ["gradient"]
    page.keyboard.press("Shift+Digit3")
    page.wait_for_selector(".present .live-accuracy")
    assert sorted(page.evaluate(SHOWN)) == ["accuracy", "gradient"]
    page.keyboard.press("PageDown")  # of a remote control
    page.wait_for_function(f"() => ({SHOWN})().length === 1")


def test_nothing_is_under_24_px_at_the_size_of_a_projector(stage: Tab) -> None:
    page = stage.page
    page.keyboard.press("8")
    page.wait_for_function(f"() => ({SHOWN})().length === 1")
    for number in "1234568":
        before = page.evaluate(SHOWN)
        page.keyboard.press(number)
        page.wait_for_function(f"before => String(({SHOWN})()) !== String(before)", arg=before)
        with suppress(Exception):  # what is too small at last is named below
            page.wait_for_function(f"least => ({SMALLEST})('.present')[0] >= least", arg=24, timeout=20_000)
        size, what = page.evaluate(SMALLEST, ".present")
        assert size >= 24, (number, size, what)
    assert page.evaluate(FITS)


def test_the_picture_of_the_networks_fits_a_telephone_and_a_projector(stage: Tab) -> None:
    page = stage.page
    page.keyboard.press("1")
    page.wait_for_selector(".present .lead-nets .net")
    for width, height, least in ((390, 844, 60), (1920, 1080, 400)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(f"least => ({FITS})() && [...document.querySelectorAll('.present .net-body')]"
                               ".every(body => body.getBoundingClientRect().height >= least)", arg=least)  # fmt: skip


def test_time_moves_by_keys_and_buttons_of_the_page_keep_theirs(stage: Tab) -> None:
    page = stage.page
    page.keyboard.press("3")
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('.present-readout').value.startsWith('step 1 of')")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.present-readout').value.startsWith('step 3 of')")
    page.keyboard.press(" ")
    page.wait_for_function("() => document.querySelector('.present-play').textContent.startsWith('Pause')")
    page.keyboard.press(" ")
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.present-readout').value === 'step 600 of 600'")
    assert page.locator(".present").count() == 1


def test_escape_puts_every_chart_back_and_keys_that_write_do_not_begin(stage: Tab) -> None:
    page = stage.page
    page.keyboard.press("Escape")
    page.wait_for_selector(".present", state="detached")
    assert page.locator("#root .live-grid > .live-card").count() == 10
    assert page.locator("#root .race-lead .lead").count() == 1
    assert page.evaluate("() => document.getElementById('root').inert") is False
    assert page.evaluate("() => document.querySelector('.lead').style.zoom") == ""
    low = page.evaluate("() => document.querySelector('.live-loss .live-plot').clientHeight")
    page.locator('[data-testid="stSidebarCollapseButton"] button').evaluate("button => button.click()")
    page.wait_for_function(
        "low => document.querySelector('.live-loss .live-plot').clientHeight > low", arg=low
    )  # two rows of charts fill the window
    page.locator(".live-layer select").focus()
    page.keyboard.press("f")
    assert page.locator(".present").count() == 0
    page.locator(".present-open").click()
    page.wait_for_selector(".present .live-accuracy")
    page.keyboard.press("f")
    page.wait_for_selector(".present", state="detached")
    assert stage.wrong == []
