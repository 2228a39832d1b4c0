"""Whether texts of the charts lie over one another, at twelve widths of a window and eight moments of a race."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.browser import PATIENCE, served
from tests.helpers.serving import ROOT, installed_browser

sys.path.insert(0, str(ROOT / "tests" / "helpers"))


def main() -> None:
    """Prints every pair of texts of which one lies over the other, and how many pictures were looked at."""
    import overlaps

    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("overlaps: left out; it needs the packages of requirements-test.txt")
        return
    program = installed_browser()
    if program is None:
        print("overlaps: left out; no Chromium or Chrome was found")
        return
    looked = wrong = 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = served(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu", "--no-first-run"])
            page = browser.new_page(viewport={"width": 1440, "height": 2400})
            page.goto(server.url)
            page.wait_for_selector("#root .live[data-drawn]", timeout=PATIENCE)
            for width in overlaps.WIDTHS:
                page.set_viewport_size({"width": width, "height": 2400})
                for number, one in enumerate(overlaps.moments()):
                    overlaps.show(page, one)
                    found = page.evaluate(overlaps.OVERLAPS)
                    looked, wrong = looked + 1, wrong + len(found)
                    for each in found:
                        print(f"  {width} px, moment {number}: {' / '.join(each)}")
            browser.close()
        finally:
            server.stop()
    print(f"overlaps: {wrong} in {looked} pictures of all charts")
