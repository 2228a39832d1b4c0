"""What the server does for itself while it serves: it frees visits that have ended, and keeps its log short."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import streamlit as st
from streamlit.runtime import Runtime

from app.front import connections, log, promptness, room
from app.front.closed import ClosedVisits

INTERVAL = 5.0
"""Seconds from one time to the next."""

visits = ClosedVisits()
"""The visits of this server that have ended."""


def free() -> None:
    """Frees all visits that have ended. A browser that comes back to one of them begins anew, and finds its run."""
    visits.free(most=0)


def keep_closed_visits() -> None:
    """Has Streamlit keep visits that have ended where they can be freed in time."""
    manager = Runtime.instance()._session_mgr
    if hasattr(manager, "_session_storage"):
        visits.kept = float(st.get_option("server.disconnectedSessionTTL"))
        manager._session_storage = visits
    else:
        logging.getLogger(__name__).warning("This version of Streamlit keeps closed visits in another way")


def save_all() -> None:
    """Ends what is trained and saves all of it: a server that is told to end does not run its program to the end."""
    if "app.session.server" in sys.modules:  # else nobody has visited
        from app.session import server

        server.close()


async def _upkeep() -> None:
    while True:
        log.limit()
        visits.free()
        await asyncio.sleep(INTERVAL)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """From the start of the server to its end."""
    room.raise_limit()
    promptness.send_at_once()
    promptness.send_pages_whole()
    connections.bound()
    keep_closed_visits()
    task = asyncio.create_task(_upkeep(), name="upkeep")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(save_all)
