"""How long a store with many runs takes to list, filter and search them, and to replay one; with upper bounds."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from app.race.frames import frame
from app.saved.table import rows
from app.store.chunks import pack
from app.store.replays import Replays
from app.store.saved_run import new_row
from app.store.schema import chunks, runs
from app.store.store import RUN_BYTES, Store
from ipcore.config import METHODS, RunConfig
from ipcore.jsonlines import encode
from tests.helpers.recordings import events

RUNS = 10_000
"""Number of runs of one visitor; other visitors have as many."""
ROUNDS = 20
PAGE = 50
"""Number of runs on a page of the list."""
LONG = RunConfig(steps=100_000)
MOST_MS, MOST_BYTES = 300, 100_000
"""Upper bounds: the milliseconds of a list, a filter or a frame, and the bytes of a frame."""


def fill(store: Store) -> None:
    """Fills a store with rows like those of Store.create, in one transaction."""
    chance = random.Random(1)
    store.list("ada")  # opens it
    made = []
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
        made.append(
            {**row, "created": 1e9 + chance.random() * 1e8, "accuracy": json.dumps(accuracy), "chunks": 1, "events": 1}
        )
    chunk = pack([b'{"event":"error","message":"none"}'])
    body = {"number": 0, "events": 1, "checksum": chunk.checksum, "body": chunk.body}
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(runs.insert(), made)
        connection.execute(chunks.insert(), [{"run": row["id"], **body} for row in made])


def milliseconds(call: Callable[[], object], bound: float | None = None) -> str:
    """The median and the longest time of a call in words; the longest is compared with a bound, if there is one."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    return f"{statistics.median(taken):8.1f} ms, longest {max(taken):8.1f} ms" + against(max(taken), bound, "ms")


def against(figure: float, bound: float | None, unit: str) -> str:
    """A text that says whether a figure is within its bound; empty if it has none."""
    if bound is None:
        return ""
    return f"   {'within' if figure <= bound else 'BEYOND'} {bound:,} {unit}"


def shown(store: Store, **asked: Any) -> None:
    """Does what the page Runs does to show one page of its list."""
    store.room("ada")
    runs, _ = store.list("ada", limit=PAGE, **asked)
    rows(runs)


def main() -> None:
    """Prints a line for each list, filter and search, and for one long run."""
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder))) as store:
        fill(store)
        print(f"store: {RUNS:,} runs of one visitor and as many of others, SQLite; median of {ROUNDS}")
        listing = {
            "the list, as the page shows it": {},
            "its last page": {"offset": RUNS - PAGE},
            "by data set, method and state": {"dataset": "moons", "method": "ip", "state": "finished"},
            "search for two words": {"text": "depth 7 spirals"},
            "search that finds nothing": {"text": "no such run"},
            "recently deleted": {"deleted": True},
        }
        for name, asked in listing.items():
            print(f"{name:<34}{milliseconds(partial(shown, store, **asked), MOST_MS)}")
        print(f"{'one run by its id':<34}{milliseconds(lambda: store.get('run-00000000000000000007'))}")
        store.ceiling = 1.05 * store.room().used
        print(f"{'the list of a store nearly full':<34}{milliseconds(partial(shown, store), MOST_MS)}")
        store.ceiling = 1e12
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
    run = store.get(id)
    each = f"{number} chunks, {run.size / 1e6:.1f} MB, {1000 * taken / number:.1f} ms to save each"
    print(f"{'a run of 100,000 steps':<34}{each}")
    began = time.perf_counter()
    replay = Replays(store).of(run)
    read = time.perf_counter() - began
    print(f"{'opened: back into a recording':<34}{1000 * read:8.1f} ms, then {replay.nbytes / 1e6:.1f} MB of memory")
    began = time.perf_counter()
    largest = len(frame(replay.recording))
    print(f"{'its first frame':<34}{1000 * (time.perf_counter() - began):8.1f} ms")
    chance, sizes = random.Random(1), [largest]

    def slide() -> None:
        sizes.append(len(frame(replay.recording, step=chance.randint(0, LONG.steps))))

    print(f"{'the slider, at any moment':<34}{milliseconds(slide, MOST_MS)}")
    print(f"{'bytes of a frame':<34}{max(sizes):8,} at most{against(max(sizes), MOST_BYTES, 'bytes')}")


if __name__ == "__main__":
    main()
