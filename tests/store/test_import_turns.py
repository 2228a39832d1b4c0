"""Imports by turns: one at a time, in the order in which they come, and nobody takes all the time."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from app.store import import_turns
from app.store.import_turns import NUMBER, OF_ADDRESS, TIME, WAITING, WINDOW, Busy, ImportTurns


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_a_visitor_has_so_many_imports_in_ten_minutes_and_others_have_theirs():
    clock = Clock()
    turns = ImportTurns(now=clock)
    for _ in range(NUMBER):
        with turns.turn("ada"):
            clock.time += 1
    with pytest.raises(Busy, match="many files in the last ten minutes"):
        turns.turn("ada").__enter__()
    with turns.turn("bob"):
        pass
    clock.time += WINDOW - NUMBER + 1.5
    with turns.turn("ada"):
        pass


def test_the_visitors_of_one_address_have_so_many_together():
    clock = Clock()
    turns = ImportTurns(now=clock)
    for number in range(OF_ADDRESS * NUMBER):
        with turns.turn(f"tab {number}", address="192.0.2.7"):
            clock.time += 0.1
    with pytest.raises(Busy, match="visitors with your network address have imported many files"):
        turns.turn("another tab", address="192.0.2.7").__enter__()
    for address in ("192.0.2.8", ""):
        with turns.turn("another tab", address=address):
            pass


def test_files_that_take_long_use_up_a_visitors_time():
    clock = Clock()
    turns = ImportTurns(now=clock)
    for _ in range(2):
        with turns.turn("ada"):
            clock.time += TIME / 2
    with pytest.raises(Busy, match="many files"):
        turns.turn("ada").__enter__()


def test_a_visitor_has_one_import_at_a_time_and_the_queue_has_a_length():
    turns = ImportTurns(patience=0.01)
    with turns.turn("ada"):
        with pytest.raises(Busy, match="another file of yours"):
            turns.turn("ada").__enter__()
        with pytest.raises(Busy, match="other imports are taking long"):
            turns.turn("bob").__enter__()
        turns._queue.extend(f"visitor {number}" for number in range(WAITING))
        with pytest.raises(Busy, match="many files are being imported"):
            turns.turn("eve").__enter__()


def test_they_come_in_the_order_in_which_they_asked():
    turns, order, said = ImportTurns(patience=60), [], []

    def import_one(visitor: str) -> None:
        with turns.turn(visitor, lambda: said.append(visitor) or ExitStack()):
            order.append(visitor)

    with turns.turn("first"):
        threads = []
        for visitor in ("a", "b", "c"):
            threads.append(threading.Thread(target=import_one, args=(visitor,)))
            threads[-1].start()
            deadline = time.monotonic() + 30
            while visitor not in turns._queue:
                assert time.monotonic() < deadline
                time.sleep(0.001)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == said == ["a", "b", "c"] and not turns._queue


def test_one_who_wants_all_of_it_leaves_time_for_others():
    """A visitor's files at their slowest take a share of the ten minutes in which they are counted."""
    assert (TIME + import_turns.PATIENCE) < WINDOW / 3
