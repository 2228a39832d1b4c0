"""The server's log: what repeats is written a few times, counted, and kept for the owner."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from app.front import log
from app.front.log import ALLOWED, KEPT, WINDOW, Repetition


class Written(logging.Handler):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def now() -> SimpleNamespace:
    return SimpleNamespace(value=1_000_000.0)


@pytest.fixture
def repetition(now: SimpleNamespace) -> Repetition:
    return Repetition(clock=lambda: now.value)


@pytest.fixture
def logger(repetition: Repetition) -> logging.Logger:
    logger = logging.Logger("a part of the program")
    for handler in (Written(), Written()):
        handler.addFilter(repetition)
        logger.addHandler(handler)
    return logger


def lines(logger: logging.Logger) -> list[str]:
    first, second = logger.handlers
    assert isinstance(first, Written) and isinstance(second, Written)
    assert first.lines == second.lines, "every handler writes the same"
    return first.lines


def fail(logger: logging.Logger, number: int) -> None:
    try:
        raise OSError(24, f"Too many open files: {number}")
    except OSError:
        logger.exception("connection %d cannot be accepted", number)


def test_what_repeats_is_written_a_few_times_and_then_counted(logger: logging.Logger, now: SimpleNamespace) -> None:
    for number in range(10_000):
        fail(logger, number)
        logger.info("news %d", number)
    assert len([line for line in lines(logger) if line.startswith("connection")]) == ALLOWED
    assert len([line for line in lines(logger) if line.startswith("news")]) == 10_000
    now.value += WINDOW
    fail(logger, 7)
    assert lines(logger)[-1] == "connection 7 cannot be accepted (and 9,995 times more that were not written)"
    fail(logger, 8)
    assert lines(logger)[-1] == "connection 8 cannot be accepted"


def test_other_faults_are_written_meanwhile(logger: logging.Logger) -> None:
    for number in range(20):
        fail(logger, number)
    logger.warning("something else")
    assert lines(logger)[-1] == "something else"


def test_a_clock_that_is_set_back_hides_nothing(logger: logging.Logger, now: SimpleNamespace) -> None:
    fail(logger, 1)
    now.value -= 1e6
    fail(logger, 2)
    assert len(lines(logger)) == 2


def test_the_last_faults_are_kept_with_their_number(logger: logging.Logger, repetition: Repetition) -> None:
    for number in range(30):
        fail(logger, number)
    logger.warning("one line\nand another")
    newest, older = sorted(repetition.faults(), key=lambda fault: fault.times)
    assert (newest.text, newest.times, newest.level, newest.source) == (
        "one line",
        1,
        "WARNING",
        "a part of the program",
    )
    assert (older.text, older.times) == ("connection 0 cannot be accepted: OSError", 30)
    for number in range(3 * KEPT):
        logger.warning(f"a kind of its own, number {number}")
    assert len(repetition.faults()) == KEPT


def test_every_handler_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = Written()
    logger = logging.getLogger("app.front.test_log")
    monkeypatch.setattr(logger, "handlers", [handler])
    others = [each for each in log._handlers() if log.repetition not in each.filters]
    log.limit()
    log.limit()
    assert handler.filters == [log.repetition] and logging.lastResort and log.repetition in logging.lastResort.filters
    for other in others:  # those of the tests are to hear everything
        other.removeFilter(log.repetition)
