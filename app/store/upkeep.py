"""The upkeep of the store: it interrupts runs of dead servers, purges deleted runs, and makes room.

All but the first are functions of an open connection, called within a transaction.
"""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sql
from sqlalchemy import func

from app.store.saved_run import RUNNING
from app.store.schema import chunks, runs, servers

CEILING_VARIABLE = "IPCORE_STORE_BYTES"
"""Bytes that all saved runs together may take, from ``1e6`` to ``1e18``. Default: ``2e9``, 2 GB."""
CEILING = 2e9
"""Bytes of runs unless the variable says otherwise."""
NEARLY_FULL = 0.9
"""Share of the ceiling from which the page warns."""
MOST_PINNED = 0.5
"""Share of the ceiling that all pinned runs may take. The rest is left for new runs."""
OWN_PINNED = 0.25
"""Share of the room for pinned runs that one visitor may take, so that others can pin runs too."""
MOST_TO_GO = 1000
"""How many runs are removed at a time, at most."""
LEASE = 20.0
"""Seconds after which a server is taken for dead if it does not renew its lease."""
UNDO = 3600.0
"""Seconds within which a deleted run can be restored."""
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
    """Seconds since 1970. All servers of one PostgreSQL database use its clock."""
    if connection.dialect.name == "postgresql":
        return float(connection.execute(sql.text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    return time.time()


def beat(connection: sql.Connection, server: str) -> None:
    """Renews the lease of a server."""
    said = "INSERT INTO servers (id, seen) VALUES (:id, :seen) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen"
    connection.execute(sql.text(said), {"id": server, "seen": clock(connection)})


def lapsed(connection: sql.Connection) -> sql.ColumnElement[bool]:
    """The condition that a run is under way on a server whose lease has lapsed."""
    now = clock(connection)
    # One whose lease was renewed in the future has not renewed it since the clock was set back.
    alive = sql.select(servers.c.id).where(servers.c.seen.between(now - LEASE, now + LEASE))
    return (runs.c.state == RUNNING) & (runs.c.server.is_(None) | runs.c.server.not_in(alive))


def interrupt(connection: sql.Connection, which: sql.ColumnElement[bool]) -> None:
    """Marks runs as interrupted. If their server was only slow, its next chunk makes them running again."""
    connection.execute(runs.update().where(which).values(state="interrupted", message=INTERRUPTED, server=None))


def used(connection: sql.Connection) -> int:
    """Bytes that all runs take."""
    return int(connection.execute(sql.select(func.coalesce(func.sum(runs.c.size), 0))).scalar_one())


def purge(connection: sql.Connection) -> None:
    """Removes runs for good whose time to be restored is over, and forgets servers that died long ago."""
    now = clock(connection)
    old = sql.select(runs.c.id).where(runs.c.deleted_at < now - UNDO, runs.c.state != RUNNING)
    remove(connection, [row.id for row in connection.execute(old)])
    connection.execute(servers.delete().where(servers.c.seen < now - 100 * LEASE))


def remove(connection: sql.Connection, ids: list[str]) -> None:
    """Removes runs for good."""
    for each in ids:
        connection.execute(chunks.delete().where(chunks.c.run == each))
        connection.execute(runs.delete().where(runs.c.id == each))


def check_pinnable(connection: sql.Connection, owner: str, size: int, ceiling: float) -> None:
    """Checks that a visitor can pin a number of bytes more.

    Args:
        connection: an open connection.
        owner: hash of the visitor's token.
        size: number of bytes.
        ceiling: bytes that all runs may take.

    Raises:
        ValueError: if the pinned runs would take more than their share of the store.
    """
    total = sql.select(func.coalesce(func.sum(runs.c.size), 0)).where(runs.c.pinned)
    own = total.where(runs.c.owner == owner)
    for whose, pinned, share in (("your pinned", own, OWN_PINNED * MOST_PINNED), ("pinned", total, MOST_PINNED)):
        if connection.execute(pinned).scalar_one() + size > share * ceiling:
            raise ValueError(f"{whose} runs may take {100 * share:g}% of the store, and they do: unpin another first")


def first_to_go(connection: sql.Connection, needed: float, but: Collection[str] = ()) -> tuple[list[Any], int]:
    """The runs to remove first to free a number of bytes. Runs that are pinned or under way are never removed.

    Deleted runs come first. Then comes, again and again, the oldest run of the visitor whose unpinned runs take most
    bytes at that point. So the runs of a visitor are removed for another's only while they take more room.

    Args:
        connection: an open connection.
        needed: number of bytes to free.
        but: ids of runs that must stay.

    Returns:
        The rows of these runs (id, owner, name, size, deleted_at), and the bytes that they free, which are fewer than
        needed if no other run may be removed.
    """
    found: list[Any] = []
    freed = 0
    if needed > 0:
        for row in _in_turn(connection, but):
            if freed >= needed or len(found) == MOST_TO_GO:
                break
            found.append(row)
            freed += row.size
    return found, freed


def _in_turn(connection: sql.Connection, but: Collection[str]) -> Iterator[Any]:
    """The runs that may be removed, in the order in which they are."""
    fields = runs.c.id, runs.c.owner, runs.c.name, runs.c.size, runs.c.deleted_at
    may_go = sql.select(*fields).where(runs.c.state != RUNNING, ~runs.c.pinned, runs.c.id.not_in(but))
    may_go = may_go.order_by(runs.c.created, runs.c.id).limit(MOST_TO_GO)
    not_deleted = runs.c.deleted_at.is_(None)
    yield from connection.execute(may_go.where(~not_deleted)).all()
    totals = sql.select(runs.c.owner, func.sum(runs.c.size)).where(~runs.c.pinned, not_deleted).group_by(runs.c.owner)
    most = [(-int(size), owner) for owner, size in connection.execute(totals)]
    heapq.heapify(most)
    oldest: dict[str, Iterator[Any]] = {}
    while most:
        size, owner = heapq.heappop(most)
        if owner not in oldest:
            oldest[owner] = iter(connection.execute(may_go.where(not_deleted, runs.c.owner == owner)).all())
        row = next(oldest[owner], None)
        if row is not None:
            heapq.heappush(most, (size + row.size, owner))
            yield row
