"""A race in a real Chromium: what a visitor does, on the real server, with real workers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psutil
from browser_tab import LINK, SharedContext, Tab
from saved_files import pressed_for
from serving import Server
from shaky_line import ShakyLine


def workers(server: Server) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.pid).children() if "ipcore.worker" in child.cmdline()]


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
    curve = "document.querySelector('.live-loss .live-plot').data.find(trace => trace.name)"  # not the band around it
    owner.until_true(f"low => {curve}.y.at(-1) < low", min(before) / 2)
    assert owner.setting("learning_rate") == "3"
    assert owner.step() > changed
    # From one method with values to two without: the charts get new axes while there is nothing to draw on them.
    owner.rest()
    owner.come_back(home + LINK)
    owner.click("reset")
    owner.until("Paused at step 0")
    owner.page.locator(".live-gradient_map").scroll_into_view_if_needed()  # what is not in view is not drawn
    owner.until_true("() => document.querySelector('.live-gradient_map .live-plot').data.length === 2")
    assert owner.wrong == []


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
    running.page.evaluate("() => document.querySelector('.live-loss').scrollIntoView({ block: 'center' })")
    plot = running.page.locator(".live-loss .nsewdrag").bounding_box()
    running.page.mouse.move(plot["x"] + 30, plot["y"] + 40)
    running.until_true("() => document.querySelector('.live-loss .live-sketch').hidden")  # Plotly takes its place
    running.page.mouse.down()
    running.page.mouse.move(plot["x"] + 150, plot["y"] + 140, steps=4)
    running.page.mouse.up()
    running.page.wait_for_selector(".live-loss .live-reset:visible")
    ranges = "[plot.layout.xaxis.range, plot.layout.yaxis.range]"
    zoomed = running.plot("loss", ranges)
    thumb = running.page.evaluate(
        "() => ['value', 'max'].map(name => Number(document.querySelector('.live-time input')[name]))"
    )
    assert 100 <= thumb[0] < thumb[1] < 100_000, "it stands where the curves end, on an axis as long as theirs"

    live = {chart: running.values(chart) for chart in ("gradient", "response")}
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


def test_a_killed_worker_loses_nothing(running: Tab, server: Server) -> None:
    before = {worker: worker.cpu_times().user for worker in workers(server)}
    running.until_step(running.step() + 500)
    busy = max(before, key=lambda worker: worker.cpu_times().user - before[worker])
    at = running.step()
    busy.kill()
    running.until("Going back to step")
    running.until("Training")
    running.until_step(at + 100)


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


def test_a_connection_that_drops_costs_nothing(visit: Callable[..., Tab], server: Server) -> None:
    """The same race goes on, and nothing is started. ``benchmarks/dropped.py`` does it for as long as a minute."""
    line = ShakyLine(int(server.url.rpartition(":")[2]))
    tab = visit(LINK, url=f"http://127.0.0.1:{line.port}/")
    tab.click("start")
    tab.until_step(1)
    line.cut()
    time.sleep(0.5)
    line.mend()
    tab.until_step(tab.step() + 500)
    assert tab.trains()
    tab.rest()
    tab.page.goto("about:blank")
    line.close()
    tab.wrong.clear()  # the browser has complained of the connection


def test_a_reload_takes_the_run_back(running: Tab) -> None:
    running.until_step(100)
    at = running.step()
    running.come_back(running.page.url)
    running.until("Training")
    assert running.step() >= at
    assert running.setting("dataset") == "spirals"


def test_a_link_restores_settings_starts_nothing_and_the_races_of_all_visitors_move(
    running: Tab, visit: Callable[..., Tab], another_browser: SharedContext
) -> None:
    running.rest()
    link = "/?" + urlsplit(running.page.url).query.replace("100000", "60") + "&width=x&colour=red"
    second = visit(link, shared=another_browser, calm=True)
    notice = second.page.locator(".stAlert").inner_text()
    assert "'colour' is not a setting of this page" in notice
    assert "width must be a whole number from 2 to 512, not 'x'" in notice
    second.until("Nothing is recorded here with these settings. Press Start")
    assert second.page.locator(".st-key-dataset input").input_value() == "Two spirals"
    assert second.page.locator(".st-key-depth input[type=range]").input_value() == "3"
    assert second.setting("first_seed") == running.setting("first_seed")
    assert second.setting("colour") is None

    second.click("step10")
    second.until("Paused at step 10")
    assert second.fact() == "step 10 of 60"
    third = visit("/?dataset=circles&methods=ip&depth=2&width=4&steps=60", shared=another_browser, calm=True)
    third.click("start")
    third.until("Finished")
    assert third.fact() == "step 60 of 60"
    running.click("toggle")
    running.until("Training")
    for tab, methods in ((third, ["IP"]), (second, ["plain", "IP"])):  # some are said to be at chance, too
        named = tab.page.locator(".live-legend button").all_inner_texts()
        assert [each.split("\n")[0] for each in named] == methods
    at = running.step()
    running.until_step(at + 1)

    second.click("new_seed")
    second.until("Paused at step 0")
    second.click("start")
    second.until("Finished")
    assert running.fact().endswith("of 100,000")
    running.until("Training")
