"""The file for events of races: what is put into it is found again, and what nobody holds takes no room."""

from __future__ import annotations

import gc
import random
import sqlite3
import threading

from app.background import log as log_module
from app.background.log import BLOCK, EventLog
from app.background.spool import Spool
from ipcore.recordings.events.race import Error


def bodies(count: int, seed: int = 0) -> list[bytes]:
    made = random.Random(seed)
    return [made.randbytes(30_000) for _ in range(count)]


def test_what_is_put_is_read_by_any_thread_and_removed_with_its_block():
    spool, said = Spool(), bodies(40)
    blocks = [spool.put(body) for body in said]
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.extend(block.read() for block in reversed(blocks)))
    reader.start()
    reader.join()
    assert found == said[::-1] and spool.blocks == 40
    del blocks[::2], reader
    gc.collect()
    assert spool.blocks == 20 and [block.read() for block in blocks] == said[1::2]
    more = [spool.put(body) for body in said]
    assert [block.read() for block in (*blocks, *more)] == said[1::2] + said


def test_room_is_used_again():
    spool = Spool()
    for seed in range(20):
        held = [spool.put(body) for body in bodies(5, seed)]
        assert len(held) == 5
    gc.collect()
    assert spool.blocks == 5
    (pages,), (size,) = (spool._file.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    assert pages * size < 15 * 30_000


def test_without_a_file_bytes_stay_in_memory_and_that_is_said_once(monkeypatch, caplog):
    spool = Spool()

    def fail(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", fail)
        blocks = [spool.put(body) for body in bodies(3)]
    assert [block.read() for block in blocks] == bodies(3)
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "disk is full" in caplog.text
    again = spool.put(b"later")
    assert again.read() == b"later" and spool.blocks == 1


def test_a_log_keeps_little_in_memory_and_all_of_it_in_order():
    log, before = EventLog(), log_module._spool.blocks
    events = [Error(message=f"{number} {'x' * 500}") for number in range(1_000)]
    for event in events[:900]:
        log.add(event)
    other = log.copy()
    for event in events[900:]:
        log.add(event)
    other.add(Error(message="stopped"))
    lines = [event.line().encode() for event in events]
    assert list(log) == events and list(log.lines()) == lines
    assert list(other.lines()) == [*lines[:900], Error(message="stopped").line().encode()]
    assert sum(map(len, log._newest)) < BLOCK and log_module._spool.blocks - before == len(log._blocks) == 32
