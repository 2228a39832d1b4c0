"""Who may import a file now: one at a time on a server, and no visitor so many or so long that others go without."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager as Context
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

WINDOW = 600.0
"""Seconds over which a visitor's imports are counted."""
NUMBER = 20
"""Files that a visitor may import in that time."""
TIME = 120.0
"""Seconds that reading a visitor's files may take in that time."""
OF_ADDRESS = 5
"""How many times as much the visitors of one network address may import together: a class has one address."""
WAITING = 8
"""Files that may wait for the one that is being read."""
PATIENCE = 20.0
"""Seconds that a file waits for those before it."""


class Busy(Exception):
    """A file cannot be imported now; why, in words for its visitor, as the rest of "Nothing was imported, because"."""


@dataclass(frozen=True)
class _Import:
    """An import that is over: when it ended, whose it was, and the seconds that it took."""

    ended: float
    visitor: str
    address: str
    took: float


class ImportTurns:
    """Gives visitors their turns, in the order in which they come. Any thread may call it.

    Args:
        patience: seconds that a file waits for those before it.
        now: the time on the monotonic clock.
    """

    def __init__(self, patience: float = PATIENCE, now: Callable[[], float] = time.monotonic) -> None:
        self._patience, self._now = patience, now
        self._changed = threading.Condition()
        self._queue: deque[str] = deque()  # the visitors; the first has the turn
        self._done: deque[_Import] = deque()

    @contextmanager
    def turn(
        self, visitor: str, waiting: Callable[[], Context[object]] = nullcontext, *, address: str = ""
    ) -> Iterator[None]:
        """A visitor's turn: waits for it, and ends it with the context.

        Args:
            visitor: the token of the visitor.
            waiting: makes a context that is entered while the file waits, such as one that says so.
            address: the network address of the visitor; empty if it is not known.

        Raises:
            Busy: if it is not this visitor's turn in time, or they have had too many.
        """
        with self._changed:
            self._check(visitor, address)
            self._queue.append(visitor)
        try:
            if not self._first(visitor, 0):
                with waiting():
                    if not self._first(visitor, self._patience):
                        raise Busy("other imports are taking long. Try again in a minute")
            began = self._now()
            try:
                yield
            finally:
                with self._changed:
                    self._done.append(_Import(self._now(), visitor, address, self._now() - began))
        finally:
            with self._changed:
                self._queue.remove(visitor)
                self._changed.notify_all()

    def _first(self, visitor: str, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._queue[0] == visitor, seconds)

    def _check(self, visitor: str, address: str) -> None:
        while self._done and self._done[0].ended < self._now() - WINDOW:
            self._done.popleft()
        self._bound("you have", [each for each in self._done if each.visitor == visitor], 1)
        if address:
            who = "visitors with your network address have"
            self._bound(who, [each for each in self._done if each.address == address], OF_ADDRESS)
        if visitor in self._queue:
            raise Busy("another file of yours is being imported. Try again when it is done")
        if len(self._queue) > WAITING:
            raise Busy("many files are being imported. Try again in a minute")

    def _bound(self, who: str, done: list[_Import], times: int) -> None:
        """Refuses one import more if these are too many, or have taken too long."""
        if len(done) >= times * NUMBER or sum(each.took for each in done) >= times * TIME:
            minutes = max(1, round((done[0].ended + WINDOW - self._now()) / 60))
            when = "a minute" if minutes == 1 else f"{minutes} minutes"
            raise Busy(f"{who} imported many files in the last ten minutes. Try again in {when}")
