"""The events of a race, for who joins it later and for its saver. No Streamlit, no torch."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator

from app.background.spool import Block, Spool
from ipcore.recordings.events.base import Event
from ipcore.recordings.reading import STREAMS

BLOCK = 2**14
"""Bytes of lines that are compressed together."""


_spool = Spool()


class EventLog:
    """All events of a race so far: the newest in memory, all others in a file. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: list[Block] = []
        self._newest: list[bytes] = []  # lines that are not compressed yet
        self._size = 0

    def add(self, event: Event) -> None:
        """Adds an event."""
        line = event.line().encode()
        with self._lock:
            self._newest.append(line)
            self._size += len(line)
            if self._size >= BLOCK:
                self._blocks.append(_spool.put(zlib.compress(b"\n".join(self._newest))))
                self._newest, self._size = [], 0

    def copy(self) -> EventLog:
        """A log with the same events so far, which goes on by itself. What is in the file is shared by both."""
        made = EventLog()
        with self._lock:
            made._blocks, made._newest, made._size = self._blocks.copy(), self._newest.copy(), self._size
        return made

    def lines(self) -> Iterator[bytes]:
        """The events so far in their order, each as a line of JSON without its newline."""
        with self._lock:
            blocks, newest = self._blocks.copy(), self._newest.copy()
        for block in blocks:
            yield from zlib.decompress(block.read()).split(b"\n")
        yield from newest

    def __iter__(self) -> Iterator[Event]:
        """The events so far in their order."""
        return map(STREAMS["race"].decode, self.lines())
