"""The page "One neuron" in a real browser: it is played, and its table read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from browser_tab import SharedContext
from saved_files import pressed_for
from serving import Server

from ipcore.theory.distributions import Normal
from ipcore.theory.equilibria import equilibrium

SMOOTH, SHARE = 10, 0.4
"""Pictures a second that differ, at least: what looks like a movement. A machine so busy that its browser draws seldom
must use that share of what it draws."""


@pytest.fixture(scope="module")
def tab(server: Server, shared: SharedContext) -> Iterator[Any]:
    """The page on a normal input, loaded once; nothing may go wrong in it."""
    opened = shared.page(height=1400)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"{server.url}/neuron?speed=60&mean=1&sd=0.5")
    opened.locator(".neuron[data-updates]").wait_for()
    yield opened
    opened.close()
    assert problems == []


@pytest.fixture
def page(tab: Any) -> Any:
    """The page with a neuron that has made no update, and is paused."""
    if step(tab):
        press(tab, "reset")
    tab.wait_for_function("document.querySelector('.neuron').dataset.step === '0'")
    tab.locator(".st-key-toggle button", has_text="Play").locator("visible=true").wait_for()
    return tab


def press(page: Any, key: str) -> None:
    page.locator(f".st-key-{key} button").locator("visible=true").first.click()


def step(page: Any) -> float:
    return float(page.locator(".neuron").get_attribute("data-step"))


def reach(page: Any, update: float) -> None:
    page.wait_for_function("least => Number(document.querySelector('.neuron').dataset.step) >= least", arg=update)


def cells(page: Any, rule: str) -> list[float]:
    texts = page.locator(f".neuron-numbers tr[data-rule='{rule}'] td").all_inner_texts()
    return [float(text.replace("−", "-")) for text in texts]


def test_a_first_visit_shows_mean_courses_and_no_labels_over_them(page: Any) -> None:
    drawn = "document.querySelector('.live-gain .js-plotly-plot')"
    traces = page.evaluate(f"{drawn}.data.map(({{ x, line }}) => [x.length, line?.width])")
    assert sum(width == 1.5 and length > 100 for length, width in traces) == 4
    assert page.locator(".live-bias .textpoint").count() == 0
    press(page, "step1")
    page.locator(".live-bias .textpoint").nth(3).wait_for(state="attached")
    top, *tops = page.evaluate(
        """() => [".bglayer rect", ".textpoint"].flatMap((name) =>
          [...document.querySelectorAll(".live-bias " + name)].map((shape) => shape.getBoundingClientRect().top))"""
    )
    assert len(tops) == 4 and min(tops) >= top


def test_it_plays_to_where_theory_says(page: Any) -> None:
    rest = equilibrium(Normal(1, 0.5))
    gain, bias = cells(page, "ip")[:3], cells(page, "ip")[3:6]
    assert (gain[:2], bias[:2]) == (
        [pytest.approx(rest.gain, abs=1e-4), 1.0],
        [pytest.approx(rest.bias, abs=1e-4), 0.0],
    )
    press(page, "toggle")
    reach(page, 150)
    press(page, "toggle")
    page.locator(".st-key-toggle button p", has_text="Play").locator("visible=true").wait_for()
    page.wait_for_function(
        "() => { const p = document.querySelector('.neuron-canvas'); return p && p.hidden; }"
    )  # it has come to a halt
    for rule in ("ip", "batch-norm"):
        predicted, simulated, difference = cells(page, rule)[:3]
        assert difference == pytest.approx(simulated - predicted, abs=2e-4)
        assert simulated == pytest.approx(predicted, rel=0.12)
    assert cells(page, "ip")[7] == pytest.approx(rest.information, abs=0.02)
    assert cells(page, "plain")[:6] == [1, 1, 0, 0, 0, 0]


def test_it_moves_smoothly(page: Any) -> None:
    press(page, "toggle")
    reach(page, 30)
    painted, drawn = page.evaluate(
        """() => new Promise((done) => {
          const canvas = document.querySelector(".live-output .neuron-canvas");
          const start = performance.now();
          let [painted, drawn, before] = [0, 0, ""];
          const look = () => {
            const now = canvas.toDataURL();
            painted += now !== before;
            drawn += 1;
            before = now;
            const seconds = (performance.now() - start) / 1000;
            if (seconds < 1.5) requestAnimationFrame(look);
            else done([painted / seconds, drawn / seconds]);
          };
          look();
        })"""
    )
    assert painted >= min(SMOOTH, SHARE * drawn)


def top_of_the_charts(page: Any, width: int, height: int) -> float:
    """Where the charts begin below the legend, in px, in a window of this size."""
    page.set_viewport_size({"width": width, "height": height})
    return page.evaluate(
        """() => document.querySelector(".neuron .live-grid").getBoundingClientRect().top
          - document.querySelector(".neuron .live-legend").getBoundingClientRect().top"""
    )


def test_infomax_that_overshoots_is_seen_and_said(server: Server, shared: SharedContext) -> None:
    opened = shared.page(height=1400)
    opened.goto(f"{server.url}/neuron?distribution=exponential&rate=0.1")
    opened.locator(".neuron[data-updates]").wait_for()
    assert opened.locator(".neuron-trouble").inner_text() == ""
    places = [(390, 844), (1440, 900)]
    before = {size: top_of_the_charts(opened, *size) for size in places}
    press(opened, "step1")
    opened.locator(".neuron-trouble", has_text="Infomax has overshot").wait_for()
    assert {size: top_of_the_charts(opened, *size) for size in places} == before, "nothing moves when it is said"
    assert cells(opened, "infomax")[1] < 0 < cells(opened, "ip")[1]
    for card in ("gain", "plane"):
        opened.locator(f".live-{card} .plot-container text", has_text="< 0").wait_for(state="attached")
    opened.close()


def test_on_a_phone_marks_stand_apart_and_the_counter_in_line(server: Server, shared: SharedContext) -> None:
    opened = shared.page(width=390, height=844)
    opened.goto(f"{server.url}/neuron?distribution=mixture&means=-1000,1000")
    opened.locator(".neuron[data-updates]").wait_for()
    opened.locator(".live-input .xtick text").nth(2).wait_for(state="attached")
    boxes = [text.bounding_box() for text in opened.locator(".live-input .xtick text").all()]
    boxes.sort(key=lambda box: box["x"])
    assert all(left["x"] + left["width"] + 5 < right["x"] for left, right in itertools.pairwise(boxes))
    lefts = opened.evaluate(
        """() => [".live-legend", ".neuron-readout"].map((name) => {
          const words = document.createRange();
          words.selectNodeContents(document.querySelector(name));
          return words.getBoundingClientRect().left;
        })"""
    )
    assert lefts[0] == pytest.approx(lefts[1], abs=1)
    assert "noise of minibatches; it shrinks with the intrinsic rate" in opened.locator(".neuron-numbers").inner_text()
    opened.close()


def test_a_drift_moves_the_prediction_and_a_csv_can_be_had(page: Any) -> None:
    before = cells(page, "ip")[0]
    press(page, "drift")
    page.locator(".st-key-drift button", has_text="Stop drift").locator("visible=true").wait_for()  # the page is drawn
    reach(page, 150)
    assert abs(cells(page, "ip")[0] - before) > 0.05 * before
    assert "Grey marks where theory says each rule settles" in page.locator(".live-gain .live-hint").inner_text()
    page.get_by_label("Save this chart or its data: Gain", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV: Gain", exact=True).click()
    lines = download.value.path().read_text().splitlines()
    page.get_by_label("Save this chart or its data: Gain", exact=True).click()
    with page.expect_download() as picture:
        page.get_by_role("button", name="Save as SVG: Gain", exact=True).click()
    assert all(said in picture.value.path().read_text() for said in (">Gain<", "IP"))
    assert lines[0] == "update,rule,gain,gain_at_rest" and len(lines) > 100
    press(page, "reset")
    page.wait_for_function("document.querySelector('.neuron').dataset.step === '0'")
    assert cells(page, "ip")[0] == pytest.approx(before)


def test_a_click_in_the_same_moment_as_a_request_for_a_file_is_carried_out(page: Any) -> None:
    """The browser makes one message of both, a rerun of the part of the page that brings files."""
    press(page, "toggle")
    reach(page, 20)
    page.get_by_label("Save this chart or its data: Gain", exact=True).click()
    with page.expect_download():
        page.evaluate(
            """() => {
              document.querySelector("button[aria-label='Save as CSV: Gain']").click();
              document.querySelector(".st-key-reset button").click();
            }"""
        )
    page.wait_for_function("document.querySelector('.neuron').dataset.step === '0'")
    page.locator(".st-key-toggle button", has_text="Play").locator("visible=true").wait_for()


def test_hints_name_the_marks_of_those_rules_that_are_shown(page: Any) -> None:
    path, gain = (page.locator(f".live-{chart} .live-hint") for chart in ("plane", "gain"))
    in_legend = page.locator(".live-legend button", has_text="batch norm")
    path.get_by_text("Paths end at ✕ (batch norm: □).").wait_for()
    gain.get_by_text("(dashes: IP and Infomax; dots: batch norm)").wait_for()
    in_legend.click()
    path.get_by_text("Paths end at ✕.").wait_for()
    gain.get_by_text("(dashes: IP and Infomax)").wait_for()
    in_legend.click()
    path.get_by_text("Paths end at ✕ (batch norm: □).").wait_for()


def test_every_file_that_is_asked_for_comes_once_while_the_input_drifts(page: Any) -> None:
    press(page, "drift")
    page.locator(".st-key-drift button", has_text="Stop drift").locator("visible=true").wait_for()
    files = pressed_for(page, "gain")
    assert all(file.startswith("update,rule,gain,gain_at_rest\n") for file in files)
    lengths = [len(file.splitlines()) for file in files]
    assert lengths == sorted(lengths) and lengths[0] < lengths[-1], "each is of the moment at which it was asked for"
    assert page.locator(".neuron").get_attribute("data-updates") != "0"
