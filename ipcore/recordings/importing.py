"""Imports a recording from a file that anybody may have made, in bounded memory: every event is validated.

The file holds JSON lines, plain or compressed with gzip, as ``--record``, the worker and the export write them.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ipcore.jsonlines import event_name
from ipcore.messages import shorten
from ipcore.recordings.events.base import Event, name_of
from ipcore.recordings.files import CLASSES, begin
from ipcore.recordings.memory import newest_bytes
from ipcore.recordings.race import Recording
from ipcore.recordings.reading import STREAMS, Reader
from ipcore.recordings.sweep import SweepRecording


@dataclass(frozen=True)
class Limits:
    """What a file may have at most. A race or sweep at every bound that fits its ceilings stays well below.

    Args:
        file: bytes, as they come.
        members: parts that are compressed one by one.
        text: bytes of JSON lines, unpacked.
        line: bytes of one line. JSON of this size can take some thirty times as much while it is read.
        short_line: bytes of a line of an event that has no numbers of many networks, steps, layers or cells.
        events: lines.
        marks: settings changed in flight: each is a line in the charts and a row of a table.
        held: bytes that the recording takes, which are up to hundredfold those of a text made for this end. The largest
            honest one, of 50 layers, four methods and hundreds of snapshots, takes some 120 MB.
    """

    file: int = 64_000_000
    members: int = 10_000
    text: int = 250_000_000
    line: int = 4_000_000
    short_line: int = 32_000
    events: int = 200_000
    marks: int = 1_000
    held: int = 200_000_000


LIMITS = Limits()
GROWING = {name_of(each) for stream in STREAMS.values() for each in stream.definitions if each.grows}
"""Names of the events whose lines may be longer than others."""
CHUNK = 65_536
"""Bytes read at a time."""


@dataclass(frozen=True)
class Imported:
    """A recording that was read, and its events.

    Args:
        recording: the race or sweep, with its last event.
        packed: its events as JSON lines in the form of the newest version, compressed with gzip.
    """

    recording: Recording | SweepRecording
    packed: bytes

    def lines(self) -> Iterator[bytes]:
        """The events as lines of JSON without their newlines. They have been validated."""
        with gzip.open(io.BytesIO(self.packed), "rb") as lines:
            yield from (line.rstrip(b"\n") for line in lines)

    def events(self) -> Iterator[Event]:
        """The events, one after another: all of them as objects would take far more memory than packed."""
        yield from map(Reader().read, self.lines())


def read(file: BinaryIO, limits: Limits = LIMITS) -> Imported:
    """The recording in a file.

    Args:
        file: a file of bytes, at its start.
        limits: the limits on the file and the recording.

    Raises:
        ValueError: in words for whoever chose the file, if it is no recording, is damaged, cut off or too large, or its
            events contradict one another.
    """
    packed = io.BytesIO()
    recording: Recording | SweepRecording | None = None
    number = held = 0
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as out:
        for number, line in enumerate(_lines(file, limits), 1):
            if number > limits.events:
                raise ValueError(f"the file has more than {limits.events:,} lines")
            if not line.strip():
                continue
            try:
                if len(line) > limits.short_line:
                    _check_length(line, limits)
                if recording is None:
                    recording, event = begin(line)
                else:
                    event = recording.add(line)
                if len(recording.marks) > limits.marks:
                    raise ValueError(f"a setting was changed more than {limits.marks:,} times")
            except ValueError as error:
                raise ValueError(_refusal(number, line, str(error))) from None
            out.write(event.line().encode() + b"\n")
            held += newest_bytes(recording, event)
            if held > limits.held:
                raise ValueError(f"the recording would take more than {limits.held / 1e6:,.0f} MB of memory")
    if recording is None:
        raise ValueError("the file is empty")
    if not recording.over:
        raise ValueError(f"the recording is cut off after {number:,} events: its last, 'end', is missing")
    return Imported(recording, packed.getvalue())


def _lines(file: BinaryIO, limits: Limits) -> Iterator[bytes]:
    """Lines of a file, unpacked if it is compressed."""
    source = io.BufferedReader(_Counted(file, limits.file))
    compressed = source.peek(2)[:2] == b"\x1f\x8b"
    lines = io.BufferedReader(_Unpacked(source, limits.members)) if compressed else source
    left = limits.text
    while line := lines.readline(limits.line + 1):
        left -= len(line)
        if left < 0:
            raise ValueError(f"the file holds more than {limits.text / 1e6:,.0f} MB of text")
        if len(line) > limits.line:
            raise ValueError(f"the file has a line of more than {limits.line / 1e6:,.0f} MB, which no recording has")
        yield line


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
            chunk = self._waiting or self._file.read1(CHUNK)
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
                    raise ValueError("the file is cut off in the middle")
            if text:
                buffer[: len(text)] = text
                return len(text)


def _check_length(line: bytes, limits: Limits) -> None:
    """Checks that a line is no longer than its event can be, before it is decoded."""
    name = event_name(line)
    if name not in GROWING:
        raise ValueError(f"event {shorten(name)} has {len(line):,} bytes; {limits.short_line:,} are enough for it")


def _refusal(number: int, line: bytes, why: str) -> str:
    """What is wrong with a line, in words. If the first line is wrong, the file may be no recording at all."""
    if number > 1:
        return f"event {number:,} of the file: {why}"
    return f"this recording cannot be read on this server: {why}" if _beyond(line) else f"this is no recording: {why}"


def _beyond(line: bytes) -> bool:
    """Whether a line begins a recording whose settings are beyond the bounds of this server."""
    try:
        reader = Reader()
        start: Any = reader.read(line)
    except ValueError:
        return False
    try:
        CLASSES[reader.kind or "race"].of(start)
    except ValueError:
        return True
    return False
