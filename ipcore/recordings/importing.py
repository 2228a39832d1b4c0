"""Imports a recording from a file that anybody may have made, in bounded memory: every event is validated.

The file holds JSON lines, plain or compressed with gzip, as ``--record``, the worker and the export write them.
"""

from __future__ import annotations

import gzip
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from ipcore.jsonlines import event_name
from ipcore.messages import shorten
from ipcore.recordings.events.base import Event, name_of
from ipcore.recordings.files import CLASSES, begin, is_part
from ipcore.recordings.lines import lines, to_the_cut
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
        seconds: seconds that reading may take.
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
    seconds: float = 60.0
    held: int = 200_000_000


LIMITS = Limits()
GROWING = {name_of(each) for stream in STREAMS.values() for each in stream.definitions if each.grows}
"""Names of the events whose lines may be longer than others."""


@dataclass(frozen=True)
class Imported:
    """A recording that was read, and its events.

    Args:
        recording: the race or sweep. If the file is cut off, it says so and is ended there.
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
        ValueError: in words for whoever chose the file, if it is no recording, is damaged or too large, or its events
            contradict one another. A file that is cut off is read up to its last whole event.
    """
    packed = io.BytesIO()
    recording: Recording | SweepRecording | None = None
    held = 0
    found = lines(file, most=limits.file, members=limits.members, text=limits.text, longest=limits.line)
    until = time.monotonic() + limits.seconds
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as out:
        for number, line in enumerate(to_the_cut(found), 1):
            if number > limits.events:
                raise ValueError(f"the file has more than {limits.events:,} lines")
            if time.monotonic() > until:
                raise ValueError(f"reading it takes more than {limits.seconds:g} s")
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
                if recording is not None and not recording.over and is_part(line):
                    break
                raise ValueError(_refusal(number, line, str(error))) from None
            out.write(event.line().encode() + b"\n")
            held += newest_bytes(recording, event)
            if held > limits.held:
                raise ValueError(f"the recording would take more than {limits.held / 1e6:,.0f} MB of memory")
    if recording is None:
        raise ValueError("the file is empty")
    recording.end_as_cut_off()
    return Imported(recording, packed.getvalue())


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
