"""The server's log: the same fault again and again is written a few times a minute, and the last ones are kept.

A fault that repeats, such as a connection that cannot be accepted, otherwise fills a disk within minutes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

ALLOWED = 5
"""How often the same fault is written within a window."""
WINDOW = 60.0
"""Seconds."""
KINDS = 200
"""How many kinds of faults are counted at a time; beyond, the one that was quiet for longest is forgotten."""
KEPT = 100
"""How many kinds of faults are kept for the owner's page."""
_DECIDED = "_ipcore_is_written"


@dataclass(frozen=True)
class Fault:
    """A fault as the owner's page shows it.

    Args:
        last: when it was last seen, in seconds since 1970.
        level: the name of the log's level, such as ``"WARNING"``.
        source: which part of the program wrote it.
        text: its first line, shortened.
        times: how often it was seen since the server started.
    """

    last: float
    level: str
    source: str
    text: str
    times: int


@dataclass
class _Count:
    began: float
    written: int = 0
    left_out: int = 0


class Repetition(logging.Filter):
    """A filter that leaves out what repeats, from warnings on, and says how often it did.

    Args:
        clock: the time in seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock, self._lock = clock, threading.Lock()
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()
        self._faults: OrderedDict[tuple[str, ...], Fault] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be written. Each handler asks, and gets the same answer."""
        if record.levelno < logging.WARNING:
            return True
        decided = getattr(record, _DECIDED, None)
        if decided is None:
            with self._lock:
                decided = self._decide(record)
            setattr(record, _DECIDED, decided)
        return bool(decided)

    def faults(self) -> list[Fault]:
        """The last faults, newest first."""
        with self._lock:
            return sorted(self._faults.values(), key=lambda fault: -fault.last)

    def _decide(self, record: logging.LogRecord) -> bool:
        now, kind = self._clock(), _kind(record)
        seen = self._faults.pop(kind, None) or Fault(now, record.levelname, record.name, _first_line(record), 0)
        self._faults[kind] = replace(seen, last=now, times=seen.times + 1)
        count = self._counts.pop(kind, None)
        left_out = 0
        if count is None or not 0 <= now - count.began < WINDOW:
            left_out = count.left_out if count else 0
            count = _Count(now)
        self._counts[kind] = count
        for kept, most in ((self._counts, KINDS), (self._faults, KEPT)):
            while len(kept) > most:
                kept.popitem(last=False)
        if count.written >= ALLOWED:
            count.left_out += 1
            return False
        count.written += 1
        if left_out:
            record.msg, record.args = f"{record.getMessage()} (and {left_out:,} times more that were not written)", None
        return True


def _kind(record: logging.LogRecord) -> tuple[str, ...]:
    """What two records of the same fault have in common: not the numbers in it, but where it arose."""
    error = record.exc_info[1] if record.exc_info else None
    place = error.__traceback__ if error else None
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    template = str(record.msg) if record.args else str(record.msg)[:80]
    return record.name, record.levelname, template, type(error).__name__, where


def _first_line(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    said = f"{record.getMessage()}: {type(error).__name__}" if error else record.getMessage()
    return (said.splitlines() or [""])[0][:200]


repetition = Repetition()
"""The filter of this server."""


def limit() -> None:
    """Has every handler of the log leave out what repeats. To be called again for handlers that came later."""
    for handler in _handlers():
        if repetition not in handler.filters:
            handler.addFilter(repetition)


def _handlers() -> Iterator[logging.Handler]:
    if logging.lastResort:
        yield logging.lastResort
    loggers = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
    for logger in loggers:
        if isinstance(logger, logging.Logger):  # the others stand for names that only have children
            yield from logger.handlers
