"""The page "Robustness" in a real browser and with real workers: a sweep paused, looked into, resumed, stopped."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from browser_tab import SharedContext
from saved_files import pressed_for
from serving import Server

LINK = "over=depth&depths=1,2,3,4,5,6,7,8&dataset=spirals&methods=plain,ip&width=8&steps=1500&seeds=1"
"""Sixteen networks, each a stack of its own, that take half a second or so each."""
MAP = (
    "over=depth,weight_scale&depths=2,5,10&weight_scales=0.3,1&dataset=moons&methods=plain,ip&width=8&learning_rate=0.1"
    "&steps=300&seeds=2"
)
"""Depths reach to where a plain network stays at chance."""


@contextmanager
def opened(server: Server, shared: SharedContext, link: str) -> Iterator[Any]:
    """A visitor of the page, in whose browser nothing goes wrong."""
    page = shared.page(height=1100)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{server.url}/robustness?{link}")
    page.locator(".sweep[data-drawn]").wait_for()
    yield page
    page.close()
    assert problems == []


@pytest.fixture(scope="module")
def page(server: Server, shared: SharedContext) -> Iterator[Any]:
    """One visitor for the tests that train a small sweep."""
    with opened(server, shared, LINK) as page:
        yield page


@pytest.fixture
def page_of_the_default(server: Server, shared: SharedContext) -> Iterator[Any]:
    """A visitor who sees the recording of the default sweep."""
    with opened(server, shared, "") as page:
        yield page


@pytest.fixture
def page_of_a_map(server: Server, shared: SharedContext) -> Iterator[Any]:
    with opened(server, shared, MAP) as page:
        yield page


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


def saved(page: Any, chart: str) -> str:
    """The data of a chart as CSV, as a visitor saves it."""
    card = page.locator(f".live-{chart}")
    card.locator(".live-save summary").click()
    with page.expect_download() as download:
        card.locator(".live-csv").click()
    return download.value.path().read_text()


def test_on_a_narrow_screen_the_summary_stands_below_itself(page_of_the_default: Any) -> None:
    page = page_of_the_default
    until(page, "^This is a recording of the default sweep")
    summary = page.locator(".sweep-summary")
    for size in ({"width": 1440, "height": 900}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        summary.scroll_into_view_if_needed()
        assert summary.evaluate("each => each.scrollWidth <= each.clientWidth"), size
    cells = summary.locator("td").all()
    assert len(cells) == 3 * 4 and all(cell.bounding_box()["x"] < 390 for cell in cells)
    assert "Best mean accuracy" in cells[1].evaluate("each => getComputedStyle(each, '::before').content")
    page.set_viewport_size({"width": 1440, "height": 1100})


def test_a_sweep_is_paused_looked_into_resumed_and_stopped(page: Any) -> None:
    until(page, "^Nothing is recorded here")
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
    deadline = time.monotonic() + 20  # the frame of the point that is picked comes a moment later
    while None in (shown := drawn(page, "loss")[line]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(shown) == 20 and None not in shown
    box = page.locator(".live-lines .live-plot").bounding_box()
    page.mouse.click(box["x"] + 70, box["y"] + 100)  # depth 1
    page.locator(".sweep[data-picked='0']").wait_for()

    press(page, "toggle")
    until_done(page, paused + 1)
    press(page, "stop")
    said = until(page, "^(Stopped:|Finished)")
    kept = int(re.search(r"Stopped: (\d+) network", said)[1])
    assert paused < kept == until_done(page, kept) < 16
    assert page.locator(".st-key-toggle button:visible").is_enabled(), "it can be gone on with"
    rows = saved(page, "lines").splitlines()
    assert len(rows) == 17 and sum(bool(row.split(",")[3]) for row in rows[1:]) == kept


def test_every_file_that_is_asked_for_comes_once_while_a_sweep_goes_on(page: Any) -> None:
    press(page, "start")
    until_done(page, 1)
    files = pressed_for(page, "lines")
    assert all(len(file.splitlines()) == 17 for file in files)
    known = [sum(bool(row.split(",")[3]) for row in file.splitlines()[1:]) for file in files]
    assert known == sorted(known)
    stop = page.locator(".st-key-stop button:visible:enabled")
    if stop.count():
        stop.click()
    until(page, "^(Stopped:|Finished)")


def test_a_map_shows_every_cell_the_edge_and_theory(page_of_a_map: Any) -> None:
    page = page_of_a_map
    press(page, "start")
    until(page, "^Finished$")
    page.locator(".sweep[data-done='24']").wait_for()
    traces = page.evaluate(
        """() => document.querySelector(".live-map .live-plot").data.map(({ type, x, y, z, xaxis, line }) => ({
          type, x: Array.from(x), y: Array.from(y), z: z?.map((row) => Array.from(row)), panel: xaxis, dash: line?.dash,
        }))"""
    )
    rows = list(csv.DictReader(saved(page, "map").splitlines()))
    maps = [trace for trace in traces if trace["type"] == "heatmap"]
    assert len(maps) == 2
    for method, shown in zip(("plain", "ip"), maps, strict=True):
        assert shown["x"] == [pytest.approx(-0.523, abs=1e-3), 0] and shown["y"] == [2, 5, 10], "depth goes up"
        for depth, cells in zip(("2", "5", "10"), shown["z"], strict=True):
            for scale, cell in zip(("0.3", "1"), cells, strict=True):
                at = {"method": method, "depth": depth, "weight_scale": scale}
                found = [float(row["test_accuracy"]) for row in rows if at.items() <= row.items()]
                assert len(found) == 2 and cell == pytest.approx(sum(found) / 2, abs=1e-5), at

    edges = [trace["panel"] for trace in traces if trace["type"] == "contour"]
    assert edges == [shown["panel"] for shown in maps for _ in "bw"], "white in black"
    assert page.locator(".live-map .contourlevel path").count() > 0, "the edge is drawn, not only asked for"
    theory = [trace for trace in traces if trace["dash"] == "7px,5px"]
    assert [trace["panel"] for trace in theory] == [maps[0]["panel"]], "of the plain network alone"
    inside = [depth for depth in theory[0]["y"] if depth is not None]
    assert len(inside) > 10 and inside == sorted(inside)

    corner = page.evaluate(
        """() => {
          const plot = document.querySelector(".live-map .live-plot");
          const { left, top } = plot.getBoundingClientRect();
          const { xaxis, yaxis } = plot._fullLayout;
          return [left + xaxis._offset + xaxis.l2p(0), top + yaxis._offset + yaxis.l2p(10)];
        }"""
    )
    page.mouse.click(*corner)
    page.locator(".sweep[data-picked='5']").wait_for()  # the last depth, the last scale
    assert page.get_by_label("depth", exact=True).input_value() == "2"
