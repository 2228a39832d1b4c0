"""Reads the store: one run, its events, the list of a visitor's runs, and how full the store is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy import func

from app.store import upkeep
from app.store.chunks import Chunk, unpack
from app.store.database import Database
from app.store.run_names import folded, is_id, owner_hash
from app.store.saved_run import SavedRun, from_row, plain
from app.store.schema import BUSY, StoreError, chunks, runs

LARGEST_LIST = 200
"""How many runs one list shows at most."""
READ_AHEAD = 16
"""How many chunks are fetched at a time when a run is read."""


@dataclass(frozen=True)
class Room:
    """How full the store is.

    Args:
        used: bytes that all runs take.
        ceiling: bytes that all runs may take.
        next: ids of the runs that will be removed first, if the store is nearly full: enough of them to free a tenth.
        own: names of those among them that belong to the visitor who asks and are not deleted.
        others: number of those among them that belong to other visitors and are not deleted.
    """

    used: int
    ceiling: float
    next: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    others: int = 0

    @property
    def nearly_full(self) -> bool:
        """Whether runs will soon be removed to make room."""
        return self.used >= upkeep.NEARLY_FULL * self.ceiling


class Reader(Database):
    """Reads saved runs.

    Args:
        place: see :class:`app.store.database.Database`.
        ceiling: bytes that all runs may take; None: see :func:`app.store.upkeep.default_ceiling`.
        wait: see :class:`app.store.database.Database`.

    Raises:
        ValueError: if the place or the ceiling is not allowed.
    """

    def __init__(self, place: str | Path | None = None, ceiling: float | None = None, wait: float = BUSY) -> None:
        super().__init__(place, wait)
        self.ceiling = upkeep.default_ceiling() if ceiling is None else ceiling

    def get(self, id: str, *, deleted: bool = False) -> SavedRun | None:
        """The run with this id, for anyone who knows the id. None if there is no such run.

        Args:
            id: the id as a browser sent it; it may be anything.
            deleted: whether to return a deleted run that can still be restored.
        """
        if not is_id(id):
            return None
        self._notice_the_dead()
        with self.read() as connection:
            row = connection.execute(sql.select(runs).where(runs.c.id == id)).one_or_none()
        return None if row is None or (row.deleted_at is not None and not deleted) else from_row(row)

    def events(self, id: str, first: int = 0, beyond: int | None = None) -> Iterator[dict[str, Any]]:
        """The saved events of a run as plain values, with a few chunks in memory at a time.

        Args:
            id: the id of the run.
            first: number of the first chunk to read.
            beyond: number of the chunk before which reading ends. By default all chunks from the first are read.

        Raises:
            KeyError: if there is no such run.
            ValueError: at the first damaged chunk. The events before it are whole.
        """
        run = self.get(id, deleted=True)
        if run is None:
            raise KeyError(id)
        fields = (chunks.c.number, chunks.c.events, chunks.c.checksum, chunks.c.body)
        end = run.chunks if beyond is None else min(beyond, run.chunks)
        for start in range(first, end, READ_AHEAD):
            numbers = range(start, min(start + READ_AHEAD, end))
            which = (chunks.c.run == id) & chunks.c.number.between(numbers[0], numbers[-1])
            with self.read() as connection:
                found = {row.number: row for row in connection.execute(sql.select(*fields).where(which))}
            for number in numbers:
                if number not in found:
                    raise ValueError(f"chunk {number} of this run is missing")
                row = found[number]
                try:
                    yield from unpack(Chunk(row.events, row.checksum, row.body))
                except ValueError as error:
                    raise ValueError(f"chunk {number} of this run is {error}") from None

    def list(
        self,
        owner: str,
        text: str = "",
        *,
        dataset: str | None = None,
        method: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        deleted: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[SavedRun], int]:
        """A visitor's runs, newest first.

        Args:
            owner: the visitor's token.
            text: words that must all be in name, data set or methods, in any case.
            dataset, method, kind, state: if given, only runs with it.
            deleted: whether to list deleted runs that can be restored, the last deleted first, instead of the others.
            limit: how many runs to return at most, up to LARGEST_LIST.
            offset: how many runs to skip.

        Returns:
            These runs, and the number of all runs that match.
        """
        which = runs.c.owner == owner_hash(owner)
        for column, value in ((runs.c.dataset, dataset), (runs.c.kind, kind), (runs.c.state, state)):
            if value is not None:
                which &= column == plain(value, 200)
        if method is not None:
            which &= runs.c.methods.contains(f",{plain(method, 200)},", autoescape=True)
        for word in folded(plain(text, 200)).split():
            which &= runs.c.words.contains(word, autoescape=True)
        self._notice_the_dead()
        with self.read() as connection:
            since = upkeep.clock(connection) - upkeep.UNDO
            which &= runs.c.deleted_at > since if deleted else runs.c.deleted_at.is_(None)
            order = (runs.c.deleted_at if deleted else runs.c.created).desc(), runs.c.id
            page = sql.select(runs).where(which).order_by(*order)
            page = page.limit(max(1, min(limit, LARGEST_LIST))).offset(max(0, offset))
            count = connection.execute(sql.select(func.count()).select_from(runs).where(which)).scalar_one()
            return [from_row(row) for row in connection.execute(page)], count

    def room(self, owner: str = "") -> Room:
        """How full the store is, and which runs will be removed next.

        Args:
            owner: token of the visitor who asks, if there is one.
        """
        with self.read() as connection:
            room = Room(upkeep.used(connection), self.ceiling)
            if not room.nearly_full:
                return room
            found, _ = upkeep.first_to_go(connection, room.used - upkeep.NEARLY_FULL * self.ceiling)
        ids = tuple(row.id for row in found)
        missed = [row for row in found if row.deleted_at is None]
        mine = owner_hash(owner) if owner else None
        own = tuple(row.name for row in missed if row.owner == mine)
        return Room(room.used, self.ceiling, ids, own, len(missed) - len(own))

    def _notice_the_dead(self) -> None:
        """Marks runs of servers that have died as interrupted. Writes only if there are any."""
        with self.read() as connection:
            dead = connection.execute(sql.select(runs.c.id).where(upkeep.lapsed(connection)).limit(1)).one_or_none()
        if dead is not None:
            # Nobody who only looks waits for a writer: then, or without room, they are shown as they were.
            with suppress(StoreError), self.write(wait=0) as connection:
                upkeep.interrupt(connection, upkeep.lapsed(connection))
