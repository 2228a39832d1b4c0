"""Saved runs: a row for each, and its events in chunks that are only ever added. No Streamlit, no torch.

What a method has written when it returns survives the death of this process. Every method may be called from any
thread, and raises StoreError when the database cannot be used, StoreFull when there is no room; a later call may
succeed again.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy import func

from app import store_upkeep as upkeep
from app.chunks import Chunk, unpack
from app.run_names import check_name, folded, is_id, owner_hash
from app.saved_run import LONGEST_MESSAGE, OVER, RUNNING, SavedRun, as_json, from_row, new_row, plain, searched
from app.store_schema import StoreError, StoreFull, chunks, default_place, engine_for, in_words, migrate, runs

RUN_BYTES, CHUNK_BYTES = 2000, 400
"""What a database needs for a run, and for a chunk besides its body, about."""
LARGEST_LIST = 200
"""Runs that one list shows at most."""
READ_AHEAD = 16
"""Chunks that are fetched at a time when a run is read."""


@dataclass(frozen=True)
class Room:
    """How full the store is.

    Args:
        used, ceiling: bytes.
        next: ids of the runs that will go first, if it is nearly full: those that must, for the next tenth of it.
    """

    used: int
    ceiling: float
    next: tuple[str, ...]

    @property
    def nearly_full(self) -> bool:
        """Whether runs will soon go."""
        return self.used >= upkeep.NEARLY_FULL * self.ceiling


class Store:
    """All saved runs. Nothing is opened before the first use.

    Args:
        place: a folder, or the URL of a PostgreSQL database; None: see :func:`app.store_schema.default_place`.
        ceiling: bytes that all runs may take; None: see :func:`app.store_upkeep.default_ceiling`.

    Raises:
        ValueError: if the place or the ceiling is not allowed.
    """

    def __init__(self, place: str | Path | None = None, ceiling: float | None = None) -> None:
        self.place = default_place() if place is None else place
        self.ceiling = upkeep.default_ceiling() if ceiling is None else ceiling
        self.server = secrets.token_hex(8)
        self.engine = engine_for(self.place)
        self._writing = self.engine.execution_options(write=True)
        self._presence: upkeep.Presence | None = None
        self._opened = False
        self._opening = threading.Lock()

    def close(self) -> None:
        """Closes the database. What is under way on this server is interrupted."""
        if self._opened:
            with suppress(StoreError), self._write() as connection:  # else its lease lapses
                upkeep.interrupt(connection, (runs.c.server == self.server) & (runs.c.state == RUNNING))
        self.engine.dispose()
        if self._presence is not None:
            self._presence.close()

    # -- writing: for the server that makes the run -------------------------------------------------------------------

    def create(self, id: str, owner: str, kind: str, name: str, config: Mapping[str, Any]) -> None:
        """A new run, under way. Safe to repeat.

        Args:
            id: 16 to 64 letters, digits, ``-`` and ``_``.
            owner: the visitor's token; only its hash is kept.
            kind: ``race`` or ``sweep``.
            name: see :func:`app.run_names.check_name`.
            config: JSON; its data set and methods, or those of its own ``config``, can be searched.

        Raises:
            ValueError: if one of these is not allowed, or the id is another visitor's.
        """
        row = new_row(id, owner, kind, name, config) | {"server": self.server, "size": RUN_BYTES}
        with self._write() as connection:
            known = connection.execute(sql.select(runs.c.owner).where(runs.c.id == id)).scalar()
            if known not in (None, row["owner"]):
                raise ValueError("id must be a new one")
            if known is None:
                self._make_room(connection, RUN_BYTES, id)
                upkeep.beat(connection, self.server)
                connection.execute(runs.insert().values(**row, created=upkeep.clock(connection)))

    def append(self, id: str, number: int, chunk: Chunk, step: int, accuracy: Mapping[str, float]) -> bool:
        """Adds a chunk to a run under way. Safe to repeat.

        Args:
            id: of the run.
            number: of the chunk, from 0 without a gap.
            chunk: see :func:`app.chunks.pack`.
            step, accuracy: of the run after it, see :class:`app.saved_run.SavedRun`.

        Returns:
            Whether it was new.

        Raises:
            KeyError: if there is no such run (any more).
            ValueError: if the number does not follow, or another chunk has it, or the run is over.
        """
        with self._write() as connection:
            row = self._row(connection, id)
            if 0 <= number < row.chunks:
                which = (chunks.c.run == id) & (chunks.c.number == number)
                if connection.execute(sql.select(chunks.c.checksum).where(which)).scalar_one() != chunk.checksum:
                    raise ValueError(f"chunk {number} of run {id} is another one already")
                return False
            if number != row.chunks or row.state not in (RUNNING, "interrupted"):
                raise ValueError(f"chunk {number} does not follow the {row.chunks} of run {id}, which is {row.state}")
            size = len(chunk.body) + CHUNK_BYTES
            self._make_room(connection, size, id)
            fields = {"run": id, "number": number, "events": chunk.events, "checksum": chunk.checksum}
            connection.execute(chunks.insert().values(**fields, body=chunk.body))
            new = {"size": row.size + size, "chunks": number + 1, "events": row.events + chunk.events}
            new |= {"step": step, "accuracy": as_json(accuracy)}
            if row.state != RUNNING:  # another server took this one for dead: it was only slow
                upkeep.beat(connection, self.server)
                new |= {"state": RUNNING, "message": "", "server": self.server}
            connection.execute(runs.update().where(runs.c.id == id).values(**new))
            return True

    def finish(self, id: str, state: str, message: str = "", missing: int = 0, **last: Any) -> None:
        """Ends a run. Safe to repeat.

        Args:
            id: of the run.
            state: ``finished``, ``stopped``, ``failed`` or ``interrupted``.
            message: why, in words.
            missing: events at its end that could not be kept.
            last: ``step`` and ``accuracy``, if they are others than those of its last chunk.

        Raises:
            KeyError: if there is no such run (any more).
            ValueError: if it cannot end so.
        """
        if state not in OVER:
            raise ValueError(f"state must be one of {', '.join(OVER)}, not {state!r}")
        new = {"state": state, "message": plain(message, LONGEST_MESSAGE), "missing": missing, "server": None}
        if "step" in last:
            new["step"] = last["step"]
        if "accuracy" in last:
            new["accuracy"] = as_json(last["accuracy"])
        with self._write() as connection:
            self._row(connection, id)
            connection.execute(runs.update().where(runs.c.id == id).values(**new))

    def keep(self, busy: bool) -> None:
        """To be called now and then, every few seconds while runs of this server are under way.

        Args:
            busy: whether they are: then it says that this server lives.
        """
        with self._write() as connection:
            if busy:
                upkeep.beat(connection, self.server)
            upkeep.interrupt(connection, upkeep.lapsed(connection))
            upkeep.purge(connection)

    # -- reading ------------------------------------------------------------------------------------------------------

    def get(self, id: str, *, deleted: bool = False) -> SavedRun | None:
        """The run of that id, for anyone who has it; None if there is none.

        Args:
            id: whatever a browser says it is.
            deleted: whether one that can still be had back counts.
        """
        if not is_id(id):
            return None
        self._notice_the_dead()
        with self._read() as connection:
            row = connection.execute(sql.select(runs).where(runs.c.id == id)).one_or_none()
        return None if row is None or (row.deleted_at is not None and not deleted) else from_row(row)

    def events(self, id: str, first: int = 0, beyond: int | None = None) -> Iterator[dict[str, Any]]:
        """The events of a run, as far as they are kept, with a few chunks in memory at a time.

        Args:
            id: of the run.
            first, beyond: the chunks to read: from this one, up to but without that one; None: all there are.

        Raises:
            KeyError: if there is no such run.
            ValueError: at the first that is damaged; those before it are good.
        """
        run = self.get(id, deleted=True)
        if run is None:
            raise KeyError(id)
        fields = (chunks.c.number, chunks.c.events, chunks.c.checksum, chunks.c.body)
        end = run.chunks if beyond is None else min(beyond, run.chunks)
        for start in range(first, end, READ_AHEAD):
            numbers = range(start, min(start + READ_AHEAD, end))
            which = (chunks.c.run == id) & chunks.c.number.between(numbers[0], numbers[-1])
            with self._read() as connection:
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
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[SavedRun], int]:
        """A visitor's runs, newest first, without deleted ones.

        Args:
            owner: the visitor's token.
            text: words that must all be in name, data set or methods, in any case.
            dataset, method, kind, state: if given, only runs with it.
            limit, offset: how many (at most LARGEST_LIST), after how many.

        Returns:
            Those runs, and how many there are in all.
        """
        which = (runs.c.owner == owner_hash(owner)) & runs.c.deleted_at.is_(None)
        for column, value in ((runs.c.dataset, dataset), (runs.c.kind, kind), (runs.c.state, state)):
            if value is not None:
                which &= column == plain(value, 200)
        if method is not None:
            which &= runs.c.methods.contains(f",{plain(method, 200)},", autoescape=True)
        for word in folded(plain(text, 200)).split():
            which &= runs.c.words.contains(word, autoescape=True)
        page = sql.select(runs).where(which).order_by(runs.c.created.desc(), runs.c.id)
        page = page.limit(max(1, min(limit, LARGEST_LIST))).offset(max(0, offset))
        self._notice_the_dead()
        with self._read() as connection:
            count = connection.execute(sql.select(func.count()).select_from(runs).where(which)).scalar_one()
            return [from_row(row) for row in connection.execute(page)], count

    def room(self) -> Room:
        """How full the store is, and which runs will go next."""
        with self._read() as connection:
            room = Room(upkeep.used(connection), self.ceiling, ())
            if not room.nearly_full:
                return room
            ids, _ = upkeep.first_to_go(connection, room.used - upkeep.NEARLY_FULL * self.ceiling)
            return Room(room.used, self.ceiling, tuple(ids))

    # -- what an owner may change; anyone else gets a PermissionError -------------------------------------------------

    def rename(self, id: str, owner: str, name: str) -> None:
        """Gives a run another name.

        Raises:
            PermissionError: if this visitor has no such run.
            ValueError: if the name is not allowed, see :func:`app.run_names.check_name`.
        """
        name = check_name(name)
        with self._change(id, owner) as (connection, row):
            new = {"name": name, "words": searched(name, row.dataset, row.methods.split(","))}
            connection.execute(runs.update().where(runs.c.id == id).values(**new))

    def delete(self, id: str, owner: str) -> None:
        """Puts a run away; for :data:`app.store_upkeep.UNDO` seconds it can be had back, then it is gone."""
        with self._change(id, owner) as (connection, _):
            now = upkeep.clock(connection)
            connection.execute(runs.update().where(runs.c.id == id).values(deleted_at=now))

    def undelete(self, id: str, owner: str) -> None:
        """Has a deleted run back."""
        with self._change(id, owner) as (connection, _):
            connection.execute(runs.update().where(runs.c.id == id).values(deleted_at=None))

    def pin(self, id: str, owner: str, pinned: bool = True) -> None:
        """Makes a run stay when room is needed, or not.

        Raises:
            PermissionError: if this visitor has no such run.
            ValueError: if pinned runs fill their share of the store.
        """
        with self._change(id, owner) as (connection, row):
            if pinned and not row.pinned:
                upkeep.check_pinnable(connection, row.size, self.ceiling)
            connection.execute(runs.update().where(runs.c.id == id).values(pinned=pinned))

    # -- within -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self) -> Iterator[sql.Connection]:
        with in_words():
            self._open()
            with self._writing.begin() as connection:
                yield connection

    @contextmanager
    def _read(self) -> Iterator[sql.Connection]:
        with in_words():
            self._open()
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def _change(self, id: str, owner: str) -> Iterator[tuple[sql.Connection, Any]]:
        with self._write() as connection:
            which = (runs.c.id == id) & (runs.c.owner == owner_hash(owner))
            found = sql.select(runs).where(which).with_for_update()
            row = connection.execute(found).one_or_none() if is_id(id) else None
            if row is None:
                raise PermissionError("this run is not yours, or is no longer there")
            yield connection, row

    def _open(self) -> None:
        if self._opened:
            return
        with self._opening:
            if self._opened:
                return
            presence = None
            try:
                if isinstance(self.place, Path):
                    self.place.mkdir(parents=True, exist_ok=True, mode=0o700)
                    presence = upkeep.Presence(self.place)
                with self._writing.begin() as connection:
                    migrate(connection)
                    if presence is not None and presence.alone:
                        upkeep.interrupt(connection, runs.c.state == RUNNING)
            except BaseException as error:
                if presence is not None:
                    presence.close()
                if isinstance(error, OSError):
                    raise StoreError("the folder of the store cannot be used") from error
                raise
            if presence is not None:
                presence.settle()
            self._presence, self._opened = presence, True

    def _notice_the_dead(self) -> None:
        """Interrupts runs of servers that died; as far as there are any, so that reading rarely writes."""
        with self._read() as connection:
            dead = connection.execute(sql.select(runs.c.id).where(upkeep.lapsed(connection)).limit(1)).one_or_none()
        if dead is not None:
            with suppress(StoreError), self._write() as connection:  # without room they are shown as they were
                upkeep.interrupt(connection, upkeep.lapsed(connection))

    def _row(self, connection: sql.Connection, id: str) -> Any:
        row = connection.execute(sql.select(runs).where(runs.c.id == id).with_for_update()).one_or_none()
        if row is None:
            raise KeyError(id)
        return row

    def _make_room(self, connection: sql.Connection, size: int, id: str) -> None:
        """Lets the oldest runs go, as many as must for so many bytes more of this run."""
        needed = upkeep.used(connection) + size - self.ceiling
        ids, freed = upkeep.first_to_go(connection, needed, but=id)
        if freed < needed:
            raise StoreFull("the store is full, and nothing in it may go")
        upkeep.remove(connection, ids)
