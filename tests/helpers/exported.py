"""For tests of exported pages: their tags and text, and what a browser shows of them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

NASTY = '</script><img src=x onerror="alert(1)"> & \u202e\n\'"`\0'
"""A name of a run that must nowhere be taken for markup."""


class Seen(HTMLParser):
    """The tags of a page, and its text but for scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def drawn(tab: Any, chart: str) -> list[list[float]]:
    """The curve of each method, without theory's lines."""
    return tab.evaluate(
        """plot => document.querySelector(plot).data.filter(trace => !trace.name?.endsWith(", theory"))
            .map(trace => Array.from(trace.y))""",
        f".live-{chart} .live-plot",
    )


def saved(tab: Any, chart: str, form: str) -> tuple[str, bytes]:
    """Name and content of a file that the menu of a chart gives."""
    tab.locator(f".live-{chart} .live-save summary").click()
    with tab.expect_download() as download:
        tab.locator(f".live-{chart} .live-{form}").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()
