"""Exported pages of sweeps in a real Chromium: opened from a file, without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exported import drawn, saved
from pictures import SLIDE, size_of_png
from plain import all_plain
from sweep_recordings import LINES, all_events

from app.export.html import Charts, page
from app.sweep.csv import table
from app.sweep.export import sweep_page
from app.sweep.film import film, tables
from ipcore.recordings.importing import read
from ipcore.recordings.sweep import SweepRecording, from_events

NAME = '</script><b id="bad">Rates & co.</b>'


@pytest.fixture(scope="module")
def sweep() -> SweepRecording:
    return from_events(all_events(LINES))


@pytest.fixture(scope="module")
def opened(open_file: Callable[..., Any], sweep: SweepRecording) -> Any:
    return open_file(sweep_page(sweep, all_events(LINES), name=NAME))


def picked(tab: Any, point: int) -> None:
    tab.wait_for_function("point => document.querySelector('.live').dataset.picked == point", arg=point)


def test_it_shows_the_sweep_and_its_charts(opened: Any) -> None:
    assert opened.locator("h1").inner_text() == NAME and opened.locator("#bad").count() == 0
    opened.wait_for_function("() => document.querySelectorAll('.live-card .main-svg').length >= 3")
    assert opened.locator(".live-card:visible").count() == 3 and not opened.locator(".live-map").is_visible()
    assert opened.locator(".sweep-summary tbody tr").count() == 2
    means = opened.evaluate(
        """() => document.querySelector('.live-lines .live-plot').data
        .filter(({ mode }) => mode === 'lines+markers').map(({ y }) => Array.from(y))"""
    )
    assert means[1] == pytest.approx([0.521, 0.611, 0.811], abs=1e-6)


def test_any_point_shows_its_learning_curves(opened: Any, sweep: SweepRecording) -> None:
    def last(chart: str) -> list[float]:
        return [line[-1] for line in drawn(opened, chart) if len(line) == 20]

    picked(opened, 2)  # the best
    for point in (0, 1):
        opened.locator(".sweep-picker select").select_option(str(point))
        picked(opened, point)
        curves = [sweep.curves(method, LINES.points()[point])[1][-1].mean() for method in LINES.config.methods]
        assert last("loss") == pytest.approx(curves, rel=1e-6)
    area = opened.locator(".live-lines .nsewdrag").bounding_box()
    opened.mouse.click(area["x"] + 15, area["y"] + area["height"] / 2)
    picked(opened, 0)
    assert opened.locator(".sweep-picker select").input_value() == "0"
    opened.locator(".live-follow").click()
    picked(opened, 2)
    assert opened.locator(".live-follow").get_attribute("aria-pressed") == "true"


def test_the_data_can_be_had(opened: Any, sweep: SweepRecording) -> None:
    opened.locator(".sweep-picker select").select_option("1")
    picked(opened, 1)
    for chart in ("lines", "loss", "accuracy"):
        name, content = saved(opened, chart, "csv")
        assert (name, content.decode()) == (f"{chart}.csv", table(sweep, chart, 1))
    assert size_of_png(saved(opened, "lines", "png")[1]) == SLIDE
    with opened.expect_download() as download:
        opened.get_by_role("link", name="The recording").click()
    assert download.value.suggested_filename == "recording.jsonl.gz"
    with Path(download.value.path()).open("rb") as file:
        assert all_plain(read(file).events()) == all_events(LINES)


def test_a_method_can_be_hidden_and_the_theme_is_that_of_the_system(opened: Any) -> None:
    plain = opened.locator(".live-legend button", has_text="plain")
    names = "() => document.querySelector('.live-lines .live-plot').data.map(({ name }) => name).filter(Boolean)"
    plain.click()
    opened.wait_for_function(f"() => ({names})().join() === 'IP'")
    plain.click()
    opened.wait_for_function(f"() => ({names})().join() === 'plain,IP'")
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_function("() => document.querySelector('.live-lines .live-plot').layout.font.color === '#e7eef1'")
    opened.emulate_media(color_scheme="light")


def test_a_map_on_a_phone(open_file: Callable[..., Any]) -> None:
    over_two = from_events(all_events())
    tab = open_file(
        page("x" * 3000, [Charts(film(over_two), {**tables(over_two), "curves": []}, "sweep")]),
        width=390,
        height=844,
    )
    assert tab.locator(".live-map").is_visible() and not tab.locator(".live-lines").is_visible()
    lists = tab.locator(".sweep-picker select")
    lists.nth(0).select_option(index=1)
    picked(tab, 3)
    lists.nth(1).select_option(index=0)
    picked(tab, 2)
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 390
    tab.locator(".live-loss summary").click()
    assert tab.locator(".live-loss .live-png").is_visible()
    assert not tab.locator(".live-loss .live-csv").is_visible(), "its table did not come along"
