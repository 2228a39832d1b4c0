"""The page "Robustness" in a real browser, with real workers: a small sweep is paused, looked into, resumed and stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from serving import Server

LINK = "over=depth&depths=1,2,3,4,5,6,7,8&dataset=spirals&methods=plain,ip&width=8&steps=3000&seeds=1"
"""Sixteen networks, each a stack of its own, that take a second or so each."""


@pytest.fixture
def page(server: Server, browser: Any) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 1440, "height": 1100})
    opened.set_default_timeout(120_000)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"{server.url}/robustness?{LINK}")
    opened.locator(".sweep[data-drawn]").wait_for()
    yield opened
    opened.close()
    assert problems == []


def press(page: Any, button: str) -> None:
    page.locator(f".st-key-{button} button:visible:enabled").click()


def until(page: Any, says: str) -> str:
    """Waits for a headline of this form."""
    headline = page.locator(".race-status b", has_text=re.compile(says))
    headline.wait_for()
    return headline.inner_text()


def until_done(page: Any, least: int) -> int:
    """Waits for so many networks on the picture."""
    page.wait_for_function("least => Number(document.querySelector('.sweep').dataset.done) >= least", arg=least)
    return int(page.locator(".sweep").get_attribute("data-done"))


def curve(page: Any) -> list[list[float]]:
    """Losses on the card of learning curves."""
    return page.evaluate(
        "document.querySelector('.live-loss .live-plot').data.filter(trace => trace.name).map(trace => Array.from(trace.y))"
    )


def test_a_sweep_is_paused_looked_into_resumed_and_stopped(page: Any) -> None:
    until(page, "^Recording of the default sweep")
    press(page, "start")
    until_done(page, 1)
    press(page, "toggle")
    until(page, "^Paused$")
    paused = until_done(page, 1)
    assert paused < 16
    points = "document.querySelector('.live-lines .live-plot').data.filter(trace => trace.name).flatMap(trace => Array.from(trace.y))"
    assert sum(value is not None for value in page.evaluate(points)) == paused

    done = [index for index, value in enumerate(page.evaluate(points)[:8]) if value is not None]
    page.get_by_label("depth", exact=True).select_option(index=done[-1])
    page.locator(f".sweep[data-picked='{done[-1]}']").wait_for()
    assert None not in curve(page)[0]
    box = page.locator(".live-lines .live-plot").bounding_box()
    page.mouse.click(box["x"] + 70, box["y"] + 100)  # depth 1
    page.locator(".sweep[data-picked='0']").wait_for()
    assert len(curve(page)[0]) == 20

    press(page, "toggle")
    until_done(page, paused + 1)
    press(page, "stop")
    said = until(page, "^(Stopped;|Finished)")
    kept = int(re.search(r"Stopped; (\d+) network", said)[1])
    assert paused < kept < 16 and until_done(page, kept) == kept
    assert page.locator(".st-key-toggle button:visible").is_enabled(), "it can be gone on with"
    card = page.locator(".live-lines")
    card.locator(".live-save summary").click()
    with page.expect_download() as download:
        card.locator(".live-csv").click()
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 17 and sum(bool(row.split(",")[3]) for row in rows[1:]) == kept
