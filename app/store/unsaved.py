"""One run while it is being saved: its events that wait, and those that are kept in case the store is lost."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
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

    Attributes:
        generation: of the store in which the run was created; -1 before.
        lines: events that are not packed yet.
        size: bytes of these lines.
        since: time on the monotonic clock since which the first of them waits.
        packed: chunks that are not saved yet.
        number: number of the first of them.
        saved: chunks that are saved and kept in memory as well, up to the one before ``packed``.
        first: number of the first of these.
        missing: number of events that cannot be saved.
        why: why they cannot.
        end: how the run has ended, and why, once it has.
    """

    row: tuple[str, str, str, str, Mapping[str, Any]]
    generation: int = -1
    created: bool = False
    step: int = 0
    accuracy: Mapping[str, float] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    size: int = 0
    since: float = math.inf
    packed: deque[Packed] = field(default_factory=deque)
    number: int = 0
    saved: deque[Packed] = field(default_factory=deque)
    first: int = 0
    missing: int = 0
    why: str = ""
    end: tuple[str, str, dict[str, Any]] | None = None

    @property
    def waits(self) -> bool:
        """Whether a part of the run is not saved yet."""
        return bool(self.lines or self.packed or self.end)

    @property
    def waiting_bytes(self) -> int:
        """Bytes of what is not saved yet."""
        return self.size + sum(each.size for each in self.packed)

    @property
    def kept_bytes(self) -> int:
        """Bytes of saved chunks that are kept in memory."""
        return sum(each.size for each in self.saved)

    def due(self, patience: float, hurry: bool) -> float:
        """The time on the monotonic clock at which something of it is to be saved; infinity if there is nothing.

        Args:
            patience: seconds that few lines may wait for more.
            hurry: whether they wait no longer.
        """
        if self.end or self.packed or self.size >= CHUNK or (hurry and self.lines):
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
        """The first chunk that waited is saved now. It stays in memory, if those before it have."""
        done = self.packed.popleft()
        self.number += 1
        if self.first + len(self.saved) == self.number - 1:
            self.saved.append(done)

    def forget_saved(self) -> None:
        """Keeps no chunk in memory that is saved."""
        self.first += len(self.saved)
        self.saved.clear()

    def rewind(self) -> None:
        """Makes all chunks that are in memory wait again: the store no longer has those that were saved."""
        self.packed.extendleft(reversed(self.saved))
        self.number = self.first
        self.saved.clear()
        self.created = False

    def give_up(self, why: str) -> None:
        """Saves no more of it. What is saved already stays."""
        self.missing += 1
        self.lines, self.size, self.since, self.why, self.created = [], 0, math.inf, why, False
        self.packed.clear()
        self.saved.clear()


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


def packed(lines: list[Line]) -> list[Packed]:
    """These events in chunks."""
    found: list[Packed] = []
    group: list[bytes] = []
    size = 0
    for number, (line, step, accuracy) in enumerate(lines, 1):
        group.append(line)
        size += len(line)
        if size >= CHUNK or number == len(lines):
            found.append(Packed(pack(group), step, accuracy))
            group, size = [], 0
    return found
