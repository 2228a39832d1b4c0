"""The store, on SQLite and on a real PostgreSQL: every statement is made of both."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sql

from app.store import schema as store_schema
from app.store import upkeep as store_upkeep
from app.store.chunks import pack
from app.store.schema import FILE, StoreError, StoreFull, chunks, default_place, metadata, runs, servers
from app.store.store import CHUNK_BYTES, RUN_BYTES, Store

CONFIG = {"dataset": "moons", "methods": ["plain", "ip"], "depth": 3}
PLACE = Path | str


def run_id(number: int) -> str:
    return f"run-{number:020d}"


def chunk(number: int, size: int = 0):
    """A chunk of two events, of about so many bytes."""
    filler = random.Random(number).randbytes(size).hex()  # gzip halves it, and there are two
    return pack(
        [
            json.dumps({"event": "steps", "first": number, "half": half, "x": filler[half - 1 :: 2]}).encode()
            for half in (1, 2)
        ]
    )


@pytest.fixture
def open_store() -> Iterator[Callable[..., Store]]:
    """Opens stores, and closes them at the end."""
    opened = []

    def open_store(place: PLACE, **arguments) -> Store:
        opened.append(Store(place, **arguments))
        return opened[-1]

    yield open_store
    for each in opened:
        each.close()


@pytest.fixture
def store(place: PLACE, open_store) -> Store:
    return open_store(place)


def fill(store: Store, number: int = 0, chunk_count: int = 1, owner: str = "ada", state: str = "", **row) -> str:
    """A run with chunks; over, if a state is given."""
    id = run_id(number)
    store.create(id, owner, **{"kind": "race", "name": f"Run {number}", "config": CONFIG} | row)
    for at in range(chunk_count):
        store.append(id, at, chunk(at), 10 * (at + 1), {"plain": 0.1, "ip": 0.5 + at / 100})
    if state:
        store.finish(id, state)
    return id


def at_time(store: Store, id: str, **values) -> None:
    """Changes a row behind the store's back, as time does."""
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(runs.update().where(runs.c.id == id).values(**values))


def names(found: tuple[list, int]) -> list[str]:
    return [run.name for run in found[0]]


def test_a_run_is_kept_as_it_was_told(store: Store):
    id = fill(store, chunk_count=40)
    run = store.get(id)
    assert (run.kind, run.name, run.config, run.dataset, run.methods) == (
        "race",
        "Run 0",
        CONFIG,
        "moons",
        ("plain", "ip"),
    )
    assert (run.state, run.message, run.over, run.pinned, run.deleted_at) == ("running", "", False, False, None)
    assert (run.chunks, run.events, run.missing, run.step, run.accuracy) == (40, 80, 0, 400, {"plain": 0.1, "ip": 0.89})
    assert run.size == RUN_BYTES + sum(len(chunk(at).body) + CHUNK_BYTES for at in range(40))
    told = [(event["first"], event["half"]) for event in store.events(id)]
    assert told == [(at, half) for at in range(40) for half in (1, 2)]
    store.finish(id, "finished", "the\0end\ud800", step=401, accuracy={"ip": 1.0})
    run = store.get(id)
    assert (run.state, run.message, run.over, run.step, run.accuracy) == ("finished", "theend?", True, 401, {"ip": 1.0})
    assert run.owned_by("ada") and not run.owned_by("bob") and not run.owned_by("")


def test_a_chunk_written_twice_is_kept_once(store: Store):
    id = fill(store, chunk_count=2)
    before = store.get(id)
    assert store.append(id, 1, chunk(1), 5, {}) is False
    assert store.append(id, 0, chunk(0), 5, {}) is False
    store.create(id, "ada", "race", "Again", CONFIG)
    assert store.get(id) == before
    store.finish(id, "finished")
    assert store.append(id, 1, chunk(1), 5, {}) is False and store.get(id).state == "finished"


def test_chunks_that_do_not_fit_change_nothing(store: Store):
    id = fill(store, chunk_count=2)
    before = store.get(id)
    with pytest.raises(ValueError, match="is another one already"):
        store.append(id, 1, chunk(9), 20, {})
    for number in (3, -1):
        with pytest.raises(ValueError, match="does not follow"):
            store.append(id, number, chunk(number), 20, {})
    with pytest.raises(KeyError):
        store.append(run_id(1), 0, chunk(0), 20, {})
    assert store.get(id) == before and len(list(store.events(id))) == 4
    store.finish(id, "finished")
    with pytest.raises(ValueError, match="which is finished"):
        store.append(id, 2, chunk(2), 20, {})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id": "../../../etc/passwd"}, "id must be"),
        ({"id": "x" * 65}, "id must be"),
        ({"name": "a\nb"}, "name must"),
        ({"name": "x" * 10_000}, "at most 120"),
        ({"kind": "measurement"}, "kind must be one of race, sweep"),
        ({"owner": ""}, "token"),
        ({"config": {"x": "y" * 10**6}}, "config must"),
        ({"config": {"methods": ["ip"] * 9}}, "methods must be at most 8"),
        ({"config": {"x": float("nan")}}, "JSON"),
    ],
)
def test_rows_that_are_refused(tmp_path: Path, open_store, changes: dict, why: str):
    store = open_store(tmp_path)
    with pytest.raises(ValueError, match=why):
        store.create(**{"id": run_id(0), "owner": "ada", "kind": "race", "name": "Run", "config": CONFIG} | changes)
    assert store.list("ada") == ([], 0)


def test_ends_that_are_none(store: Store):
    id = fill(store)
    for state in ("running", "paused", "", None):
        with pytest.raises(ValueError, match="state must be one of"):
            store.finish(id, state)
    with pytest.raises(KeyError):
        store.finish(run_id(1), "finished")


def test_no_token_lies_in_the_store(place: PLACE, store: Store):
    token = "5e55ed0c0ffee00d5e55ed0c0ffee00d"
    fill(store, owner=token)
    with store.engine.begin() as connection:
        for table in metadata.sorted_tables:
            assert token not in repr(connection.execute(sql.select(table)).all())
    if isinstance(place, Path):
        assert not [file for file in place.iterdir() if token.encode() in file.read_bytes()]


def test_only_its_owner_changes_a_run(store: Store):
    id = fill(store, state="finished")
    for stranger in ("bob", "Ada", store.get(id).owner):
        for change in (store.delete, store.undelete, store.pin):
            with pytest.raises(PermissionError):
                change(id, stranger)
        with pytest.raises(PermissionError):
            store.rename(id, stranger, "Mine")
        assert store.list(stranger) == ([], 0)
    for nonsense in ("", "../" * 8, f"{id}' OR '1'='1", f"{id}\0"):
        with pytest.raises(PermissionError):
            store.delete(nonsense, "ada")
        assert store.get(nonsense) is None
    with pytest.raises(ValueError, match="id must be a new one"):
        store.create(id, "bob", "race", "Mine", CONFIG)
    assert (store.get(id).name, store.get(id).deleted_at, store.get(id).pinned) == ("Run 0", None, False)


def test_renaming(store: Store):
    id = fill(store)
    store.rename(id, "ada", "  <b>Bold</b> \N{GREEK SMALL LETTER ETA} = 0.1 ")
    assert store.get(id).name == "<b>Bold</b> η = 0.1"
    with pytest.raises(ValueError, match="name must"):
        store.rename(id, "ada", "a\u202eb")
    assert names(store.list("ada", "BOLD η moons")) == ["<b>Bold</b> η = 0.1"] and store.list("ada", "run")[1] == 0


def test_deleted_runs_can_be_had_back_for_a_while(store: Store):
    kept, gone = fill(store, 0, state="finished"), fill(store, 1, state="failed")
    unfinished = fill(store, 2)
    for id in (kept, gone, unfinished):
        store.delete(id, "ada")
        assert store.get(id) is None and store.get(id, deleted=True).deleted_at
    assert store.list("ada") == ([], 0) and store.list("eve", deleted=True) == ([], 0)
    assert names(store.list("ada", deleted=True)) == ["Run 2", "Run 1", "Run 0"]
    assert names(store.list("ada", deleted=True, state="failed")) == ["Run 1"]
    store.undelete(kept, "ada")
    assert names(store.list("ada")) == ["Run 0"]
    with store.engine.begin() as connection:
        now = store_upkeep.clock(connection)
    store.keep(busy=True)
    assert store.get(gone, deleted=True)
    for id in (gone, unfinished):
        at_time(store, id, deleted_at=now - store_upkeep.UNDO - 1)
    assert store.list("ada", deleted=True) == ([], 0)
    store.keep(busy=True)
    assert store.get(gone, deleted=True) is None and store.get(unfinished, deleted=True) and store.get(kept)
    with pytest.raises(PermissionError):
        store.undelete(gone, "ada")
    with store.engine.begin() as connection:
        assert set(connection.execute(sql.select(chunks.c.run)).scalars()) == {kept, unfinished}


def test_listing_and_filters(store: Store):
    sweep = {"over": {"learning_rate": [0.1]}, "config": {"dataset": "mnist-5k", "methods": ["ip"]}}
    other = {"dataset": "spirals", "methods": ["batch-norm"]}
    for number in range(4):
        id = fill(store, number, state="finished" if number % 2 else "stopped")
        at_time(store, id, created=1000.0 + number)
    at_time(store, fill(store, 4, kind="sweep", name="100%_of it", config=sweep), created=2000.0)
    at_time(store, fill(store, 5, name="ÉCLAIR \\o/", config=other, state="finished"), created=500.0)
    fill(store, 6, owner="bob")

    assert names(store.list("ada")) == ["100%_of it", "Run 3", "Run 2", "Run 1", "Run 0", "ÉCLAIR \\o/"]
    assert [found.name for found in store.list("ada", limit=2, offset=1)[0]] == ["Run 3", "Run 2"]
    assert store.list("ada", limit=2, offset=1)[1] == 6 and store.list("ada", offset=99) == ([], 6)
    assert names(store.list("ada", dataset="moons")) == ["Run 3", "Run 2", "Run 1", "Run 0"]
    assert names(store.list("ada", method="ip", state="finished")) == ["Run 3", "Run 1"]
    assert names(store.list("ada", method="batch-norm")) == ["ÉCLAIR \\o/"] and store.list("ada", method="norm")[1] == 0
    assert names(store.list("ada", kind="sweep")) == ["100%_of it"]
    assert names(store.list("ada", method="ip", kind="sweep", dataset="mnist-5k", state="running")) == ["100%_of it"]
    searches = {"éclair": 1, "ECLAIR": 0, "0%_": 1, "%": 1, "_": 1, "\\": 1, "'": 0}
    searches |= {"moons run": 4, "run 3": 1, "ip": 5, "": 6}
    assert {text: store.list("ada", text)[1] for text in searches} == searches
    assert store.list("bob")[1] == 1 and store.list("cleo") == ([], 0)
    for odd in ("\0", "\ud800", "x" * 10**5):
        assert store.list("ada", odd, dataset=odd, method=odd, kind=odd, state=odd)[1] == 0
    assert len(store.list("ada", limit=10**9)[0]) == 6 and len(store.list("ada", limit=-5, offset=-5)[0]) == 1


def test_servers_leave_each_others_runs_alone(place: PLACE, open_store):
    first, second = open_store(place), open_store(place)
    fill(first, 0, 2)
    fill(second, 1)
    for each in (first, second, open_store(place)):
        each.keep(busy=True)
        assert {run.state for run in each.list("ada")[0]} == {"running"}
    first.close()
    assert [(run.name, run.state) for run in second.list("ada")[0]] == [("Run 1", "running"), ("Run 0", "interrupted")]
    assert second.get(run_id(0)).message == store_upkeep.INTERRUPTED and len(list(second.events(run_id(0)))) == 4


def test_a_server_that_gives_no_sign_of_life_is_dead(place: PLACE, open_store):
    first, second = open_store(place), open_store(place)
    id = fill(first, 0, 2)
    with second.engine.execution_options(write=True).begin() as connection:
        connection.execute(servers.update().values(seen=servers.c.seen - store_upkeep.LEASE - 1))
    assert second.get(id).state == "interrupted"
    first.append(id, 2, chunk(2), 30, {})  # it was only slow
    run = second.get(id)
    assert (run.state, run.message, run.chunks) == ("running", "", 3)
    first.finish(id, "finished")
    assert second.list("ada", state="finished")[1] == 1


def test_a_run_can_be_read_while_it_grows(place: PLACE, open_store):
    writer, reader = open_store(place), open_store(place)
    id = fill(writer, 0, 20)
    events = reader.events(id)
    next(events)
    for at in range(20, 40):
        writer.append(id, at, chunk(at), at, {})
    assert len(list(events)) == 39 and len(list(reader.events(id))) == 80


def test_many_threads_at_once(store: Store):
    failures = []

    def one(number: int) -> None:
        try:
            id = fill(store, number, 10, state="finished")
            store.rename(id, "ada", f"Thread {number}")
            assert len(list(store.events(id))) == 20
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and store.list("ada", "thread", state="finished")[1] == 6


def test_damage_is_told_where_it_is(store: Store):
    id = fill(store, 0, 5)
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(chunks.update().where(chunks.c.number == 2).values(body=chunk(7).body))
    found = []
    with pytest.raises(ValueError, match="chunk 2 of this run is damaged"):
        found.extend(store.events(id))
    assert len(found) == 4
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(chunks.delete().where(chunks.c.number == 1))
    with pytest.raises(ValueError, match="chunk 1 of this run is missing"):
        found.extend(store.events(id))
    with pytest.raises(KeyError):
        next(store.events(run_id(9)))


def test_the_oldest_unpinned_runs_go_first(place: PLACE, open_store, monkeypatch):
    monkeypatch.setattr(store_upkeep, "OWN_PINNED", 1)
    store = open_store(place, ceiling=100_000.0)
    for number in range(5):
        id = fill(store, number, 0)
        store.append(id, 0, chunk(number, 12_000), 1, {})
        if number != 1:
            store.finish(id, "finished")
        at_time(store, id, created=1000.0 + number)
    store.pin(run_id(0), "ada")
    room = store.room()
    assert room.used == sum(run.size for run in store.list("ada")[0]) and not room.nearly_full and room.next == ()

    def left() -> list[int]:
        return sorted(int(run.id[-3:]) for run in store.list("ada", limit=200)[0])

    number = 5
    while not store.room().nearly_full:
        fill(store, number, 1, state="finished")
        number += 1
    assert left() == list(range(number)) and store.room().next == (run_id(2),)  # 0 is pinned, 1 is under way
    store.delete(run_id(4), "ada")
    assert store.room().next == (run_id(4),)  # nobody misses it
    extra = fill(store, 900, 0)
    store.append(extra, 0, chunk(90, 12_000), 1, {})
    assert store.get(run_id(4), deleted=True) is None and {0, 1, 2} <= set(left())
    store.append(extra, 1, chunk(91, 12_000), 1, {})
    assert 2 not in left() and {0, 1, 3} <= set(left()) and store.room().used <= 100_000
    with pytest.raises(ValueError, match="another"):
        store.append(extra, 1, chunk(92, 12_000), 1, {})


def test_a_store_full_of_what_may_not_go_takes_nothing(place: PLACE, open_store, monkeypatch):
    monkeypatch.setattr(store_upkeep, "OWN_PINNED", 1)
    store = open_store(place, ceiling=100_000.0)
    pinned, other, growing = (fill(store, number, 0) for number in range(3))
    for id in (pinned, other):
        store.append(id, 0, chunk(0, 30_000), 1, {})
        store.finish(id, "finished")
    store.pin(pinned, "ada")
    with pytest.raises(ValueError, match="pinned runs may take 50% of the store"):
        store.pin(other, "ada")
    number = 0
    with pytest.raises(StoreFull, match="nothing in it may go"):  # noqa: PT012 (which of the chunks is the first too many)
        for number in range(50):
            store.append(growing, number, chunk(number, 10_000), 1, {})
    assert store.get(other) is None and store.get(pinned) and store.get(growing).chunks == number > 2
    store.pin(pinned, "ada", False)
    assert store.append(growing, number, chunk(number, 10_000), 1, {}) and store.get(pinned) is None


def large(store: Store, number: int, owner: str, size: int = 5_000) -> str:
    """A run that is over and takes about so many bytes, older the lower its number."""
    id = fill(store, number, 0, owner)
    store.append(id, 0, chunk(number, size), 1, {})
    store.finish(id, "finished")
    at_time(store, id, created=1000.0 + number)
    return id


def test_whoever_fills_the_store_loses_their_own_runs_first(place: PLACE, open_store):
    """Ada has two old runs; Eve comes and brings more than the store holds."""
    store = open_store(place, ceiling=200_000.0)
    first, second = large(store, 0, "ada"), large(store, 1, "ada")
    for number in range(2, 60):
        large(store, number, "eve")
    assert store.get(first) and store.get(second) and store.room().used <= 200_000
    left = [run.name for run in store.list("eve", limit=200)[0]]
    assert left == [f"Run {number}" for number in range(59, 59 - len(left), -1)]  # of hers the oldest went
    store.delete(second, "ada")
    large(store, 60, "eve")
    assert store.get(second, deleted=True) is None and store.get(first)  # nobody misses what was deleted


def test_between_two_with_as_much_the_oldest_go_by_turns(place: PLACE, open_store):
    store = open_store(place, ceiling=100_000.0)
    for number in range(4):
        large(store, number, "ada", 10_000)
        large(store, 10 + number, "eve", 10_000)
    with store.engine.begin() as connection:
        found, freed = store_upkeep.first_to_go(connection, 30_000)
    assert freed >= 30_000 and len({row.owner for row in found}) == 2
    assert [row.name for row in found if row.owner == found[0].owner] in (["Run 0", "Run 1"], ["Run 10", "Run 11"])


def test_one_visitor_pins_a_part_of_what_all_may(place: PLACE, open_store):
    store = open_store(place, ceiling=200_000.0)
    by = {
        owner: [large(store, 10 * place + at, owner, 7_000) for at in range(3)] for place, owner in enumerate("abcde")
    }
    for id in by["a"][:2]:
        store.pin(id, "a")
    with pytest.raises(ValueError, match=r"your pinned runs may take 12.5% of the store, and they do: unpin another"):
        store.pin(by["a"][2], "a")
    for owner in "bcd":
        for id in by[owner][:2]:
            store.pin(id, owner)
    with pytest.raises(ValueError, match="pinned runs may take 50% of the store"):  # noqa: PT012 (which of the two)
        for id in by["e"][:2]:
            store.pin(id, "e")
    store.pin(by["a"][0], "a", False)
    store.pin(by["a"][2], "a")


def test_room_names_all_of_ones_own_runs_that_go_next(place: PLACE, open_store):
    """Also beyond the fiftieth; others' are counted, deleted ones are not."""
    store = open_store(place, ceiling=1e6)
    for number in range(80):
        large(store, number, "ada", 400)
        large(store, 100 + number, "eve", 400)
    gone = large(store, 200, "ada")
    store.delete(gone, "ada")
    store.ceiling = store.room().used / 0.9 + 1
    assert not store.room("ada").nearly_full and store.room("ada").next == ()
    store.ceiling = store.room().used / 0.9 - 1
    assert store.room("ada").nearly_full and store.room("ada").next == (gone,)
    assert (store.room("ada").own, store.room("ada").others) == ((), 0)
    store.ceiling = store.room().used / 5
    for owner, first in (("ada", 0), ("eve", 100)):
        room = store.room(owner)
        assert gone in room.next and len(room.own) > 60 and room.others > 60
        assert room.own == tuple(f"Run {number}" for number in range(first, first + len(room.own)))
        assert len(room.own) + room.others == len(room.next) - 1
    assert store.room("somebody").own == ()


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


def test_servers_that_start_together(place: PLACE, open_store):
    stores = [open_store(place) for _ in range(4)]
    barrier, found = threading.Barrier(4), []

    def begin(store: Store) -> None:
        barrier.wait()
        found.append(store.list("ada"))

    threads = [threading.Thread(target=begin, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [([], 0)] * 4


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


def test_the_ceiling_can_be_set(tmp_path: Path, monkeypatch):
    assert Store(tmp_path).ceiling == store_upkeep.CEILING == 2e9
    monkeypatch.setenv("IPCORE_STORE_BYTES", "5e8")
    assert Store(tmp_path).ceiling == 5e8
    for text in ("much", "-1", "1000", "nan", "inf"):
        monkeypatch.setenv("IPCORE_STORE_BYTES", text)
        with pytest.raises(ValueError, match="IPCORE_STORE_BYTES must be a number of bytes"):
            Store(tmp_path)


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


def test_room_is_given_back_to_the_disk(tmp_path: Path, open_store):
    store = open_store(tmp_path)
    id = fill(store, 0, 0)
    for number in range(40):
        store.append(id, number, chunk(number, 100_000), 1, {})
    store.finish(id, "finished")

    def pages() -> int:
        with closing(sqlite3.connect(tmp_path / FILE)) as connection:
            return connection.execute("PRAGMA page_count").fetchone()[0]

    before = pages()
    store.delete(id, "ada")
    at_time(store, id, deleted_at=0.0)
    store.keep(busy=False)
    assert pages() < before / 5
