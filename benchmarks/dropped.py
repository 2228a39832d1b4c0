"""A connection that drops while a race is trained: after 5 and 50 seconds the race goes on, later it was stopped.

    python -m benchmarks.dropped [--seconds 5 50 90]

Between the browser and the server stands a line that can be cut, as a network is. After each time without it the page
must show the same race, and nothing may have been started: a race that its visitor left for less than
:data:`app.background.absences.GRACE` goes on training, and one that was left for longer is stopped and kept.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from app.background.absences import GRACE
from benchmarks.browser import served
from benchmarks.hostile import runs_in
from tests.helpers.browser_tab import LINK, Tab
from tests.helpers.serving import Server, installed_browser
from tests.helpers.shaky_line import ShakyLine

SAVED = 2.0
"""Seconds within which a run that was started is in the store."""


def dropped(browser: Any, server: Server, store: Path, seconds: float) -> str:
    """Trains a race over a line that is cut for so many seconds; returns what happened, in a sentence."""
    line = ShakyLine(int(server.url.rpartition(":")[2]))
    tab = Tab(browser, f"http://127.0.0.1:{line.port}/{LINK}")
    try:
        tab.click("start")
        tab.until("Training")
        tab.until_step(20)
        time.sleep(SAVED)
        before, seen = runs_in(store), tab.step()
        line.cut()
        time.sleep(seconds)
        line.mend()
        began = time.monotonic()
        if seconds < GRACE:
            tab.until_step(seen + 1000)
            went = "goes on" if tab.trains() else "does not go on"
        else:
            tab.until("Stopped")
            went = "was stopped and is shown"
        waited = time.monotonic() - began
        time.sleep(SAVED)
        started = runs_in(store) - before
        return f"{seconds:3.0f} s away: the race {went}, {waited:.1f} s after the line was mended; {started} started"
    finally:
        tab.context.close()
        line.close()


def main() -> None:
    """Cuts the line for each time, and prints what happened."""
    from playwright.sync_api import sync_playwright

    options = argparse.ArgumentParser(prog="python -m benchmarks.dropped")
    options.add_argument("--seconds", type=float, nargs="+", default=[5, 50, GRACE + 15])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = served(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed_browser())
        try:
            for seconds in chosen.seconds:
                print(dropped(browser, server, Path(folder) / "store", seconds), flush=True)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
