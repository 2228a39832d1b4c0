"""What a browser asks for; what of it goes to other machines, fails, or is stopped by the policy of a page."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

LISTEN = """
window.violations = []
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push([event.effectiveDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(" ")))
"""
SEARCH = re.compile(r"http://[^/]+/[a-z]+/_stcore/(health|host-config)")
"""On a page with a path Streamlit's browser code asks whether the server is below that path, which it is not."""
INSIDE = ("data", "blob", "about")
"""Schemes of addresses for which nothing leaves the browser."""


class RequestsSeen:
    """Listens to a context of a browser.

    Args:
        context: one that keeps the policies of pages, before its first page is opened.
    """

    def __init__(self, context: Any) -> None:
        self.count = 0
        self.elsewhere: list[str] = []
        self.failed: list[str] = []
        context.add_init_script(LISTEN)
        context.on("request", lambda request: self._see(request.url))
        context.on("requestfailed", self._fail)
        context.on("response", self._answer)
        context.on("page", lambda page: page.on("websocket", lambda socket: self._see(socket.url)))

    def _see(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme in INSIDE:
            return
        self.count += 1
        if address.hostname != "127.0.0.1":
            self.elsewhere.append(url)

    def _fail(self, request: Any) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # what a page asked for, and left before it came
            self.failed.append(f"{request.url} {request.failure}")

    def _answer(self, response: Any) -> None:
        if response.status >= 400 and not SEARCH.fullmatch(response.url):
            self.failed.append(f"{response.url} answered {response.status}")

    def forget(self) -> None:
        """Forgets what went wrong so far; what a policy stopped is forgotten with its page."""
        self.elsewhere.clear()
        self.failed.clear()

    def wrong(self, page: Any) -> list[str]:
        """All that went wrong so far, and what the policy of the page that is open stopped."""
        return page.evaluate("violations") + self.elsewhere + self.failed
