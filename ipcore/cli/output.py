"""Output of the commands beside their results: files of events, and progress. That it fails costs no result."""

from __future__ import annotations

import gzip
import io
import os
import sys
import time
from collections.abc import Callable
from typing import IO, Any, TextIO

FLUSH = 1.0
"""Seconds after which events that were written reach the file, where they survive the end of this program."""


class EventFile:
    """A file that events are written to, line by line; it is compressed if its name ends in ``.gz``.

    If it cannot be written any more, a warning says so once, and what comes later is left out. If this program is
    killed, all events are in the file but those of the last second of a compressed one.

    Args:
        path: path of the file.
        append: opens it, if that takes more than to begin a new file.

    Attributes:
        failed: whether it could not be written.

    Raises:
        OSError: if it cannot be opened.
    """

    def __init__(self, path: str, append: Callable[[], IO[Any]] | None = None) -> None:
        self.failed = False
        self._path = path
        self._packed = append is None and path.endswith(".gz")
        open_file: Callable[[str, Any], Any] = gzip.open if self._packed else open
        self._file: IO[Any] = append() if append else open_file(path, "wb")
        self._flushed = time.monotonic()

    def __enter__(self) -> EventFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._try(self._file.close)

    def write(self, line: str) -> None:
        """Writes a line, which comes without its newline."""
        if not self.failed:
            self._try(lambda: self._write(line))

    def _write(self, line: str) -> None:
        text = line + "\n"
        self._file.write(text if isinstance(self._file, io.TextIOBase) else text.encode())
        now = time.monotonic()
        if not self._packed or now - self._flushed >= FLUSH:
            self._file.flush()
            self._flushed = now

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except OSError as error:
            if not self.failed:
                reason = error.strerror or error
                print(f"warning: {self._path} cannot be written any more: {reason}; the run goes on", file=sys.stderr)
            self.failed = True


class Forgiving:
    """Standard error, which may be closed or full: progress that cannot be shown is left out.

    Args:
        stream: the stream itself.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes a text if that is possible."""
        try:
            return self._stream.write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Flushes what was written if that is possible."""
        try:
            self._stream.flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        """Leaves out all that comes, and what the stream still holds: to flush that would fail as Python ends."""
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
