"""The tables of the store, their version, and the database: SQLite in a folder, or PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import sqlalchemy as sql
from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Text

FOLDER_VARIABLE = "IPCORE_STORE_DIR"
"""Folder of the saved runs. Default: the platform's folder for data, on Linux ``~/.local/share/ipcore``."""
DATABASE_VARIABLE = "DATABASE_URL"
"""PostgreSQL database of the saved runs, instead of a folder, such as ``postgresql://me@host/name``. Default: none."""
FILE = "runs.sqlite3"
VERSION = 1
"""The version of the tables. Raise it when they change, and add a migration."""
BUSY = 10.0
"""Seconds to wait for another writer, unless the store is told otherwise."""
FULL = 1
"""What SQLite calls full vacuuming of a file."""
PAUSE = 0.01
"""Seconds between two attempts where SQLite does not wait by itself."""
MIGRATION_LOCK = 0x69706372
"""Number of the lock of PostgreSQL that lets only one server at a time make or change the tables."""

CODES = {"53100": sqlite3.SQLITE_FULL, "55P03": sqlite3.SQLITE_BUSY, "25006": sqlite3.SQLITE_READONLY}
"""State of SQL in which PostgreSQL refuses something -> the code of SQLite: disk full, locked, read-only."""

metadata = sql.MetaData()

schema_version = sql.Table("schema_version", metadata, Column("version", Integer, nullable=False))

servers = sql.Table(  # leases: a server whose lease lapses is taken for dead, and its runs become interrupted
    "servers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("seen", Float(53), nullable=False),
)

runs = sql.Table(
    "runs",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),  # app.store.run_names.owner_hash
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("created", Float(53), nullable=False),  # seconds since 1970, as every time here
    Column("config", Text, nullable=False),  # JSON
    Column("dataset", String(40), nullable=False),
    Column("methods", String(200), nullable=False),  # ",plain,ip,"
    Column("words", Text, nullable=False),  # what a search looks into, folded
    Column("state", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("server", String(32)),  # the server that writes the run; null once it is over
    Column("pinned", Boolean, nullable=False),
    Column("deleted_at", Float(53)),
    Column("size", BigInteger, nullable=False),  # bytes, with the overhead of the database
    Column("chunks", Integer, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("missing", BigInteger, nullable=False),  # events at its end that could not be saved
    Column("step", BigInteger, nullable=False),
    Column("accuracy", Text, nullable=False),  # JSON: method -> mean over seeds of the last test
    # All columns that lists are filtered by, so that counting and filtering read the index alone.
    Index("runs_of_owner", "owner", "deleted_at", "created", "id", "dataset", "kind", "state", "methods"),
    Index("runs_by_state", "state", "pinned", "created"),
    Index("runs_sizes", "size", "pinned"),
)

chunks = sql.Table(
    "chunks",
    metadata,
    Column("run", String(64), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("events", Integer, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

MIGRATIONS: dict[int, Callable[[sql.Connection], None]] = {}
"""What makes tables of that version into those of the next. Never changed once released: stores are made by all."""


class StoreError(Exception):
    """The store cannot be used, at least for now; in words for a visitor."""


class StoreFull(StoreError):
    """There is no room for more."""


def default_place() -> str | Path:
    """Where runs are saved: ``DATABASE_URL``, or the folder of ``IPCORE_STORE_DIR``, or the platform's for data."""
    if url := os.environ.get(DATABASE_VARIABLE, "").strip():
        return url
    folder = os.environ.get(FOLDER_VARIABLE, "").strip()
    return Path(folder) if folder else platformdirs.user_data_path("ipcore", appauthor=False)


def engine_for(place: str | Path, wait: float = BUSY) -> sql.Engine:
    """The engine for a PostgreSQL URL or a folder. Nothing is opened yet.

    Args:
        place: a folder, or the URL.
        wait: seconds to wait at most for other writers, or for a free connection. A transaction with the execution
            option ``wait`` waits that long for other writers instead.

    Raises:
        ValueError: if the URL is not of PostgreSQL. The message does not repeat it, as it may hold a password.
    """
    if isinstance(place, Path):
        engine = sql.create_engine(
            sql.URL.create("sqlite", database=str(place / FILE)),
            connect_args={"timeout": wait},
            pool_timeout=wait,
            hide_parameters=True,
        )
        sql.event.listen(engine, "connect", lambda connection, _: _set_up_sqlite(connection, wait))
        sql.event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, wait))
        return engine
    scheme, _, rest = place.partition("://")
    if scheme.partition("+")[0] not in ("postgres", "postgresql") or not rest:
        raise ValueError(f"{DATABASE_VARIABLE} must begin with postgresql:// or postgres://, not {scheme[:20]!r}")
    engine = sql.create_engine(
        f"postgresql+psycopg://{rest}",
        pool_pre_ping=True,  # hosts end idle connections
        pool_timeout=wait,
        hide_parameters=True,
        # No prepared statements: poolers between us and the server may not keep them.
        connect_args={"connect_timeout": 5, "tcp_user_timeout": 15_000, "prepare_threshold": None},
    )
    sql.event.listen(engine, "begin", lambda connection: _begin_postgres(connection, wait))
    return engine


def _set_up_sqlite(connection: Any, wait: float) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    until = time.monotonic() + wait
    if _execute_when_free(connection, "PRAGMA auto_vacuum", until) != (FULL,):  # setting it anew would be a write
        # So that a deleted run gives its room back to the disk. It has an effect on a new file alone.
        _execute_when_free(connection, "PRAGMA auto_vacuum = FULL", until)
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",  # what was committed survives a power cut too
        "foreign_keys = ON",
        "journal_size_limit = 67108864",
    ):
        _execute_when_free(connection, f"PRAGMA {setting}", until)


def _execute_when_free(connection: Any, statement: str, until: float) -> Any:
    """The first row of what a statement finds. It is executed again and again while the file is locked.

    SQLite waits for a lock by itself, but not where two connections to a new file change its journal at once: it then
    refuses one of them.

    Args:
        connection: a connection of :mod:`sqlite3`.
        statement: the statement.
        until: the time on the monotonic clock after which it is not tried again.

    Raises:
        sqlite3.OperationalError: if the file is still locked then, or for any other reason.
    """
    while True:
        try:
            with closing(connection.execute(statement)) as found:
                return found.fetchone()
        except sqlite3.OperationalError as error:
            if _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            if time.monotonic() > until:
                raise
        time.sleep(PAUSE)


def _begin_sqlite(connection: sql.Connection, wait: float) -> None:
    # A transaction that reads first and writes later fails if another wrote meanwhile: writers say so at once.
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(1000 * options.get('wait', wait))}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


def _begin_postgres(connection: sql.Connection, wait: float) -> None:
    # For this transaction alone, because poolers lend one connection to many.
    milliseconds = max(1, round(1000 * connection.get_execution_options().get("wait", wait)))
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")


def up_to_date(connection: sql.Connection) -> bool:
    """Whether the tables are there and need no migration."""
    if not sql.inspect(connection).has_table(schema_version.name):
        return False
    return connection.execute(sql.select(schema_version.c.version)).scalar() == VERSION


def migrate(connection: sql.Connection) -> None:
    """Makes the tables, or migrates those of an earlier version.

    Raises:
        StoreError: if they are of a later version than this program knows.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sql.select(sql.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    if not sql.inspect(connection).has_table(schema_version.name):
        metadata.create_all(connection)
        connection.execute(schema_version.insert().values(version=VERSION))
        return
    version = connection.execute(sql.select(schema_version.c.version)).scalar()
    if not isinstance(version, int):
        raise StoreError("its tables are not those of this program")
    if version > VERSION:
        raise StoreError(f"it was made by a later version of this program (tables {version}, known {VERSION})")
    for step in range(version, VERSION):
        MIGRATIONS[step](connection)
    if version < VERSION:
        connection.execute(schema_version.update().values(version=VERSION))


def error_code(error: sql.exc.DBAPIError) -> int:
    """What a database failed of: the code of SQLite, also for what PostgreSQL said; 0 if there is none."""
    return CODES.get(getattr(error.orig, "sqlstate", ""), 0) or _code(error.orig)


def _code(error: BaseException | None) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def in_words() -> Iterator[None]:
    """Turns what a database says of its own failure into a StoreError."""
    try:
        yield
    except sql.exc.IntegrityError:
        raise
    except sql.exc.DBAPIError as error:
        code = error_code(error)
        if code == sqlite3.SQLITE_FULL:
            raise StoreFull("disk full") from error
        if code == sqlite3.SQLITE_READONLY:
            raise StoreError("it is read-only") from error
        raise StoreError("the database cannot be used now") from error  # its own words are for the log: they name hosts
    except sql.exc.TimeoutError as error:
        raise StoreError("the database cannot be used now") from error
