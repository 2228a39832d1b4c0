"""The presenter mode on every page, in Chromium: the smallest letters on the stage, and whether everything fits it.

    python -m benchmarks.present [--projector] [PAGE ...]

Each chart of a page is presented alone, light and dark, in four windows (``--projector``: in one). In a window of
1920 x 1080 nothing may be under 24 px; the command ends with status 1 if something is, or if a stage is larger than its
window.
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.browser import PATIENCE, dashboard
from benchmarks.windows import PROJECTOR, WINDOWS, View, views
from tests.helpers.presented import FITS, SMALLEST

PAGES = {
    "front page": "",
    "front page, two dimensions": "?dataset=spirals&methods=plain,ip&depth=3&width=8",
    "one neuron": "neuron",
    "depth": "depth",
    "robustness": "robustness",
    "claims": "claims",
    "a lesson": "lessons",
    "a saved race": "runs?run=default-race",
    "a saved sweep": "runs?run=default-sweep",
    "compared races": "runs?compare=claim-c1,claim-c1-xavier",
}
"""Name of a page -> its address."""
LEAST = 24
"""px: the smallest letters that may be on the stage in a window of a projector."""
DRAWN = 700
"""ms in which a chart is drawn that has just been chosen."""


def presented(browser: Any, view: View) -> tuple[float, str, list[str]]:
    """Presents each chart of a page alone.

    Returns:
        The size of the smallest letters in px, whose they are, and the charts that do not fit the window.
    """
    context = view.visitor(browser)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(view.url)
    page.wait_for_selector(".present-open:visible")
    page.wait_for_selector("#opening", state="detached")
    page.locator(".present-open").click()
    page.wait_for_selector(".present")
    least, where, wide = float("inf"), "", []
    for number in range(max(1, page.locator(".present-number").count())):
        if page.locator(".present-number").count():
            # The bar may have hidden itself meanwhile.
            page.locator(".present-number").nth(number).evaluate("button => button.click()")
        page.wait_for_timeout(DRAWN)
        size, what = page.evaluate(SMALLEST, ".present")
        if size < least:
            least, where = size, f"{what} (chart {number + 1})"
        if not page.evaluate(FITS):
            wide.append(f"chart {number + 1}")
    context.close()
    return least, where, wide


def main(arguments: list[str]) -> int:
    """Prints a row for each page and window; returns the status with which the command ends."""
    named = [each for each in arguments if each != "--projector"]
    windows = WINDOWS if named == arguments else (PROJECTOR,)
    bad = 0
    with dashboard() as (browser, server):
        for view in views(server.url, PAGES, named, windows):
            least, where, wide = presented(browser, view)
            bad += bool(wide) or (view.window == PROJECTOR and least < LEAST)
            about = f"does not fit: {', '.join(wide)}" if wide else ""
            print(f"{view.page:<28}{view.columns}{least:6.1f} px  {where:<50}{about}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
