"""Recordings in files: JSON lines, plain or compressed with gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from ipcore.recordings.events.base import Event
from ipcore.recordings.race import Recording
from ipcore.recordings.reading import Reader, Sent
from ipcore.recordings.sweep import SweepRecording

CLASSES: dict[str, type[Recording] | type[SweepRecording]] = {"race": Recording, "sweep": SweepRecording}
"""Kind of a recording -> its class."""


def begin(first: Sent) -> tuple[Recording | SweepRecording, Event]:
    """The recording that begins with an event, of the kind that the event says; and that event, validated.

    Raises:
        ValueError: if it is no start of a race or a sweep.
    """
    reader = Reader()
    start = reader.read(first)
    made = CLASSES.get(reader.kind or "")
    if made is None:
        raise ValueError("a recording begins with a start event")
    return made.begin(start, reader), start


def from_events(events: Iterable[Sent]) -> Recording | SweepRecording:
    """The recording that holds these events, of the kind that the first of them says.

    Raises:
        ValueError: if the first is no start of either kind, or an event does not fit: which, counted from 1.
    """
    recording: Recording | SweepRecording | None = None
    for number, event in enumerate(events, 1):
        if recording is None:
            recording, _ = begin(event)
            continue
        try:
            recording.add(event)
        except ValueError as error:
            raise ValueError(f"event {number:,}: {error}") from None
    if recording is None:
        raise ValueError("a recording holds at least its start event")
    return recording


def events_from_file(path: str | Path, kind: str | None = None) -> Iterator[Event]:
    """The events in a file, plain or compressed with gzip. The name of the file does not matter.

    Args:
        path: path of the file.
        kind: kind of the recording. By default the start event says it; a measurement has no start event.

    Raises:
        ValueError: if a line is no event, or the file is damaged.
    """
    reader = Reader(kind)
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        with gzip.open(file, "rb") if packed else file as lines:
            try:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield _read(reader, line, number, path)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise ValueError(f"{path} is damaged: {error}") from None


def _read(reader: Reader, line: bytes, number: int, path: str | Path) -> Event:
    """The event on a line of a file; if that is none, the error says where."""
    try:
        return reader.read(line)
    except ValueError as error:
        where = f"{path} is no recording" if number == 1 else f"{path}, line {number:,}"
        raise ValueError(f"{where}: {error}") from None
