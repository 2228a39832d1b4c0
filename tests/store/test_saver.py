"""The saver: nothing told is lost, whatever the store does meanwhile. On SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql
from recordings import events as made_up
from stand_in_worker import FAILING, LONG, MISFIT, SHORT, config, program, until, until_state

from app.background.run import BROKEN, DIED
from app.background.runs import SHUT_DOWN, Runs
from app.store.chunks import CHUNK, LARGEST_EVENT
from app.store.races import race_saver
from app.store.saver import Saver
from app.store.schema import StoreError, chunks
from app.store.store import Store
from ipcore.config import RunConfig
from ipcore.recordings.race import from_events

PATIENCE = 60  # s; a bound on failure, not a time that anything takes
CONFIG = RunConfig(dataset="moons", methods=("plain", "ip"), depth=3, width=4, seeds=2, steps=400)
PLACE = Path | str


class Case:
    """A store and a saver that tries again at once."""

    def __init__(self, place: PLACE, **arguments) -> None:
        self.store = Store(place)
        self.saver = Saver(self.store, **{"patience": 0.01, "retry": 0.01} | arguments)

    def begin(self, number: int = 0) -> str:
        id = f"run-{number:020d}"
        self.saver.begin(id, "ada", "race", f"Run {number}", CONFIG.to_dict())
        return id

    def kept(self, id: str) -> list[dict]:
        return list(self.store.events(id))

    def trouble(self, why: str = "", id: str | None = None) -> None:
        """Waits until the saver says that it has this trouble."""
        deadline = time.monotonic() + PATIENCE
        while self.saver.trouble(id) != why:
            assert time.monotonic() < deadline, self.saver.trouble(id)
            time.sleep(0.005)

    def close(self) -> None:
        self.saver.close()
        self.store.close()


@pytest.fixture
def make() -> Iterator[Callable[..., Case]]:
    made = []

    def make(place: PLACE, **arguments) -> Case:
        made.append(Case(place, **arguments))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def told() -> list[dict]:
    """The events of a whole run."""
    return list(made_up(CONFIG, snapshots=40, batch=5))


def test_a_run_is_saved_as_it_goes(place: PLACE, make, told):
    case = make(place)
    id = case.begin()
    for count, event in enumerate(told, 1):
        case.saver.add(id, event, step=count, accuracy={"ip": count / 1000})
        if count % 40 == 0:
            assert case.saver.flush(PATIENCE) and case.kept(id) == told[:count]
            run = case.store.get(id)
            assert (run.state, run.events, run.step, run.accuracy) == ("running", count, count, {"ip": count / 1000})
    case.saver.end(id, "finished")
    case.saver.end(id, "failed", "too late")
    case.saver.add(id, told[1])
    assert case.saver.flush(PATIENCE) and case.kept(id) == told
    assert (case.store.get(id).state, case.store.get(id).step) == ("finished", len(told))
    assert from_events(case.store.events(id)).state == "finished"


def test_events_wait_for_more_but_not_for_long(tmp_path: Path, make, told):
    case = make(tmp_path, patience=PATIENCE)
    id = case.begin()
    sent = 0
    for event in told[:-1] * 3:
        case.saver.add(id, event)
        sent += len(str(event))
    case.saver.end(id, "stopped")
    assert case.saver.flush(PATIENCE)
    assert case.store.get(id).chunks <= sent / CHUNK + 2  # whatever the pace, chunks are no smaller than they must be


def test_a_run_that_began_and_never_told_anything_is_not_kept(tmp_path: Path, make):
    case = make(tmp_path)
    case.saver.end(case.begin(), "stopped")
    case.saver.add("run-of-nobody-at-all", {"event": "steps"})
    case.saver.end("run-of-nobody-at-all", "finished")
    assert case.saver.flush(PATIENCE) and case.store.list("ada") == ([], 0)


def test_what_cannot_begin_is_refused_at_once(tmp_path: Path, make):
    case = make(tmp_path)
    for arguments in (
        ("../etc", "ada", "race", "x", {}),
        ("x" * 20, "ada", "race", "a\nb", {}),
        ("x" * 20, "", "race", "x", {}),
    ):
        with pytest.raises(ValueError):
            case.saver.begin(*arguments)


def full(case: Case) -> Callable[[], None]:
    """Fills the disk: SQLite gets no more pages, PostgreSQL no more chunks. Returns what makes room again."""
    if case.store.engine.dialect.name == "sqlite":
        limit = [0]

        @sql.event.listens_for(case.store.engine, "checkout")
        def set_limit(connection, *_) -> None:
            pages = limit[0] or connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}").close()

        return lambda: limit.__setitem__(0, 2**30)

    def run(statement: str) -> None:
        with case.store.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    raise_full = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'"
    run(f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raise_full}; END $$")
    run("CREATE TRIGGER refuse BEFORE INSERT ON chunks FOR EACH ROW EXECUTE FUNCTION refuse()")
    return lambda: run("DROP TRIGGER refuse ON chunks")


def test_a_full_disk_loses_nothing(place: PLACE, make, told):
    case = make(place)
    first, second = case.begin(0), case.begin(1)
    for event in told[:30]:
        case.saver.add(first, event)
    assert case.saver.flush(PATIENCE)
    free = full(case)
    for event in told[30:]:
        case.saver.add(first, event)
        case.saver.add(second, event)
    case.saver.add(second, told[0])
    case.trouble("disk full")
    case.saver.end(first, "finished")
    third = case.begin(2)
    case.saver.add(third, told[0])
    assert not case.saver.flush(0.1) and case.saver.trouble(first) == "disk full"
    assert case.kept(first) == told[: len(case.kept(first))]
    assert case.store.list("ada")[1] >= 1  # it can still be read
    free()
    assert case.saver.flush(PATIENCE) and case.saver.trouble() == case.saver.trouble(second) == ""
    assert (case.kept(first), case.store.get(first).state, case.store.get(first).missing) == (told, "finished", 0)
    assert case.kept(second) == told[30:] + told[:1] and case.kept(third) == told[:1]


def test_beyond_what_memory_holds_a_run_is_kept_up_to_there_and_says_so(place: PLACE, make, told):
    case = make(place, memory=50_000)
    long, short = case.begin(0), case.begin(1)
    for event in told[:10]:
        case.saver.add(long, event, step=event.get("step"))
    case.saver.add(short, told[0])
    assert case.saver.flush(PATIENCE)
    free = full(case)
    case.saver.add(long, told[10], step=told[10].get("step"))
    case.trouble("disk full")
    for event in told[11:-1]:
        case.saver.add(long, event, step=event.get("step"))
    assert case.saver.trouble(long) == "disk full"
    free()
    assert case.saver.flush(PATIENCE) and case.saver.trouble() == "" and case.saver.trouble(long) == "disk full"
    for number, event in enumerate(told[1:]):
        case.saver.add(short, event)
        assert number % 5 or case.saver.flush(PATIENCE)
    case.saver.add(long, told[-1])
    case.saver.end(long, "finished")
    case.saver.end(short, "finished")
    assert case.saver.flush(PATIENCE)
    kept, run = case.kept(long), case.store.get(long)
    assert 10 <= len(kept) < len(told) and kept == told[: len(kept)]
    assert (run.state, run.missing, run.events) == ("interrupted", len(told) - len(kept), len(kept))
    assert run.message == f"kept up to step {run.step:,} only: disk full" and run.step > 0
    assert from_events(kept).step >= run.step
    assert case.kept(short) == told and case.store.get(short).state == "finished"


def test_a_database_that_goes_away_comes_back(postgres, make, told):
    case = make(postgres.database())
    id = case.begin()
    for event in told[:50]:
        case.saver.add(id, event)
    assert case.saver.flush(PATIENCE)
    postgres.stop()
    try:
        for event in told[50:]:
            case.saver.add(id, event)
        case.saver.end(id, "finished")
        case.trouble("the database cannot be used now")
        with pytest.raises(StoreError):
            case.store.list("ada")
    finally:
        postgres.start()
    assert case.saver.flush(PATIENCE) and case.kept(id) == told and case.store.get(id).state == "finished"


def test_a_store_that_is_not_there_yet(tmp_path: Path, make, told):
    (tmp_path / "store").write_text("in the way")
    case = make(tmp_path / "store")
    id = case.begin()
    case.saver.add(id, told[0])
    case.trouble("the folder of the store cannot be used")
    (tmp_path / "store").unlink()
    assert case.saver.flush(PATIENCE) and case.kept(id) == told[:1] and case.saver.trouble() == ""


def test_an_answer_that_got_lost_is_asked_for_again(place: PLACE, make, told, monkeypatch):
    """The chunk was written, but the connection broke before the store could say so."""
    case = make(place)
    append, lost = Store.append, []

    def forgetful(self, id, number, *rest):
        append(self, id, number, *rest)
        if number not in lost:
            lost.append(number)
            raise StoreError("the connection broke")

    monkeypatch.setattr(Store, "append", forgetful)
    id = case.begin()
    for event in told:
        case.saver.add(id, event)
        if len(lost) < 3:
            case.saver.flush(PATIENCE)
    case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and case.kept(id) == told and len(lost) >= 3


def test_a_run_that_cannot_be_saved_does_not_hinder_others(tmp_path: Path, make, told):
    case = make(tmp_path)
    gone, huge, odd, good = (case.begin(number) for number in range(4))
    for id in (gone, huge, odd, good):
        case.saver.add(id, told[0])
    assert case.saver.flush(PATIENCE)
    with case.store.engine.execution_options(write=True).begin() as connection:
        connection.execute(sql.text("DELETE FROM runs WHERE id = :id"), {"id": gone})
    case.saver.add(huge, {"event": "progress", "what": "x" * LARGEST_EVENT})
    case.saver.add(odd, {"event": "progress", "what": object()})
    for id in (gone, huge, odd, good):
        for event in told[1:]:
            case.saver.add(id, event)
        assert case.saver.flush(PATIENCE)
    assert case.saver.trouble(gone) == "it was removed"
    for id in (gone, huge, odd, good):
        case.saver.end(id, "finished")
    assert case.saver.flush(PATIENCE) and case.kept(good) == told and case.store.get(gone) is None
    for id, why in ((huge, "an event is too large to be kept"), (odd, "an event cannot be kept")):
        run = case.store.get(id)
        assert (run.state, run.missing, case.kept(id)) == ("interrupted", len(told), told[:1]) and why in run.message
    assert [run.state for run in case.store.list("ada")[0] if run.id == good] == ["finished"]


def test_telling_waits_for_nothing(tmp_path: Path, make, told, monkeypatch):
    case = make(tmp_path)
    busy, go_on = threading.Event(), threading.Event()

    def slow(*_):
        busy.set()
        assert go_on.wait(PATIENCE)
        return True

    monkeypatch.setattr(Store, "append", slow)
    id = case.begin()
    case.saver.add(id, told[0])
    assert busy.wait(PATIENCE)
    for event in told[1:]:  # the store is in the middle of something that takes for ever
        case.saver.add(id, event)
    case.saver.end(id, "finished")
    case.saver.begin("another-run-of-ada", "ada", "race", "x", {})
    assert case.saver.trouble() == "" and not go_on.is_set()
    monkeypatch.undo()
    go_on.set()


def test_what_is_left_is_saved_when_the_server_ends(tmp_path: Path, make, told):
    case = make(tmp_path, patience=PATIENCE)
    id = case.begin()
    for event in told:
        case.saver.add(id, event)
    case.saver.close()
    case.saver.close()
    assert case.kept(id) == told and case.store.get(id).state == "running"
    case.store.close()
    with_store = Store(tmp_path)
    assert with_store.get(id).state == "interrupted"
    with_store.close()


# -- wired to runs ----------------------------------------------------------------------------------------------------


@pytest.fixture
def raced(tmp_path: Path, make) -> Iterator[tuple[Runs, Case]]:
    """Runs with stand-ins for workers (see test_runs.py), saved."""
    case = make(tmp_path)
    runs = Runs(slots=1, command=program(), **race_saver(case.saver))
    yield runs, case
    runs.close()


@pytest.mark.parametrize(
    ("kind", "steps", "state", "message"),
    [(0, SHORT, "finished", ""), (FAILING, LONG, "failed", "the data are not there"), (MISFIT, LONG, "failed", BROKEN)],
)
def test_a_race_is_saved_to_its_end(raced, kind: int, steps: int, state: str, message: str):
    runs, case = raced
    run = until_state(runs.start(config(steps, kind), "ada"), state)
    assert case.saver.flush(PATIENCE)
    saved = case.store.get(run.id)
    assert (saved.state, saved.message, saved.step) == (state, message, run.recording.step)
    assert saved.name == "spirals, depth 1: plain" and saved.config == run.config.to_dict()
    replayed = from_events(case.store.events(run.id))
    assert (replayed.state, replayed.step, replayed.message) == (run.recording.state, run.recording.step, message)


def test_a_race_whose_worker_dies_is_saved_with_all_it_had(raced):
    runs, case = raced
    run = until(runs.start(config(), "ada"), lambda run: run.recording.step > 5)
    for pid in runs.scheduler.pids:
        os.kill(pid, signal.SIGKILL)
    until_state(run, "failed")
    assert case.saver.flush(PATIENCE)
    saved, replayed = case.store.get(run.id), from_events(case.store.events(run.id))
    assert (saved.state, saved.message, saved.step) == ("failed", DIED, run.recording.step)
    assert (replayed.state, replayed.message, replayed.step) == ("failed", DIED, run.recording.step)


def test_races_that_were_under_way_when_the_server_ended(raced):
    runs, case = raced
    run = until(runs.start(config(), "ada"), lambda run: run.recording.step > 5)
    waiting = runs.start(config(), "bob")
    runs.close()
    assert case.saver.flush(PATIENCE)
    saved, replayed = case.store.get(run.id), from_events(case.store.events(run.id))
    assert (saved.state, saved.message) == ("interrupted", SHUT_DOWN) and replayed.over
    assert replayed.step == saved.step == run.recording.step
    assert case.store.get(waiting.id) is None  # it never began


def test_a_measurement_is_not_saved_and_a_listener_that_fails_hurts_nobody(tmp_path: Path, make, caplog):
    case, heard = make(tmp_path), []

    def fail(run, event=None) -> None:
        heard.append((run.kind, event and event.name))
        raise OSError("no")

    runs = Runs(slots=1, command=program(), on_event=fail, on_end=fail)
    until_state(runs.start(config(SHORT), "ada"), "finished")
    runs.close()
    assert heard == [("race", kind) for kind in ("start", "steps", "steps", "steps", "end", None)]
    assert "a listener to runs fails" in caplog.text
    runs = Runs(slots=1, command=program(), **race_saver(case.saver))
    blocking = until_state(runs.start(config(), "bob"), "running")
    measuring = runs.measure(config(SHORT), "ada")
    measuring.stop()
    blocking.stop()
    runs.close()
    assert case.saver.flush(PATIENCE) and case.store.get(measuring.id) is None and case.store.get(blocking.id)
    with case.store.engine.begin() as connection:
        assert set(connection.execute(sql.select(chunks.c.run)).scalars()) == {blocking.id}
