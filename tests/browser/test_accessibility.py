"""What keeps somebody from using a page, in short; `python -m benchmarks accessibility` looks at all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import accessibility
import pytest
from serving import Server


@pytest.fixture(scope="module")
def page(browser: Any, server: Server) -> Iterator[Any]:
    """A tab of somebody who reads with a screen reader and whom motion makes ill."""
    if not accessibility.AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci")
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(accessibility.WATCH_SHIFTS)
    yield page
    context.close()


def grave(page: Any) -> list[str]:
    """What is grave on a page, and headings that are out of order."""
    found = accessibility.findings(page)
    return [str(each) for each in found if each.impact in accessibility.GRAVE or each.rule == "heading-order"]


@pytest.mark.parametrize(("path", "scheme"), [("", "dark"), ("runs", "light")])
def test_nothing_is_grave_or_small_and_nothing_moves(page: Any, server: Server, path: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{server.url}/{path}")
    accessibility.until_whole(page)
    assert page.evaluate("() => shifted") <= 0.1
    assert grave(page) == []
    size, where = accessibility.smallest_text(page)
    assert size >= 12, where


def test_a_chart_says_what_it_shows(page: Any, server: Server) -> None:
    page.goto(server.url)
    accessibility.until_whole(page)
    label = page.locator("#root .live-accuracy .live-plot")
    page.wait_for_function("() => /Step/.test(document.querySelector('#root .live-accuracy .live-plot').ariaLabel)")
    said = label.get_attribute("aria-label")
    assert re.match(r"Test accuracy\. Step 600: plain \d+ %, batch norm \d+ %, IP \d+ %\. All numbers", said)
    for card in page.locator("#root .live-card:visible .live-plot").all():
        assert re.search(r"\. [A-Z].*\. All numbers are in the CSV", card.get_attribute("aria-label"))


def test_the_first_stops_of_the_tabulator_are_seen_and_lead_to_the_content(page: Any, server: Server) -> None:
    page.goto(f"{server.url}/guide")
    accessibility.until_whole(page)
    stops = accessibility.walk(page, most=4)
    assert all(stop.seen for stop in stops), stops
    assert stops[0].text == "Skip to main content"
    page.reload()
    accessibility.until_whole(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.matches('.stMain')")
