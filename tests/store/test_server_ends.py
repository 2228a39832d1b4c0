"""A real server that is ended or killed, and a stranger at it: what is saved stays, and no process is left."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from serving import Server, free_port, serve

from app.store.saved_run import SavedRun
from app.store.store import Store
from benchmarks.visits import Shown, Visit, ids, state
from ipcore.recordings.files import from_events

LINK = "dataset=moons&methods=plain,ip&depth=2&width=4&steps=100000"
SAVED, GONE = 10.0, 5.0
"""Seconds: a server that is told to end is gone by then and all is saved; the workers of one that was killed are
gone."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address", "127.0.0.1"]
    server = serve(
        [*command, "--server.port", str(port)], port, tmp_path / "log", IPCORE_STORE_DIR=str(tmp_path / "store")
    )
    yield server
    server.stop()


def until(condition: Callable[[], object], seconds: float = 60.0) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds
        time.sleep(0.02)
    return time.monotonic() - began


def button(shown: Shown, key: str) -> str:
    return next(id for id, kind in ids(shown).items() if kind == "button" and id.endswith(f"-{key}"))


def press(visit: Visit, shown: Shown, key: str, query: str = "", page: str = "") -> Shown:
    return visit.run(query, page, [state(button(shown, key), trigger_value=True)])


def under_way(folder: Path) -> SavedRun:
    """The run of a race that has just been started and whose first steps are saved."""
    with closing(Store(folder)) as store:

        def found() -> list[SavedRun]:
            with store.read() as connection:
                rows = connection.exec_driver_sql("SELECT id FROM runs WHERE chunks > 2").all()
            return [run for row in rows if (run := store.get(row.id))]

        until(found)
        return found()[0]


def check(folder: Path, id: str, least: int, message: str) -> None:
    """All that was saved of a run is there, and it is said how it ended."""
    with closing(Store(folder)) as store:
        run = store.get(id)
        assert run is not None and (run.state, run.message) == ("interrupted", message)
        assert run.step >= least and from_events(store.events(id)).step >= run.step


def test_a_server_that_is_ended_saves_all_and_one_that_is_killed_leaves_no_process(server: Server, tmp_path: Path):
    with Visit(server.url) as visit:
        press(visit, visit.run(LINK), "start", LINK)
        run = under_way(tmp_path / "store")
        workers = psutil.Process(server.pid).children(recursive=True)
        assert workers
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(SAVED)
        took = time.monotonic() - began
    until(lambda: not any(worker.is_running() for worker in workers), GONE)
    check(tmp_path / "store", run.id, run.step, "the server was shut down")
    assert took < SAVED


def test_a_stranger_presses_every_button_of_another_and_then_the_server_is_killed(server: Server, tmp_path: Path):
    """All widgets that the owner of a run has, on every page with it."""
    folder = tmp_path / "store"
    with Visit(server.url) as owner, Visit(server.url) as stranger:
        live = press(owner, owner.run(LINK), "start", LINK)
        run = under_way(folder)
        query = f"run={run.id}"
        opened = owner.run(query, "runs")
        assert {button(opened, key) for key in ("rename", "pin", "delete")}
        listed = owner.run("", "runs")
        for page, at, shown in (("", LINK, live), ("runs", query, opened), ("runs", "", listed)):
            buttons = [id for id, kind in ids(shown).items() if kind == "button"]
            values = [{"trigger_value": True} if id in buttons else {"string_value": "Mine"} for id in ids(shown)]
            stranger.run(at, page, [state(id, **value) for id, value in zip(ids(shown), values, strict=True)])
        with closing(Store(folder)) as store:
            after = store.get(run.id)
            assert after is not None and (after.name, after.pinned, after.state) == (run.name, False, "running")
            until(lambda: store.get(run.id).step > after.step)
            kept = store.get(run.id).step
        workers = psutil.Process(server.pid).children(recursive=True)
        server.process.kill()
        server.process.wait()
    assert until(lambda: not any(worker.is_running() for worker in workers), GONE) < GONE
    check(folder, run.id, kept, "the server stopped while it was under way")
