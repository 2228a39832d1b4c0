"""Bounds on the files that visitors upload: Streamlit keeps them in memory, and bounds each by itself alone."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

SERVER = 4
"""How many times the bytes of the largest file all visitors together may have uploaded. A visit may have one such."""
SECONDS = 120.0
"""Seconds that an upload may take, and after which a file is freed that nobody has read."""
OVERHEAD = 1_000_000
"""Bytes that a request may have beside the file."""
_PATH = re.compile(r"/_stcore/upload_file/([^/]{1,100})/([^/]{1,100})$")
REFUSAL = "The server holds as many uploaded files as it can. Try again in a minute."


def largest() -> int:
    """Bytes that one file may have."""
    return int(st.get_option("server.maxUploadSize")) * 2**20


def files() -> MemoryUploadedFileManager:
    """The uploaded files of this server."""
    found = Runtime.instance().uploaded_file_mgr
    assert isinstance(found, MemoryUploadedFileManager)
    return found


@dataclass
class _Upload:
    """A file that is uploaded, or was, and is still in memory.

    Args:
        session: the visit that it belongs to.
        size: bytes; while it is uploaded, as many as it may have.
        since: time on the monotonic clock at which it began.
        under_way: whether it is still being uploaded.
    """

    session: str
    size: int
    since: float
    under_way: bool = True


class Uploads:
    """Middleware that refuses a file for which a visit, or the server, has no room.

    Args:
        app: all that answers.
        files: gives the uploaded files that the server holds.
    """

    def __init__(self, app: ASGIApp, files: Callable[[], MemoryUploadedFileManager] = files) -> None:
        self.app, self._files = app, files
        self._uploads: dict[str, _Upload] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        session, file = found.groups()
        size = _announced(scope)
        self.free_unread()
        if file in self._uploads or not self._has_room(session, size):
            await PlainTextResponse(REFUSAL, 429, {"retry-after": "60"})(scope, receive, send)
            return
        self._uploads[file] = upload = _Upload(session, size, time.monotonic())
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(SECONDS):
                await self.app(scope, receive, note)
        except TimeoutError:
            if not begun:
                await PlainTextResponse("The upload takes too long.", 408)(scope, receive, send)
        finally:
            upload.under_way = False
            self.free_unread()
            if file in self._uploads:
                asyncio.get_running_loop().call_later(SECONDS + 1, self.free_unread)

    def _has_room(self, session: str, size: int) -> bool:
        own = sum(each.size for each in self._uploads.values() if each.session == session)
        everybody = sum(each.size for each in self._uploads.values())
        return own + size <= largest() + OVERHEAD and everybody + size <= SERVER * largest()

    def free_unread(self) -> None:
        """Notes which files are still in memory, and frees those that nobody has read in time."""
        held, now = self._files(), time.monotonic()
        for file, upload in list(self._uploads.items()):
            if upload.under_way:
                continue
            found = held.file_storage.get(upload.session, {}).get(file)
            if found is not None and now - upload.since > SECONDS:
                held.remove_file(upload.session, file)
                found = None
            if found is None:
                del self._uploads[file]
            else:
                upload.size = len(found.data)


def _announced(scope: Scope) -> int:
    """Bytes of a request as it announces them; as many as it may have if it does not."""
    text = Headers(scope=scope).get("content-length", "")
    return min(int(text), largest() + OVERHEAD) if text.isdecimal() and len(text) < 20 else largest() + OVERHEAD
