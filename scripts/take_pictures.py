"""Takes the README's pictures of the live race, one for each theme, from a dashboard that is being served.

    make run
    .venv/bin/python scripts/take_pictures.py [--url http://localhost:8501] [--folder docs] [--browser PROGRAM]

It presses Start with the settings of a first visit, waits until the race is over, and photographs the top of the page.
Leave the machine to it: where others compute, the race takes longer and is sampled less often. What it needs beside the
dashboard is in requirements-test.txt, and an installed Chromium or Chrome.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
from pathlib import Path

from PIL import Image  # comes with Streamlit
from playwright.sync_api import Browser, sync_playwright

from ipcore.config import RunConfig

WIDTH, HEIGHT = 1440, 1300
PATIENCE = 300_000
"""Milliseconds that a race may take."""
PROGRAMS = ("chromium", "chromium-browser")
"""Names of an installed Chromium; without one, Chrome is used, which Playwright finds by itself."""
ALONE = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run")
"""The browser asks nobody but the dashboard."""


def photograph(browser: Browser, url: str, theme: str) -> Image.Image:
    """The page down to the second row of charts, after a race with the settings of a first visit.

    Args:
        browser: a Chromium.
        url: of the dashboard.
        theme: ``"light"`` or ``"dark"``.
    """
    with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme) as context:
        page = context.new_page()
        page.goto(url)
        page.locator(".st-key-start button").first.click()  # Streamlit has a second one, for touch screens
        page.locator(".race-status b", has_text="Finished").wait_for(timeout=PATIENCE)
        page.locator(f"[data-drawn='{RunConfig().steps}']").wait_for()
        page.get_by_role("heading", name="Live race").click()  # takes the focus off the button
        card = page.locator(".live-gradient_map").bounding_box()
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": card["y"] + card["height"] + 16}
        return Image.open(io.BytesIO(page.screenshot(animations="disabled", clip=clip)))


def main() -> None:
    """Writes ``live-race.webp`` and ``live-race-dark.webp``."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--url", default="http://localhost:8501", help="of the dashboard")
    options.add_argument("--folder", type=Path, default=Path(__file__).parent.parent / "docs", help="for the pictures")
    options.add_argument("--browser", default=os.environ.get("IPCORE_BROWSER"), help="Chromium or Chrome")
    given = options.parse_args()
    program = given.browser or next(filter(None, map(shutil.which, PROGRAMS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, channel=None if program else "chrome", args=ALONE)
        for theme, name in (("light", "live-race"), ("dark", "live-race-dark")):
            picture = photograph(browser, given.url, theme)
            picture.convert("RGB").save(given.folder / f"{name}.webp", quality=88, method=6)
        browser.close()


if __name__ == "__main__":
    main()
