"""In a browser: no page of ours breaks its content security policy, asks another host, or misses what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser_tab import PATIENCE
from requests_seen import RequestsSeen
from serving import Server

NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
"""What a browser is like on plain http on a local network."""
DRAWN = "#root .stApp[data-test-script-state=notRunning] h1"


class Visitor:
    """A tab that keeps the policy, and notes what the policy stopped, what was asked of other hosts and what failed."""

    def __init__(self, browser: Any, server: Server) -> None:
        self.context, self.url = browser.new_context(viewport={"width": 1440, "height": 1400}), server.url
        self.seen = RequestsSeen(self.context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)

    def open(self, link: str) -> None:
        self.page.goto(self.url + link)
        self.page.locator(DRAWN).first.wait_for()

    def stopped(self) -> list[str]:
        """What the policy stopped on the page, what was asked of other hosts, and what failed."""
        return self.seen.wrong(self.page)


@pytest.fixture(scope="module")
def visitor(browser: Any, server: Server) -> Iterator[Visitor]:
    made = Visitor(browser, server)
    yield made
    made.context.close()


def test_the_test_would_see_a_violation(visitor: Visitor) -> None:
    visitor.open("/guide")
    visitor.page.evaluate(
        """async () => {
            const broken = new Promise((done) => document.addEventListener("securitypolicyviolation", done));
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            await broken;
            await fetch("/app/static/no-such-file.js");
            await fetch("http://localhost/").catch(() => {});
        }"""
    )
    found = " | ".join(visitor.stopped())
    assert "inline" in found and not visitor.page.evaluate("window.ran")
    assert "connect-src http://localhost/" in found and "no-such-file.js answered 404" in found
    assert len(visitor.seen.failed) == 1, found
    visitor.seen.forget()


@pytest.fixture(scope="module")
def opened(visitor: Visitor, request: pytest.FixtureRequest) -> Visitor:
    """A page that the tests below look at in turn."""
    visitor.open(request.param)
    return visitor


LINKING = ("/lessons", "/claims", "/runs", "/guide")
OTHERS = ("/neuron", "/depth", "/robustness", "/?embed=true")


@pytest.mark.parametrize("opened", [*LINKING, *OTHERS], indirect=True)
def test_no_page_breaks_the_policy(opened: Visitor) -> None:
    if opened.page.url.endswith(("/neuron", "/robustness", "/?embed=true")):
        opened.page.locator(".main-svg").first.wait_for()
    assert opened.stopped() == []


@pytest.mark.parametrize("opened", LINKING, indirect=True)
def test_every_page_has_copy_link_and_keeps_its_own_links_in_the_tab(opened: Visitor) -> None:
    """Also where a page may not copy by itself."""
    page = opened.page
    page.evaluate(NO_CLIPBOARD)
    page.wait_for_selector("#opening", state="detached")
    page.locator(".links-open").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".links-code:not(.waits) svg")
    assert page.locator(".links-said").inner_text().startswith(("Copied", "This browser lets"))
    address = page.locator(".links-panel textarea").input_value()
    assert address.startswith(page.url.partition("?")[0]) and ("lesson=" in address) == ("/lessons" in page.url)
    away = page.eval_on_selector_all(
        "#root a[href]",
        "found => found.filter((a) => a.origin === location.origin && !['', '_self'].includes(a.target))"
        ".map((a) => a.href)",
    )
    assert away == []
    page.evaluate("document.execCommand = () => false")
    page.get_by_role("button", name="Copy", exact=True).click()
    assert "press Ctrl+C" in page.locator(".links-said").inner_text()
    assert page.evaluate("getSelection().toString() || document.activeElement.value") == address
    assert opened.stopped() == []


def test_neither_do_a_race_and_the_files_that_its_charts_give(visitor: Visitor) -> None:
    visitor.open("/?dataset=moons&methods=plain,ip&depth=2&width=4&steps=40")
    visitor.page.locator(".st-key-start button:visible").click()
    visitor.page.locator(".race-status b", has_text="Finished").wait_for()
    for kind in ("live-png", "live-csv"):
        visitor.page.locator(".live-save summary").first.click()
        with visitor.page.expect_download() as saved:
            visitor.page.locator(f".{kind}:visible").first.click()
        assert saved.value.suggested_filename
    assert visitor.stopped() == []


def test_a_page_of_another_site_cannot_show_ours_in_a_frame(browser: Any, server: Server) -> None:
    page = browser.new_page()
    page.set_content(f'<iframe src="{server.url}/guide"></iframe>')
    assert page.frames[-1].url.startswith("chrome-error:")
    page.close()
