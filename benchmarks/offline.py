"""Whether every page loads in a browser that reaches nothing but the server, from a server that reaches nobody.

Each page, each lesson with its outcome, and pages in other forms are opened in a laptop's window in light colours and
in a telephone's in dark ones, by a browser for which every name leads nowhere. Printed are the number of requests of a
visit and what went wrong: what was asked of another host, failed, or was stopped by the page's policy.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.browser import PATIENCE, served
from tests.helpers.serving import ROOT, Server, installed_browser

sys.path.insert(0, str(ROOT / "tests" / "helpers"))

SECRET = "a secret for this check"
WINDOWS: dict[str, dict[str, Any]] = {
    "laptop, light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "telephone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True},
}
ALONE = ("--disable-gpu", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
DRAWN = "#root .stApp[data-test-script-state=notRunning] h1"
REST = 1_500
"""Milliseconds in which a page that is drawn may ask for more."""


def links() -> list[str]:
    """The addresses of all pages, and of some in other forms."""
    from app.lessons.lesson import lessons

    pages = [path.stem for path in sorted((ROOT / "pages").glob("*.py")) if path.stem not in ("__init__", "live")]
    forms = [
        "?embed=true",
        "?depth=30&methods=batch-norm,ip",
        "?dataset=moons&methods=plain,ip&depth=2&width=4&steps=40",
    ]
    return ["", *forms, *pages, *(f"lessons?lesson={each.id}" for each in lessons())]


def open_page(page: Any, address: str) -> None:
    """Opens a page, waits until it asks for nothing more, and has a lesson show what happens."""
    page.goto(address)
    page.locator(DRAWN).first.wait_for(timeout=PATIENCE)
    guess = page.locator(".stRadio [role=radiogroup] label:visible")
    if "lesson=" in address and guess.count():
        guess.first.click()
        page.locator(".st-key-reveal button:enabled:visible").click()
        page.locator(".live[data-drawn]").wait_for(timeout=PATIENCE)
    page.wait_for_timeout(REST)


def look(browser: Any, server: Server) -> int:
    """Prints a line for each page and window; returns how many things went wrong."""
    from requests_seen import RequestsSeen

    count = 0
    for link in links():
        for name, window in WINDOWS.items():
            with browser.new_context(**window) as context:
                seen = RequestsSeen(context)
                page = context.new_page()
                open_page(page, f"{server.url}/{link}")
                wrong = seen.wrong(page)
            count += len(wrong)
            print(
                f"  /{link:<70} {name:<16} {seen.count:>4} requests, {len(wrong)} wrong",
                *wrong,
                sep="\n    ",
                flush=True,
            )
    return count


def main() -> None:
    """Prints what went wrong, and ends with status 1 if anything did."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("offline: left out; it needs the packages of requirements-test.txt")
        return
    program = installed_browser()
    if program is None:
        print("offline: left out; no Chromium or Chrome was found")
        return
    nobody = "http://127.0.0.1:9"  # nothing listens on the port of "discard"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nobody)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = served(Path(folder), IPCORE_DATA_DIR=f"{folder}/data", IPCORE_STATUS_TOKEN=SECRET, **proxies)
        try:
            browser = playwright.chromium.launch(executable_path=program, args=list(ALONE))
            wrong = look(browser, server)
            browser.close()
        finally:
            server.stop()
    print(f"offline: {wrong} went wrong, in {len(links())} pages and {len(WINDOWS)} windows")
    if wrong:
        sys.exit(1)
