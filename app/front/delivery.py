"""Delivery of files whose address changes with their content: compressed once, and kept by browsers for good.

Streamlit sends its own scripts uncompressed, and compresses ours anew for each visitor. Here each is compressed when it
is first asked for, and kept. Only files whose names carry a hash are, so that what is kept is never out of date.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.ui import served

FOR_GOOD = "public, max-age=31536000, immutable"
"""Browsers need not ask again for a year, the longest that is customary."""
_OURS = re.compile(rf"/app/static/{served.PREFIX}[0-9a-f]+/")
_STREAMLITS = re.compile(r"/static/(?:js|css)/")
_TEXTS = ("text/javascript", "application/javascript", "text/css")
_LEVEL = 9
_ASKS_FOR_THE_WHOLE = (b"accept-encoding", b"range", b"if-none-match", b"if-modified-since")
"""Headers that are not passed on: what is kept is the whole file, as it is."""


@dataclass(frozen=True)
class Answer:
    """What a server answered.

    Args:
        status: the status of HTTP.
        headers: pairs of name and value.
        body: all of it.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: Send) -> None:
        """Sends it to the browser."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def replaced(self, body: bytes, **headers: str) -> Answer:
        """The same answer with another body and more headers; an underscore in a name stands for a hyphen."""
        kept = MutableHeaders(raw=[pair for pair in self.headers if pair[0].lower() not in (b"etag", b"last-modified")])
        for name, value in {**headers, "content_length": str(len(body))}.items():
            kept[name.replace("_", "-")] = value
        return Answer(self.status, kept.raw, body)


async def whole(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """What an application answers to a request, uncompressed and whole.

    Args:
        app: the application.
        scope: the request.
        receive: what it reads the request's body from.
    """
    asked = [pair for pair in scope["headers"] if pair[0].lower() not in _ASKS_FOR_THE_WHOLE]
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app({**scope, "headers": asked}, receive, keep)
    start = messages[0]
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(start["status"], list(start.get("headers", ())), body)


def packed(answer: Answer, **headers: str) -> Answer:
    """An answer compressed with gzip."""
    return answer.replaced(
        gzip.compress(answer.body, _LEVEL, mtime=0), content_encoding="gzip", vary="Accept-Encoding", **headers
    )


def takes_gzip(scope: Scope) -> bool:
    """Whether the browser that made a request can unpack gzip."""
    offered = Headers(scope=scope).get("accept-encoding", "")
    return any(each.split(";")[0].strip() == "gzip" and "q=0" not in each.split(";")[1:] for each in offered.split(","))


class Delivery:
    """Middleware that answers requests for such files itself, from their second time on.

    Args:
        app: the application that has the files.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[str, Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or not _has_a_hash(scope["path"])
            or not takes_gzip(scope)
        ):
            await self.app(scope, receive, send)
            return
        answer = self._kept.get(scope["path"])
        if answer is None:
            answer = await whole(self.app, scope, receive)
            if answer.status == 200 and Headers(raw=answer.headers).get("content-type", "").startswith(_TEXTS):
                answer = await asyncio.to_thread(packed, answer, cache_control=FOR_GOOD)
                self._kept[scope["path"]] = answer
        await answer.send(send)


def _has_a_hash(path: str) -> bool:
    return bool(_OURS.search(path) or _STREAMLITS.search(path))
