"""The page "Robustness" in a real browser, with real workers: a sweep is paused, looked into, resumed and stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from serving import Server

LINK = "over=depth&depths=1,2,3,4,5,6,7,8&dataset=spirals&methods=plain,ip&width=8&steps=1500&seeds=1"
"""Sixteen networks, each a stack of its own, that take half a second or so each."""


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
    """Waits for so many networks on the counter, and on the picture for as many as the counter says."""
    counted = page.wait_for_function(
        """least => {
          const counter = document.querySelector(".race-status .fact").textContent;
          const [, done, all] = counter.match(/(\\d+) of (\\d+)/) ?? [];
          return all === "16" && done >= least && document.querySelector(".sweep").dataset.done === done ? done : null;
        }""",
        arg=least,
    )
    return int(counted.json_value())


def drawn(page: Any, chart: str) -> list[list[float | None]]:
    """The values of each method's line on a chart."""
    return page.evaluate(
        """chart => document.querySelector(`.live-${chart} .live-plot`).data.filter(trace => trace.name)
        .map(trace => Array.from(trace.y))""",
        chart,
    )


def test_a_sweep_is_paused_looked_into_resumed_and_stopped(page: Any) -> None:
    until(page, "^Recording of the default sweep")
    press(page, "start")
    until_done(page, 1)
    press(page, "toggle")
    until(page, "^Paused$")
    paused = until_done(page, 1)
    points = drawn(page, "lines")
    places = [(line, depth) for line in range(2) for depth in range(8)]
    known = [(line, depth) for line, depth in places if points[line][depth] is not None]
    assert len(known) == paused < 16

    line, depth = known[-1]
    page.get_by_label("depth", exact=True).select_option(index=depth)
    page.locator(f".sweep[data-picked='{depth}']").wait_for()
    assert len(drawn(page, "loss")[line]) == 20 and None not in drawn(page, "loss")[line]
    box = page.locator(".live-lines .live-plot").bounding_box()
    page.mouse.click(box["x"] + 70, box["y"] + 100)  # depth 1
    page.locator(".sweep[data-picked='0']").wait_for()

    press(page, "toggle")
    until_done(page, paused + 1)
    press(page, "stop")
    said = until(page, "^(Stopped;|Finished)")
    kept = int(re.search(r"Stopped; (\d+) network", said)[1])
    assert paused < kept == until_done(page, kept) < 16
    assert page.locator(".st-key-toggle button:visible").is_enabled(), "it can be gone on with"
    card = page.locator(".live-lines")
    card.locator(".live-save summary").click()
    with page.expect_download() as download:
        card.locator(".live-csv").click()
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 17 and sum(bool(row.split(",")[3]) for row in rows[1:]) == kept
