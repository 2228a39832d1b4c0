"""Bytes that are seldom read, in files that have no name and end with the server. No Streamlit, no torch.

Blocks are written one after the other, and a file is gone once nobody holds any of its blocks. Where nothing can be
written, as on a full disk, blocks stay in memory.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import weakref
from typing import IO

FILE = 4 * 2**20
"""Bytes from which on the next block begins another file."""

log = logging.getLogger(__name__)


class _File:
    """A file without a name; the system removes it when it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with the last block
        self.size = 0

    def append(self, body: bytes) -> int:
        """Writes a block and returns where it begins.

        Raises:
            OSError: if it cannot be written. What was written before stays.
        """
        with self._lock:
            at = self._file.seek(self.size)
            if self._file.write(body) != len(body):
                raise OSError("the disk is full")
            self.size = at + len(body)
            return at

    def read(self, at: int, length: int) -> bytes:
        """The block that begins there.

        Raises:
            OSError: if it cannot be read.
        """
        with self._lock:
            self._file.seek(at)
            body = self._file.read(length)
        if len(body) != length:
            raise OSError("a temporary file was cut off")
        return body

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


class Block:
    """Some bytes, in memory or in a file."""

    __slots__ = ("_at", "_body", "_file", "_length")

    def __init__(self, body: bytes, file: _File | None = None, at: int = 0) -> None:
        self._body, self._file, self._at, self._length = b"" if file else body, file, at, len(body)

    def read(self) -> bytes:
        """The bytes."""
        return self._file.read(self._at, self._length) if self._file else self._body


class Spool:
    """Puts bytes into files. Any thread may use it.

    Args:
        size: bytes from which on the next block begins another file.
    """

    def __init__(self, size: int = FILE) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._newest: _File | None = None
        self._files: weakref.WeakSet[_File] = weakref.WeakSet()
        self._troubled = False

    @property
    def sizes(self) -> list[int]:
        """The sizes of its files, in bytes."""
        return [file.size for file in list(self._files)]

    def put(self, body: bytes) -> Block:
        """Keeps some bytes."""
        with self._lock:
            try:
                if self._newest is None or self._newest.size >= self._size:
                    self._newest = _File()
                    self._files.add(self._newest)
                block = Block(body, self._newest, self._newest.append(body))
            except OSError as error:
                if not self._troubled:
                    log.warning("events of races stay in memory, since a temporary file cannot be written: %s", error)
                self._troubled, self._newest = True, None
                return Block(body)
            self._troubled = False
            return block
