"""By which names the server answers, and that it tells its metrics to its owner alone.

A page of another site can have its own name lead to this machine, and its script then talks to a server that only this
machine, or this network, was meant to reach. The browser names the host that it believes to talk to; it must be ours.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.front import environment

_HOST = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?))(?::\d{1,5})?"
)
_OTHER_NAME = "This server does not answer to that name. Whoever runs it can allow it: see {}.\n"
_METRICS = "/_stcore/metrics"


def name_of(host: str) -> str | None:
    """The name or address in a ``Host`` header, in small letters, without its port; None if it has another form."""
    found = _HOST.fullmatch(host) if len(host) <= 260 else None
    return (found["six"] or found["name"]).lower().rstrip(".") if found else None


def is_allowed(host: str, patterns: Iterable[str]) -> bool:
    """Whether the server answers to a ``Host`` header.

    Args:
        host: the header.
        patterns: names, and ends of names after ``*.``; none allows every name. Addresses fit always, since no other
            site can have a name lead to them, and so does a request without the header, which no browser makes.
    """
    if not host:
        return True
    name = name_of(host)
    if name is None:
        return False
    patterns = tuple(patterns)
    if not patterns or _is_address(name):
        return True
    return any(name == each or (each.startswith("*.") and name.endswith(each[1:])) for each in patterns)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def shows_token(scope: Scope) -> bool:
    """Whether a request carries the owner's secret, as ``Authorization: Bearer …``."""
    try:
        token = environment.status_token()
    except ValueError:
        token = None
    scheme, _, said = Headers(scope=scope).get("authorization", "").partition(" ")
    return token is not None and scheme.lower() == "bearer" and hmac.compare_digest(said.encode(), token.encode())


class KnownHosts:
    """Middleware that refuses requests for other hosts, and for metrics without the owner's secret.

    Args:
        app: all that answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif not is_allowed(Headers(scope=scope).get("host", ""), _patterns()):
            await refuse(PlainTextResponse(_OTHER_NAME.format(environment.HOSTS_VARIABLE), 421), scope, receive, send)
        elif scope["path"].rstrip("/").endswith(_METRICS) and not shows_token(scope):
            await refuse(PlainTextResponse("Not Found", 404), scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def refuse(answer: PlainTextResponse, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a request instead of the application; a WebSocket is closed before it is opened."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
    else:
        await answer(scope, receive, send)


def _patterns() -> tuple[str, ...]:
    try:
        return environment.hosts()
    except ValueError:
        return ()  # the page itself says what is wrong
