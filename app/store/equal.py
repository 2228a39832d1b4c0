"""Finds saved runs by their settings. No Streamlit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sql

from app.store.reading import Reader
from app.store.run_names import owner_hash
from app.store.schema import runs

MOST = 3
"""How many runs are found at most."""


def finished_with(store: Reader, owner: str, kind: str, config: Mapping[str, Any]) -> list[str]:
    """The ids of a visitor's finished runs with exactly these settings, newest first.

    Args:
        store: the store.
        owner: the visitor's token.
        kind: ``race`` or ``sweep``.
        config: the settings, as the run was created with them.

    Raises:
        StoreError: if the store cannot be read.
    """
    which = (
        (runs.c.owner == owner_hash(owner))
        & (runs.c.kind == kind)
        & (runs.c.state == "finished")
        & (runs.c.missing == 0)
        & runs.c.deleted_at.is_(None)
        & (runs.c.config == json.dumps(config, separators=(",", ":"), allow_nan=False))
    )
    found = sql.select(runs.c.id).where(which).order_by(runs.c.created.desc()).limit(MOST)
    with store.read() as connection:
        return list(connection.execute(found).scalars())
