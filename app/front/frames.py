"""The route by which browsers get the frames of live charts, without a run of the page's script.

``GET app/frames/<token>?after=<stamp>&facts=<mark>&…`` answers with the frame of that feed if it has another stamp, and
at once with the facts beside it if they have another mark; otherwise it waits until one of them changes, or for
:data:`WAIT` seconds. The rest of the query says what the visitor looks at. Answers:

* 200 with a frame, 204 without one; ``frame-stamp``, ``frame-facts`` (JSON) and ``frame-mark`` are in the headers.
* 410 if there is no such feed (any more): the page has to be drawn anew.

Whoever waits costs a look at a number ten times a second, and no thread.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from app.front.delivery import Answer, takes_gzip
from app.ui.feeds import FEEDS, Feed, Feeds, FrameCache, Source, View

WAIT = 20.0
"""Seconds after which a request is answered even if nothing has changed; proxies give up after 30 or more."""
LOOK = 0.1
"""Seconds between two looks for a new frame."""
LOOK_AT_FACTS = 0.5
"""Seconds between two looks for new facts."""
THREADS = 2
"""How many frames are made at a time. More would wait for one another, since Python computes on one core."""
FRAMES_A_SECOND = 25.0
"""Frames that the server makes a second for all visitors together, about: with more visitors each gets fewer, and the
server goes on answering clicks."""
FRESH = 2
"""Frames after a change of what goes on that do not wait for their turn."""
KEPT = 64
"""How many compressed frames are kept: one for each moment that somebody looks at."""
LONGEST_QUERY = 4000

_PATH = re.compile(r"/app/frames/(?P<token>[\w-]{1,100})$", re.ASCII)
_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
P = ParamSpec("P")
T = TypeVar("T")
Header = tuple[bytes, bytes]
log = logging.getLogger(__name__)


class Frames:
    """Middleware that answers such requests.

    Args:
        app: the application that answers all others.
        feeds: the feeds.
    """

    def __init__(self, app: ASGIApp, feeds: Feeds = FEEDS) -> None:
        self.app = app
        self._feeds = feeds
        self._threads = ThreadPoolExecutor(THREADS, "frames")
        self._compressed = FrameCache(KEPT)
        self._waiting = 0  # requests for which nothing new has come yet, or whose turn has not come
        feeds.served = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.search(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        if scope["method"] != "GET":
            await _empty(405).send(send)
            return
        query = scope.get("query_string", b"")[:LONGEST_QUERY].decode("latin-1")
        feed = self._feeds.get(found["token"])
        self._waiting += 1
        try:
            answer = await self._answer(feed, dict(parse_qsl(query)), takes_gzip(scope)) if feed else _empty(410)
        except Exception:
            log.exception("a frame could not be made")
            answer = _empty(500)
        finally:
            self._waiting -= 1
        await answer.send(send)

    async def _answer(self, feed: Feed, view: dict[str, str], takes_gzip: bool) -> Answer:
        """What a feed answers, once there is something new."""
        after, known = view.pop("after", ""), view.pop("facts", "")
        clock = asyncio.get_running_loop().time
        turn = feed.turn = feed.turn + 1
        ends, next_look = clock() + WAIT, clock()
        while not feed.closed:
            source, overtaken = feed.source, feed.turn != turn
            if (overtaken or not after or clock() >= feed.next_frame) and source.stamp(view) != after:
                return await self._frame(feed, view, takes_gzip)
            if overtaken or clock() >= next_look:
                live, mark, headers = await self._in_thread(_facts, source, after)
                if not live and source.stamp(view) != after:  # the last one, since the browser then asks no more
                    return await self._frame(feed, view, takes_gzip)
                if mark != known or overtaken or not live or clock() >= ends:
                    return _empty(204, headers)
                next_look = min(ends, clock() + max(LOOK_AT_FACTS, self._waiting / FRAMES_A_SECOND))
            await asyncio.sleep(LOOK)
        return _empty(410)

    async def _frame(self, feed: Feed, view: View, takes_gzip: bool) -> Answer:
        feed.next_frame = asyncio.get_running_loop().time() + self._waiting / FRAMES_A_SECOND
        phase, headers, body = await self._in_thread(self._news, feed.source, view, takes_gzip)
        if phase != feed.phase:
            feed.phase, feed.fresh = phase, FRESH
        if feed.fresh:  # whoever has just pressed a button waits for what it does
            feed.fresh, feed.next_frame = feed.fresh - 1, 0.0
        return Answer(200, [*_HEADERS, *headers], body)

    def _news(self, source: Source, view: View, takes_gzip: bool) -> tuple[str, list[Header], bytes]:
        """Phase, headers and body of an answer with a frame, which is never older than the facts beside it."""
        facts = source.facts()
        stamp = source.stamp(view)
        headers = _told(facts, stamp)[1]
        if takes_gzip:
            body = self._compressed.get(stamp, lambda: gzip.compress(source.frame(view), 1, mtime=0))
            headers.append((b"content-encoding", b"gzip"))
        else:
            body = source.frame(view)
        length = str(len(body)).encode()
        headers += [(b"content-type", b"application/octet-stream"), (b"content-length", length)]
        return facts["phase"], headers, body

    async def _in_thread(self, act: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(act, *args, **more))


def _facts(source: Source, stamp: str) -> tuple[bool, str, list[Header]]:
    """Whether anything can change by itself, the mark of the facts, and the headers that say them."""
    facts = source.facts()
    return facts["live"], *_told(facts, stamp)


def _told(facts: dict[str, Any], stamp: str) -> tuple[str, list[Header]]:
    """The mark of some facts, and the headers that say them.

    Args:
        facts: the facts.
        stamp: that of the frame that the browser then has.
    """
    text = json.dumps(facts, separators=(",", ":")).encode()
    mark = f"{zlib.crc32(text):x}"
    return mark, [(b"frame-stamp", stamp.encode()), (b"frame-facts", text), (b"frame-mark", mark.encode())]


def _empty(status: int, headers: list[Header] | None = None) -> Answer:
    length: list[Header] = [] if status == 204 else [(b"content-length", b"0")]
    return Answer(status, [*_HEADERS, *length, *(headers or [])], b"")
