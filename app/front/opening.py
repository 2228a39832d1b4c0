"""How a page begins: hints what it will need, and something to see until it is whole.

Streamlit's page is empty until its scripts have run and the server has run ours. Into that empty page this puts

* hints for the browser, to load our files of that page meanwhile, and
* the opening, which stands over the page until that is whole, so that nothing moves under a reader's eyes: the title
  and what the page is about, and on the front page the shipped recording, drawn at once by the modules that draw it
  later, in the places of the same parts.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp, Receive, Scope, Send

from app.front.delivery import FOR_GOOD, Answer, packed, takes_gzip, whole
from app.front.headers import page_policy
from app.front.streamlit_parts import scripts
from app.race import intro
from app.ui import served
from app.ui.headings import HEADINGS
from app.ui.modules import STATIC

HERE = Path(__file__).parent
ROOMS = {"": "race", "neuron": "neuron", "robustness": "sweep"}
"""The last part of the address of a page -> the room in app/static that draws its live part."""
WIDGETS = ("Html", "Slider", "Button", "Selectbox", "ButtonGroup", "NumberInput", "BidiComponent")
"""Streamlit's scripts for what a page with a live part has: settings in the sidebar, buttons, and the part itself."""
FONT = "app/static/fonts/inter-latin.woff2"
_FIRST_SCRIPT = re.compile(r'<script type="module"[^>]* src="(?P<address>[^"<>]+)"[^>]*></script>')
_PAGE = '<div id="root">'
_THEME = {
    "background-color": "backgroundColor",
    "secondary-background-color": "secondaryBackgroundColor",
    "text-color": "textColor",
    "border-color": "borderColor",
    "primary-color": "primaryColor",
}


@dataclass(frozen=True)
class FirstFrame:
    """The frame of the recording that a first visit shows.

    Args:
        name: a name that changes with it.
        answer: the frame, as it is sent.
    """

    name: str
    answer: Answer


@cache
def first_frame() -> FirstFrame:
    """The frame that the opening shows; made once.

    Raises:
        ValueError: if the server's settings cannot be read, which the page says.
    """
    from app.race.frames import frame  # here: these modules read the settings when they are imported
    from app.session import shipped

    content = frame(shipped.race())
    headers = [(b"content-type", b"application/octet-stream")]
    name = f"opening-{hashlib.sha256(content).hexdigest()[:12]}.frame"
    return FirstFrame(name, Answer(200, headers, content).replaced(content, cache_control=FOR_GOOD))


def hints(folder: str, room: str | None) -> str:
    """Elements of the head by which a browser learns at once what else the page will load.

    Args:
        folder: the folder of app/static that is served.
        room: the room that draws the page's live part; None if there is none.
    """
    files = f"./app/static/{folder}"
    rooms = [served.SHARED, room] if room else []
    return "".join(
        [f'<link rel="preload" href="./{FONT}" as="font" type="font/woff2" crossorigin>']
        + [f'<link rel="modulepreload" href="{files}/{each}/all.js">' for each in rooms]
        + [f'<link rel="preload" href="{files}/{each}/all.css" as="style">' for each in rooms]
        + ([f'<link rel="preload" href="{files}/{served.PLOTLY}" as="script" fetchpriority="low">'] if room else [])
    )


def opening(folder: str, page: str, frame_name: str | None, entry: str) -> tuple[str, str]:
    """What the opening adds to the head of the page, before all scripts, and to the body; nothing on unknown pages.

    Args:
        folder: the folder of app/static that is served.
        page: the last part of the page's address; empty for the front page.
        frame_name: the name of the frame that it shows; None on all but the front page.
        entry: the address of Streamlit's first script, which the opening of the front page loads.
    """
    if frame_name is None and page not in HEADINGS:
        return "", ""
    style = (HERE / "opening.css").read_text("utf-8")
    style += "".join(_colours(shade) for shade in ("light", "dark")) + _faces()
    if frame_name is None:
        heading, head = HEADINGS[page], ""
        parts = {"PAGE": page, "TITLE": escape(heading.title), "LEAD": escape(heading.lead)}
        body = (HERE / "waiting.html").read_text("utf-8")
    else:
        style += (STATIC / "race" / "page.css").read_text("utf-8")
        head = _recording(f"./app/static/{folder}", frame_name, entry)
        parts = {"TITLE": intro.TITLE, "LEAD": intro.LEAD}
        body = (HERE / "opening.html").read_text("utf-8")
    for name, text in parts.items():
        body = body.replace(name, text)
    script = (HERE / "opening.js").read_text("utf-8")
    return f"{head}<style>\n{style}</style>\n", f"{body}<script>\n{script}</script>\n"


def everywhere() -> str:
    """Elements of the head that every page has: what is for keyboards, for fingers and against motion."""
    style, script = ((HERE / f"everywhere.{kind}").read_text("utf-8") for kind in ("css", "js"))
    return f"<style>\n{style}</style>\n<script>\n{script}</script>\n"


def _recording(files: str, frame_name: str, entry: str) -> str:
    """Elements of the head that draw the shipped recording in the opening, and then load Streamlit.

    Args:
        files: the address of the folder of app/static that is served.
        frame_name: the name of the frame.
        entry: the address of Streamlit's first script.
    """
    sheets = "".join(f'<link rel="stylesheet" href="{files}/{room}/all.css">' for room in (served.SHARED, ROOMS[""]))
    script = (HERE / "recording.js").read_text("utf-8")
    script = script.replace("FILES", files).replace("FRAME", frame_name).replace("ENTRY", entry)
    preload = f'<link rel="preload" href="{files}/{frame_name}" as="fetch" crossorigin>'
    return f'{preload}{sheets}<script type="module">\n{script}</script>\n'


def begun(html: str, folder: str, page: str, frame_name: str | None) -> str:
    """Streamlit's empty page with hints and the opening.

    Args:
        html: the page.
        folder: the folder of app/static that is served.
        page: the last part of the page's address; empty for the front page.
        frame_name: the name of the frame that the opening of the front page shows; None on all others.
    """
    first = _FIRST_SCRIPT.search(html)
    if first is None or _PAGE not in html:
        return html  # a page of another kind: it works without
    room = ROOMS.get(page)
    head, body = opening(folder, page, frame_name, first["address"])
    more = scripts(WIDGETS, html) if room else ()
    late = "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in more)
    html = html.replace("</head>", f"{late}</head>", 1)
    preload = f'<link rel="modulepreload" crossorigin href="{first["address"]}">' if frame_name else first[0]
    html = html.replace(first[0], f"{hints(folder, room)}{everywhere()}{head}{preload}", 1)
    return html.replace(_PAGE, f"{body}{_PAGE}", 1)  # before it: so a style sheet can hide it for as long


def _colours(shade: str) -> str:
    """The variables that our style sheets read, as Streamlit sets them from its settings."""
    values = {name: st.get_option(f"theme.{shade}.{option}") for name, option in _THEME.items()}
    lines = "".join(f"  --st-{name}: {value};\n" for name, value in values.items() if value)
    return f"#opening.{shade} {{\n  color-scheme: {shade};\n  --st-font: {st.get_option('theme.font')};\n{lines}}}\n"


def _faces() -> str:
    return "".join(
        f"@font-face {{ font-family: {json.dumps(face['family'])}; font-weight: {face.get('weight', 400)}; "
        f"src: url({json.dumps('./' + face['url'])}); unicode-range: {face.get('unicodeRange', 'U+0-10FFFF')}; }}\n"
        for face in st.get_option("theme.fontFaces") or []
    )


class Opening:
    """Middleware that begins pages in this way.

    Args:
        app: Streamlit's server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        page = scope["path"].rpartition("/")[2]
        if page.startswith("opening-") and page.endswith(".frame"):
            await self._send_frame(page, scope, receive, send)
        elif "." in page or "/_stcore/" in scope["path"]:
            await self.app(scope, receive, send)
        else:
            answer = await whole(self.app, scope, receive)
            if answer.status == 200 and (b"content-type", b"text/html; charset=utf-8") in answer.headers:
                answer = await asyncio.to_thread(_with_beginning, answer, page)
                allowed = page_policy(scope, answer.body.decode())
                answer = answer.replaced(answer.body, content_security_policy=allowed)
                answer = packed(answer) if takes_gzip(scope) else answer
            await answer.send(send)

    async def _send_frame(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        kept = await asyncio.to_thread(first_frame)
        if kept.name != name:  # of a server before this one
            await self.app(scope, receive, send)
            return
        answer = packed(kept.answer) if takes_gzip(scope) else kept.answer
        await answer.send(send)


def _with_beginning(answer: Answer, page: str) -> Answer:
    try:
        folder = served.folder()
        name = first_frame().name if page == "" else None
    except (OSError, ValueError):
        return answer  # the page itself says what is wrong
    return answer.replaced(begun(answer.body.decode(), folder, page, name).encode())
