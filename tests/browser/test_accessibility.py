"""What keeps somebody from using a page, in short; `python -m benchmarks accessibility` looks at all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import accessibility
import pytest
from browser_tab import SharedContext
from serving import Server


@pytest.fixture(scope="module")
def page(shared: SharedContext) -> Iterator[Any]:
    """A tab of somebody who reads with a screen reader and whom motion makes ill."""
    if not accessibility.AXE.is_file():
        pytest.skip("axe-core is not installed: npm ci")
    page = shared.page()
    page.emulate_media(reduced_motion="reduce")
    page.add_init_script(accessibility.WATCH_SHIFTS)
    yield page
    page.close()


def grave(page: Any) -> list[str]:
    """What is grave on a page, and headings that are out of order."""
    found = accessibility.findings(page)
    return [str(each) for each in found if each.impact in accessibility.GRAVE or each.rule == "heading-order"]


def opened(page: Any, url: str, scheme: str) -> None:
    """Opens a page; nothing moves before it is whole, and nothing on it is small."""
    page.emulate_media(color_scheme=scheme)
    page.goto(url)
    accessibility.until_whole(page)
    assert page.evaluate("() => shifted") <= 0.1
    size, where = accessibility.smallest_text(page)
    assert size >= 12, where


def test_on_the_front_page_nothing_is_grave_and_each_chart_says_what_it_shows(page: Any, server: Server) -> None:
    opened(page, server.url, "dark")
    assert grave(page) == []
    page.wait_for_function("() => /Step/.test(document.querySelector('#root .live-accuracy .live-plot').ariaLabel)")
    said = page.locator("#root .live-accuracy .live-plot").get_attribute("aria-label")
    assert re.match(r"Test accuracy\. Step 600: plain \d+ %, batch norm \d+ %, IP \d+ %\. All numbers", said)
    labels = page.evaluate(
        "() => [...document.querySelectorAll('#root .live-card:not([hidden]) .live-plot')].map(plot => plot.ariaLabel)"
    )
    assert len(labels) > 6 and all(re.search(r"\. [A-Z].*\. All numbers are in the CSV", label) for label in labels)


def test_the_tabulator_is_seen_and_skips_to_the_content(page: Any, server: Server) -> None:
    opened(page, f"{server.url}/runs", "light")
    assert grave(page) == []
    (first,) = accessibility.walk(page, most=1)
    assert first.seen and first.text == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.matches('.stMain')")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('.stMain') !== null")
