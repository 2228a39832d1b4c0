"""The live component: what travels to the browser and back, and what a real browser makes of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import overlaps
import pytest
from live_page import SMALL, made
from serving import ROOT, Server, free_port, serve
from streamlit.testing.v1 import AppTest

from app.race import component
from app.race.frames import CHARTS, table
from app.ui import component as live
from app.ui.modules import STATIC


def test_what_the_browser_says_is_checked() -> None:
    assert component.view(None) == component.view({}) == component.RaceView()
    assert component.view({"step": 240, "layer": 3}) == component.RaceView(240, 3)
    for nonsense in (-1, 2.5, "240", True, [1], {}, float("nan")):
        assert component.view({"step": nonsense, "layer": nonsense}) == component.RaceView()


def test_javascript_that_travels_with_each_frame_is_small() -> None:
    sent = sum(len((live.HERE / name).read_bytes()) for name in ("live.html", "loader.js"))
    assert sent < 1_700


def test_charts_have_the_same_names_in_the_browser() -> None:
    charts = (STATIC / "race" / "charts.js").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^  (\w+): \{$", charts, re.MULTILINE)) == sorted(CHARTS)


def page() -> None:
    """A page that mounts the component, run by AppTest."""
    from app.race.component import show

    show(b"\x00frame", key="charts")


def test_a_frame_travels_as_it_is() -> None:
    test = AppTest.from_function(page).run()
    assert not test.exception
    assert test.get("bidi_component")[0].proto.bytes == b"\x00frame"


APP = """
import sys
sys.path[:0] = {paths!r}
import streamlit as st
from app.race.csv import CHARTS, table
from app.race.frames import frame
from app.race.component import show, view
from app.session import files
from live_page import made

st.set_page_config(layout="wide")

@st.fragment
def stage():
    looked = view(st.session_state.get("charts"))
    show(frame(made(), step=looked.step, layer=looked.layer), key="charts")

stage()
files.offer(CHARTS, lambda chart: (chart + ".csv", table(made(), chart)))
"""


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[Server]:
    """A page with nothing but the component, served by Streamlit."""
    folder = tmp_path_factory.mktemp("charts")
    paths = [str(ROOT / place) for place in (".", "tests/helpers")]
    (folder / "page.py").write_text(APP.format(paths=paths), encoding="utf-8")
    (folder / "static").symlink_to(STATIC)
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "page.py"), "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.enableStaticServing", "true"]
    served = serve(command, port, folder / "log")
    yield served
    served.stop()


@pytest.fixture(scope="module")
def context(browser: Any) -> Iterator[Any]:
    """A browser whose tabs share what was loaded and compiled."""
    context = browser.new_context(viewport={"width": 1440, "height": 1700}, color_scheme="light")
    yield context
    context.close()


@pytest.fixture(scope="module")
def tab(charts: Server, context: Any) -> Iterator[Any]:
    """A window on the page; nothing may go wrong in it."""
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(charts.url)
    yield opened
    opened.close()
    assert not wrong


@pytest.fixture
def opened(tab: Any) -> Any:
    """The window, with all charts drawn at the newest moment."""
    tab.wait_for_selector(".live[data-drawn]", timeout=60_000)
    tab.locator(".live-follow").click()
    tab.wait_for_selector(".live[data-drawn='200']")
    return tab


def ranges(tab: Any, chart: str) -> list[list[float]]:
    return tab.evaluate(
        "name => ['xaxis', 'yaxis'].map(axis => document.querySelector(`.live-${name} .live-plot`).layout[axis].range)",
        chart,
    )


def traces(tab: Any, chart: str) -> int:
    return tab.evaluate("name => document.querySelector(`.live-${name} .live-plot`).data.length", chart)


def test_every_chart_is_drawn_but_the_surface_of_other_data(opened: Any) -> None:
    drawn = opened.locator(".live-card:visible")
    assert drawn.count() == len(CHARTS) - 1
    assert opened.locator(".live-card:visible .main-svg").count() >= len(CHARTS) - 1
    for hint in opened.locator(".live-hint:visible").all_inner_texts():
        assert len(hint) > 20


def test_marks_that_are_close_share_one_name_beside_them(opened: Any) -> None:
    """What each setting came to, above the axes at the first of them, so that no name covers a curve or another."""
    for chart in ("loss", "accuracy"):
        names = opened.evaluate(
            "name => document.querySelector(`.live-${name} .live-plot`)"
            ".layout.annotations.map(n => [n.x, n.text, n.xanchor])",
            chart,
        )
        assert names == [[100, "learning rate 1<br>intrinsic rate 0.1", "left"]]


def test_theory_is_drawn_under_both_gradients_until_it_is_switched_off(opened: Any) -> None:
    card = opened.locator(".live-gradient")
    for quantity in ("weight_gradient", "error_signal"):
        card.locator("select").select_option(quantity)
        for shown in (True, False):
            card.get_by_label("Theory").set_checked(shown)
            wanted = len(SMALL.methods) * (2 if shown else 1)
            opened.wait_for_function(
                "wanted => document.querySelector('.live-gradient .live-plot').data.length === wanted", arg=wanted
            )
        card.get_by_label("Theory").set_checked(True)
    opened.wait_for_function(
        """wanted => document.querySelector('.live-gradient .live-plot').data
            .filter(trace => trace.name.endsWith(', theory')).length === wanted""",
        arg=len(SMALL.methods),
    )
    card.locator("select").select_option("weight_gradient")


def test_the_slider_moves_every_chart_and_zoom_stays(opened: Any) -> None:
    opened.evaluate("() => { window.before = document.querySelector('.live-loss .main-svg') }")
    box = opened.locator(".live-loss .nsewdrag").bounding_box()
    opened.mouse.move(box["x"] + 50, box["y"] + 60)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 180, box["y"] + 160, steps=4)
    opened.mouse.up()
    opened.wait_for_selector(".live-loss .live-reset:visible")
    zoomed = ranges(opened, "loss")
    assert zoomed[0][1] - zoomed[0][0] < 150
    opened.locator(".live-time input").focus()
    slider = "() => document.querySelector('.live-time input')"
    assert opened.evaluate(f"{slider}.max") == "200", "it is as long as the axes of the charts"
    opened.keyboard.press("ArrowLeft")
    opened.wait_for_selector(".live[data-drawn='199']")
    assert opened.evaluate(f"{slider}.value") == "199", "a moment is a step of 200, not a snapshot of 21"
    opened.keyboard.press("PageDown")
    opened.wait_for_selector(".live[data-drawn='189']")
    opened.locator(".live-time input").fill("180")
    opened.wait_for_selector(".live[data-drawn='180']")
    assert opened.locator(".live-readout").inner_text() == "step 180 of 200"
    assert ranges(opened, "loss") == zoomed
    assert opened.evaluate("() => window.before === document.querySelector('.live-loss .main-svg')")
    opened.locator(".live-loss .live-reset").click()
    opened.wait_for_function("() => document.querySelector('.live-loss .live-plot').layout.xaxis.range[1] === 200")
    opened.locator(".live-follow").click()
    opened.wait_for_selector(".live[data-drawn='200']")


def test_a_replay_runs_to_the_end(opened: Any) -> None:
    opened.evaluate(
        """() => { window.seen = []; const root = document.querySelector('.live');
        new MutationObserver(() => seen.push(+root.dataset.drawn))
          .observe(root, { attributeFilter: ['data-drawn'] }) }"""
    )
    opened.locator(".live-play").click()
    opened.wait_for_function("() => seen.includes(0)")  # from the start, where it stays for a moment only
    opened.locator(".live-time input").fill("180")  # which halts it
    opened.wait_for_selector(".live[data-drawn='180']")
    opened.locator(".live-play").click()
    opened.wait_for_function("() => seen.length > 2 && seen.at(-1) === 200", timeout=60_000)
    opened.wait_for_function("() => document.querySelector('.live-play').textContent === 'Replay'")
    seen = opened.evaluate("() => [...new Set(seen)]")
    assert seen[seen.index(180) :] == list(range(180, 201, 2))


def test_a_method_is_hidden_in_every_chart(opened: Any) -> None:
    before = {name: traces(opened, name) for name in ("loss", "gradient", "gradient_map", "gain")}
    assert before == {"loss": 9, "gradient": 8, "gradient_map": 4, "gain": 4}
    plain = opened.locator(".live-legend button", has_text="plain")
    plain.click()
    opened.wait_for_function("() => document.querySelector('.live-gain .live-plot').data.length === 3")
    assert plain.get_attribute("aria-pressed") == "false"
    opened.wait_for_function("() => document.querySelector('.live-gradient_map .live-plot').data.length === 3")
    assert traces(opened, "loss") == 7
    plain.click()
    opened.wait_for_function("() => document.querySelector('.live-gain .live-plot').data.length === 4")


def test_histograms_of_a_layer(opened: Any) -> None:
    assert "All layers" in opened.locator(".live-gain .live-hint").inner_text()
    opened.locator(".live-layer select").select_option("2")
    opened.wait_for_function("() => document.querySelector('.live-gain .live-hint').textContent.includes('Layer 3')")


def test_csv_is_saved_once_for_each_click(opened: Any) -> None:
    files: list[Any] = []
    opened.on("download", lambda file: files.append(file))
    for chart in ("loss", "information"):
        opened.locator(f".live-{chart} .live-save summary").click()
        with opened.expect_download() as saved:
            opened.locator(f".live-{chart} .live-csv").click()
        assert saved.value.suggested_filename == f"{chart}.csv"
        assert Path(saved.value.path()).read_text(encoding="utf-8") == table(made(), chart)
    color = "document.querySelector('.live-loss .live-plot').layout.font.color"
    light = opened.evaluate(color)
    opened.emulate_media(color_scheme="dark")  # draws anew, and is called again with what it had
    opened.wait_for_function(f"light => {color} !== light", arg=light)
    assert len(files) == 2


def test_a_file_is_saved_once_whatever_comes_before_and_after_it(opened: Any) -> None:
    """The part of it that is in the browser, with a stand-in for the server."""
    log = opened.evaluate(
        """async () => {
          const { ask, deliver } = await import("/app/static/ui/files.js"); // a channel of its own
          const log = [];
          const setStateValue = (name, value) => log.push([name, value?.chart ?? null, value?.id ?? null]);
          const saved = [];
          const click = HTMLAnchorElement.prototype.click;
          HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
          try {
            const root = document.createElement("div");
            const come = (data) => deliver(root, { data, setStateValue });
            const first = ask("loss");
            come({}); // the component is there only now
            const second = ask("gain");
            const id = log.at(-1)[2];
            come({}); // the page was drawn anew before the answer
            come({ id, name: "loss.csv", text: "1" });
            come({ id, name: "loss.csv", text: "1" }); // and once more after it
            come({});
            await first;
            come({ id: log.at(-1)[2], problem: "it is gone" });
            const problem = await second.catch((error) => error.message);
            come({});
            return [log.map(([name, chart]) => [name, chart]), saved, problem];
          } finally {
            HTMLAnchorElement.prototype.click = click;
          }
        }"""
    )
    asked = [["wanted", chart] for chart in ("loss", "loss", "gain", "gain", "gain", None)]
    assert log == [asked, ["loss.csv"], "it is gone"]


def test_each_style_sheet_is_there_once_the_shared_one_before_the_others(opened: Any) -> None:
    sheets = opened.evaluate("() => [...document.querySelectorAll('link[rel=stylesheet]')].map(link => link.href)")
    ours = [sheet.rpartition("/v-")[2].partition("/")[2] for sheet in sheets if "/app/static/v-" in sheet]
    assert ours[0] == "ui/all.css" and sorted(ours) == ["race/all.css", "ui/all.css"]


def test_without_plotly_it_says_so(charts: Server, context: Any) -> None:
    tab = context.new_page()
    tab.route("**/plotly.min.js*", lambda route: route.abort())
    tab.goto(charts.url)
    tab.wait_for_selector("text=This chart cannot be drawn: plotly.min.js did not load.")
    tab.close()


def test_nothing_is_wider_than_the_window(opened: Any) -> None:
    for width in (390, 820, 1440):
        opened.set_viewport_size({"width": width, "height": 900})
        opened.locator(".live-loss").scroll_into_view_if_needed()
        opened.wait_for_function(
            "() => { const plot = document.querySelector('.live-loss .live-plot');"
            " return Math.abs(plot.clientWidth - plot.querySelector('.main-svg').clientWidth) < 2 }"
        )
        boxes = opened.evaluate(
            "() => [...document.querySelectorAll('.live *:not(.live-plot *)')]"
            ".map(e => e.getBoundingClientRect()).filter(r => r.width)"
            ".map(r => [r.left, r.right])"
        )
        assert all(left >= -1 and right <= width + 1 for left, right in boxes), width


def test_no_text_of_a_chart_lies_over_another(charts: Server, context: Any) -> None:
    """At four of the widths and moments; ``python -m benchmarks overlaps`` looks at all."""
    frames = overlaps.moments()
    tab = context.new_page()
    tab.goto(charts.url)
    tab.wait_for_selector(".live[data-drawn]", timeout=60_000)
    for index, width in enumerate((390, 640, 1100, 1440)):
        tab.set_viewport_size({"width": width, "height": 1700})
        for one in (frames[index], frames[index + 4]):
            overlaps.show(tab, one)
            assert tab.evaluate(overlaps.OVERLAPS) == [], width
    tab.close()


def test_a_frame_that_was_overtaken_takes_nothing_away(opened: Any) -> None:
    """Streamlit calls the clean-up of a call that returns after the next frame came; only at the end is it meant.

    It takes the charts off the page that these tests share, and so comes last.
    """
    opened.evaluate(
        """async () => {
          const address = performance.getEntriesByType("resource")
            .find(({ name }) => name.endsWith("/race/all.js")).name
          const { show } = await import(address)
          window.root = document.querySelector(".live")
          window.plot = root.querySelector(".live-loss .live-plot")
          window.undo = show(root, {})
        }"""
    )
    assert opened.evaluate("() => { undo(); return root.contains(plot) && plot.data.length > 0 }")
    assert opened.evaluate("() => { root.remove(); undo(); return plot.data === undefined }")
