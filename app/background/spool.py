"""Bytes that are seldom read, in a file that has no name and ends with the server. No Streamlit, no torch.

The file is a private temporary database of SQLite, which uses the room of what was removed again. It is gone when the
server has ended, in whatever way. If it cannot be written, as on a full disk, bytes stay in memory.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import weakref
from collections import deque

CACHE = 1_000
"""Kilobytes of the file that are kept in memory."""

log = logging.getLogger(__name__)


class Block:
    """Some bytes in a spool, removed from it once nobody holds the block."""

    __slots__ = ("__weakref__", "_body", "_number", "_spool")

    def __init__(self, spool: Spool, number: int, body: bytes | None) -> None:
        self._spool, self._number, self._body = spool, number, body

    def read(self) -> bytes:
        """The bytes."""
        return self._spool.read(self._number) if self._body is None else self._body


class Spool:
    """A file that holds blocks of bytes. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._gone: deque[int] = deque()  # noted while garbage is collected, when no lock may be waited for
        self._troubled = False

    def put(self, body: bytes) -> Block:
        """Keeps some bytes."""
        with self._lock:
            try:
                number = self._insert(body)
            except sqlite3.Error as error:
                if not self._troubled:
                    log.warning("events of races stay in memory, since a temporary file cannot be written: %s", error)
                self._troubled = True
                return Block(self, 0, body)
            self._troubled = False
        block = Block(self, number, None)
        weakref.finalize(block, self._gone.append, number).atexit = False
        return block

    def read(self, number: int) -> bytes:
        """The bytes of a block, by its number.

        Raises:
            sqlite3.Error: if the file cannot be read.
        """
        with self._lock:
            assert self._file is not None
            (body,) = self._file.execute("SELECT body FROM blocks WHERE number = ?", (number,)).fetchone()
            return bytes(body)

    @property
    def blocks(self) -> int:
        """How many blocks the file holds."""
        with self._lock:
            self._remove()
            found = self._file.execute("SELECT count(*) FROM blocks").fetchone()[0] if self._file else 0
            return int(found)

    def _insert(self, body: bytes) -> int:
        if self._file is None:
            self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._file.execute(f"PRAGMA cache_size = -{CACHE}")
            self._file.execute("CREATE TABLE blocks (number INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        self._remove()
        return int(self._file.execute("INSERT INTO blocks (body) VALUES (?)", (body,)).lastrowid or 0)

    def _remove(self) -> None:
        while self._gone:
            assert self._file is not None
            self._file.execute("DELETE FROM blocks WHERE number = ?", (self._gone[0],))
            self._gone.popleft()
