"""One run while it is being saved: its events that wait, and how far the store has it."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.store.chunks import CHUNK, Chunk, pack

REMEMBERED = 1000
"""How many runs that could not be saved as a whole are remembered."""
Line = tuple[bytes, int, Mapping[str, float]]
"""An event as a line of JSON, with the step and the accuracies of the run after it."""


@dataclass(frozen=True)
class Packed:
    """A chunk, with the step and the accuracies of the run after it."""

    chunk: Chunk
    step: int
    accuracy: Mapping[str, float]

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.chunk.body)


@dataclass
class Unsaved:
    """A run under way, or one of which something is not saved yet.

    Any thread adds lines, with the saver's lock held. Only the saver's thread changes the rest.

    Args:
        row: the arguments of :meth:`app.store.store.Store.create`.
        all_lines: gives all events of the run so far as lines, for a store that has lost some of them.

    Attributes:
        generation: of the store in which the run was created; -1 before.
        lines: events that are not packed yet.
        size: bytes of these lines.
        since: time on the monotonic clock since which the first of them waits.
        packed: chunks that are not saved yet.
        number: how many chunks of it the store has.
        stored: how many events the store has.
        before: how many events come before those that wait. The store lacks some of them if it has lost what it had.
        last: the step and the accuracies of the run after these.
        missing: number of events that cannot be saved.
        why: why they cannot.
        end: how the run has ended, and why, once it has.
    """

    row: tuple[str, str, str, str, Mapping[str, Any]]
    all_lines: Callable[[], Iterable[bytes]]
    generation: int = -1
    created: bool = False
    step: int = 0
    accuracy: Mapping[str, float] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    size: int = 0
    since: float = math.inf
    packed: deque[Packed] = field(default_factory=deque)
    number: int = 0
    stored: int = 0
    before: int = 0
    last: tuple[int, Mapping[str, float]] = (0, {})
    missing: int = 0
    why: str = ""
    end: tuple[str, str, dict[str, Any]] | None = None

    @property
    def waits(self) -> bool:
        """Whether a part of the run is not saved yet."""
        return bool(self.lines or self.packed or self.end or self.lacks)

    @property
    def lacks(self) -> bool:
        """Whether the store has lost some of the events that were saved."""
        return self.stored < self.before

    @property
    def waiting_bytes(self) -> int:
        """Bytes of what is not saved yet."""
        return self.size + sum(each.size for each in self.packed)

    def due(self, patience: float, hurry: bool) -> float:
        """The time on the monotonic clock at which something of it is to be saved; infinity if there is nothing.

        Args:
            patience: seconds that few lines may wait for more.
            hurry: whether they wait no longer.
        """
        if self.end or self.packed or self.lacks or self.size >= CHUNK or (hurry and self.lines):
            return -math.inf
        return self.since + patience

    def add(self, line: bytes, step: int | None, accuracy: Mapping[str, float] | None) -> None:
        """Adds an event."""
        self.step = self.step if step is None else step
        self.accuracy = self.accuracy if accuracy is None else dict(accuracy)
        self.since = min(self.since, time.monotonic())
        self.lines.append((line, self.step, self.accuracy))
        self.size += len(line)

    def replace_lines(self, count: int, chunks: list[Packed]) -> None:
        """Replaces the first lines by the chunks that were made of them."""
        self.size -= sum(len(line) for line, _, _ in self.lines[:count])
        del self.lines[:count]
        self.since = time.monotonic() if self.lines else math.inf
        self.packed.extend(chunks)

    def acknowledge(self) -> None:
        """The first chunk that waited is saved now."""
        done = self.packed.popleft()
        self.number += 1
        self.stored += done.chunk.events
        self.before, self.last = self.stored, (done.step, done.accuracy)

    def rewind(self, chunks: int, events: int) -> None:
        """The store is another one. It has so many chunks and events of the run, which may be fewer than were saved."""
        self.number, self.stored, self.created = chunks, events, False
        while self.packed and self.before < events:  # it was saved, and the answer was lost
            done = self.packed.popleft()
            self.before, self.last = self.before + done.chunk.events, (done.step, done.accuracy)

    def lost(self) -> Iterator[Packed]:
        """Chunks of the events that the store has lost, made anew. Each must be saved before the next is asked for."""
        for each in packed((line, *self.last) for line in islice(self.all_lines(), self.stored, self.before)):
            yield each
            self.number += 1
            self.stored += each.chunk.events

    def give_up(self, why: str) -> None:
        """Saves no more of it. What is saved already stays."""
        self.missing += 1
        self.lines, self.size, self.since, self.why, self.created = [], 0, math.inf, why, False
        self.before = self.stored
        self.packed.clear()


class Incomplete:
    """Why parts of runs that are over could not be saved: the last :data:`REMEMBERED` of them."""

    def __init__(self) -> None:
        self._why: OrderedDict[str, str] = OrderedDict()

    def note(self, id: str, why: str) -> None:
        """Remembers why a part of a run is not saved."""
        self._why[id] = why
        while len(self._why) > REMEMBERED:
            self._why.popitem(last=False)

    def why(self, id: str) -> str:
        """Why a part of a run is not saved; empty if all of it is."""
        return self._why.get(id, "")


def packed(lines: Iterable[Line]) -> Iterator[Packed]:
    """These events in chunks."""
    group: list[bytes] = []
    size, step = 0, 0
    accuracy: Mapping[str, float] = {}
    for line, step, accuracy in lines:
        group.append(line)
        size += len(line)
        if size >= CHUNK:
            yield Packed(pack(group), step, accuracy)
            group, size = [], 0
    if group:
        yield Packed(pack(group), step, accuracy)
