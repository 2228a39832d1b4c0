"""Saved runs: a row for each, and its events in chunks that are only ever added. No Streamlit, no torch.

What a method has written when it returns survives the death of this process. Every method may be called from any
thread, and raises StoreError when the database cannot be used, StoreFull when there is no room; a later call may
succeed again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sql

from app.store import upkeep
from app.store.chunks import Chunk
from app.store.reading import Reader
from app.store.run_names import check_name, is_id, owner_hash
from app.store.saved_run import LONGEST_MESSAGE, OVER, RUNNING, as_json, new_row, plain, searched
from app.store.schema import StoreFull, chunks, runs

RUN_BYTES, CHUNK_BYTES = 2000, 400
"""About how many bytes a database needs for a run, and for a chunk besides its body."""


class Piece(NamedTuple):
    """A chunk of a run under way, to be added to it.

    Args:
        id: the id of the run.
        number: the number of the chunk, from 0 without a gap.
        chunk: the chunk, see :func:`app.store.chunks.pack`.
        step: the step of the run after it.
        accuracy: the accuracies of the run after it, see :class:`app.store.saved_run.SavedRun`.
    """

    id: str
    number: int
    chunk: Chunk
    step: int
    accuracy: Mapping[str, float]


class Store(Reader):
    """Reads saved runs, as a :class:`app.store.reading.Reader` does, and writes them."""

    # -- writing: for the server that makes the run -------------------------------------------------------------------

    def create(self, id: str, owner: str, kind: str, name: str, config: Mapping[str, Any]) -> None:
        """Adds a new run, which is under way. Safe to repeat.

        Args:
            id: 16 to 64 letters, digits, ``-`` and ``_``.
            owner: the visitor's token, of which only the hash is saved.
            kind: ``race`` or ``sweep``.
            name: see :func:`app.store.run_names.check_name`.
            config: the settings, as plain values. The data set and the methods in it can be searched.

        Raises:
            ValueError: if one of these is not allowed, or the id is another visitor's.
        """
        row = new_row(id, owner, kind, name, config) | {"server": self.server, "size": RUN_BYTES}
        with self.write() as connection:
            known = connection.execute(sql.select(runs.c.owner).where(runs.c.id == id)).scalar()
            if known not in (None, row["owner"]):
                raise ValueError("id must be a new one")
            if known is None:
                self._make_room(connection, RUN_BYTES, [id])
                upkeep.beat(connection, self.server)
                connection.execute(runs.insert().values(**row, created=upkeep.clock(connection)))

    def append(self, id: str, number: int, chunk: Chunk, step: int, accuracy: Mapping[str, float]) -> bool:
        """Adds a chunk to a run under way. Safe to repeat.

        Args:
            id, number, chunk, step, accuracy: see :class:`Piece`.

        Returns:
            Whether the chunk was new.

        Raises:
            KeyError, ValueError: see :meth:`append_all`.
        """
        return self.append_all([Piece(id, number, chunk, step, accuracy)]) == 1

    def append_all(self, pieces: Sequence[Piece]) -> int:
        """Adds chunks of several runs under way in one transaction: either all of them, or none. Safe to repeat.

        Args:
            pieces: the chunks, at most one of each run.

        Returns:
            How many of them were new.

        Raises:
            KeyError: if there is no such run, or it was removed.
            ValueError: if a number does not follow, or another chunk has it, or the run is over.
        """
        fields = runs.c.id, runs.c.state, runs.c.chunks, runs.c.events, runs.c.size
        with self.write() as connection:
            known = sql.select(*fields).where(runs.c.id.in_([piece.id for piece in pieces]))
            rows = {row.id: row for row in connection.execute(known.order_by(runs.c.id).with_for_update())}
            new = [piece for piece in pieces if self._is_new(connection, piece, rows)]
            if new:
                added = sum(len(piece.chunk.body) + CHUNK_BYTES for piece in new)
                self._make_room(connection, added, [piece.id for piece in new])
                connection.execute(chunks.insert(), [_chunk_row(piece) for piece in new])
                connection.execute(_GROWN, [_grown(piece, rows[piece.id]) for piece in new])
            # Another server may have taken this server for dead, but it was only slow.
            revived = [piece.id for piece in new if rows[piece.id].state != RUNNING]
            if revived:
                upkeep.beat(connection, self.server)
                running = {"state": RUNNING, "message": "", "server": self.server}
                connection.execute(runs.update().where(runs.c.id.in_(revived)).values(**running))
        return len(new)

    def finish(self, id: str, state: str, message: str = "", missing: int = 0, **last: Any) -> None:
        """Ends a run. Safe to repeat.

        Args:
            id: the id of the run.
            state: ``finished``, ``stopped``, ``failed`` or ``interrupted``.
            message: why it ended, in words.
            missing: number of events at its end that could not be saved.
            last: ``step`` and ``accuracy``, if they differ from those of its last chunk.

        Raises:
            KeyError: if there is no such run, or it was removed.
            ValueError: if there is no such state of a run that is over.
        """
        if state not in OVER:
            raise ValueError(f"state must be one of {', '.join(OVER)}, not {state!r}")
        new = {"state": state, "message": plain(message, LONGEST_MESSAGE), "missing": missing, "server": None}
        if "step" in last:
            new["step"] = last["step"]
        if "accuracy" in last:
            new["accuracy"] = as_json(last["accuracy"])
        with self.write() as connection:
            self._row(connection, id)
            connection.execute(runs.update().where(runs.c.id == id).values(**new))

    def keep(self, busy: bool) -> None:
        """Does the upkeep of the store. Call it every few seconds while runs of this server are under way.

        Args:
            busy: whether runs are under way, so that the lease of this server must be renewed.
        """
        with self.write() as connection:
            if busy:
                upkeep.beat(connection, self.server)
            upkeep.interrupt(connection, upkeep.lapsed(connection))
            upkeep.purge(connection)

    # -- what an owner may change; anyone else gets a PermissionError -------------------------------------------------

    def rename(self, id: str, owner: str, name: str) -> None:
        """Gives a run another name.

        Raises:
            PermissionError: if this visitor has no such run.
            ValueError: if the name is not allowed, see :func:`app.store.run_names.check_name`.
        """
        name = check_name(name)
        with self._change(id, owner) as (connection, row):
            new = {"name": name, "words": searched(name, row.dataset, row.methods.split(","))}
            connection.execute(runs.update().where(runs.c.id == id).values(**new))

    def delete(self, id: str, owner: str) -> None:
        """Deletes a run. It can be restored within :data:`app.store.upkeep.UNDO` seconds; later it is gone for good."""
        with self._change(id, owner) as (connection, _):
            now = upkeep.clock(connection)
            connection.execute(runs.update().where(runs.c.id == id).values(deleted_at=now))

    def undelete(self, id: str, owner: str) -> None:
        """Restores a deleted run."""
        with self._change(id, owner) as (connection, _):
            connection.execute(runs.update().where(runs.c.id == id).values(deleted_at=None))

    def pin(self, id: str, owner: str, pinned: bool = True) -> None:
        """Pins a run, so that it is never removed to make room, or unpins it.

        Raises:
            PermissionError: if this visitor has no such run.
            ValueError: if the pinned runs, of all visitors or of this one, would exceed their share of the store.
        """
        with self._change(id, owner) as (connection, row):
            if pinned and not row.pinned:
                upkeep.check_pinnable(connection, row.owner, row.size, self.ceiling)
            connection.execute(runs.update().where(runs.c.id == id).values(pinned=pinned))

    # -- within -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _change(self, id: str, owner: str) -> Iterator[tuple[sql.Connection, Any]]:
        with self.write() as connection:
            which = (runs.c.id == id) & (runs.c.owner == owner_hash(owner))
            found = sql.select(runs).where(which).with_for_update()
            row = connection.execute(found).one_or_none() if is_id(id) else None
            if row is None:
                raise PermissionError("this run is not yours, or is no longer there")
            yield connection, row

    def _row(self, connection: sql.Connection, id: str) -> Any:
        row = connection.execute(sql.select(runs).where(runs.c.id == id).with_for_update()).one_or_none()
        if row is None:
            raise KeyError(id)
        return row

    @staticmethod
    def _is_new(connection: sql.Connection, piece: Piece, rows: Mapping[str, Any]) -> bool:
        """Whether a chunk is not there yet; raises as :meth:`append_all` does if it cannot be added."""
        row = rows.get(piece.id)
        if row is None:
            raise KeyError(piece.id)
        if 0 <= piece.number < row.chunks:
            which = (chunks.c.run == piece.id) & (chunks.c.number == piece.number)
            if connection.execute(sql.select(chunks.c.checksum).where(which)).scalar_one() != piece.chunk.checksum:
                raise ValueError(f"chunk {piece.number} of run {piece.id} is another one already")
            return False
        if piece.number != row.chunks or row.state not in (RUNNING, "interrupted"):
            said = f"does not follow the {row.chunks} of run {piece.id}, which is {row.state}"
            raise ValueError(f"chunk {piece.number} {said}")
        return True

    def _make_room(self, connection: sql.Connection, size: int, ids: Collection[str]) -> None:
        """Removes as many runs as it takes to make room for a number of bytes of these runs."""
        needed = upkeep.used(connection) + size - self.ceiling
        found, freed = upkeep.first_to_go(connection, needed, but=ids)
        if freed < needed:
            raise StoreFull("the store is full, and nothing in it may go")
        upkeep.remove(connection, [row.id for row in found])


_GROWN = (
    runs.update()
    .where(runs.c.id == sql.bindparam("run_id"))
    .values({name: sql.bindparam(f"new_{name}") for name in ("size", "chunks", "events", "step", "accuracy")})
)


def _chunk_row(piece: Piece) -> dict[str, Any]:
    """The row of a new chunk."""
    chunk = piece.chunk
    fields = {"run": piece.id, "number": piece.number, "events": chunk.events, "checksum": chunk.checksum}
    return fields | {"body": chunk.body}


def _grown(piece: Piece, row: Any) -> dict[str, Any]:
    """What :data:`_GROWN` changes in the row of a run to which a chunk is added."""
    size = row.size + len(piece.chunk.body) + CHUNK_BYTES
    new = {"size": size, "chunks": piece.number + 1, "events": row.events + piece.chunk.events}
    new |= {"step": piece.step, "accuracy": as_json(piece.accuracy)}
    return {"run_id": piece.id} | {f"new_{name}": value for name, value in new.items()}
