"""A self-contained HTML page, built of blocks: it opens from a file, without a network and without this server.

Plotly and our own JavaScript stand in the page once, compressed (base64 of gzip, which every browser since 2023 unpacks
by itself), and so does all that the charts show. A policy in the page's head forbids it to ask anybody for anything.
All text is escaped. Apart from reading files of the project the functions are pure. No Streamlit.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Protocol

from app.export.bundle import bundle
from app.ui.modules import STATIC

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""The page may load what it holds itself, and nothing else."""
FONTS = {"inter-latin": "U+0000-00FF, U+2000-206F, U+2191, U+2193, U+2212", "inter-greek": "U+0370-03FF"}
"""Name of a font in app/static/fonts -> the range of characters that it has."""
TITLE = 200
"""The most characters of a title that the browser's tab is given."""


class Block(Protocol):
    """One part of a page, below the part before."""

    def html(self) -> str:
        """The part as HTML, with all text escaped."""


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str

    def html(self) -> str:
        return f'<p dir="auto">{_text(self.text)}</p>'


@dataclass(frozen=True)
class Table:
    """A table of text under a heading; the first cell of a row is its heading."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[str]]

    def html(self) -> str:
        head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in self.head)
        body = "".join(
            f'<tr><th scope="row">{_text(first)}</th>{"".join(f"<td>{_text(cell)}</td>" for cell in rest)}</tr>'
            for first, *rest in self.rows
        )
        inside = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        region = (
            f'tabindex="0" role="region" aria-label="{_text(self.title or "Table")}"'  # it scrolls, also by keyboard
        )
        return f'{_heading(self.title)}<div class="wide" {region}>{inside}</div>'


@dataclass(frozen=True)
class Facts:
    """Names and their values under a heading; those whose name is in ``changed`` are set in bold."""

    title: str
    facts: Mapping[str, str]
    changed: frozenset[str] = frozenset()

    def html(self) -> str:
        marked = {name: " class=changed" if name in self.changed else "" for name in self.facts}
        items = "".join(
            f"<div><dt>{_text(name)}</dt><dd{marked[name]}>{_text(value)}</dd></div>"
            for name, value in self.facts.items()
        )
        return f"{_heading(self.title)}<dl>{items}</dl>"


@dataclass(frozen=True)
class Code:
    """Lines of code under a heading."""

    title: str
    text: str

    def html(self) -> str:
        return f"{_heading(self.title)}<pre><code>{_text(self.text)}</code></pre>"


@dataclass(frozen=True)
class Download:
    """A link that saves a file, which the page holds.

    Args:
        label: the text of the link.
        after: the text that follows the link.
        name: the name under which the file is saved.
        media: the media type of the file, such as ``"application/gzip"``.
        content: the bytes of the file.
    """

    label: str
    after: str
    name: str
    media: str
    content: bytes

    def html(self) -> str:
        link = f"data:{self.media};base64,{base64.b64encode(self.content).decode()}"
        return f'<p><a download="{_text(self.name)}" href="{link}">{_text(self.label)}</a> {_text(self.after)}</p>'


@dataclass(frozen=True)
class Charts:
    """The charts of a race with their slider through time, or those of a sweep.

    Args:
        film: made by app/race/film.py or app/sweep/film.py.
        tables: the tables of the charts as CSV, made by the same module.
        kind: ``"race"`` or ``"sweep"``.
    """

    film: bytes
    tables: Mapping[str, str] | Mapping[str, Sequence[str]] = field(default_factory=dict)
    kind: str = "race"

    def html(self) -> str:
        tables = json.dumps(self.tables).encode()
        names = [f"data-{hashlib.sha256(content).hexdigest()[:16]}" for content in (self.film, tables)]
        return (
            f'<div class="live" data-kind="{self.kind}" data-film="{names[0]}" data-tables="{names[1]}">'
            f"<p>Unpacking the charts…</p></div>"
            f"<noscript><p>The charts need JavaScript.</p></noscript>"
            f"{_packed(names[0], self.film)}{_packed(names[1], tables)}"
        )


def page(title: str, blocks: Iterable[Block], *, by: str = "") -> str:
    """The whole page.

    Args:
        title: the title at the head of the page and on the browser's tab.
        blocks: the parts of the page, from above to below.
        by: the line under the title: what the page shows, and when that was made.
    """
    under = f'<p class="by" dir="auto">{_text(by)}</p>' if by else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title[:TITLE])}</title>\n<style>\n{_styles()}</style>\n</head>\n<body>\n<main>\n"
        f'<h1 dir="auto">{_text(title)}</h1>\n{under}\n' + "\n".join(block.html() for block in blocks) + "\n</main>\n"
        f"{_plotly()}\n<script>\n{_script()}</script>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    """Text escaped for HTML, between tags or in quotes; a code point that is no character becomes a question mark."""
    return escape(text.replace("\0", "?").encode("utf-8", "replace").decode("utf-8"))


def _heading(title: str) -> str:
    return f"<h2>{_text(title)}</h2>" if title else ""


def _packed(name: str, content: bytes) -> str:
    """An element that holds compressed bytes; the browser does not run it."""
    packed = base64.b64encode(gzip.compress(content, mtime=0, compresslevel=6)).decode()
    return f'<script type="application/gzip;base64" id="{name}">{packed}</script>'


@lru_cache(maxsize=1)
def _plotly() -> str:
    """Plotly's JavaScript, from the installed package."""
    package = importlib.util.find_spec("plotly")  # finds its folder without importing it
    assert package is not None and package.origin is not None, "requirements.txt names plotly"
    return _packed("plotly", (Path(package.origin).parent / "package_data" / "plotly.min.js").read_bytes())


@lru_cache(maxsize=1)
def _script() -> str:
    return bundle("export/page.js")


@lru_cache(maxsize=1)
def _styles() -> str:
    faces = []
    for name, letters in FONTS.items():
        font = base64.b64encode((STATIC / "fonts" / f"{name}.woff2").read_bytes()).decode()
        faces.append(
            f"@font-face {{ font-family: Inter; font-weight: 100 900; unicode-range: {letters}; "
            f'src: url("data:font/woff2;base64,{font}") format("woff2"); }}\n'
        )
    sheets = [
        (STATIC / path).read_text("utf-8")
        for path in ("ui/ui.css", "race/race.css", "sweep/sweep.css", "present/present.css", "export/page.css")
    ]
    return "".join(faces + sheets)
