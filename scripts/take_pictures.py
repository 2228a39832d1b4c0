"""Takes the pictures of the README and of the documentation: pages as a visitor sees them who has just come.

    .venv/bin/python scripts/take_pictures.py [--folder docs] [--browser PROGRAM] [NAME ...]

A server of its own shows the recordings that come with the project; nothing is trained, so the pictures are the same
each time. Besides the dashboard this needs the packages of requirements-test.txt, and an installed Chromium or Chrome.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image  # comes with Streamlit
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.browser import served  # noqa: E402
from tests.helpers.serving import BROWSER_VARIABLE, installed_browser  # noqa: E402

ALONE = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run")
"""Options with which the browser makes no requests of its own."""
PATIENCE = 120_000
"""Milliseconds: a bound on failure, not a time that anything takes."""
REST = 1_500
"""Milliseconds in which a page that is drawn comes to rest."""
LARGEST = 150_000
"""Bytes of a picture."""
QUALITIES = (90, 84, 78, 70, 60, 50)
"""Of WebP; the first with which a picture is small enough is taken."""


def drawn(page: Page) -> None:
    """Waits for the charts."""
    page.locator("#root .live[data-drawn]").first.wait_for()


def answered(page: Page) -> None:
    """Gives the right answer to a lesson's question, and waits for what happens."""
    page.locator(".stRadio [role=radiogroup] label:visible").nth(2).click()
    page.locator(".st-key-reveal button:enabled:visible").click()
    drawn(page)


def presented(page: Page) -> None:
    """Waits for the stage of the presenter mode, and moves the pointer away from its bar."""
    page.locator(".present").wait_for()
    page.mouse.move(5, 5)
    page.wait_for_timeout(4 * REST)


@dataclass(frozen=True)
class Picture:
    """A picture to take.

    Args:
        link: the address of the page, behind the server's.
        size: width and height of the window.
        ready: does what is to be seen, and waits for it.
        scheme: ``"light"`` or ``"dark"``.
    """

    link: str
    size: tuple[int, int]
    ready: Callable[[Page], None]
    scheme: str = "light"


PICTURES = {
    "first-page": Picture("", (1440, 1000), drawn),
    "first-page-dark": Picture("", (1440, 1000), drawn, "dark"),
    "lesson": Picture("lessons?lesson=own-gain", (1440, 1000), answered),
    "presenter": Picture("?present=loss,accuracy", (1280, 720), presented, "dark"),
}


def photograph(browser: Browser, url: str, wanted: Picture) -> Image.Image:
    """A page of a server as a picture says.

    Args:
        browser: a Chromium.
        url: the address of the server.
        wanted: what is to be seen.
    """
    width, height = wanted.size
    options: dict[str, Any] = {"viewport": {"width": width, "height": height}, "color_scheme": wanted.scheme}
    with browser.new_context(**options, reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{url}/{wanted.link}")
        wanted.ready(page)
        page.wait_for_timeout(REST)
        return Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")


def packed(picture: Image.Image) -> bytes:
    """A picture as WebP, as good as fits into the bytes that a picture may have."""
    for quality in QUALITIES:
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        if file.tell() <= LARGEST:
            break
    return file.getvalue()


def main() -> None:
    """Writes the pictures that are named, or all."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PICTURES)}; default: all")
    options.add_argument("--folder", type=Path, default=ROOT / "docs", help="for the pictures")
    options.add_argument("--browser", default=os.environ.get(BROWSER_VARIABLE), help="Chromium or Chrome")
    given = options.parse_args()
    program = given.browser or installed_browser()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = served(Path(folder))
        try:
            browser = playwright.chromium.launch(
                executable_path=program, channel=None if program else "chrome", args=list(ALONE)
            )
            for name in given.names or PICTURES:
                content = packed(photograph(browser, server.url, PICTURES[name]))
                (given.folder / f"{name}.webp").write_bytes(content)
                print(f"{name}.webp: {len(content):,} bytes", flush=True)
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
