"""Copy link on every page, in Chromium: by keyboard, in four windows, light and dark, opened again by another visitor.

    python -m benchmarks.links [PAGE ...]

The browser has no clipboard for pages, as on plain http in a classroom's network. The command ends with status 1 if on
some page the link is not the address of the page, its code does not fit the window, the other visitor is shown another
page or title, or a link within the dashboard leaves the tab.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.browser import PATIENCE, dashboard
from benchmarks.windows import View, views

PAGES = {
    "front page": "?depth=7&controls=learning_rate,depth&lock=depth&show=networks,accuracy",
    "lessons": "lessons?lesson=own-gain",
    "claims": "claims?show=C2,C3",
    "one neuron": "neuron?distribution=laplace&lock=all",
    "depth": "depth?depth=30&show=error,scales",
    "robustness": "robustness?controls=methods,seeds",
    "a saved race": "runs?run=default-race",
    "runs": "runs",
    "guide": "guide",
}
"""Name of a page -> an address of it."""
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
OTHER_TABS = (
    "found => found.filter((a) => a.origin === location.origin && !['', '_self'].includes(a.target)).map((a) => a.href)"
)
"""JavaScript: the links within the dashboard that open another tab."""
INSIDE = (
    "(code) => { const { right, bottom } = code.getBoundingClientRect();"
    " return right <= innerWidth && bottom <= innerHeight }"
)


def title(page: Any) -> str:
    """The title of a page, once it is there."""
    page.wait_for_selector(".links-open")
    page.wait_for_selector("#opening", state="detached")
    return page.locator("#root h1:visible").first.inner_text()


def problems(browser: Any, view: View) -> Iterator[str]:
    """What is wrong with the link of a page."""
    visitors = [view.visitor(browser) for _ in range(2)]
    visitors[0].add_init_script(NO_CLIPBOARD)
    page, other = (each.new_page() for each in visitors)
    page.set_default_timeout(PATIENCE)
    other.set_default_timeout(PATIENCE)
    page.goto(view.url)
    name = title(page)
    yield from page.eval_on_selector_all("#root a[href]", OTHER_TABS)
    page.locator(".links-open").focus()
    page.keyboard.press("Enter")
    code = page.wait_for_selector(".links-code:not(.waits) svg")
    link = page.locator(".links-panel textarea").input_value()
    if link.partition("?")[0] != view.url.partition("?")[0]:
        yield f"the link is {link}"
    if not page.locator(".links-said").inner_text():
        yield "nothing is said"
    page.get_by_role("button", name="Fill the screen with the code").click()
    if not code.evaluate(INSIDE):
        yield "the code does not fit the window"
    other.goto(link)
    if (shown := title(other)) != name:
        yield f"the other sees {shown!r}, not {name!r}"
    for each in visitors:
        each.close()


def main(named: list[str]) -> int:
    """Prints a row for each page and window; returns the status with which the command ends."""
    bad = 0
    with dashboard() as (browser, server):
        for view in views(server.url, PAGES, named):
            found = list(problems(browser, view))
            bad += len(found)
            print(f"{view.page:<16}{view.columns}{'; '.join(found) or 'ok'}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
