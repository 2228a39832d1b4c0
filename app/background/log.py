"""The events of a race, compressed in memory, for visitors who join it later. No Streamlit, no torch."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ipcore.recordings.events.base import Event
from ipcore.recordings.reading import STREAMS

BLOCK = 2**16
"""Bytes of lines that are compressed together."""


class EventLog:
    """All events of a race so far, in a few hundred kilobytes for a usual race. Not for several threads at once."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, event: Event) -> None:
        """Adds an event."""
        line = event.line().encode()
        self._lines.append(line)
        self._size += len(line)
        if self._size >= BLOCK:
            self._blocks.append(zlib.compress(b"\n".join(self._lines), 1))
            self._lines, self._size = [], 0

    def __iter__(self) -> Iterator[Event]:
        """The events in their order."""
        read = STREAMS["race"].decode
        for block in self._blocks:
            yield from map(read, zlib.decompress(block).split(b"\n"))
        yield from map(read, self._lines)
