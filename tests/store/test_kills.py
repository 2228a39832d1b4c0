"""Server and workers are killed in mid-run, again and again: nothing acknowledged is lost, no run is corrupt."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sql
from recordings import events as made_up
from serving import ROOT
from victim import CONFIG, OWNER

from app.store import upkeep as store_upkeep
from app.store.schema import FILE, chunks
from app.store.store import Store
from ipcore.jsonlines import encode
from ipcore.recordings.race import from_events


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The events of a race as a worker writes them, some 0.5 MB; its steps are fewer than the race has."""
    file = tmp_path_factory.mktemp("flood") / "events.jsonl"
    lines = map(encode, made_up(CONFIG, steps=2_500, snapshots=40, batch=40, end=False))
    end = {"event": "end", "step": 2_500, "state": "stopped", "elapsed": 13, "telemetry": 0, "first_layer_gradient": {}}
    file.write_text("".join(f"{line}\n" for line in (*lines, encode(end))))
    return file


class Victims:
    """Servers that are begun and killed one after the other."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, ROOT / "tests" / "helpers" / "victim.py", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT, env=environment
        )

    def live_and_die(self, chance: random.Random, chunk_count: int) -> dict[tuple[str, int], str]:
        """One server's life, up to a moment after so many chunks. Returns checksums of all that it acknowledged."""
        self._process.stdin.write("live\n")
        server, workers, acknowledged = 0, [], {}
        for line in self._process.stdout:
            match line.split():
                case ["dead"]:
                    break
                case ["server", pid]:
                    server = int(pid)
                case ["worker", pid]:
                    workers.append(int(pid))
                case [run, number, checksum]:
                    acknowledged[run, int(number)] = checksum
            if server and len(workers) == 2 and len(acknowledged) >= chunk_count:
                time.sleep(chance.random() * 0.02)  # no event to wait for: the moment is to be any
                victims = [server, *workers]
                chance.shuffle(victims)
                for pid in victims:
                    with suppress(ProcessLookupError):  # a worker whose server is dead ends by itself
                        os.kill(pid, signal.SIGKILL)
                server = 0  # what it said before it died is still to be read
        return acknowledged

    def close(self) -> None:
        for child in psutil.Process(self._process.pid).children(recursive=True):
            child.kill()
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


@pytest.fixture
def victims() -> Iterator[list[Victims]]:
    begun: list[Victims] = []
    yield begun
    for each in begun:
        each.close()


def check(place: Path | str, acknowledged: dict[tuple[str, int], str]) -> int:
    """Whether all is there and well. Returns how many of these runs were under way."""
    with closing(Store(place)) as store:
        found = [store.get(run) for run in sorted({run for run, _ in acknowledged})]
        assert {run.state for run in found} <= {"interrupted", "stopped"} and store.list(OWNER, state="running")[1] == 0
        with store.engine.begin() as connection:
            rows = connection.execute(sql.select(chunks.c.run, chunks.c.number, chunks.c.checksum))
            kept = {(row.run, row.number): row.checksum for row in rows}
        assert acknowledged.items() <= kept.items()
        for run in found:
            recording = from_events(store.events(run.id))  # every checksum is compared, every event read
            assert recording.step == run.step and (recording.over or run.state == "interrupted")
            assert run.chunks == sum(id == run.id for id, _ in kept)
    if isinstance(place, Path):
        with closing(sqlite3.connect(place / FILE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return sum(run.state == "interrupted" for run in found)


def kill(place: Path | str, running: Victims, rounds: int, rounds_per_check: int = 10) -> None:
    """Kills so many times, and on until as many runs were hit while they were under way: a race may just have ended."""
    chance = random.Random(5)
    interrupted = number = 0
    acknowledged: dict[tuple[str, int], str] = {}
    while number < rounds or interrupted < rounds:
        assert number < 3 * rounds, f"of {number} kills only {interrupted} hit a run under way"
        number += 1
        acknowledged |= running.live_and_die(chance, chance.randrange(1, 9))
        if number % rounds_per_check == 0 or number >= rounds:
            interrupted += check(place, acknowledged)
            acknowledged.clear()


def test_killed_fifty_times(tmp_path: Path, flood: Path, victims):
    victims.append(Victims(tmp_path / "store", flood))
    kill(tmp_path / "store", victims[0], 50)


def test_killed_with_real_workers(tmp_path: Path, victims):
    victims.append(Victims(tmp_path / "store"))
    kill(tmp_path / "store", victims[0], 2, 1)


def test_killed_on_postgresql(postgres, flood: Path, victims, monkeypatch):
    monkeypatch.setattr(store_upkeep, "LEASE", -60.0)  # whoever looks now takes every server for dead, and is right
    url = postgres.database()
    victims.append(Victims(url, flood))
    kill(url, victims[0], 4, 2)
