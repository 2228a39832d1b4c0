"""Buttons of the live race pressed at random pace on a busy machine: is what was asked for last on screen?

    python -m benchmarks.presses [--rounds 50] [--seed 0] [--busy 2]

A round presses one of Reset, New seed and Step while a small race is trained or stands still, or Step 10 several times
quickly. Then the page must show the race that was asked for last, at the step that follows from the presses: after
Reset and New seed step 0, after n quick presses of Step 10 n times 10 steps more. Busy loops beside the server make it
slow, which is when presses used to be lost.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import re
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.browser import served
from tests.helpers.browser_tab import LINK, Tab
from tests.helpers.serving import installed_browser

PATIENCE = 30.0
"""Seconds within which the page must show what was asked for."""


def burn() -> None:
    """A busy loop."""
    while True:
        sum(range(10_000))


def step_of(tab: Tab) -> int:
    """The step that the status line names."""
    said = re.search(r"step ([\d,]+) of", tab.page.locator(".race-status").inner_text())
    return int(said[1].replace(",", "")) if said else -1


def until_step(tab: Tab, step: int) -> bool:
    """Waits until a paused race is on screen at a step; returns whether it came."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        headline = tab.page.locator(".race-status b").inner_text()
        if headline.startswith("Paused") and step_of(tab) == step:
            return True
        time.sleep(0.1)
    return False


def reset(tab: Tab, trains: bool) -> None:
    """Presses Reset, unless the race waits at step 0, where that would change nothing.

    Args:
        tab: the tab.
        trains: whether the race was told to go on, so that the button can be pressed as soon as the page knows it.
    """
    button = tab.page.locator(".st-key-reset button:visible")
    if trains:
        button.click()
        return
    deadline = time.monotonic() + PATIENCE
    while button.is_disabled() and not until_step(tab, 0) and time.monotonic() < deadline:
        time.sleep(0.1)
    if button.is_enabled():
        button.click()


def play_round(tab: Tab, chance: random.Random) -> str:
    """Presses something, and returns what went wrong, in a sentence; empty if nothing did."""
    what = chance.choice(("reset", "new_seed", "step1", "step10"))
    trains = chance.random() < 0.5
    if trains:
        tab.page.locator(".st-key-start button:enabled:visible, .st-key-toggle button:enabled:visible").first.click()
        time.sleep(chance.random())
    reset(tab, trains)
    if what == "new_seed":
        time.sleep(0.2 * chance.random())
        tab.click(what)
    if not until_step(tab, 0):
        return f"after {what if what == 'new_seed' else 'reset'} the page shows step {step_of(tab)}"
    if what in ("reset", "new_seed"):
        return ""
    times, size = chance.randint(1, 12), int(what.removeprefix("step"))
    for _ in range(times):
        tab.click(what)
        time.sleep(0.2 * chance.random())
    return "" if until_step(tab, times * size) else f"after {times} of {what} the page shows step {step_of(tab)}"


def measure(rounds: int, seed: int, busy: int) -> list[str]:
    """Plays rounds, and returns what went wrong."""
    from playwright.sync_api import sync_playwright

    chance, wrong = random.Random(seed), list[str]()
    burning: list[Any] = [multiprocessing.Process(target=burn, daemon=True) for _ in range(busy)]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = served(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed_browser())
        try:
            for each in burning:
                each.start()
            tab = Tab(browser, server.url + LINK)
            tab.click("step10")
            until_step(tab, 10)
            wrong = list(filter(None, (play_round(tab, chance) for _ in range(rounds))))
        finally:
            for each in burning:
                each.kill()
            browser.close()
            server.stop()
    return wrong


def main() -> None:
    """Plays, and prints what went wrong."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.presses")
    options.add_argument("--rounds", type=int, default=50)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--busy", type=int, default=2, help="busy loops beside the server")
    chosen = options.parse_args()
    wrong = measure(chosen.rounds, chosen.seed, chosen.busy)
    print(f"{chosen.rounds} rounds beside {chosen.busy} busy loops: {len(wrong)} went wrong")
    for said in wrong[:10]:
        print(f"  {said}")


if __name__ == "__main__":
    main()
