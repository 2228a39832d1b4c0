"""One saved run without its events: what lists show. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.store.run_names import TURNING, check_id, check_name, folded, owner_hash
from ipcore.config import METHODS

KINDS = ("race", "sweep")
RUNNING = "running"
OVER = ("finished", "stopped", "failed", "interrupted")
LONGEST_CONFIG = 256 * 1024
"""Characters of a run's settings as JSON: those of a sweep over as many values as there may be networks fit."""
LONGEST_MESSAGE = 500
MOST_METHODS = max(8, len(METHODS))
_LEFT_OUT = dict.fromkeys({0, *TURNING})


@dataclass(frozen=True)
class SavedRun:
    """A run in the store, without its events.

    Args:
        id: unguessable; whoever has it may read the run.
        owner: hash of its owner's token.
        kind: ``race`` or ``sweep``.
        name: plain text; pages must not read it as markup.
        created: seconds since 1970.
        config: the settings, as in its start event.
        dataset: name of the data set.
        methods: names of the methods.
        state: ``running``, ``finished``, ``stopped``, ``failed`` or ``interrupted``.
        message: why it ended, in words, or empty.
        pinned: whether it is never removed to make room.
        deleted_at: seconds since 1970; None if the run is not deleted.
        size: bytes that it takes in the store.
        chunks: number of saved chunks.
        events: number of saved events.
        missing: number of events at its end that could not be saved.
        step: the last saved step.
        accuracy: method -> mean test accuracy over seeds, as last tested.
    """

    id: str
    owner: str
    kind: str
    name: str
    created: float
    config: dict[str, Any]
    dataset: str
    methods: tuple[str, ...]
    state: str
    message: str
    pinned: bool
    deleted_at: float | None
    size: int
    chunks: int
    events: int
    missing: int
    step: int
    accuracy: dict[str, float]

    @property
    def over(self) -> bool:
        """Whether it has ended, also if it failed or was interrupted."""
        return self.state in OVER

    def owned_by(self, token: str) -> bool:
        """Whether this visitor may change it."""
        return bool(token) and self.owner == owner_hash(token)


def from_row(row: Any) -> SavedRun:
    """The run in a row of the table."""
    values = {name: value for name, value in row._mapping.items() if name in SavedRun.__dataclass_fields__}
    values["config"], values["accuracy"] = json.loads(row.config), json.loads(row.accuracy)
    values["methods"] = tuple(filter(None, row.methods.split(",")))
    return SavedRun(**values)


def new_row(id: str, owner: str, kind: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the table row of a new run.

    Raises:
        ValueError: if one is not allowed.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {str(kind)[:40]!r}")
    about = (
        config if "methods" in config else config.get("config", {})
    )  # the settings of a sweep contain those of its networks
    dataset, methods = plain(about.get("dataset", ""), 40), [plain(each, 20) for each in about.get("methods", ())]
    if len(methods) > MOST_METHODS:
        raise ValueError(f"methods must be at most {MOST_METHODS}, not {len(methods)}")
    text = json.dumps(config, separators=(",", ":"), allow_nan=False)
    if len(text) > LONGEST_CONFIG:
        raise ValueError(f"config must have at most {LONGEST_CONFIG:,} characters, not {len(text):,}")
    name = check_name(name)
    return {
        "id": check_id(id), "owner": owner_hash(owner), "kind": kind, "name": name, "config": text,
        "dataset": dataset, "methods": f",{','.join(methods)},", "words": searched(name, dataset, methods),
        "state": RUNNING, "message": "", "pinned": False, "deleted_at": None,
        "chunks": 0, "events": 0, "missing": 0, "step": 0, "accuracy": "{}",
    }  # fmt: skip


def searched(name: str, dataset: str, methods: Sequence[str]) -> str:
    """The text in which a search looks for words."""
    return folded(" ".join((name, dataset, *methods)))


def plain(text: object, longest: int) -> str:
    """Text that every database can save: without NUL, halves of characters and marks of writing direction, and cut to a
    length."""
    return str(text)[:longest].translate(_LEFT_OUT).encode("utf-8", "replace").decode()


def as_json(accuracy: Mapping[str, float]) -> str:
    """Accuracies as JSON, as the table has them."""
    return json.dumps(dict(accuracy), separators=(",", ":"), allow_nan=False)
