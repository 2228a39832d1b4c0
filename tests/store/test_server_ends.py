"""A real server, a stranger at it, and its end: what is another's stays as it is, and all is saved."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from serving import Server, free_port, serve
from websockets.exceptions import ConnectionClosed

from app.store.saved_run import SavedRun
from app.store.store import Store
from benchmarks.visits import Shown, Visit, ids, state
from ipcore.recordings.files import from_events

LINK = "dataset=moons&methods=plain,ip&depth=2&width=4&steps=100000"
SAVED, GONE = 10.0, 5.0
"""Seconds after which a server that is told to end, and then its workers, are gone."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port)]
    server = serve(command, port, tmp_path / "log", IPCORE_STORE_DIR=str(tmp_path / "store"), IPCORE_SLOTS="2")
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


def listen(visit: Visit) -> None:
    """Takes what the server sends, as a browser does, which so hears that the server ends, and lets it go at once."""
    with suppress(ConnectionClosed, TimeoutError):
        while True:
            visit.shown()


def under_way(folder: Path) -> SavedRun:
    """The run of a race that has just been started and whose first steps are saved."""
    with closing(Store(folder)) as store:

        def found() -> list[SavedRun]:
            with store.read() as connection:
                rows = connection.exec_driver_sql("SELECT id FROM runs WHERE chunks > 2").all()
            return [run for row in rows if (run := store.get(row.id))]

        until(found)
        return found()[0]


def test_a_stranger_changes_nothing_of_another_run_and_a_server_that_is_ended_saves_all(server: Server, tmp_path: Path):
    """The stranger sends a value for each widget that the owner of a run has on a page with it; then comes SIGTERM."""
    folder = tmp_path / "store"
    with Visit(server.url) as owner, Visit(server.url) as stranger:
        live = press(owner, owner.run(LINK), "start", LINK)
        run = under_way(folder)
        query = f"run={run.id}"
        opened = owner.run(query, "runs")
        assert {button(opened, key) for key in ("rename", "pin", "delete")}
        for page, at, shown in (("", LINK, live), ("runs", query, opened)):
            found = {id: kind == "button" for id, kind in ids(shown).items() if not id.endswith(("-start", "-again"))}
            values = [{"trigger_value": True} if pressed else {"string_value": "Mine"} for pressed in found.values()]
            stranger.run(at, page, [state(id, **value) for id, value in zip(found, values, strict=True)])
        with closing(Store(folder)) as store:
            after = store.get(run.id)
            assert after is not None and (after.name, after.pinned, after.state) == (run.name, False, "running")
            until(lambda: store.get(run.id).step > after.step)
            kept = store.get(run.id).step
        workers = [each for each in psutil.Process(server.pid).children(True) if "ipcore.worker" in each.cmdline()]
        assert len(workers) == 2, "one that trains and one in reserve"
        for visit in (owner, stranger):
            threading.Thread(target=listen, args=(visit,), daemon=True).start()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(SAVED)
    until(lambda: not any(worker.is_running() for worker in workers), GONE)
    with closing(Store(folder)) as store:
        saved = store.get(run.id)
        assert saved is not None and (saved.state, saved.message) == ("interrupted", "the server was shut down")
        assert saved.step >= kept and saved.missing == 0
        recording = from_events(store.events(run.id))
        assert recording.over and recording.step == saved.step, "the end that was made of it is saved too"
