"""Answers and pages leave at once, with many visitors, too.

* Connections do not wait for more to send (Nagle's algorithm). An answer leaves as its headers and then its body. By
  default the second small packet waits until the browser has confirmed the first, which it does 40 ms later. Python's
  event loop turns that off for sockets that say they are TCP; Streamlit's, which uvicorn is given, does not say so.
* A page is sent whole. It is some seventy messages, after each of which Streamlit lets everything else that the event
  loop has to do go first. With sixty visitors that takes 10 ms each time, and all their pages leave through one loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from streamlit.runtime import runtime

OPEN_FILES = Path("/dev/fd")
"""Where Linux and macOS list what a process has open; without it nothing changes."""


def send_at_once() -> None:
    """Has all connections that come from now on send what they have at once."""
    for name in os.listdir(OPEN_FILES) if OPEN_FILES.is_dir() else ():
        with suppress(OSError):  # it is no socket, or was the listing itself
            found = socket.socket(fileno=int(name))
            try:
                if found.type == socket.SOCK_STREAM and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections to it inherit that
            finally:
                found.detach()  # it belongs to whoever has opened it


class SeldomYielding:
    """Python's asyncio, but that ``sleep(0)``, which lets everything else go first, does so only now and then."""

    INTERVAL = 0.005
    """Seconds for which nothing else goes first."""
    AT_A_TIME = 50
    """Messages that are sent meanwhile, at most. Streamlit ends a connection for which 500 of them wait."""

    def __init__(self) -> None:
        self._yielded = 0.0
        self._since = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        """As asyncio's."""
        self._since += 1
        if seconds == 0 and self._since < self.AT_A_TIME and time.monotonic() - self._yielded < self.INTERVAL:
            return
        await asyncio.sleep(seconds)
        self._yielded, self._since = time.monotonic(), 0


def send_pages_whole() -> None:
    """Has Streamlit's loop send the messages of a page together."""
    if getattr(runtime, "asyncio", None) is asyncio:
        runtime.asyncio = SeldomYielding()  # type: ignore[assignment]
    elif not isinstance(getattr(runtime, "asyncio", None), SeldomYielding):
        logging.getLogger(__name__).warning("This version of Streamlit sends messages in another way")
