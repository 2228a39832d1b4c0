"""The dashboard in a real Chromium: what a visitor does, on the real server, with real workers."""

from __future__ import annotations

import math
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from browser_tab import LINK, Tab
from saved_files import pressed_for
from serving import Server, free_port, serve

from app.race.frames import CHARTS
from ipcore.config import RunConfig


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with two slots and no data in its cache, that can reach nobody."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with socket.socket() as nobody:  # bound, so that no other takes the port; not listening, so that it refuses
        nobody.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
        variables = {**dict.fromkeys(names, proxy), "no_proxy": "", "NO_PROXY": "", "IPCORE_SLOTS": "2"}
        folder = tmp_path_factory.mktemp("offline")
        served = serve(command, port, folder / "log", IPCORE_DATA_DIR=str(folder / "data"), **variables)
        yield served
        served.stop()


@pytest.fixture(scope="module")
def visit(browser: Any, offline: Server) -> Iterator[Callable[..., Tab]]:
    """Opens tabs; they are closed, and looked at for anything wrong, when the tests are over."""
    tabs: list[Tab] = []

    def visit(link: str = "", **options: Any) -> Tab:
        tabs.append(Tab(browser, offline.url + link, **options))
        return tabs[-1]

    yield visit
    for tab in tabs:
        tab.context.close()
    assert [problem for tab in tabs for problem in tab.wrong] == []


@pytest.fixture(scope="module")
def guest(visit: Callable[..., Tab]) -> Tab:
    """Someone who has just come, and only looks."""
    return visit()


@pytest.fixture(scope="module")
def owner(visit: Callable[..., Tab]) -> Tab:
    """Someone with settings of their own, who uses the dashboard in most of these tests."""
    return visit(LINK, viewport={"width": 1440, "height": 1500})


@pytest.fixture
def running(owner: Tab) -> Tab:
    """The owner's tab with a run that trains, and is followed."""
    if not owner.trains():
        owner.start()
    owner.until_step(1)
    return owner


def workers(server: Server) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.pid).children() if "ipcore.worker" in child.cmdline()]


def test_a_first_visit_shows_a_recording_that_can_be_played(guest: Tab) -> None:
    assert guest.page.title() == "Intrinsic plasticity"
    guest.until("This is a recording of the default race.")
    steps = RunConfig().steps
    guest.until_true("steps => document.querySelector('.live').dataset.drawn == steps", steps)
    assert guest.page.locator(".live-card:visible").count() == len(CHARTS) - 1
    guest.page.evaluate(
        """() => { window.played = []; const root = document.querySelector('.live');
        new MutationObserver(() => played.push(+root.dataset.drawn))
          .observe(root, { attributeFilter: ['data-drawn'] }) }"""
    )
    guest.page.locator(".live-play").click()
    guest.until_true("() => new Set(played).size > 3")
    played = guest.page.evaluate("() => played")
    assert played[0] <= 1
    assert played == sorted(played)
    guest.page.locator(".live-follow").click()
    guest.until_true("steps => document.querySelector('.live').dataset.drawn == steps", steps)
    guest.until("This is a recording of the default race.")


def test_dark_and_narrow(guest: Tab) -> None:
    def background() -> str:
        return guest.page.evaluate("() => getComputedStyle(document.querySelector('.stApp')).backgroundColor")

    assert background() == "rgb(255, 255, 255)"
    guest.page.emulate_media(color_scheme="dark")
    guest.until_true("() => getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(16, 24, 29)'")
    guest.until_true("() => document.querySelector('.live-loss .live-plot').layout.font.color === '#E7EEF1'")
    guest.page.set_viewport_size({"width": 390, "height": 844})
    guest.until_true("() => document.querySelector('.live-loss .main-svg').clientWidth < 390")
    across = guest.page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll('.stMain, .stMain *')]
        .filter(box => box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX))
        .map(box => box.className)"""
    )
    assert across == []
    assert guest.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    boxes = guest.page.evaluate(
        """() => [...document.querySelectorAll('.stMain button, .race-status *, .live-card')]
        .filter(box => box.checkVisibility()).map(box => box.getBoundingClientRect())
        .filter(box => box.width).map(box => [box.left, box.right])"""
    )
    assert len(boxes) > 20
    assert all(left >= 0 and right <= 390 for left, right in boxes)
    lines = guest.page.evaluate(
        """() => {
          const line = document.querySelector(".race-status").cloneNode();
          const facts = ["12,000 of 42,000 networks", "", "about 26 s left"]
            .map(fact => `<span class="fact">${fact}</span>`);
          line.innerHTML = `<b>Paused: 21 networks under way will finish, and no others start</b>${facts.join("")}`;
          document.querySelector(".race-status").after(line);
          const heights = [...line.querySelectorAll("span")]
            .map(fact => fact.getClientRects().length && fact.offsetHeight);
          line.remove();
          return heights.map(height => height / parseFloat(getComputedStyle(document.querySelector(".fact")).fontSize));
        }"""
    )
    assert lines[1] == 0 and all(1 < lines[fact] < 2 for fact in (0, 2)), "each fact on one line"


def test_another_tab_of_a_browser_is_another_visitor_of_the_same_owner(guest: Tab) -> None:
    """What the server takes for the owner is what it has a browser keep that has forgotten."""
    kept = "() => [sessionStorage.getItem('visitor'), localStorage.getItem('intrinsic-plasticity-owner')]"
    guest.until_true(f"() => ({kept})().every(Boolean)")
    name, owner = guest.page.evaluate(kept)
    tab = guest.context.new_page()
    tab.goto(guest.page.url)
    tab.wait_for_function("name => ![null, name].includes(sessionStorage.getItem('visitor'))", arg=name)
    tab.locator(".live[data-drawn]").wait_for()
    assert tab.evaluate(kept)[1] == owner
    tab.evaluate("() => localStorage.clear()")
    for page in ("Guide", "Live race"):
        tab.get_by_test_id("stSidebarNav").get_by_role("link", name=page).click()
        tab.locator("h1", has_text=page).wait_for()
    tab.wait_for_function("() => localStorage.getItem('intrinsic-plasticity-owner')")
    assert tab.evaluate(kept)[1] == owner
    tab.close()


def test_a_run_is_followed_as_it_goes(running: Tab) -> None:
    running.page.evaluate(
        """() => { window.updates = []; window.before = document.querySelector('.live-loss .main-svg');
        const card = document.querySelector('.live-loss');
        new MutationObserver(() => updates.push(+card.dataset.step))
          .observe(card, { attributeFilter: ['data-step'] }) }"""
    )
    running.until_true("() => new Set(updates).size >= 8")
    updates = running.page.evaluate("() => updates")
    assert updates == sorted(updates)
    assert running.page.evaluate("() => before === document.querySelector('.live-loss .main-svg')"), "drawn in place"
    curves = running.values("loss")
    assert len(curves) == 2
    assert all(math.isfinite(loss) for curve in curves for loss in curve)


def test_every_file_that_is_asked_for_comes_once_while_a_race_goes_on(running: Tab) -> None:
    before = running.step()
    files = pressed_for(running.page, "loss")
    assert all(file.startswith("step,") for file in files)
    lengths = [len(file.splitlines()) for file in files]
    assert lengths == sorted(lengths) and lengths[0] > 1, "each is of the moment at which it was asked for"
    running.until_true("before => Number(document.querySelector('.live-loss').dataset.step) > before", before)


def test_a_learning_rate_changed_in_flight_has_its_effect_and_leaves_its_mark(owner: Tab) -> None:
    """At a rate of 0.00001 nothing is learned; at 3 two moons are told apart, or are never again what they were."""
    owner.rest()
    home = owner.page.url.partition("?")[0]
    owner.come_back(f"{home}?dataset=moons&methods=plain&depth=1&width=16&steps=100000&learning_rate=1e-05")
    owner.start()
    owner.until_step(200)
    before = owner.values("loss")[0]
    assert max(before) - min(before) < 0.2
    ladder = owner.page.locator(".st-key-learning_rate input[type=range]")
    ladder.focus()
    ladder.press("End")
    owner.until_true("() => document.querySelector('.live-loss .live-plot').layout.annotations.length === 1")
    assert owner.plot("loss", "plot.layout.annotations[0].text") == "learning rate 3"
    changed = owner.plot("loss", "plot.layout.annotations[0].x")
    assert changed >= 200, "the run went on, and was not begun anew"
    assert owner.plot("accuracy", "plot.layout.annotations.map(note => note.text)") == ["learning rate 3"]
    owner.until_true("low => document.querySelector('.live-loss .live-plot').data[0].y.at(-1) < low", min(before) / 2)
    assert owner.setting("learning_rate") == "3"
    assert owner.step() > changed
    # From one method with values to two without: the charts get new axes while there is nothing to draw on them.
    owner.rest()
    owner.come_back(home + LINK)
    owner.click("reset")
    owner.until("Paused at step 0")
    owner.until_true("() => document.querySelector('.live-gradient_map .live-plot').data.length === 2")
    assert owner.wrong == []


def test_charts_take_any_size_and_any_number_of_panels_with_values_or_without(guest: Tab) -> None:
    """One panel becomes two in every way that can be when frames are overtaken, or a chart was out of sight."""
    drawn = guest.page.evaluate(
        """async () => {
          const [{ Card }, { CHARTS }] = await Promise.all(
            ["ui/card", "race/charts"].map(module => import(`/app/static/${module}.js`)));
          const card = new Card("gradient_map", CHARTS.gradient_map, { draw() {}, download() {} });
          document.querySelector(".live").append(card.element);
          const theme = {
            text: "#000", grid: "#ccc", line: "#999", grey: "#888", background: "#fff", font: "sans-serif" };
          const all = ["plain", "IP"].map((name, index) => ({ name, label: name, index, color: "#a00" }));
          const states = panels => [255, 9].flatMap(level => [400, 900].map(
            width => ({ panels, level, size: [width, 290] })));
          const sizes = [[0, 0], [1, 290], [140, 290], [400, 0], [400, 60]];
          const draw = ({ panels, level, size }) => {
            const header = { decades: { weight_gradient: [-8, 0] }, horizon: 100, asked: null, step: 5, depth: 3 };
            const values = new Uint8Array(24).fill(level, 0, 12).fill(255, 12); // of the second method none are known
            Object.assign(card, { size, seen: true });
            const frame = { header, arrays: { gradient_map: { shape: [2, 3, 4], values } } };
            return card.draw(Plotly, frame, { theme, methods: all.slice(0, panels) });
          };
          let drawn = 0;
          for (const one of states(1)) for (const two of states(2)) drawn += draw(one) + draw(two);
          const small = sizes.filter(size => draw({ ...states(1)[0], size }));
          await new Promise(requestAnimationFrame); // Plotly is done, and what the browser had to say has come
          card.close(Plotly);
          card.element.remove();
          return [drawn, small];
        }"""
    )
    assert drawn == [32, []]
    assert guest.wrong == []


def test_names_of_marks_cover_neither_one_another_nor_the_line_of_another(guest: Tab) -> None:
    """Marks wherever they may be: each is named once, with the value that its setting came to."""
    covered = guest.page.evaluate(
        """async () => {
          const [curves, plot] = await Promise.all(
            ["curves", "plot"].map(part => import(`/app/static/ui/${part}.js`)));
          const theme = {
            text: "#000", grid: "#ccc", line: "#999", grey: "#888", background: "#fff", font: "sans-serif" };
          const width = 400, horizon = 1000;
          const row = 17 * horizon / (width - plot.MARGIN.l - plot.MARGIN.r);
          const values = { shape: [1, 1, 0], values: [] };
          const arrays = { loss: values, loss_steps: { values: [] } };
          const near = [0.1, 0.6, 1.2, 1.7, 2.5].map(rows => Math.round(rows * row));
          const wrong = [];
          const rates = ["learning rate", "intrinsic rate"];
          const places = [1, near[2], 500].flatMap(
            start => near.flatMap(a => near.map(b => [start, start + a, start + a + b])));
          for (const steps of places) for (let kinds = 0; kinds < 8; kinds += 1) {
            const marks = steps.map((step, at) => [step, rates[(kinds >> at) & 1], `${at}`]);
            const header = { marks, horizon, asked: null, diverged: [], chance: { loss: 1 } };
            const { layout } = curves.loss({ header, arrays }, { theme, width, height: 300, methods: [] });
            const names = layout.annotations.map(({ x, xanchor, text }) => {
              const wide = row * text.split("<br>").length;
              return xanchor === "right" ? [x - wide, x, text] : [x, x + wide, text];
            });
            const clear = names.every(([, end], at) => at + 1 === names.length || end <= names[at + 1][0] + 1e-9);
            const named = names.map(([, , text]) => text).join("<br>").split("<br>");
            const last = marks.every(([, setting, value], at) =>
              marks.slice(at + 1).some(([, other]) => other === setting) || named.includes(`${setting} ${value}`));
            if (!clear || !last) wrong.push([steps, kinds, names]);
          }
          return wrong;
        }"""
    )
    assert covered == []
    assert guest.wrong == []


def test_no_name_of_a_mark_covers_the_values_at_the_moment_that_is_looked_at(guest: Tab) -> None:
    """The name of a change that comes soon after the moment waits; one that has been, or is far, is there."""
    named = guest.page.evaluate(
        """async () => {
          const curves = await import("/app/static/ui/curves.js");
          const theme = {
            text: "#000", grid: "#ccc", line: "#999", grey: "#888", background: "#fff", font: "sans-serif" };
          const arrays = { loss: { shape: [1, 1, 0], values: [] }, loss_steps: { values: [] } };
          const names = (asked, ...marked) => {
            const marks = marked.map(at => [at, "learning rate", String(at)]);
            const header = { marks, horizon: 1000, asked, step: 500, diverged: [], chance: { loss: 1 } };
            const { layout } = curves.loss({ header, arrays }, { theme, width: 400, height: 300, methods: [] });
            return layout.annotations.map(({ text }) => text.split(" ").at(-1));
          };
          return [names(500, 520), names(500, 650), names(500, 480), names(500, 500), names(500, 400, 520, 900),
                  names(null, 520)];
        }"""
    )
    assert named == [[], [], ["480"], ["500"], ["400", "900"], ["520"]]
    assert guest.wrong == []


def test_a_chart_of_a_recording_that_does_not_say_on_how_many_examples_it_was_tested(guest: Tab) -> None:
    """Recordings may leave that out."""
    hints = guest.page.evaluate(
        """async () => {
          const { CHARTS } = await import("/app/static/race/charts.js");
          return [[null, null], [null, 1000], [250, 1000]]
            .map(examples => CHARTS.accuracy.hint({ examples, noun: "digits", seeds: 1 }));
        }"""
    )
    assert hints[0] == hints[1] == "Accuracy on unseen digits."
    assert hints[2] == "Accuracy on unseen digits (250 during training, 1,000 at the end)."


def test_pause_step_reset_and_new_seed(running: Tab) -> None:
    running.click("toggle")
    running.until("Paused at step")
    at = running.step()
    for count in (1, 10):
        running.click(f"step{count}")
        at += count
        running.until(f"Paused at step {at:,}")
        running.until_true("at => document.querySelector('.live-loss').dataset.step == at", at)
    running.click("toggle")
    running.until("Training")
    running.until_step(at + 1)

    def first_losses(button: str) -> list[float]:
        running.click(button)
        running.until("Paused at step 0")
        running.click("step1")
        running.until("Paused at step 1")
        running.until_true("() => document.querySelector('.live-loss').dataset.step === '1'")
        return [curve[0] for curve in running.values("loss")]

    first = first_losses("reset")
    assert all(map(math.isfinite, first))
    assert first_losses("reset") == first, "the same weights and the same minibatch"
    seed = int(running.setting("first_seed") or 0)
    assert first_losses("new_seed") != first
    assert int(running.setting("first_seed")) == seed + 1


def test_keys(running: Tab) -> None:
    running.press("p")
    running.until("Paused at step")
    at = running.step()
    running.press("o")
    running.until(f"Paused at step {at + 1:,}")
    running.press("t")
    running.until(f"Paused at step {at + 11:,}")
    running.press("b")
    running.until("Paused at step 0")
    seed = running.setting("first_seed")
    running.press("n")
    running.until_true("seed => new URL(location).searchParams.get('first_seed') !== seed", seed)
    running.until("Paused at step 0")
    running.press("s")
    running.until("Training")


def test_the_slider_goes_back_while_the_run_goes_on(running: Tab) -> None:
    running.until_step(100)
    plot = running.page.locator(".live-loss .nsewdrag").bounding_box()
    running.page.mouse.move(plot["x"] + 30, plot["y"] + 40)
    running.page.mouse.down()
    running.page.mouse.move(plot["x"] + 150, plot["y"] + 140, steps=4)
    running.page.mouse.up()
    running.page.wait_for_selector(".live-loss .live-reset:visible")
    ranges = "[plot.layout.xaxis.range, plot.layout.yaxis.range]"
    zoomed = running.plot("loss", ranges)

    live = {chart: running.values(chart) for chart in ("gradient", "information")}
    running.page.locator(".live-time input").focus()
    running.page.keyboard.press("Home")
    running.until_true("() => Number(document.querySelector('.live').dataset.drawn) <= 1")
    first = running.drawn()
    assert running.page.locator(".live-readout").inner_text() == f"step {first} of 100,000"
    lines = f"plot.layout.shapes.some(line => line.x0 === {first} && line.x1 === {first})"
    assert [running.plot(chart, lines) for chart in ("loss", "accuracy", "gradient_map")] == [True] * 3
    then = {chart: running.values(chart) for chart in live}
    assert all(then[chart] != live[chart] for chart in live)
    running.until_step(running.step() + 100)
    running.until("Training")
    assert running.drawn() == first
    assert {chart: running.values(chart) for chart in live} == then

    at = running.step()
    running.page.locator(".live-follow").click()
    running.until_true("at => Number(document.querySelector('.live').dataset.drawn) >= at", at)
    assert running.page.locator(".live-follow").get_attribute("aria-pressed") == "true"
    assert all(running.values(chart) != then[chart] for chart in live)
    assert running.plot("loss", ranges) == zoomed
    running.page.locator(".live-loss .live-reset").click()


def test_a_killed_worker_is_told_and_start_again_works(running: Tab, offline: Server) -> None:
    before = {worker: worker.cpu_times().user for worker in workers(offline)}
    running.until_step(running.step() + 500)
    busy = max(before, key=lambda worker: worker.cpu_times().user - before[worker])
    busy.kill()
    running.until("The worker stopped unexpectedly")
    assert running.page.locator(".st-key-start button:visible").get_by_text("Start again").count()
    running.click("start")
    running.until("Training")
    running.until_step(100)


def test_data_that_cannot_be_had_are_told_and_the_page_goes_on(owner: Tab) -> None:
    def choose(name: str) -> None:
        owner.page.locator(".st-key-dataset input").click()
        owner.page.get_by_role("option", name=name).click()
        owner.until_true("() => document.querySelector('.race-note').textContent.startsWith('Changes of data set')")

    if not owner.trains():
        owner.start()
    owner.rest()
    choose("CIFAR-10")
    owner.click("start")
    owner.until("Cifar10 is not in the cache")
    said = owner.page.locator(".race-status b").inner_text()
    assert "`python -m ipcore data fetch cifar10`" in said
    choose("Two spirals")
    owner.click("start")
    owner.until("Training")
    owner.until_step(1)


def test_a_reload_takes_the_run_back(running: Tab) -> None:
    running.until_step(100)
    at = running.step()
    running.come_back(running.page.url)
    running.until("Training")
    assert running.step() >= at
    assert running.setting("dataset") == "spirals"


def test_a_link_restores_settings_starts_nothing_and_visitors_take_turns(
    running: Tab, visit: Callable[..., Tab]
) -> None:
    """Of three visitors at two slots: the first trains, the second holds a slot, the third waits for it."""
    running.rest()  # and keeps its slot
    second = visit("/" + "?" + urlsplit(running.page.url).query.replace("100000", "60") + "&width=x&colour=red")
    notice = second.page.locator(".stAlert").inner_text()
    assert "'colour' is not a setting of this page" in notice
    assert "width must be a whole number from 2 to 512, not 'x'" in notice
    second.until("This is a recording of the default race. Press Start to train with your settings.")
    assert second.page.locator(".st-key-dataset input").input_value() == "Two spirals"
    assert second.page.locator(".st-key-depth input[type=range]").input_value() == "3"
    assert second.setting("first_seed") == running.setting("first_seed")
    assert second.setting("colour") is None

    second.click("step10")
    second.until("Paused at step 10")
    assert second.fact() == "step 10 of 60"
    third = visit("/?dataset=circles&methods=ip&depth=2&width=4&steps=60")
    third.click("start")
    third.until("Waiting: 1st in the queue")
    running.click("toggle")
    running.until("Training")
    assert third.page.locator(".live-legend button").all_inner_texts() == ["IP"]
    assert second.page.locator(".live-legend button").all_inner_texts() == ["plain", "IP"]
    at = running.step()
    running.until_step(at + 1)

    second.click("new_seed")  # a new run, which waits behind the third visitor's
    third.until("Finished")
    assert third.fact() == "step 60 of 60"
    second.until("Paused at step 0")
    second.click("start")
    second.until("Finished")
    assert running.fact().endswith("of 100,000")
    running.until("Training")
