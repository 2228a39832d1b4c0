"""The files for events of races: what is put into them is found again, and what nobody holds takes no room."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import tempfile
import threading

from serving import ROOT

from app.background import log as log_module
from app.background.log import BLOCK, EventLog
from app.background.spool import Spool
from ipcore.recordings.events.race import Error


def bodies(count: int, seed: int = 0) -> list[bytes]:
    made = random.Random(seed)
    return [made.randbytes(10_000 + 50 * at) for at in range(count)]


def test_what_is_put_is_read_by_any_thread():
    spool, said = Spool(100_000), bodies(40)
    blocks = [spool.put(body) for body in said]
    found: list[list[bytes]] = []
    readers = [
        threading.Thread(target=lambda: found.append([block.read() for block in reversed(blocks)])) for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    more = [spool.put(body) for body in said]
    for reader in readers:
        reader.join()
    assert found == [said[::-1]] * 4 and [block.read() for block in more] == said


def test_a_file_is_gone_with_the_last_of_its_blocks():
    spool = Spool(100_000)
    kept = spool.put(b"kept")
    for seed in range(10):
        held = [spool.put(body) for body in bodies(20, seed)]
        assert [block.read() for block in held] == bodies(20, seed)
    del held
    gc.collect()
    assert kept.read() == b"kept" and len(spool.sizes) == 2, "that of the block that is held, and the newest"
    assert max(spool.sizes) < 100_000 + 11_000


def test_without_a_file_bytes_stay_in_memory_and_that_is_said_once(monkeypatch, caplog):
    spool = Spool()

    def fail(*_, **__):
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "TemporaryFile", fail)
        blocks = [spool.put(body) for body in bodies(3)]
    assert [block.read() for block in blocks] == bodies(3) and spool.sizes == []
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "no room" in caplog.text
    again = spool.put(b"later")
    assert again.read() == b"later" and spool.sizes == [5]


def test_when_the_disk_is_full_what_is_in_the_file_is_still_read():
    """A limit on the size of a file stands for the disk."""
    program = (
        "import random, resource\n"
        "from app.background.spool import Spool\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "spool, made = Spool(), random.Random(0)\n"
        "said = [made.randbytes(30_000) for _ in range(20)]\n"
        "held = [spool.put(body) for body in said]\n"
        "assert [block.read() for block in held] == said\n"
        "assert max(spool.sizes) == 90_000 and len(spool.sizes) > 1, spool.sizes\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_a_log_keeps_little_in_memory_and_all_of_it_in_order():
    log, before = EventLog(), sum(log_module._spool.sizes)
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
    assert sum(map(len, log._newest)) < BLOCK and sum(log_module._spool.sizes) > before and len(log._blocks) == 32
