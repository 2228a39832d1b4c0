"""A connection that drops, or a tab that sleeps, while a race is trained: it goes on, or was stopped after a while.

    python -m benchmarks.dropped [--seconds 5 50 90] [--asleep 50 90]

Between the browser and the server stands a line that can be cut, as a network is; a tab sleeps when its process is
stopped by a signal: nothing in it runs. After each such time the page must show the same race, and nothing may
have been started: a race that its visitor left for less than :data:`app.background.absences.GRACE` goes on training,
and one that was left for longer is stopped and kept. A browser may hold the connection of a tab that sleeps; its race
then goes on, and after an hour (``--asleep 3600``) has come to its end.
"""

from __future__ import annotations

import argparse
import os
import signal
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

MOVED = """least => {
  const said = document.querySelector(".race-status b").textContent
  const drawn = Number(document.querySelector("#root .live").dataset.drawn)
  return !said.startsWith("Training") || drawn >= least
}"""
"""JavaScript: whether a race is no longer trained, or has come so far."""
SAVED = 2.0
"""Seconds within which a run that was started is in the store."""


def renderers(browser: Any) -> list[int]:
    """The ids of the processes in which the tabs of a browser run."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [process["id"] for process in found if process["type"] == "renderer"]


def dropped(browser: Any, server: Server, store: Path, seconds: float, asleep: bool) -> str:
    """Trains a race over a line that is cut, or in a tab that sleeps, for some seconds; says what happened."""
    line = ShakyLine(int(server.url.rpartition(":")[2]))
    tab = Tab(browser, f"http://127.0.0.1:{line.port}/{LINK}")
    try:
        tab.click("start")
        tab.until("Training")
        tab.until_step(20)
        time.sleep(SAVED)
        before, seen = runs_in(store), tab.step()
        asleep_now = renderers(browser) if asleep else []
        for pid in asleep_now:
            os.kill(pid, signal.SIGSTOP)
        if not asleep:
            line.cut()
        time.sleep(seconds)
        for pid in asleep_now:
            os.kill(pid, signal.SIGCONT)
        if not asleep:
            line.mend()
        began = time.monotonic()
        if asleep or seconds < GRACE:
            tab.until_true(MOVED, seen + 1000)
        else:
            tab.until("Stopped")
        went = tab.page.locator(".race-status b").inner_text()
        waited = time.monotonic() - began
        time.sleep(SAVED)
        started = runs_in(store) - before
        back = "the tab woke" if asleep else "the line was mended"
        how = "asleep" if asleep else "away"
        return f"{seconds:4.0f} s {how}: “{went}”, {waited:.1f} s after {back}; {started} started"
    finally:
        tab.context.close()
        line.close()


def main() -> None:
    """Cuts the line for each time, and prints what happened."""
    from playwright.sync_api import sync_playwright

    options = argparse.ArgumentParser(prog="python -m benchmarks.dropped")
    options.add_argument("--seconds", type=float, nargs="+", default=[5, 50, GRACE + 15])
    options.add_argument("--asleep", type=float, nargs="*", default=[50, GRACE + 15])
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = served(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed_browser())
        try:
            for asleep, times in ((False, chosen.seconds), (True, chosen.asleep)):
                for seconds in times:
                    print(dropped(browser, server, Path(folder) / "store", seconds, asleep), flush=True)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
