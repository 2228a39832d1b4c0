"""Feeds: what the live parts of pages show now, for browsers that ask for it beside Streamlit. No Streamlit.

A page gives its component the token of a feed, and the browser asks app/front/frames.py for the newest frame of that
feed. So charts move without a run of the page's script and without Streamlit's drawing of the whole page after it.
A token cannot be guessed, opens what one visitor looks at on one page, and is closed when they leave it.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Protocol

View = Mapping[str, str]
"""What the browser says it looks at, by name, unchecked: a step, a layer, a point."""


class Source(Protocol):
    """What a live part shows whenever it is asked."""

    def stamp(self, view: View) -> str:
        """A short text that changes whenever the frame does. The event loop calls it: it must not wait."""

    def frame(self, view: View) -> bytes:
        """The frame now (see app/ui/frames.py). Threads call it."""

    def facts(self) -> dict[str, Any]:
        """What the page says beside the charts, ready for JSON. Threads call it.

        ``live`` says whether anything here can change by itself. ``phase`` is a text: where it differs from the one
        with which the page was drawn, the browser asks for the whole page to be drawn anew. ``status``, if it is there,
        is the status line.
        """


class Feed:
    """One live part of one visitor.

    Args:
        source: what it shows.

    Attributes:
        token: names it; cannot be guessed.
        turn: the number of requests so far; the newest one ends those that still wait.
        next_frame: the time on the event loop's clock before which no frame is sent that was not asked for at once.
        phase: the phase (see :meth:`Source.facts`) of the last frame that was sent.
        fresh: how many frames are still sent without waiting, since the phase has changed.
        closed: whether it is no longer to be had.
    """

    def __init__(self, source: Source) -> None:
        self.token = secrets.token_urlsafe(24)
        self.source = source
        self.turn = 0
        self.next_frame = 0.0
        self.phase = ""
        self.fresh = 0
        self.closed = False


class Feeds:
    """All feeds of the server. Every method may be called from any thread, and none waits.

    Attributes:
        served: whether browsers can ask for them. Without it frames go through Streamlit.
    """

    def __init__(self) -> None:
        self.served = False
        self._feeds: dict[str, Feed] = {}

    def open(self, source: Source) -> Feed:
        """A new feed."""
        feed = Feed(source)
        self._feeds[feed.token] = feed
        return feed

    def get(self, token: str) -> Feed | None:
        """The feed with that token; None if it was closed or never opened."""
        return self._feeds.get(token)

    def close(self, token: str) -> None:
        """Frees a feed. Safe to repeat."""
        feed = self._feeds.pop(token, None)
        if feed is not None:
            feed.closed = True

    def __len__(self) -> int:
        return len(self._feeds)


FEEDS = Feeds()
"""The feeds of this process."""


class FrameCache:
    """Frames that were made, so that all who look at the same moment share one.

    Args:
        at_most: how many are kept, those that were asked for last.
    """

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most
        self._lock = threading.Lock()
        self._frames: OrderedDict[str, Future[bytes]] = OrderedDict()

    def get(self, stamp: str, make: Callable[[], bytes]) -> bytes:
        """The frame with that stamp. It is made at most once; whoever asks meanwhile waits for it.

        Args:
            stamp: a text that no other frame has.
            make: makes it.
        """
        with self._lock:
            frame = self._frames.get(stamp)
            missing = frame is None
            if frame is None:
                frame = self._frames[stamp] = Future()
                while len(self._frames) > self.at_most:
                    self._frames.popitem(last=False)
            else:
                self._frames.move_to_end(stamp)
        if missing:
            try:
                frame.set_result(make())
            except BaseException as error:
                with self._lock:
                    if self._frames.get(stamp) is frame:
                        del self._frames[stamp]
                frame.set_exception(error)
        return frame.result()
