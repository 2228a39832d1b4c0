"""What recordings of races, sweeps and measurements have in common."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from ipcore.config import RunConfig
from ipcore.recordings.events.base import Event
from ipcore.recordings.moments import Mark
from ipcore.recordings.reading import Reader, Sent

OVER = ("finished", "stopped", "failed")
"""States after the last event."""


class BaseRecording(ABC):
    """All events of a race, sweep or measurement so far. One thread adds, any number read; reading never blocks.

    A subclass has a method ``_on_<name>`` for each event, which reads all of the event before it changes anything, so
    that an event that does not fit changes nothing.

    Attributes:
        state: ``starting``, ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``.
        message: why it failed or is cut off, in words.
        cut_off: whether the last event is missing: whoever wrote the recording was stopped.
        elapsed: seconds that it has taken so far.
        revision: the number of events so far, by which a reader sees whether there is something new.
        reader: validates what is added.
    """

    kind: ClassVar[str]
    """``race``, ``sweep`` or ``measurement``."""

    def __init__(self) -> None:
        self.state, self.message = "starting", ""
        self.elapsed = 0.0
        self.revision = 0
        self.cut_off = False
        self.reader = Reader(self.kind)

    @property
    def over(self) -> bool:
        """Whether the last event has come."""
        return self.state in OVER

    def add(self, event: Sent) -> Event:
        """Adds one event.

        Args:
            event: an event that this program made, or plain values or a line of JSON, which are validated.

        Returns:
            The event.

        Raises:
            ValueError: if the event does not fit. The recording is then unchanged.
        """
        version = self.reader.version
        try:
            read = self.reader.read(event)
            if self.over:
                raise ValueError(f"event {read.name!r} comes after the end")
            getattr(self, f"_on_{read.name}")(read)
        except ValueError:
            self.reader.version = version
            raise
        self.revision += 1
        return read

    def copy(self) -> Self:
        """A recording with the same events so far, which goes on by itself.

        Not while another thread adds an event.
        """
        made = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, (list, dict)):
                setattr(made, name, value.copy())
        made.reader = copy.copy(self.reader)
        return made

    @abstractmethod
    def _stopped(self) -> Event:
        """The event that ends it at this point."""

    def end_as_stopped(self) -> Event:
        """Ends a recording whose worker is gone, and returns the event that ends it."""
        return self.add(self._stopped())

    def end_as_cut_off(self) -> None:
        """Ends a recording after whose last event nothing more will come, and says so; does nothing if it is over."""
        if not self.over:
            self.message = f"cut off after {self.revision:,} events: the last, 'end', is missing"
            self.cut_off = True
            self.end_as_stopped()


class StoredRecording(BaseRecording):
    """A recording that can be stored: of a race or a sweep. It begins with a start event."""

    config: RunConfig
    resumable: ClassVar[bool]
    """Whether it may be resumed after it ended early, so that a replay of it does not end it."""
    marks: Sequence[Mark] = ()
    """Settings that were changed while it was under way; a sweep has none."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """All settings as plain values: those of the race, or those of the sweep with the values that it goes over."""

    @property
    @abstractmethod
    def done(self) -> int:
        """How far it has come: steps of a race, trained networks of a sweep."""

    @abstractmethod
    def accuracies(self) -> dict[str, float]:
        """Method -> its accuracy so far.

        Of a race: the mean of the last test over the seeds whose accuracy is known. Of a sweep: the best mean over
        seeds of any point, with the networks that are trained so far.
        """

    @classmethod
    @abstractmethod
    def of(cls, start: Any) -> Self:
        """An empty recording with the settings that a start event has.

        Raises:
            ValueError: if they are not allowed.
        """

    @classmethod
    def from_events(cls, events: Iterable[Sent]) -> Self:
        """The recording that holds these events; the first must be ``start``.

        Raises:
            ValueError: if it is not, or an event does not fit.
        """
        recording = None
        for event in events:
            if recording is None:
                recording = cls.begin(event, Reader(cls.kind))
            else:
                recording.add(event)
        if recording is None:
            raise ValueError("a recording holds at least its start event")
        return recording

    @classmethod
    def begin(cls, first: Sent, reader: Reader) -> Self:
        """The recording that begins with an event.

        Args:
            first: the start event.
            reader: validates the start event and all events after it.

        Raises:
            ValueError: if it is no start of such a recording.
        """
        start = reader.read(first)
        if start.name != "start":
            raise ValueError("a recording begins with a start event")
        recording = cls.of(start)
        recording.reader = reader
        recording.add(start)
        return recording
