"""The store with many runs: how long its list, its filters, its searches and one run's events take."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sql

from app.chunks import pack
from app.saved_run import new_row
from app.store import RUN_BYTES, Store
from app.store_schema import chunks, runs
from ipcore.config import METHODS, RunConfig
from ipcore.recording import encode, from_events
from tests.recordings import events

RUNS = 10_000
"""Of one visitor, and as many of others."""
ROUNDS = 20
LONG = RunConfig(steps=100_000)


def fill(store: Store) -> None:
    """Rows as Store.create makes them, in one transaction."""
    chance = random.Random(1)
    store.list("ada")  # opens it
    rows = []
    for number in range(2 * RUNS):
        config = RunConfig(
            dataset=chance.choice(("mnist-5k", "moons", "spirals", "circles")),
            methods=tuple(chance.sample(METHODS, chance.randint(1, 4))),
            depth=chance.randint(1, 20),
        )
        name = f"Run {number}, depth {config.depth}"
        row = new_row(
            f"run-{number:020d}", "ada" if number % 2 else f"visitor {number % 99}", "race", name, config.to_dict()
        )
        row |= {"state": chance.choice(("finished", "finished", "stopped", "failed", "interrupted")), "size": RUN_BYTES}
        accuracy = {method: round(chance.random(), 3) for method in config.methods}
        rows.append(
            {**row, "created": 1e9 + chance.random() * 1e8, "accuracy": json.dumps(accuracy), "chunks": 1, "events": 1}
        )
    chunk = pack([b'{"event":"error","message":"none"}'])
    body = {"number": 0, "events": 1, "checksum": chunk.checksum, "body": chunk.body}
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(runs.insert(), rows)
        connection.execute(chunks.insert(), [{"run": row["id"], **body} for row in rows])


def milliseconds(call: Callable[[], object]) -> str:
    """Median and longest time of a call over rounds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    return f"{statistics.median(taken):8.1f} ms, longest {max(taken):8.1f} ms"


def main() -> None:
    """Prints a line for each question."""
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder))) as store:
        fill(store)
        print(f"store: {RUNS:,} runs of one visitor and as many of others, SQLite; median of {ROUNDS}")
        questions = {
            "first page of 50": lambda: store.list("ada"),
            "last page of 50": lambda: store.list("ada", offset=RUNS - 50),
            "by data set, method and state": lambda: store.list("ada", dataset="moons", method="ip", state="finished"),
            "search for two words": lambda: store.list("ada", "depth 7 spirals"),
            "search that finds nothing": lambda: store.list("ada", "no such run"),
            "how full it is": store.room,
            "one run by its id": lambda: store.get("run-00000000000000000007"),
        }
        for name, question in questions.items():
            print(f"{name:<32}{milliseconds(question)}")
        _long_run(store)


def _long_run(store: Store) -> None:
    id, number, group, size = "run-of-many-steps-000", 0, [], 0
    store.create(id, "ada", "race", "Long", LONG.to_dict())
    taken = 0.0
    for event in events(LONG, snapshots=300, batch=50):
        group.append(encode(event).encode())
        size += len(group[-1])
        if size >= 64 * 1024 or event["event"] == "end":
            began = time.perf_counter()
            store.append(id, number, pack(group), 0, {})
            taken += time.perf_counter() - began
            number, group, size = number + 1, [], 0
    store.finish(id, "finished")
    with store.engine.begin() as connection:
        bytes_kept = connection.execute(sql.select(runs.c.size).where(runs.c.id == id)).scalar_one()
    each = f"{number} chunks, {bytes_kept / 1e6:.1f} MB, {1000 * taken / number:.1f} ms to save each"
    print(f"{'a run of 100,000 steps':<32}{each}")
    began = time.perf_counter()
    from_events(store.events(id))
    print(f"{'and back into a recording':<32}{1000 * (time.perf_counter() - began):8.1f} ms")


if __name__ == "__main__":
    main()
