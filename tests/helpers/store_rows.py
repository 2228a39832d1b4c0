"""Made-up runs for the tests of the store, and what these tests ask of it again and again."""

from __future__ import annotations

import json
import random
from pathlib import Path

from app.store.chunks import pack
from app.store.schema import runs
from app.store.store import Store

CONFIG = {"dataset": "moons", "methods": ["plain", "ip"], "depth": 3}
PLACE = Path | str


def run_id(number: int) -> str:
    return f"run-{number:020d}"


def chunk(number: int, size: int = 0):
    """A chunk of two events, of about so many bytes."""
    filler = random.Random(number).randbytes(size).hex()  # gzip halves it, and there are two
    return pack(
        [
            json.dumps({"event": "steps", "first": number, "half": half, "x": filler[half - 1 :: 2]}).encode()
            for half in (1, 2)
        ]
    )


def fill(store: Store, number: int = 0, chunk_count: int = 1, owner: str = "ada", state: str = "", **row) -> str:
    """A run with chunks; over, if a state is given."""
    id = run_id(number)
    store.create(id, owner, **{"kind": "race", "name": f"Run {number}", "config": CONFIG} | row)
    for at in range(chunk_count):
        store.append(id, at, chunk(at), 10 * (at + 1), {"plain": 0.1, "ip": 0.5 + at / 100})
    if state:
        store.finish(id, state)
    return id


def at_time(store: Store, id: str, **values) -> None:
    """Changes a row behind the store's back, as time does."""
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(runs.update().where(runs.c.id == id).values(**values))


def names(found: tuple[list, int]) -> list[str]:
    return [run.name for run in found[0]]


def large(store: Store, number: int, owner: str, size: int = 5_000) -> str:
    """A run that is over and takes about so many bytes, older the lower its number."""
    id = fill(store, number, 0, owner)
    store.append(id, 0, chunk(number, size), 1, {})
    store.finish(id, "finished")
    at_time(store, id, created=1000.0 + number)
    return id
