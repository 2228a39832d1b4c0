"""Recordings in files: JSON lines, plain or compressed with gzip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ipcore.jsonlines import decode
from ipcore.recordings.events.base import Event
from ipcore.recordings.lines import ZEROS, CutOff, all_lines, to_the_cut
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


def from_cut_off(events: Iterable[Sent]) -> Recording | SweepRecording:
    """The recording that holds these events, also if it is cut off: it then says so and is ended there.

    Raises:
        ValueError: if there is no start event, an event does not fit, or it is damaged.
    """
    recording = from_events(to_the_cut(events))
    recording.end_as_cut_off()
    return recording


def load(path: str | Path) -> Recording | SweepRecording:
    """The race or sweep in a file, plain or compressed with gzip.

    If whoever wrote the file was stopped, the recording is read up to its last whole event; it then has ``cut_off``,
    and says in ``message`` where.

    Args:
        path: path of the file.

    Raises:
        ValueError: if it is no recording, or is damaged.
        OSError: if the file cannot be read.
    """
    return from_cut_off(events_from_file(path))


def is_part(line: bytes) -> bool:
    """Whether a line is but the beginning of one, whose writer was stopped, or what a power cut leaves in its place."""
    if line.endswith(b"\n"):
        return False
    try:
        decode(line)
    except ValueError:
        return line.lstrip().startswith(b"{") or not line.strip(b"\0") or line.endswith(bytes(ZEROS))
    return False


def events_from_file(path: str | Path, kind: str | None = None) -> Iterator[Event]:
    """The events in a file, plain or compressed with gzip. The name of the file does not matter.

    Args:
        path: path of the file.
        kind: kind of the recording. By default the start event says it; a measurement has no start event.

    Raises:
        CutOff: after the last whole event, if the file is cut off in the middle of one.
        ValueError: if a line is no event, or the file is damaged.
    """
    reader = Reader(kind)
    with open(path, "rb") as file:
        found = enumerate(all_lines(file), 1)
        while True:
            try:
                number, line = next(found, (0, b""))
            except CutOff:
                raise CutOff(f"{path} is cut off in the middle") from None
            except ValueError as error:
                raise ValueError(f"{path} is damaged: {str(error).removeprefix('the file is damaged: ')}") from None
            if not number:
                return
            if number > 1 and is_part(line):
                raise CutOff(f"{path} is cut off in the middle")
            if line.strip():
                yield _read(reader, line, number, path)


def _read(reader: Reader, line: bytes, number: int, path: str | Path) -> Event:
    """The event on a line of a file; if that is none, the error says where."""
    try:
        return reader.read(line)
    except ValueError as error:
        where = f"{path} is no recording" if number == 1 else f"{path}, line {number:,}"
        raise ValueError(f"{where}: {error}") from None
