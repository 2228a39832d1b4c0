"""The database of the store: it is opened at its first use, and knows which other servers use it."""

from __future__ import annotations

import ctypes
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sql

from app.store import upkeep
from app.store.presence import Presence
from app.store.saved_run import RUNNING
from app.store.schema import (
    BUSY,
    FILE,
    StoreError,
    default_place,
    engine_for,
    error_code,
    in_words,
    migrate,
    runs,
    up_to_date,
)

REPLACED = "the folder of saved runs was removed or replaced"
PASSING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)
"""Errors of SQLite after which its connections can be used again."""
MOMENT = 1.0
"""Seconds to wait at most for another writer while the database is opened and could be read already."""

log = logging.getLogger(__name__)


class Database:
    """SQLite in a folder, or PostgreSQL. It is opened at its first use. If that fails, the next use tries again.

    A file that was removed or replaced can still be written, although nobody will ever find what is written there. So
    each use compares the file in the folder with the one that was opened, and opens the new one if they differ. Of a
    PostgreSQL database the tables are compared in the same way, whenever it is opened anew after an error.

    Args:
        place: a folder, or the URL of a PostgreSQL database; None: see :func:`app.store.schema.default_place`.
        wait: seconds that one use waits at most for others who use or open the database.

    Attributes:
        generation: how often the database was found to be another one. Whoever writes a run in several pieces compares
            it: after a change, the pieces before it are no longer there.
        replaced_at: seconds since 1970 at which it was last found to be another one; None if it never was.

    Raises:
        ValueError: if the URL is not allowed.
    """

    def __init__(self, place: str | Path | None = None, wait: float = BUSY) -> None:
        self.place = default_place() if place is None else place
        self.server = secrets.token_hex(8)
        self.engine = engine_for(self.place, wait)
        self.generation = 0
        self.replaced_at: float | None = None
        self._wait = wait
        self._writing = self.engine.execution_options(write=True)
        self._for_a_moment = self._writing.execution_options(wait=min(wait, MOMENT))
        self._presence: Presence | None = None
        self._opened = False
        self._opening = threading.Lock()
        self._identity: tuple[int, int] | None = None
        self._failed_at, self._failure = -1.0, ""

    @contextmanager
    def write(self, wait: float | None = None) -> Iterator[sql.Connection]:
        """A transaction that writes: either all of it is saved for good, or nothing.

        Args:
            wait: seconds to wait for another writer, if not as long as usual.

        Raises:
            StoreError: if the database cannot be used now; StoreFull if there is no room.
        """
        engine = self._writing if wait is None else self._writing.execution_options(wait=wait)
        with self._used(engine) as connection:
            yield connection
        if self._moved():  # while this was written
            self._leave()
            raise StoreError(REPLACED)

    @contextmanager
    def read(self) -> Iterator[sql.Connection]:
        """A transaction that only reads. It does not wait for writers.

        Raises:
            StoreError: if the database cannot be used now.
        """
        with self._used(self.engine) as connection:
            yield connection

    def look(self, closely: bool = False) -> int:
        """Notices if the database has become another one, and returns :attr:`generation`.

        Args:
            closely: whether the tables of a PostgreSQL database are compared now, which asks it. Otherwise they are
                after an error, so that a database that nobody uses can sleep.

        Raises:
            StoreError: if the database cannot be used now.
        """
        if self._opened:
            if closely and not isinstance(self.place, Path):
                self._opened = False  # its tables are compared when it is opened
            with in_words():
                self._open()
        return self.generation

    def close(self) -> None:
        """Closes the database. Runs that are under way on this server become *interrupted*."""
        if self._opened:
            with suppress(StoreError), self.write() as connection:  # else its lease lapses
                upkeep.interrupt(connection, (runs.c.server == self.server) & (runs.c.state == RUNNING))
        self.engine.dispose()
        if self._presence is not None:
            self._presence.close()

    @contextmanager
    def _used(self, engine: sql.Engine) -> Iterator[sql.Connection]:
        with in_words():
            self._open()
            try:
                with engine.begin() as connection:
                    yield connection
            except sql.exc.IntegrityError:
                raise
            except sql.exc.DBAPIError as error:
                if error_code(error) not in PASSING:
                    self._leave()  # its tables may be gone, or its file damaged: the next use looks
                raise

    def _open(self) -> None:
        """Opens the database if it is not open. Who waits while another tries shares the outcome of that attempt."""
        if self._opened:
            if not self._moved():
                return
            self._leave()
        arrived = time.monotonic()
        if not self._opening.acquire(timeout=self._wait):
            raise StoreError("the database cannot be used now")
        try:
            if self._opened:
                return
            if self._failed_at > arrived:
                raise StoreError(self._failure)
            try:
                with in_words():
                    self._open_now()
            except StoreError as error:
                self._failed_at, self._failure = time.monotonic(), str(error)
                raise
        finally:
            self._opening.release()

    def _open_now(self) -> None:
        if isinstance(self.place, Path):
            identity = self._open_folder(self.place)
        else:
            with self._prepared() as connection:
                found = connection.execute(sql.text("SELECT to_regclass('runs')::oid, 0")).one()
                identity = int(found[0]), int(found[1])
        if self._identity not in (None, identity):
            log.warning("%s: runs under way are saved anew", REPLACED)
            self.replaced_at = time.time()
            self.generation += 1
        self._identity = identity
        self._opened = True

    @contextmanager
    def _prepared(self) -> Iterator[sql.Connection]:
        """A transaction in which the tables are there. If they were already, it only reads, and waits for no writer."""
        with self.engine.begin() as connection:
            if up_to_date(connection):
                yield connection
                return
        with self._writing.begin() as connection:
            migrate(connection)
            yield connection

    def _open_folder(self, folder: Path) -> tuple[int, int]:
        """Opens the file in a folder and returns which file it is."""
        presence = self._presence if self._presence is not None and self._presence.valid() else None
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileExistsError):
                # Never opened if it exists: closing it again would release the locks that SQLite has on it.
                os.close(os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644))
            identity = _identity(folder / FILE)
            presence = presence or Presence(folder)
            with self._prepared():
                pass
            if presence.alone:  # if another program locks the file, their leases lapse in a while
                with suppress(StoreError), in_words(), self._for_a_moment.begin() as connection:
                    upkeep.interrupt(connection, runs.c.state == RUNNING)
            if _identity(folder / FILE) != identity:
                raise StoreError(REPLACED)
        except BaseException as error:
            if presence is not None and presence is not self._presence:
                presence.close()
            if isinstance(error, OSError):
                raise StoreError("the folder of the store cannot be used") from error
            raise
        presence.settle()
        if self._presence is not None and self._presence is not presence:
            self._presence.close()
        self._presence = presence
        return identity

    def _moved(self) -> bool:
        """Whether the file that was opened is no longer the one in the folder."""
        if not isinstance(self.place, Path):
            return False
        try:
            return _identity(self.place / FILE) != self._identity
        except OSError:
            return True

    def _leave(self) -> None:
        """Makes the next use open the database anew."""
        self._opened = False
        pool, moved = self.engine.pool, self._moved()
        self.engine.dispose(close=not moved)
        if moved:
            # The last connection to a file removes its journal by name, which by now may be that of another file in its
            # place. So these connections are never closed, not even at the end of the program.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(pool))


def _identity(file: Path) -> tuple[int, int]:
    """Which file there is under a name.

    Raises:
        OSError: if there is none.
    """
    found = os.stat(file)
    return found.st_dev, found.st_ino
