"""Exported pages in a real Chromium: opened from a file, without a network."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exported import drawn, saved
from pictures import SLIDE, size_of_png, size_of_svg
from plain import all_plain
from recordings import events

from app.export.html import Charts, page
from app.race.export import run_page
from app.race.film import film
from app.race.frames import table
from ipcore.config import RunConfig
from ipcore.recordings.files import events_from_file
from ipcore.recordings.race import Recording, from_events

EVENTS = list(
    events(
        RunConfig(dataset="spirals", methods="plain,batch-norm,infomax,ip", steps=200, depth=4, width=8, seeds=2),
        snapshots=30,
    )
)
NAME = '</script><b id="bad">Spirals & co.</b>'


@pytest.fixture(scope="module")
def run() -> Recording:
    return from_events(EVENTS)


@pytest.fixture(scope="module")
def opened(open_file: Callable[..., Any], run: Recording) -> Any:
    return open_file(run_page(run, EVENTS, name=NAME))


def test_it_shows_the_run_and_its_charts(opened: Any) -> None:
    assert opened.locator("h1").inner_text() == NAME and opened.locator("#bad").count() == 0
    assert opened.locator(".live-card:visible").count() == 10
    opened.wait_for_function("() => document.querySelectorAll('.live-card .main-svg').length >= 9")
    assert opened.locator("tbody tr").count() == 4
    assert opened.locator(".live-readout").inner_text() == "step 200 of 200"


def test_the_slider_answers_from_the_page(opened: Any, run: Recording) -> None:
    before = {chart: drawn(opened, chart) for chart in ("gradient", "information", "loss")}
    step = run.snapshots[5].step
    opened.locator(".live-time input").fill(str(step))
    opened.wait_for_function("step => document.querySelector('.live').dataset.drawn == step", arg=step)
    assert opened.locator(".live-readout").inner_text() == f"step {step} of 200"
    assert drawn(opened, "gradient") != before["gradient"] and drawn(opened, "information") != before["information"]
    assert drawn(opened, "gradient")[0] == pytest.approx(run.snapshots[5].methods["plain"].weight_gradient.tolist())
    opened.locator(".live-layer select").select_option("2")
    opened.wait_for_function("() => document.querySelector('.live-gain .live-hint').textContent.includes('Layer 3')")
    counts = run.snapshots[5].methods["ip"].gain[2]
    assert drawn(opened, "gain")[3] == pytest.approx(((counts / counts.sum()) ** 0.5).tolist(), abs=1e-6)
    opened.locator(".live-layer select").select_option("")
    opened.locator(".live-follow").click()
    opened.wait_for_function("() => document.querySelector('.live').dataset.drawn == 200")
    assert {chart: drawn(opened, chart) for chart in before} == before


def test_replay_plays_by_itself(opened: Any) -> None:
    opened.evaluate(
        """() => { window.played = []; const root = document.querySelector('.live');
        const note = () => played.push(+root.dataset.drawn);
        new MutationObserver(note).observe(root, { attributeFilter: ['data-drawn'] }) }"""
    )
    opened.locator(".live-play").click()
    opened.wait_for_function("() => new Set(played).size > 3")
    opened.locator(".live-follow").click()
    opened.wait_for_function("() => document.querySelector('.live').dataset.drawn == 200")
    played = opened.evaluate("() => played")
    played = played[played.index(0) :]  # what was still being drawn when it was pressed comes before
    assert played == sorted(played)


def test_a_picture_is_fit_for_a_slide(opened: Any) -> None:
    name, content = saved(opened, "loss", "png")
    assert name == "loss.png" and size_of_png(content) == SLIDE
    name, content = saved(opened, "gradient", "svg")
    svg = content.decode()
    assert name == "gradient.svg" and size_of_svg(svg) == SLIDE
    for said in ("Gradient by layer (mean |dL/dW|)", "Step 200.", "hidden layer (1: input side)", "Infomax"):
        assert said in svg
    assert "stroke: #fff" in svg and "rgb(255, 255, 255)" in svg
    assert size_of_png(saved(opened, "surface", "png")[1]) == SLIDE


def test_what_is_hidden_is_not_in_the_picture(opened: Any) -> None:
    infomax = opened.locator(".live-legend button", has_text="Infomax")
    infomax.click()
    opened.wait_for_function("() => document.querySelector('.live-information .live-plot').data.length === 3")
    svg = saved(opened, "information", "svg")[1].decode()
    assert "Infomax" not in svg and "batch norm" in svg
    infomax.click()
    opened.wait_for_function("() => document.querySelector('.live-information .live-plot').data.length === 4")


def test_the_menu_can_be_left(opened: Any) -> None:
    menu = opened.locator(".live-loss .live-save")
    menu.locator("summary").click()
    assert menu.get_attribute("open") is not None
    opened.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    menu.locator("summary").click()
    opened.locator("h1").click()
    opened.wait_for_function("() => !document.querySelector('.live-loss .live-save').open")


def test_it_can_be_presented(opened: Any) -> None:
    opened.locator(".present-open").click()
    opened.wait_for_selector(".present .live-accuracy")
    opened.keyboard.press("Home")
    opened.wait_for_function("() => document.querySelector('.live').dataset.drawn == 0")
    opened.keyboard.press("End")
    opened.wait_for_function("() => document.querySelector('.live').dataset.drawn == 200")
    opened.keyboard.press("Escape")
    opened.wait_for_selector(".present", state="detached")
    assert opened.locator("main .live-grid > .live-card:visible").count() == 10


def test_the_data_can_be_had(opened: Any, run: Recording) -> None:
    name, content = saved(opened, "information", "csv")
    assert (name, content.decode()) == ("information.csv", table(run, "information"))
    with opened.expect_download() as download:
        opened.get_by_role("link", name="The recording").click()
    assert download.value.suggested_filename == "recording.jsonl.gz"
    path = Path(download.value.path())
    assert gzip.decompress(path.read_bytes()) and path.stat().st_size > 1000
    copy = path.with_suffix(".jsonl.gz")
    copy.write_bytes(path.read_bytes())
    assert all_plain(events_from_file(copy)) == EVENTS


def test_it_follows_the_theme_of_the_system(opened: Any) -> None:
    opened.evaluate("() => scrollTo(0, 0)")  # charts out of sight wait with being drawn
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_function("() => document.querySelector('.live-loss .live-plot').layout.font.color === '#e7eef1'")
    assert opened.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(16, 24, 29)"
    opened.emulate_media(color_scheme="light")
    opened.wait_for_function("() => document.querySelector('.live-loss .live-plot').layout.font.color === '#16232b'")


def test_two_films_fit_a_page_and_a_phone(open_file: Callable[..., Any], run: Recording) -> None:
    other = from_events(events(RunConfig(methods=("ip",), steps=50, depth=1, width=4), snapshots=5))
    tab = open_file(page("x" * 3000, [Charts(film(run)), Charts(film(other))]), width=390, height=844)
    tab.locator(".live").nth(1).scroll_into_view_if_needed()
    roots = "[...document.querySelectorAll('.live')]"
    tab.wait_for_function(f"() => {roots}.map(root => +root.dataset.drawn).join() === '200,50'")
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 390
    tab.locator(".live-loss summary").nth(1).click()
    assert tab.locator(".live-loss .live-png").nth(1).is_visible()
    assert not tab.locator(".live-loss .live-csv").nth(1).is_visible(), "its table did not come along"
