"""A server that many visit at once: descriptors, places, and what a visit that has ended still holds."""

from __future__ import annotations

import http.client
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from serving import ROOT, Server, free_port
from streamlit.runtime.session_manager import SessionInfo
from test_front import PAGE, Files, ask
from websockets.exceptions import InvalidStatus

from app.front import environment, room
from app.front.closed import ClosedVisits
from app.front.room import Room
from benchmarks.visits import Visit

FEW = 256


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the system allows few descriptors, and half of them at first."""
    folder, port = tmp_path_factory.mktemp("small"), free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env=os.environ | {"IPCORE_STORE_DIR": str(folder / "store"), "IPCORE_SLOTS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FEW // 2, FEW)),
        )
    server = Server(f"http://127.0.0.1:{port}", process, folder / "log")
    server.wait()
    yield server
    server.stop()


def status(server: Server, path: str = "/") -> int:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    connection.request("GET", path, headers={"Connection": "close"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200 or (b"All places are taken" in body and answer.headers["retry-after"])
    connection.close()
    return answer.status


def used(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not tell which descriptors are open")
def test_more_visits_than_descriptors_are_refused_politely_and_what_they_held_is_free_again(small: Server) -> None:
    limits = Path(f"/proc/{small.pid}/limits").read_text()
    assert f"Max open files            {FEW}" in limits, "raised as far as the system allows"
    first = Visit(small.url)
    assert first.run().ended == "FINISHED_SUCCESSFULLY"
    before, opened = used(small), [first]
    with suppress(InvalidStatus):
        while len(opened) < 2 * FEW:
            opened.append(Visit(small.url))
    assert 10 <= len(opened) < FEW // 4 and used(small) <= FEW - FEW // 8
    assert status(small) == 503 and status(small, "/_stcore/health") == 200
    assert first.run(page="guide").ended == "FINISHED_SUCCESSFULLY", "who is here is served"
    for visit in opened[1:]:
        visit.close()
    deadline = time.monotonic() + 30
    while status(small) != 200 or status(small, "/guide") != 200:
        assert time.monotonic() < deadline
    for _ in range(4):  # many come and go
        for visit in [Visit(small.url) for _ in range(8)]:
            visit.close()
    assert status(small) == 200 and used(small) <= FEW - FEW // 4
    assert first.run().ended == "FINISHED_SUCCESSFULLY"
    first.close()
    assert before < FEW // 2 and small.log_path.stat().st_size < 20_000, small.log()


class Session:
    def __init__(self, id: str) -> None:
        self.id, self.is_shut_down = id, False

    def shutdown(self) -> None:
        self.is_shut_down = True


def ended(session: Session) -> SessionInfo:
    return SessionInfo(client=None, session=cast(Any, session))


def test_a_visit_that_ended_is_kept_for_a_while_and_then_freed() -> None:
    now = SimpleNamespace(value=0.0)
    visits = ClosedVisits(kept=120, most=3, clock=lambda: now.value)
    sessions = [Session(str(number)) for number in range(5)]
    for session in sessions[:2]:
        visits.save(ended(session))
    now.value = 50
    found = visits.get("0")
    assert found and found.session is sessions[0]
    visits.delete("0")  # it goes on
    now.value = 119
    assert visits.get("1") and visits.get("0") is None
    now.value = 120
    assert visits.get("1") is None and sessions[1].is_shut_down and not sessions[0].is_shut_down
    for session in [sessions[0], *sessions[2:]]:
        visits.save(ended(session))
    assert [info.session.id for info in visits.list()] == ["2", "3", "4"] and sessions[0].is_shut_down, "too many"
    visits.free(most=0)
    assert len(visits) == 0 and all(session.is_shut_down for session in sessions)


def test_who_asks_for_a_page_waits_while_all_places_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.VISITS_VARIABLE, "2")
    monkeypatch.setattr(room, "visits", room.Visits(1))
    app = Room(Files("text/html; charset=utf-8", PAGE))
    assert ask(app, "/")[0] == 200
    room.visits.open = 2
    code, headers, body = ask(app, "/neuron")
    assert code == 503 and headers["retry-after"] == "20" and b"All places are taken" in body
    for path in ("/static/js/a.js", "/_stcore/health", "/app/static/v-0/x.css"):
        assert ask(app, path)[0] == 200, "who is here goes on"


def test_room_is_made_before_anyone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    held = SimpleNamespace(value=990)
    monkeypatch.setattr(room, "limit", lambda: 1000)
    monkeypatch.setattr(room, "descriptors", lambda: held.value)
    freed: list[int] = []

    def free() -> None:
        freed.append(held.value)
        held.value = 700

    app = Room(Files("text/html; charset=utf-8", PAGE), free)
    assert ask(app, "/")[0] == 200 and freed == [990]
    held.value = 990
    assert ask(Room(Files()), "/")[0] == 503, "there was nothing to free"


@pytest.mark.parametrize("text", ["0", "-1", "many", "1e3", "1000000"])
def test_a_number_of_visits_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(environment.VISITS_VARIABLE, text)
    with pytest.raises(ValueError, match=environment.VISITS_VARIABLE):
        environment.check()
    assert room.most_visits() > 1


def test_few_descriptors_allow_few_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    for allowed, most in ((None, 500), (65_536, 500), (1024, 206), (100, 1)):
        monkeypatch.setattr(room, "limit", lambda allowed=allowed: allowed)
        assert room.most_visits() == most
