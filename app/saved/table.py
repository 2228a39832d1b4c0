"""Saved runs as rows of a table, and texts about them. Pure; no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from app.store.reading import Room
from app.store.saved_run import SavedRun
from app.ui.words import enumeration
from ipcore.config import METHODS
from ipcore.datasets import DATASETS

STATES = {
    "running": "Under way", "finished": "Finished", "stopped": "Stopped", "interrupted": "Interrupted",
    "failed": "Failed",
}  # fmt: skip
"""State -> its name in a filter."""
KINDS = {"race": "Races", "sweep": "Sweeps"}
"""Kind -> its name in a filter."""
AMONG = 3
"""The most names that a sentence lists."""


def rows(runs: Sequence[SavedRun], zone: tzinfo = UTC) -> dict[str, list[Any]]:
    """Columns of the table: name -> one value for each run. Empty columns of methods and pins are left out.

    Args:
        runs: the runs, in their order.
        zone: the time zone of the reader.
    """
    columns: dict[str, list[Any]] = {
        "open": ["Open"] * len(runs),
        "name": [run.name for run in runs],
        "when": [datetime.fromtimestamp(run.created, zone) if run.created else None for run in runs],
        "state": [state(run) for run in runs],
        **{method: [percent(run.accuracy.get(method)) for run in runs] for method in METHODS},
        "dataset": [DATASETS[run.dataset].label if run.dataset in DATASETS else run.dataset for run in runs],
        "depth": [None if "depth" in run.config.get("over", ()) else settings(run).get("depth") for run in runs],
        "steps": [run.step if run.kind == "race" else None for run in runs],
        "kept": ["Pinned" if run.pinned else "" for run in runs],
    }
    empty = [name for name in (*METHODS, "kept") if not any(value not in (None, "") for value in columns[name])]
    return {name: values for name, values in columns.items() if name not in empty}


def settings(run: SavedRun) -> dict[str, Any]:
    """The settings of a run's networks; of a sweep, those that do not vary."""
    return run.config if run.kind == "race" else run.config.get("config", {})


def percent(share: float | None) -> float | None:
    """A share in percent, as the table has it."""
    return None if share is None else 100 * share


def state(run: SavedRun) -> str:
    """The state of a run in a few words."""
    steps = settings(run).get("steps")
    if run.state == "running" and run.kind == "race" and steps:
        return f"Under way, {run.step / steps:.0%}"
    return STATES[run.state]


def listed(names: Sequence[str]) -> str:
    """Names in quotation marks, the first few of them."""
    quoted = [f"“{name}”" for name in names[:AMONG]]
    return enumeration([*quoted, f"{len(names) - AMONG} more"] if len(names) > AMONG else quoted)


def size(count: float) -> str:
    """Bytes in words."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def nearly_full(room: Room) -> str:
    """A sentence that the store is nearly full, and which runs will be deleted next.

    Args:
        room: the state of the store as it concerns this visitor.
    """
    if room.own:
        then = (
            f"The oldest runs are deleted first, of yours {listed(room.own)}. Pin or export the runs you want to keep."
        )
    elif room.others:
        then = "When space is needed, the oldest runs of whoever keeps most are deleted; none of yours is next."
    elif room.next:
        then = "When space is needed, runs that were deleted are removed for good first."
    else:
        then = "All runs in it are pinned or under way, so new runs may not be saved."
    return f"The store of runs is nearly full: {size(room.used)} of {size(room.ceiling)}. {then}"
