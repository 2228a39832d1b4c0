"""Fixtures of tests in a browser: the dashboard and its visitors, and exported pages that are opened from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser_tab import LINK, Tab
from serving import Server

PATIENCE = 60_000
"""Milliseconds: a bound on failure, not a time that anything takes."""


@pytest.fixture(scope="module")
def open_file(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Opens a page from a file, in a browser without a network; nothing may go wrong in it."""
    contexts, wrong = [], []

    def open_file(html: str, **options: Any) -> Any:
        path = tmp_path_factory.mktemp("page") / "page.html"
        path.write_text(html, "utf-8")
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 2600}} | options)
        context.set_offline(True)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))

        def look_at(request: Any) -> None:
            address = urlsplit(request.url)
            if address.scheme not in ("data", "blob") and request.url != path.as_uri():
                wrong.append(f"asked {request.url}")

        context.on("request", look_at)
        tab.goto(path.as_uri())
        tab.wait_for_selector(".live[data-drawn]")
        return tab

    yield open_file
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture(scope="module")
def visit(browser: Any, server: Server) -> Iterator[Callable[..., Tab]]:
    """Opens tabs; they are closed, and looked at for anything wrong, when the tests are over."""
    tabs: list[Tab] = []

    def visit(link: str = "", url: str = server.url, **options: Any) -> Tab:
        tabs.append(Tab(browser, url + link, **options))
        return tabs[-1]

    yield visit
    for tab in tabs:
        tab.rest()  # else what was left training would take a core from the next tests until its visitor is given up
        tab.context.close()
    assert [problem for tab in tabs for problem in tab.wrong] == []


@pytest.fixture(scope="module")
def guest(visit: Callable[..., Tab]) -> Tab:
    """Someone who has just come, and only looks."""
    return visit()


@pytest.fixture(scope="module")
def owner(visit: Callable[..., Tab]) -> Tab:
    """Someone with settings of their own, who uses the dashboard in most of these tests."""
    return visit(LINK, viewport={"width": 1440, "height": 1500})


@pytest.fixture
def running(owner: Tab) -> Tab:
    """The owner's tab with a run that trains, and is followed."""
    if not owner.trains():
        owner.start()
    owner.until_step(1)
    return owner
