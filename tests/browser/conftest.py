"""A fixture for tests of exported pages in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

PATIENCE = 60_000
"""Milliseconds: a bound on failure, not a time that anything takes."""


@pytest.fixture(scope="module")
def open_file(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Opens a page from a file, in a browser without a network; nothing may go wrong in it."""
    contexts, wrong = [], []

    def open_file(html: str, **options: Any) -> Any:
        path = tmp_path_factory.mktemp("page") / "page.html"
        path.write_text(html, "utf-8")
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 1800}} | options)
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
