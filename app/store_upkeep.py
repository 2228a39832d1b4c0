"""What the store does by itself: notices servers that died, purges what was deleted, and stays below its ceiling.

All but the first are functions of an open connection, called within a transaction.
"""

from __future__ import annotations

import os
import time

import sqlalchemy as sql
from sqlalchemy import func

from app.saved_run import RUNNING
from app.store_schema import chunks, runs, servers

CEILING_VARIABLE = "IPCORE_STORE_BYTES"
CEILING = 2e9
"""Bytes of runs unless the variable says otherwise."""
NEARLY_FULL = 0.9
"""Share of the ceiling from which the page warns."""
MOST_PINNED = 0.5
"""Share of the ceiling that pinned runs may fill: what nobody may remove must leave room for what comes."""
MOST_TO_GO = 1000
"""Runs that go at a time."""
LEASE = 20.0
"""Seconds without a sign of life after which a server counts as dead."""
UNDO = 3600.0
"""Seconds for which a deleted run can be had back."""
INTERRUPTED = "the server stopped while it was under way"


def default_ceiling() -> float:
    """Bytes that all runs may take: what ``IPCORE_STORE_BYTES`` says, else 2 GB.

    Raises:
        ValueError: if the variable is no number from 1 million.
    """
    text = os.environ.get(CEILING_VARIABLE, "").strip()
    try:
        ceiling = float(text or CEILING)
    except ValueError:
        ceiling = 0.0
    if not 1e6 <= ceiling <= 1e18:
        raise ValueError(f"{CEILING_VARIABLE} must be a number of bytes from 1e6 to 1e18, not {text[:60]!r}")
    return ceiling


def clock(connection: sql.Connection) -> float:
    """Seconds since 1970, for all servers of one store by the same clock."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(sql.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()


def beat(connection: sql.Connection, server: str) -> None:
    """Says that a server lives."""
    said = "INSERT INTO servers (id, seen) VALUES (:id, :seen) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen"
    connection.execute(sql.text(said), {"id": server, "seen": clock(connection)})


def lapsed(connection: sql.Connection) -> sql.ColumnElement[bool]:
    """The condition that a run is under way on a server that is dead."""
    alive = sql.select(servers.c.id).where(servers.c.seen > clock(connection) - LEASE)
    return (runs.c.state == RUNNING) & (runs.c.server.is_(None) | runs.c.server.not_in(alive))


def interrupt(connection: sql.Connection, which: sql.ColumnElement[bool]) -> None:
    """Ends runs that nobody else will. A server that was only slow takes its runs back with its next chunk."""
    connection.execute(runs.update().where(which).values(state="interrupted", message=INTERRUPTED, server=None))


def used(connection: sql.Connection) -> int:
    """Bytes that all runs take."""
    return int(connection.execute(sql.select(func.coalesce(func.sum(runs.c.size), 0))).scalar_one())


def purge(connection: sql.Connection) -> None:
    """Removes for good what was deleted long ago, and servers that are long dead."""
    now = clock(connection)
    old = sql.select(runs.c.id).where(runs.c.deleted_at < now - UNDO, runs.c.state != RUNNING)
    remove(connection, [row.id for row in connection.execute(old)])
    connection.execute(servers.delete().where(servers.c.seen < now - 100 * LEASE))


def remove(connection: sql.Connection, ids: list[str]) -> None:
    """Removes runs for good."""
    for each in ids:
        connection.execute(chunks.delete().where(chunks.c.run == each))
        connection.execute(runs.delete().where(runs.c.id == each))


def check_pinnable(connection: sql.Connection, size: int, ceiling: float) -> None:
    """Whether so many bytes more can be pinned.

    Raises:
        ValueError: if not.
    """
    pinned = connection.execute(sql.select(func.coalesce(func.sum(runs.c.size), 0)).where(runs.c.pinned)).scalar_one()
    if pinned + size > MOST_PINNED * ceiling:
        raise ValueError(f"pinned runs may take {MOST_PINNED:.0%} of the store, and they do: unpin another first")


def first_to_go(connection: sql.Connection, needed: float, but: str = "") -> tuple[list[str], int]:
    """The runs that go first to free so many bytes: deleted ones, then the oldest that are over and not pinned.

    Returns:
        Their ids, and the bytes that they free: fewer than needed if nothing more may go.
    """
    found, freed = [], 0
    if needed > 0:
        which = sql.select(runs.c.id, runs.c.size).where(runs.c.state != RUNNING, ~runs.c.pinned, runs.c.id != but)
        order = runs.c.deleted_at.is_(None), runs.c.created, runs.c.id
        for row in connection.execute(which.order_by(*order).limit(MOST_TO_GO)):
            if freed >= needed:
                break
            found.append(row.id)
            freed += row.size
    return found, freed
