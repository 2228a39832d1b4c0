"""What a first visit to the front page costs a browser that has nothing in its cache, and what a race costs it.

The processor of the page is slowed by Chromium itself (1: not at all; 4: a student's laptop). The server is warm, and
each visit is by a new visitor. Figures are medians over visits and races. In turns with it an empty app of Streamlit is
visited, which shows one word: no page of Streamlit's can be there sooner, or with fewer requests.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.browser import PATIENCE, START, dashboard, missing
from tests.helpers.serving import Server, free_port, serve

VISITS = 5
RACES = 3
"""In the first so many visits a race is watched, too."""
SLOWED = (1, 4)
"""How many times slower the page's processor is."""
RACE = "?steps=2500&first_seed={}"
"""The settings of a race that is watched: those of a first visit, long enough to be watched, and with seeds of its own,
since a race with the settings of another one would be that one."""
WATCHED = 8_000
"""Milliseconds of a race that are watched."""
WINDOW = {"width": 1440, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
PAGES = ("", "lessons", "claims", "neuron", "depth", "robustness", "runs", "guide")
EMPTY = 'import streamlit as st\n\nst.write("Words")\n'
"""The empty app."""
REST = 4_000
"""Milliseconds after which a page is taken to be at rest."""

WATCH = """
window.seen = {}
window.shifted = 0
window.tasks = []
window.updates = []
const size = (element) => element && element.getBoundingClientRect().width > 0
const drawn = (within) => document.querySelector(`${within} canvas:not([hidden]), ${within} .main-svg`)
const signs = {
  picture: () => drawn(".live-plot"),
  charts: () => drawn("#root .live-plot"),
  plotly: () => document.querySelector("#root .live[data-drawn]"),
  words: () => document.querySelector("#root .stMarkdown p"),
}
let last
const look = () => {
  for (const name in signs) if (!(name in seen) && signs[name]()) seen[name] = performance.now()
  const step = document.querySelector(".live-loss")?.dataset.step
  if (step !== last) updates.push([performance.now(), Number((last = step))])
}
new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value
}).observe({ type: "layout-shift", buffered: true })
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) tasks.push([entry.startTime, entry.duration])
}).observe({ type: "longtask", buffered: true })
"""
"""JavaScript that notes, in ms after navigation, when a picture appears, when the charts do and when they answer a
pointer; also long tasks (over 50 ms), each new step in the chart of losses, and the sum of layout shifts."""


class Transfer:
    """Requests of a page and the bytes that came over the wire, by what they are for.

    Args:
        session: a CDP session of the page.
    """

    def __init__(self, session: Any) -> None:
        self.requests: dict[str, str] = {}
        self.bytes: dict[str, float] = {}
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _sent(self, event: Mapping[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            self.requests[event["requestId"]] = event["request"]["url"]

    def _finished(self, event: Mapping[str, Any]) -> None:
        self.bytes[event["requestId"]] = event["encodedDataLength"]

    def of(self, ours: bool) -> tuple[int, float]:
        """The number of requests, and their bytes, for our files or for those of Streamlit."""
        chosen = [id for id, url in self.requests.items() if ("/app/static/" in url) is ours]
        return len(chosen), sum(self.bytes.get(id, 0.0) for id in chosen)


@contextmanager
def empty_app() -> Iterator[Server]:
    """Serves the empty app."""
    with tempfile.TemporaryDirectory() as folder:
        app, port = Path(folder) / "app.py", free_port()
        app.write_text(EMPTY)
        own = ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
        command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port), *own]
        server = serve(command, port, Path(folder) / "log")
        try:
            yield server
        finally:
            server.stop()


def opened(browser: Any, url: str, slowed: int) -> tuple[Any, tuple[Any, Any], Transfer]:
    """Opens a page with an empty cache: the browser's context, the page with its CDP session, and what it transfers."""
    context = browser.new_context(viewport=WINDOW, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    transfer = Transfer(session)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    page.goto(url)
    return context, (page, session), transfer


def visit_empty(browser: Any, url: str, slowed: int) -> dict[str, float]:
    """Visits the empty app for the first time: the ms until its word is there, and its requests."""
    context, (page, _), transfer = opened(browser, url, slowed)
    page.wait_for_function("() => window.seen.words", timeout=PATIENCE)
    seen: float = page.evaluate("() => seen.words")
    context.close()
    return {"empty": seen, "empty requests": transfer.of(False)[0]}


def visit(browser: Any, url: str, slowed: int) -> tuple[Any, Any, Transfer, dict[str, float]]:
    """Visits a page for the first time and waits until it is at rest.

    Returns:
        The browser's context, its page, what was transferred, and the ms after which each thing appeared.
    """
    context, (page, session), transfer = opened(browser, url, slowed)
    page.wait_for_function("() => window.seen.plotly", timeout=PATIENCE)
    page.wait_for_timeout(1500)
    seen = page.evaluate("() => ({ ...seen, shift: shifted })")
    return context, (page, session), transfer, seen


def busy_share(page: Any, session: Any) -> dict[str, float]:
    """Starts a race and watches the main thread while it trains.

    Returns:
        The time that the thread computed as a share of the time that passed, its longest task in ms, and updates of the
        losses a second. What computes beside the browser lengthens tasks, but not the share.
    """

    def now() -> dict[str, float]:
        return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}

    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(START)
    page.locator(".race-status b", has_text="Training").wait_for(timeout=PATIENCE)
    page.wait_for_function("() => updates.some(([, step]) => step > 0)", timeout=PATIENCE)
    page.wait_for_timeout(500)
    page.evaluate("() => { tasks.length = 0; updates.length = 0; window.began = performance.now() }")
    before = now()["TaskDuration"]
    page.wait_for_timeout(WATCHED)
    computed = now()["TaskDuration"] - before
    lasted, tasks, updates, state = page.evaluate(
        "() => [performance.now() - began, tasks, updates, document.querySelector('.race-status b').textContent]"
    )
    if not state.startswith("Training"):
        raise RuntimeError(f"the race was over while it was watched: {state}")
    longest = max((duration for _, duration in tasks), default=0.0)
    return {"busy": 1000 * computed / lasted, "longest": longest, "updates": 1000 * len(updates) / lasted}


def measure(browser: Any, server: Server, empty: Server, visits: int = VISITS) -> dict[int, dict[str, float]]:
    """The figures for each speed of the processor.

    Args:
        browser: the browser.
        server: the dashboard.
        empty: the empty app.
        visits: how often each is visited.
    """
    figures: dict[int, dict[str, list[float]]] = {slowed: {} for slowed in SLOWED}
    visit(browser, server.url, 1)[0].close()  # warms the server
    visit_empty(browser, empty.url, 1)
    for number in range(visits):
        for slowed in SLOWED:
            context, _, transfer, seen = visit(browser, server.url, slowed)
            context.close()
            (ours, our_bytes), (others, other_bytes) = transfer.of(True), transfer.of(False)
            seen |= visit_empty(browser, empty.url, slowed)
            seen |= {"our requests": ours, "our kB": our_bytes / 1000}
            seen |= {"Streamlit's requests": others, "Streamlit's kB": other_bytes / 1000}
            if number < RACES:
                link = RACE.format(1 + 10 * number + slowed)
                context, (page, session), _, _ = visit(browser, f"{server.url}/{link}", slowed)
                seen |= busy_share(page, session)
                context.close()
            for name, value in seen.items():
                figures[slowed].setdefault(name, []).append(value)
    return {
        slowed: {name: statistics.median(values) for name, values in each.items()} for slowed, each in figures.items()
    }


def shifts(browser: Any, server: Server) -> dict[str, list[float]]:
    """The layout shift of a first visit to each page, in a window of a laptop and of a telephone."""
    found: dict[str, list[float]] = {}
    for path in PAGES:
        for window in (WINDOW, TELEPHONE):
            context = browser.new_context(viewport=window)
            page = context.new_page()
            page.add_init_script(WATCH)
            page.goto(f"{server.url}/{path}")
            page.wait_for_selector("#root h1", timeout=PATIENCE)
            page.wait_for_timeout(REST)
            found.setdefault(path or "front page", []).append(page.evaluate("() => shifted"))
            context.close()
    return found


ROWS = {
    "picture": ("ms to the first picture", "{:,.0f}"),
    "charts": ("ms to charts that move", "{:,.0f}"),
    "plotly": ("ms to hovering and zoom", "{:,.0f}"),
    "empty": ("ms to the word of an empty app of Streamlit", "{:,.0f}"),
    "empty requests": ("requests of the empty app", "{:.0f}"),
    "our requests": ("requests for our files", "{:.0f}"),
    "Streamlit's requests": ("requests for Streamlit's", "{:.0f}"),
    "our kB": ("kB of our files", "{:,.0f}"),
    "Streamlit's kB": ("kB of Streamlit's", "{:,.0f}"),
    "shift": ("layout shift", "{:.3f}"),
    "busy": ("race: main thread busy", "{:.0%}"),
    "longest": ("race: longest task (ms)", "{:.0f}"),
    "updates": ("race: updates a second", "{:.1f}"),
}


def main() -> None:
    """Prints what a visit and a race cost, at each speed of the processor."""
    if why := missing():
        print(f"page: left out; {why}")
        return
    with dashboard() as (browser, server), empty_app() as empty:
        figures = measure(browser, server, empty)
        shifted = shifts(browser, server)
    print(f"page: medians of {VISITS} visits and {RACES} races; processor slowed" + "".join(f"{s:>10}" for s in SLOWED))
    for name, (words, form) in ROWS.items():
        print(f"{words:<54}" + "".join(f"{form.format(figures[slowed][name]):>10}" for slowed in SLOWED))
    print(f"layout shift of a first visit, in a window {WINDOW['width']} and {TELEPHONE['width']} px wide")
    for path, values in shifted.items():
        print(f"{path:<54}" + "".join(f"{value:>10.3f}" for value in values))
