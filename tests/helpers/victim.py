"""A server without its web pages, to be killed: races that never end, saved, with what was acknowledged on stdout.

    python tests/victim.py PLACE FILE

PLACE is a folder or a PostgreSQL URL. With FILE, the events of a race, a stand-in for the worker says them as fast as
they are taken, whatever it is asked; without, the real worker trains. Each line on stdin begins a new server as a
fork of this process, since imports take longer than all the rest. A server writes ``server PID``, ``worker PID`` for
each of its workers, and ``RUN NUMBER CHECKSUM`` for each chunk that the store has acknowledged.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.background.run import Run
from app.background.runs import Runs
from app.store.races import race_saver
from app.store.saver import Saver
from app.store.store import Piece, Store
from ipcore.config import RunConfig
from ipcore.worker.process import COMMAND

FLOOD = r"""
echo '{"event":"ready"}'
while read -r line; do
    case "$line" in *start*)
        run=$(printf %s "$line" | sed -E 's/.*"run": *"([^"]*)".*/\1/')
        sed "s/^{/{\"run\":\"$run\",/" "$0"
    esac
done
"""
CONFIG = RunConfig(dataset="moons", methods=("plain", "ip"), depth=3, width=4, seeds=2, steps=100_000)
OWNER = "victim"
_numbers = itertools.count(1)


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # at once, and whole


class Outspoken(Store):
    """Says what it has acknowledged."""

    def append_all(self, pieces: Sequence[Piece]) -> int:
        new = super().append_all(pieces)
        for piece in pieces:
            say(piece.id, piece.number, piece.chunk.checksum)
        return new


def race(runs: Runs) -> Run[Any]:
    """Starts a race of its own: one with the settings of another would be trained together with it."""
    return runs.start(
        replace(CONFIG, intrinsic_rate=CONFIG.intrinsic_rate + next(_numbers) * 1e-6), OWNER, replace=False
    )


def serve(place: Path | str, file: str | None) -> None:
    """Races two at a time, for ever."""
    say("server", os.getpid())
    saver = Saver(Outspoken(place), patience=0.01)
    runs = Runs(slots=2, command=("sh", "-c", FLOOD, file) if file else COMMAND, **race_saver(saver))
    races = [race(runs) for _ in range(2)]
    for pid in runs.scheduler.pids:
        say("worker", pid)
    while True:
        for at, run in enumerate(races):
            run.wait(run.recording.revision, 0.05)
            if run.over:
                saver.flush(60)  # else a stand-in is faster than any disk
                races[at] = race(runs)


def main() -> None:
    where, *files = sys.argv[1:]
    place = where if "://" in where else Path(where)
    for _ in sys.stdin:
        assert threading.active_count() == 1  # a fork takes no threads along
        if os.fork() == 0:
            serve(place, files[0] if files else None)
        os.wait()
        say("dead")


if __name__ == "__main__":
    main()
