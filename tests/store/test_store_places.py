"""Where a store can be, and the versions of its tables."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sql
from store_rows import PLACE, fill, run_id

from app.store import schema as store_schema
from app.store.schema import FILE, StoreError, default_place
from app.store.store import Store


def test_a_later_version_of_the_tables_is_left_alone(place: PLACE, store: Store, open_store, monkeypatch):
    fill(store)
    upgraded = []

    def widen(connection: sql.Connection) -> None:
        connection.execute(sql.text("ALTER TABLE runs ADD COLUMN colour TEXT"))
        upgraded.append(connection.execute(sql.text("SELECT count(*) FROM runs WHERE colour IS NULL")).scalar_one())

    monkeypatch.setattr(store_schema, "VERSION", 2)
    monkeypatch.setitem(store_schema.MIGRATIONS, 1, widen)
    for _ in range(2):
        assert open_store(place).get(run_id(0)).name == "Run 0"
    assert upgraded == [1]
    monkeypatch.setattr(store_schema, "VERSION", 1)
    with pytest.raises(StoreError, match="later version of this program"):
        open_store(place).list("ada")


def test_a_migration_that_fails_changes_nothing(place: PLACE, store: Store, open_store, monkeypatch):
    fill(store)

    def fail(connection: sql.Connection) -> None:
        connection.execute(sql.text("ALTER TABLE runs ADD COLUMN colour TEXT"))
        raise StoreError("no")

    monkeypatch.setattr(store_schema, "VERSION", 2)
    monkeypatch.setitem(store_schema.MIGRATIONS, 1, fail)
    for _ in range(2):
        with pytest.raises(StoreError, match="no"):
            open_store(place).list("ada")
    monkeypatch.undo()
    again = open_store(place)
    assert again.list("ada")[1] == 1
    with again.engine.begin() as connection:
        assert "colour" not in {column["name"] for column in sql.inspect(connection).get_columns("runs")}


def test_where_runs_are_kept(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("IPCORE_STORE_DIR")
    assert default_place().name == "ipcore"
    monkeypatch.setenv("IPCORE_STORE_DIR", str(tmp_path / "a" / "b"))
    with closing(Store()) as store:
        assert not (tmp_path / "a").exists()  # nothing is opened before its time
        fill(store)
        assert (tmp_path / "a" / "b" / FILE).stat().st_size
        with store.engine.begin() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    urls = "postgres://u:secret@host/db?sslmode=require", "postgresql://u@host/db", "postgresql+psycopg2://u@host/db"
    for url in urls:
        monkeypatch.setenv("DATABASE_URL", url)
        with closing(Store()) as store:
            assert store.engine.url.render_as_string(False).startswith("postgresql+psycopg://u")
            assert (store.engine.url.host, store.engine.url.database) == ("host", "db")
    for url in ("mysql://u:secret@host/db", "secret", "postgresql://"):
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(ValueError, match="DATABASE_URL must begin with postgresql://") as raised:
            Store()
        assert url == "postgresql://" or "secret@" not in str(raised.value)


def test_postgres_urls_of_hosts_are_understood(postgres, open_store):
    url = postgres.database()
    fill(open_store(url.replace("postgresql://", "postgres://")))
    assert open_store(url).list("ada")[1] == 1


def test_a_place_that_cannot_be_used(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with closing(Store(tmp_path / "file" / "store")) as store, pytest.raises(StoreError, match="folder"):
        store.list("ada")
    (tmp_path / FILE).write_bytes(b"no database at all" * 1000)
    with closing(Store(tmp_path)) as store, pytest.raises(StoreError, match="cannot be used"):
        store.list("ada")
    (tmp_path / FILE).unlink()
    with closing(Store(tmp_path)) as store:
        assert store.list("ada") == ([], 0)
    with closing(Store("postgresql://ipcore:secret@127.0.0.1:9/db")) as store, pytest.raises(StoreError) as raised:
        store.list("ada")
    assert "secret" not in str(raised.value)
