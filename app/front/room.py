"""How many may visit at a time: as many as the machine's descriptors allow, and a polite page for those beyond.

Each open visit takes four descriptors (a WebSocket and an event loop of Streamlit's), and a browser that loads a page
up to six connections for some seconds. A server without a free descriptor answers nobody and cannot save a run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.front import environment

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

WANTED = 65_536
"""Descriptors that the server asks for at its start."""
RESERVED = 200
"""Descriptors that visits leave to the store, the workers and pages that are loading."""
EACH = 4
"""Descriptors of an open visit."""
STREAM = "/_stcore/stream"
_FOLDERS = (Path("/proc/self/fd"), Path("/dev/fd"))
_SECONDS = 20

log = logging.getLogger(__name__)


def raise_limit() -> int | None:
    """Raises the limit of descriptors as far as the system allows; gives it, or None if there is none."""
    if resource is None:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def limit() -> int | None:
    """How many descriptors the server may have open; None if there is no limit."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if resource else -1
    return soft if resource and soft != resource.RLIM_INFINITY else None


def descriptors() -> int | None:
    """How many descriptors the server has open; None where the system does not tell."""
    for folder in _FOLDERS:
        with suppress(OSError):
            return len(os.listdir(folder))
    return None


def most_visits() -> int:
    """How many may visit at a time: as many as the owner says, but no more than there are descriptors for."""
    try:
        most = environment.most_visits()
    except ValueError:
        most = environment.MOST_VISITS  # the page itself says what is wrong
    allowed = limit()
    return most if allowed is None else max(1, min(most, (allowed - RESERVED) // EACH))


@dataclass
class Visits:
    """How many visits are open."""

    open: int = 0


visits = Visits()
"""The visits of this server."""


class Room:
    """Middleware that opens no more visits than there is room for, and tells the others when to come back.

    Whoever has the page already is let in before whoever only now asks for it.

    Args:
        app: all that answers.
        free: frees what visits hold that have ended; called when room is short.
    """

    def __init__(self, app: ASGIApp, free: Callable[[], None] = lambda: None) -> None:
        self.app, self._free = app, free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].endswith(STREAM):
            if self._is_full(most_visits() + RESERVED // 2 // EACH, RESERVED // 2):
                await receive()
                await send({"type": "websocket.close", "code": 1013})
                return
            visits.open += 1
            try:
                await self.app(scope, receive, send)
            finally:
                visits.open -= 1
        elif scope["type"] == "http" and _is_page(scope) and self._is_full(most_visits(), RESERVED):
            await _full()(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_full(self, most: int, reserved: int) -> bool:
        full = visits.open >= most
        if not full and _is_short(reserved):
            self._free()
            full = _is_short(reserved)
        if full:
            log.warning("There is no room for another visit: %d are open, of at most %d", visits.open, most_visits())
        return full


def _is_short(reserved: int) -> bool:
    allowed, used = limit(), descriptors()
    return allowed is not None and used is not None and used + min(reserved, allowed // 4) > allowed


def _is_page(scope: Scope) -> bool:
    """Whether a request is for a page, not for a file or for anything of an open visit."""
    path = scope["path"]
    return scope["method"] == "GET" and "." not in path.rpartition("/")[2] and "/_stcore/" not in path


def _full() -> HTMLResponse:
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Intrinsic plasticity</title>'
        f'<meta http-equiv="refresh" content="{_SECONDS}"><meta name="viewport" content="width=device-width">'
        "<style>body{font:1.1rem/1.5 sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem;"
        "color-scheme:light dark}</style><h1>All places are taken</h1>"
        "<p>As many people are visiting this dashboard as its server can take. "
        f"This page looks for a free place every {_SECONDS} seconds; you need not do anything.</p></html>"
    )
    headers = {"retry-after": str(_SECONDS), "cache-control": "no-store", "connection": "close"}
    return HTMLResponse(text, 503, headers)
