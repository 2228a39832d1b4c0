"""The one place where events from outside are validated, whether a worker, a file, the store or a test sent them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ipcore.jsonlines import decode
from ipcore.messages import shorten
from ipcore.recordings.events import measurement, race, sweep
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stream import Stream
from ipcore.recordings.upgrades import newest, upgraded, version_of

Sent = Event | Mapping[str, Any] | str | bytes
"""An event as it may come: made by this program, as plain values, or as a line of JSON."""

KINDS = ("race", "sweep")
"""The kinds of recordings that can be stored."""
STREAMS = {
    "race": Stream("race", race.EVENTS),
    "sweep": Stream("sweep", sweep.EVENTS),
    "measurement": Stream("measurement", measurement.EVENTS),
}
"""Kind of a recording -> its events."""


KIND_OF_START: dict[type[Event], str] = {race.Start: "race", sweep.Start: "sweep"}
"""Definition of a start event -> the kind of a recording that begins with it."""


class Reader:
    """Reads the events of one recording, one after another.

    Args:
        kind: of the recording; None: its start event says it.

    Attributes:
        kind: ``race``, ``sweep`` or ``measurement``; None until it is known.
        version: of the recording, which its start event says; None until then.
    """

    def __init__(self, kind: str | None = None) -> None:
        self.kind = kind
        self.version: int | None = None

    def read(self, sent: Sent) -> Event:
        """An event, validated and in the form of the newest version. One that this program made is returned as it is.

        Raises:
            ValueError: in words, if it is not a valid event of the recording.
        """
        if isinstance(sent, Event):
            self.kind = self.kind or KIND_OF_START.get(type(sent))
            return sent
        if isinstance(sent, Mapping):
            return self._convert(sent)
        if not isinstance(sent, (str, bytes)):
            raise ValueError(f"no such event: {shorten(sent)}")
        if self.kind is not None and self.version == newest(self.kind):
            try:
                return STREAMS[self.kind].decode(sent)
            except (ValueError, RecursionError):
                pass  # the slower way below finds the same fault, and says it in words
        return self._convert(decode(sent))

    def _convert(self, values: Mapping[str, Any]) -> Event:
        if values.get("event") == "start" and self.kind != "measurement":
            return self._start(values)
        if self.kind is None:
            raise ValueError("a recording begins with a start event")
        version = newest(self.kind) if self.version is None else self.version
        return STREAMS[self.kind].convert(upgraded(self.kind, version, values))

    def _start(self, values: Mapping[str, Any]) -> Event:
        kind = kind_of(values)
        if kind != (self.kind or kind):
            raise ValueError(f"a recording of a {self.kind} begins with its start event")
        version = version_of(kind, values)
        start = STREAMS[kind].convert(upgraded(kind, version, values))
        self.kind = kind
        self.version = self.version or version
        return start


def kind_of(start: Mapping[str, Any]) -> str:
    """The kind of a recording that begins with this event; a race need not say it.

    Raises:
        ValueError: if it is of another kind than :data:`KINDS` has.
    """
    kind = start.get("kind", "race")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"this is a recording of kind {shorten(kind)}, not of a {' or a '.join(KINDS)}")
    return kind


def read_events(sent: Iterable[Sent], kind: str | None = None) -> Iterator[Event]:
    """The events of one recording, from its start on, validated one by one.

    Args:
        sent: the events as they come.
        kind: of the recording; None: its start event says it.

    Raises:
        ValueError: at the first that is not a valid event of the recording.
    """
    reader = Reader(kind)
    return map(reader.read, sent)
