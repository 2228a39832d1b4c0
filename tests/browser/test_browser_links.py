"""Copy link in a real browser: who opens it sees the same. That each page has it: see test_browser_policy.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from browser_tab import SharedContext, Tab

READOUT = "#root .live-readout"


@pytest.fixture(scope="module")
def copier(shared: SharedContext, visit: Callable[..., Tab]) -> Iterator[Tab]:
    """Someone who has opened a link with settings, and may use the clipboard."""
    shared.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = visit("?methods=plain,batchnorm,ip&lock=depth", shared=shared, calm=True)
    tab.page.wait_for_selector(".links-open")
    yield tab
    shared.context.clear_permissions()


def opened(tab: Tab) -> str:
    """Presses Copy link with the keyboard, waits for the code, and returns the address."""
    tab.page.locator(".links-open").focus()
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_selector(".links-code:not(.waits) svg")
    return tab.page.locator(".links-panel textarea").input_value()


def test_another_visitor_sees_the_same_moment_and_the_same_locks(
    copier: Tab, visit: Callable[..., Tab], another_browser: SharedContext
) -> None:
    slider = copier.page.locator("#root .live-time input")
    slider.evaluate("e => { e.value = Math.round(e.max / 2); e.dispatchEvent(new Event('input')) }")
    moment = copier.page.locator("#root .live-time").get_attribute("data-moment")
    copier.page.wait_for_selector(f".live[data-drawn='{moment}']")
    link = opened(copier)
    assert link == f"{copier.opened_at.split('?')[0]}/?step={moment}&lock=depth"
    assert copier.page.locator(".links-said").inner_text() == "Copied: the link is in the clipboard."
    assert copier.page.evaluate("navigator.clipboard.readText()") == link
    code = copier.page.locator(".links-code svg")
    assert code.get_attribute("aria-label") == f"QR code of {link}"
    assert "others" in copier.page.locator(".links-local").inner_text(), "127.0.0.1 leads nowhere else"
    copier.page.keyboard.press("Escape")
    other = visit(urlsplit(link)._replace(scheme="", netloc="").geturl().lstrip("/"), shared=another_browser, calm=True)
    other.page.wait_for_selector(f".live[data-drawn='{moment}']")
    assert other.page.locator(READOUT).inner_text() == copier.page.locator(READOUT).inner_text()
    assert other.page.locator(".st-key-depth [data-disabled], .st-key-depth [disabled]").count() > 0
    assert other.page.locator(".st-key-show_all_controls button").count() == 1


def test_a_teacher_ticks_boxes_and_the_link_follows(copier: Tab) -> None:
    opened(copier)
    copier.page.locator(".links-panel summary").click()
    for name in ("Show Training loss", "Show Learning rate", "Lock Width"):
        copier.page.get_by_role("checkbox", name=name, exact=True).click()
    asked = parse_qs(urlsplit(copier.page.locator(".links-panel textarea").input_value()).query)
    assert "loss" not in asked["show"][0].split(",") and "accuracy" in asked["show"][0].split(",")
    assert "learning_rate" not in asked["controls"][0].split(",") and asked["lock"] == ["depth,width"]
    presents = copier.page.get_by_label("Opens in presenter mode")
    presents.check()
    assert parse_qs(urlsplit(copier.page.locator(".links-panel textarea").input_value()).query)["present"] == ["1"]
    presents.uncheck()
    copier.page.wait_for_selector(".links-code:not(.waits) svg")
    copier.page.get_by_role("button", name="Show everything, lock nothing").click()
    assert not parse_qs(urlsplit(copier.page.locator(".links-panel textarea").input_value()).query).keys() - {"step"}
    copier.page.keyboard.press("Escape")
    assert copier.page.locator(".links-panel").is_hidden()
