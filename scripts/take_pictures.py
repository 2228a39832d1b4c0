"""Takes the README's pictures, one for each theme. They show the exported page of the default race.

    .venv/bin/python scripts/take_pictures.py [--recording FILE] [--folder docs] [--browser PROGRAM]

Nothing is trained or served, so the pictures are the same each time. Besides the dashboard this needs the packages of
requirements-test.txt, and an installed Chromium or Chrome.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image  # comes with Streamlit
from playwright.sync_api import Browser, sync_playwright

from app.race.export import run_page
from ipcore.recordings.files import events_from_file
from ipcore.recordings.race import from_events

ROOT = Path(__file__).parent.parent
RECORDING = ROOT / "app" / "recordings" / "default-race.jsonl.gz"
NAME = "The default race"
WIDTH, HEIGHT = 1440, 1300
PROGRAMS = ("chromium", "chromium-browser")
"""Names of an installed Chromium; without one, Chrome is used, which Playwright finds by itself."""
ALONE = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run")
"""Options with which the browser makes no requests of its own."""


def photograph(browser: Browser, page: Path, theme: str) -> Image.Image:
    """An exported page down to the second row of its charts.

    Args:
        browser: a Chromium.
        page: the file.
        theme: ``"light"`` or ``"dark"``.
    """
    with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=theme) as context:
        tab = context.new_page()
        tab.goto(page.as_uri())
        tab.locator(".live[data-drawn]").wait_for()
        card = tab.locator(".live-gradient_map").bounding_box()
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": card["y"] + card["height"] + 16}
        return Image.open(io.BytesIO(tab.screenshot(animations="disabled", clip=clip)))


def main() -> None:
    """Writes ``live-race.webp`` and ``live-race-dark.webp``."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--recording", type=Path, default=RECORDING, help="of the race in the pictures")
    options.add_argument("--folder", type=Path, default=ROOT / "docs", help="for the pictures")
    options.add_argument("--browser", default=os.environ.get("IPCORE_BROWSER"), help="Chromium or Chrome")
    given = options.parse_args()
    program = given.browser or next(filter(None, map(shutil.which, PROGRAMS)), None)
    events = list(events_from_file(given.recording))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder) / "race.html"
        page.write_text(run_page(from_events(events), events, name=NAME), "utf-8")
        browser = playwright.chromium.launch(executable_path=program, channel=None if program else "chrome", args=ALONE)
        for theme, name in (("light", "live-race"), ("dark", "live-race-dark")):
            picture = photograph(browser, page, theme)
            picture.convert("RGB").save(given.folder / f"{name}.webp", quality=88, method=6)
        browser.close()


if __name__ == "__main__":
    main()
