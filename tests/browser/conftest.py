"""Fixtures of tests in a browser: the dashboard and its visitors, and exported pages that are opened from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser_tab import LINK, SharedContext, Tab
from serving import Server

PATIENCE = 60_000
"""Milliseconds: a bound on failure, not a time that anything takes."""


@pytest.fixture(scope="module")
def open_file(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Opens a page from a file, in a browser without a network; nothing may go wrong in it."""
    context = browser.new_context()
    context.set_offline(True)
    wrong: list[str] = []

    def open_file(html: str, width: int = 1440, height: int = 2600) -> Any:
        path = tmp_path_factory.mktemp("page") / "page.html"
        path.write_text(html, "utf-8")
        tab = context.new_page()
        tab.set_viewport_size({"width": width, "height": height})
        tab.set_default_timeout(PATIENCE)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))

        def look_at(request: Any) -> None:
            address = urlsplit(request.url)
            if address.scheme not in ("data", "blob") and request.url != path.as_uri():
                wrong.append(f"asked {request.url}")

        tab.on("request", look_at)
        tab.goto(path.as_uri())
        tab.wait_for_selector(".live[data-drawn]")
        return tab

    yield open_file
    context.close()
    assert not wrong


def _context(browser: Any, server: Server) -> Iterator[SharedContext]:
    shared = SharedContext(browser, server.url)
    yield shared
    shared.context.close()


@pytest.fixture(scope="session")
def shared_context(browser: Any, server: Server) -> Iterator[SharedContext]:
    """Where tabs are opened that need no context of their own."""
    yield from _context(browser, server)


@pytest.fixture(scope="module")
def shared(shared_context: SharedContext) -> Iterator[SharedContext]:
    """The same, for somebody whom these tests do not share with others."""
    yield shared_context
    shared_context.forget()


@pytest.fixture(scope="session")
def _another_context(browser: Any, server: Server) -> Iterator[SharedContext]:
    yield from _context(browser, server)


@pytest.fixture(scope="module")
def another_browser(_another_context: SharedContext) -> SharedContext:
    """Where tabs of others are opened: the server takes who has them for another owner than who has the first ones."""
    _another_context.forget()
    return _another_context


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
        tab.close()
    assert [problem for tab in tabs for problem in tab.wrong] == []


@pytest.fixture(scope="module")
def guest(shared: SharedContext, visit: Callable[..., Tab]) -> Tab:
    """Someone who has just come, and only looks."""
    return visit(shared=shared)


@pytest.fixture(scope="module")
def owner(shared: SharedContext, visit: Callable[..., Tab]) -> Tab:
    """Someone with settings of their own, who uses the dashboard in most of these tests."""
    return visit(LINK, shared=shared, calm=True, viewport={"width": 1440, "height": 1500})


@pytest.fixture
def running(owner: Tab) -> Tab:
    """The owner's tab with a run that trains, and is followed."""
    if not owner.trains():
        owner.start()
    owner.until_step(1)
    return owner
