"""How long a visitor waits, in Chromium and with a warm server: for the first content, the charts and new points."""

from __future__ import annotations

import importlib.util
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.store.schema import DATABASE_VARIABLE, FOLDER_VARIABLE
from ipcore.config import RunConfig
from tests.helpers.serving import Server, free_port, installed_browser, serve

VISITS = 5
PATIENCE = 120_000
"""Milliseconds after which a measurement is given up."""
LEAST = 2_000
"""A message with more bytes than this holds a frame of the charts; all other messages are shorter."""

SEEN = """
window.seen = {}
window.updates = []
const signs = {
  title: () => document.querySelector("h1")?.textContent,
  status: () => document.querySelector(".race-status b"),
  charts: () => document.querySelector(".live[data-drawn]"),
}
let last
new MutationObserver(() => {
  for (const name in signs) if (!(name in seen) && signs[name]()) seen[name] = performance.now()
  const step = document.querySelector(".live-loss")?.dataset.step
  if (step !== last) updates.push([performance.now(), Number((last = step))])
}).observe(document, { subtree: true, childList: true, attributes: true })
"""
"""JavaScript that notes, in ms after navigation, when each thing first appears, and each new step of the loss chart."""

START = """() => {
  updates.length = 0
  window.clicked = performance.now()
  ;[...document.querySelectorAll(".st-key-start button")].find((button) => button.offsetParent).click()
}"""


def visit(context: Any, url: str, sizes: list[int]) -> tuple[Any, dict[str, float]]:
    """Opens a tab and waits until all charts are drawn.

    Args:
        context: the browser's context.
        url: the address of the page.
        sizes: the number of bytes of every message from the server is appended to it.

    Returns:
        The tab, and the ms after which each thing appeared.
    """
    page = context.new_page()
    page.add_init_script(SEEN)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: sizes.append(len(data))))
    page.goto(url)
    page.wait_for_function("() => window.seen.charts", timeout=PATIENCE)
    return page, page.evaluate("() => seen")


def race(page: Any, sizes: list[int]) -> tuple[float, float, list[int]]:
    """Trains a race with the settings of a first visit.

    Returns:
        ms from the click on Start to the first new point, updates of the loss chart a second, bytes of each frame.
    """
    sizes.clear()
    page.evaluate(START)
    page.locator(".race-status b", has_text="Finished").wait_for(timeout=PATIENCE)
    clicked, updates = page.evaluate("() => [clicked, updates]")
    points = [(at, step) for at, step in updates if 0 < step < RunConfig().steps]
    seconds = (points[-1][0] - points[0][0]) / 1000
    return points[0][0] - clicked, (len(points) - 1) / seconds, [size for size in sizes if size > LEAST]


def served(folder: Path, **variables: str) -> Server:
    """Starts the dashboard with a store of its own, so that races of the benchmark are not among anybody's saved runs.

    Args:
        folder: the folder for the store and for the server's log.
        variables: environment variables of the server.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address", "127.0.0.1"]
    own = {FOLDER_VARIABLE: str(folder / "store"), DATABASE_VARIABLE: ""}
    return serve([*command, "--server.port", str(port)], port, folder / "log", **own | variables)


def missing() -> str:
    """Why nothing can be looked at in a browser, in words that follow a semicolon; empty if it can."""
    if importlib.util.find_spec("playwright") is None:
        return "it needs the packages of requirements-test.txt"
    return "" if installed_browser() else "no Chromium or Chrome was found"


@contextmanager
def dashboard() -> Iterator[tuple[Any, Server]]:
    """A browser, and the dashboard with a store of its own; both are gone afterwards."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = served(Path(folder))
        try:
            browser = playwright.chromium.launch(
                executable_path=installed_browser(), args=["--disable-gpu", "--no-first-run"]
            )
            yield browser, server
            browser.close()
        finally:
            server.stop()


def measure(browser: Any, server: Server) -> None:
    """Prints how long several visits and one race took."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True) as context:
        sizes: list[int] = []
        page, _ = visit(context, server.url, sizes)  # warms the server and the browser's cache
        visits = []
        for _ in range(VISITS):
            page.close()
            page, seen = visit(context, server.url, sizes)
            visits.append(seen)
        for name, words in (("title", "the title"), ("status", "the status"), ("charts", "the charts")):
            times = sorted(seen[name] for seen in visits)
            print(f"ms to {words:<12}{statistics.median(times):8.0f}   ({times[0]:.0f} to {times[-1]:.0f})")
        first, rate, frames = race(page, sizes)
    print(f"ms from Start to the first new point {first:.0f}")
    print(f"updates of the losses a second       {rate:.1f}")
    print(f"bytes of a message with a frame      {statistics.median(frames):,.0f}, at most {max(frames):,}")


def main() -> None:
    """Prints the medians over several visits, and the times of one race."""
    if why := missing():
        print(f"browser: left out; {why}")
        return
    print(f"browser: median of {VISITS} visits, and one race")
    with dashboard() as (browser, server):
        measure(browser, server)
