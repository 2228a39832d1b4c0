"""The feed of the page that a visitor is on: its charts, which the browser asks for beside Streamlit."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.ui.feeds import FEEDS, Feed, Source

HEARTBEAT = 30.0
"""Seconds between two runs of the live part of a page while its charts come by themselves: so long as it has such a
run before it, Streamlit also makes one after a connection was lost and came back. Each takes 20 ms of the processor."""


@dataclass
class _Seat:
    """The one feed of a session."""

    key: str = ""
    feed: Feed | None = None

    def release(self) -> None:
        if self.feed is not None:
            FEEDS.close(self.feed.token)


@st.cache_resource(scope="session", show_spinner=False, on_release=_Seat.release)
def _seat() -> _Seat:
    return _Seat()


def reachable(key: str) -> bool:
    """Whether the browser can ask for the frames of a component; if not, they go through the component.

    Args:
        key: the key of the component, which reports if it has tried in vain.
    """
    return FEEDS.served and not (st.session_state.get(key) or {}).get("unreachable")


def offer(key: str, source: Source) -> dict[str, str] | None:
    """Opens the feed of a page's component, or lets it show something else from now on.

    Args:
        key: the key of the component. A session has one feed: that of another component is closed.
        source: what it shows from now on.

    Returns:
        What the component sends its part in the browser: the token, the phase with which the page is drawn, and the
        stamp of the frame, so that the browser is told of each new one. None if frames have to go through it.
    """
    if not reachable(key):
        return None
    seat = _seat()
    if seat.feed is None or seat.key != key or FEEDS.get(seat.feed.token) is None:
        seat.release()
        seat.key, seat.feed = key, FEEDS.open(source)
    seat.feed.source = source
    return {"feed": seat.feed.token, "phase": source.facts()["phase"], "stamp": source.stamp({})}


def pace(key: str, otherwise: float | None) -> float | None:
    """Seconds between two runs of the live part of a page; None if nothing there can change by itself.

    Args:
        key: the key of its component.
        otherwise: the same if frames have to go through the component.
    """
    return HEARTBEAT if otherwise is not None and reachable(key) else otherwise
