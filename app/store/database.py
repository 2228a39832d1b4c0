"""The database of the store: it is opened at its first use, and knows which other servers use it."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sql

from app.store import upkeep
from app.store.saved_run import RUNNING
from app.store.schema import StoreError, default_place, engine_for, in_words, migrate, runs

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]


class Database:
    """SQLite in a folder, or PostgreSQL. It is opened at its first use. If that fails, the next use tries again.

    Args:
        place: a folder, or the URL of a PostgreSQL database; None: see :func:`app.store.schema.default_place`.

    Raises:
        ValueError: if the URL is not allowed.
    """

    def __init__(self, place: str | Path | None = None) -> None:
        self.place = default_place() if place is None else place
        self.server = secrets.token_hex(8)
        self.engine = engine_for(self.place)
        self._writing = self.engine.execution_options(write=True)
        self._presence: Presence | None = None
        self._opened = False
        self._opening = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[sql.Connection]:
        """A transaction that writes: either all of it is saved for good, or nothing.

        Raises:
            StoreError: if the database cannot be used now; StoreFull if there is no room.
        """
        with in_words():
            self._open()
            with self._writing.begin() as connection:
                yield connection

    @contextmanager
    def read(self) -> Iterator[sql.Connection]:
        """A transaction that only reads. It does not wait for writers.

        Raises:
            StoreError: if the database cannot be used now.
        """
        with in_words():
            self._open()
            with self.engine.begin() as connection:
                yield connection

    def close(self) -> None:
        """Closes the database. Runs that are under way on this server become *interrupted*."""
        if self._opened:
            with suppress(StoreError), self.write() as connection:  # else its lease lapses
                upkeep.interrupt(connection, (runs.c.server == self.server) & (runs.c.state == RUNNING))
        self.engine.dispose()
        if self._presence is not None:
            self._presence.close()

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
                    presence = Presence(self.place)
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


class Presence:
    """A lock on the folder of the store that all its servers share. The kernel releases it when a server dies.

    A server that gets the lock alone is the only one that uses the folder. So it knows at once, without waiting for
    leases to lapse, that the servers of all runs under way have died.
    """

    def __init__(self, folder: Path) -> None:
        self.alone = False
        self._file = os.open(folder / "servers.lock", os.O_RDWR | os.O_CREAT, 0o600) if fcntl else -1
        if self._file >= 0:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.alone = True

    def settle(self) -> None:
        """Shares the lock, so that other servers can use the folder too."""
        if self._file >= 0:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def close(self) -> None:
        """Releases the lock."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
