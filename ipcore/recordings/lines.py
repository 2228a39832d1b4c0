"""The lines of a file, plain or compressed with gzip, in bounded memory; and whether it was cut off."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, TypeVar

CHUNK = 65_536
"""Bytes read at a time."""
ZEROS = 64
"""Zero bytes at an end of which no recording writes as many: a file system fills up so what it lost in a power cut."""


T = TypeVar("T")


class CutOff(ValueError):
    """A recording ends in the middle: whoever wrote or copied it was stopped. All lines before are whole."""


def lines(file: BinaryIO, *, most: int, members: int, text: int, longest: int) -> Iterator[bytes]:
    """Lines of a file, unpacked if it is compressed, with their newlines. The last may be without one.

    Args:
        file: a file of bytes, at its start.
        most: bytes that it may have.
        members: parts that may be compressed one by one.
        text: bytes of all lines.
        longest: bytes of one line.

    Raises:
        CutOff: after the last whole line of a compressed file that is cut off.
        ValueError: if the file is larger than it may be, or damaged.
    """
    source = io.BufferedReader(_Counted(file, most))
    compressed = source.peek(2)[:2] == b"\x1f\x8b"
    found = io.BufferedReader(_Unpacked(source, members)) if compressed else source
    left = text
    while line := found.readline(longest + 1):
        left -= len(line)
        if left < 0:
            raise ValueError(f"the file holds more than {text / 1e6:,.0f} MB of text")
        if len(line) > longest:
            raise ValueError(f"the file has a line of more than {longest / 1e6:,.0f} MB, which no recording has")
        yield line


def to_the_cut(found: Iterable[T]) -> Iterator[T]:
    """Lines, or the events on them, up to where their file is cut off.

    Raises:
        CutOff: if it is cut off before the first of them ends.
    """
    first = True
    try:
        for each in found:
            yield each
            first = False
    except CutOff:
        if first:
            raise


def all_lines(file: BinaryIO) -> Iterator[bytes]:
    """The same of a file of one's own, which may have any size."""
    return lines(file, most=sys.maxsize, members=sys.maxsize, text=sys.maxsize, longest=sys.maxsize - 1)


class _Counted(io.RawIOBase):
    """A file that refuses to be read beyond a number of bytes."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file, self._most, self._left = file, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._file.read(len(buffer))
        self._left -= len(chunk)
        if self._left < 0:
            raise ValueError(f"the file has more than {self._most / 1e6:,.0f} MB")
        buffer[: len(chunk)] = chunk
        return len(chunk)


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, piece by piece. (Python's own reader takes any number of empty parts, and its time.)"""

    def __init__(self, file: io.BufferedReader[Any], members: int) -> None:
        self._file, self._left = file, members
        self._part: Any = None
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            chunk = self._waiting or self._next()
            if self._part is None:
                if not chunk:
                    return 0
                if not self._left:
                    raise ValueError("the file is compressed in too many parts")
                self._left -= 1
                self._part = zlib.decompressobj(wbits=31)  # gzip, with its checksum
            try:
                text = self._part.decompress(chunk, len(buffer))
            except zlib.error as error:
                raise ValueError(f"the file is damaged: {error}") from None
            if self._part.eof:
                self._waiting, self._part = self._part.unused_data, None
            else:
                self._waiting = self._part.unconsumed_tail
                if not chunk and not text:
                    raise CutOff("the file is cut off in the middle")
            if text:
                buffer[: len(text)] = text
                return len(text)

    def _next(self) -> bytes:
        """The next bytes of the file, without zeros at its end."""
        chunk = self._file.read1(CHUNK)
        if not chunk.endswith(bytes(ZEROS)):
            return chunk
        zeros = 0
        while more := self._file.read1(CHUNK):
            if more.strip(b"\0"):
                return chunk + bytes(zeros) + more
            zeros += len(more)
        return chunk.rstrip(b"\0")
