"""What the page Status tells the owner of the server: numbers in words, without names and tokens of visitors."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from app.background.runs import Runs
from app.background.sweeps import Sweeps
from app.front import log, room, upkeep
from app.store.saver import Saver
from app.store.schema import StoreError
from ipcore.settings import limits
from ipcore.worker.scheduler import Scheduler

_BEGAN = time.monotonic()
_MEMORY = Path("/proc/self/status")

Facts = dict[str, str]


def visitors() -> Facts:
    """How many visit, and what the server may and does hold open for them."""
    allowed, used = room.limit(), room.descriptors()
    files = "not known" if used is None else f"{used:,}"
    return {
        "Open visits": f"{room.visits.open:,} of at most {room.most_visits():,}",
        "Visits that ended and can come back": f"{len(upkeep.visits):,}",
        "Open files": files if allowed is None else f"{files} of at most {allowed:,}",
        "Memory of the web process": _memory(),
        "Serving for": _duration(time.monotonic() - _BEGAN),
    }


def runs(races: Runs, sweeps: Sweeps) -> Facts:
    """What is trained, what waits, and by how many workers.

    Args:
        races: all races and measurements of the server.
        sweeps: all its sweeps.
    """
    return {
        "Races and measurements": _counted(races.states()),
        "Waiting for a worker": f"{races.scheduler.waiting:,}; large ones {races.apart.waiting:,}",
        "Workers": f"{_workers(races.scheduler)}; for large races {_workers(races.apart)}",
        "Sweeps": _counted(sweeps.states()),
    }


def store(saver: Saver) -> Facts:
    """Where runs are saved, how much room is left, and whether that works.

    Args:
        saver: what saves the runs of this server.
    """
    place = saver.store.place
    facts = {"Place": str(place) if isinstance(place, Path) else "a PostgreSQL database"}
    facts["Saving"] = saver.trouble() or "All is saved, or waits a moment for it."
    try:
        found = saver.store.room()
    except StoreError as error:
        facts["Room"] = f"not known: {error}"
    else:
        facts["Room"] = f"{found.used / 1e6:,.1f} MB of {found.ceiling / 1e6:,.0f} MB"
    return facts


def bounds() -> Facts:
    """The limits that whoever runs the server has set apart from the usual ones."""
    changed = {name: f"{value:,.6g}" for name, value in limits().items()}
    return changed or {"Settings and totals": "as usual"}


def faults() -> list[dict[str, str | int]]:
    """The last faults in the server's log, newest first, as rows of a table."""
    return [
        {
            "Last seen": datetime.fromtimestamp(fault.last, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
            "Times": fault.times,
            "Level": fault.level,
            "Source": fault.source,
            "What happened": fault.text,
        }
        for fault in log.repetition.faults()
    ]


def _counted(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in sorted(states.items())) or "none"


def _workers(scheduler: Scheduler) -> str:
    return f"{len(scheduler.pids):,}, of which at most {scheduler.slots:,} train at a time"


def _memory() -> str:
    try:
        lines = _MEMORY.read_text().splitlines()
    except OSError:
        return "not known"
    found = [line.split()[1] for line in lines if line.startswith("VmRSS:")]
    return f"{int(found[0]) / 1000:,.0f} MB" if found else "not known"


def _duration(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86_400)
    return f"{days:,} d {rest // 3600} h {rest % 3600 // 60:02d} min"
