"""What keeps somebody from using a page: findings of axe-core, small text, a hidden focus, what moves by itself.

Each page is looked at in Chromium, light and dark, in a window of a laptop and of a telephone. It needs axe-core, which
``npm ci`` installs. ``python -m benchmarks.accessibility guide runs`` looks at some pages only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.browser import dashboard, missing
from tests.helpers import accessibility

PAGES = {
    "front page": ("", "start"),
    "nothing recorded": ("?depth=7", "start"),
    "lessons": ("lessons", "reveal"),
    "claims": ("claims", "start_all"),
    "neuron": ("neuron", "toggle"),
    "depth": ("depth", "measure"),
    "robustness": ("robustness", "start"),
    "runs": ("runs", "runs_table"),
    "a saved race": ("runs?run=default-race", "replay"),
    "a saved sweep": ("runs?run=default-sweep", "replay"),
    "compared races": ("runs?compare=claim-c1,claim-c1-xavier", "compare_mode"),
    "guide": ("guide", ""),
    "a lesson, answered": ("lessons?lesson=own-gain", ""),
    "copy link, open": ("", "start"),
    "presenter mode": ("?present=loss,accuracy", ""),
}
"""Name of a page, or of a state of one -> its address, and the part of it that is its main control."""
PRESSED: dict[str, tuple[str, ...]] = {
    "a lesson, answered": (
        "#root .stRadio [role=radiogroup] label",
        "#root .st-key-reveal button:enabled",
        "#root .lesson-verdict",
    ),
    "copy link, open": (".links-open", ".links-code:not(.waits) svg"),
    "presenter mode": (".present .live-plot .main-svg",),
}
"""Name of a state -> what is pressed to get there, one after the other, and last what is there then."""
LAPTOP, TELEPHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
REST = 2_000
"""Milliseconds after which a whole page is taken to be at rest."""


def opened(browser: Any, url: str, window: dict[str, int], scheme: str) -> Any:
    """A page that is whole and at rest."""
    touch = window is TELEPHONE
    context = browser.new_context(
        viewport=window, color_scheme=scheme, has_touch=touch, is_mobile=touch, reduced_motion="reduce", bypass_csp=True
    )
    page = context.new_page()
    page.add_init_script(accessibility.WATCH_SHIFTS)
    page.goto(url)
    accessibility.until_whole(page)
    page.wait_for_timeout(REST)
    return page


def bring(page: Any, pressed: Sequence[str]) -> None:
    """Brings an open page into one of its states; for the argument see :data:`PRESSED`."""
    if pressed:
        *controls, last = pressed
        for control in controls:
            page.locator(control).first.click()
        page.locator(last).first.wait_for()
        page.wait_for_timeout(REST)


def look(browser: Any, url: str, main: str, pressed: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Looks at a page in all ways.

    Args:
        browser: a browser of Playwright.
        url: the page.
        main: the part of the page that is its main control.
        pressed: what brings the page into the state that is looked at.

    Returns:
        The cells of a row of the table, and what was found, in sentences.
    """
    found: dict[str, None] = {}
    shifts, texts, walked = [], [], ""
    for window in (LAPTOP, TELEPHONE):
        for scheme in ("light", "dark"):
            page = opened(browser, url, window, scheme)
            bring(page, pressed)
            found |= dict.fromkeys(map(str, accessibility.findings(page)))
            if scheme == "light":
                shifts.append(page.evaluate("() => shifted"))
                texts.append(accessibility.smallest_text(page))
            if scheme == "light" and window is LAPTOP:
                stops = accessibility.walk(page)
                place = next((at for at, stop in enumerate(stops, 1) if main and stop.key.startswith(main)), None)
                hidden = [stop for stop in stops if not stop.seen]
                walked = f"{place or '–'} of {len(stops)}, {len(hidden)} unseen"
                found |= dict.fromkeys(f"unseen focus: {stop.what} {stop.key} {stop.text}" for stop in hidden)
            page.context.close()
    for size, where in texts:
        if size < 12:
            found[f"small text: {size:.1f} px at {where}"] = None
    grave = sum(each.startswith(accessibility.GRAVE) for each in found)
    other = sum(each.startswith(("moderate", "minor")) for each in found)
    cells = [f"{grave} / {other}", *(f"{shift:.3f}" for shift in shifts), *(f"{size:.1f}" for size, _ in texts), walked]
    return cells, list(found)


def main(wanted: Sequence[str] = ()) -> None:
    """Prints a row for each page, then what was found."""
    why = missing() or ("" if accessibility.AXE.is_file() else "it needs axe-core, which `npm ci` installs")
    if why:
        print(f"accessibility: left out; {why}")
        return
    pages = {name: page for name, page in PAGES.items() if not wanted or name in wanted}
    heads = ("axe grave / other", "shift 1440", "shift 390", "px 1440", "px 390", "tabs to the main control")
    print(f"{'accessibility':<28}" + "".join(f"{head:>19}" for head in heads))
    details: dict[str, list[str]] = {}
    with dashboard() as (browser, server):
        opened(browser, server.url, LAPTOP, "light").context.close()  # warms the server
        for name, (path, control) in pages.items():
            cells, details[name] = look(browser, f"{server.url}/{path}", control, PRESSED.get(name, ()))
            print(f"{name:<28}" + "".join(f"{cell:>19}" for cell in cells), flush=True)
    for name, found in details.items():
        for each in found:
            print(f"{name}: {each}")


if __name__ == "__main__":
    main(sys.argv[1:])
