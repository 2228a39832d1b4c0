"""Answers leave at once: the connections of this server do not wait for more to send (Nagle's algorithm).

An answer leaves as its headers and then its body. By default the second small packet waits until the browser has
confirmed the first, which it does 40 ms later. Python's event loop turns that off for sockets that say they are TCP;
Streamlit's, which uvicorn is given, does not say so.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

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
