"""A sample of what ``python -m benchmarks.hostile`` does: links and states of widgets, to every page and a server."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, free_port, serve

from benchmarks import hostile
from benchmarks.hostile import Found

LINKS, VISITS = 100, 30


@pytest.fixture(scope="module")
def of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server that nobody else visits, and the folder of its store."""
    folder, port = tmp_path_factory.mktemp("hostile"), free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port)]
    server = serve(command, port, folder / "log", IPCORE_STORE_DIR=str(folder / "store"), IPCORE_SLOTS="1")
    yield server, folder / "store"
    server.stop()


def test_no_page_stumbles_over_a_link() -> None:
    found = Found()
    hostile.links(LINKS, random.Random(7), found)
    assert not found.wrong, hostile.report(found)
    assert found.counts["links read"] == LINKS * len(hostile.PAGES)


def test_a_server_answers_hostile_visits_with_its_pages_and_starts_no_run(of_its_own: tuple[Server, Path]) -> None:
    server, store = of_its_own
    found = Found()
    hostile.visits(server.url, VISITS, random.Random(7), found)
    assert not found.wrong, hostile.report(found)
    assert found.counts["link on a server"] > 5 and found.counts["states on a server"] > 5
    assert "Traceback" not in server.log(10_000)
    assert hostile.runs_in(store) == 0


def test_what_goes_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(page: str, query: str) -> None:
        raise KeyError(query)

    monkeypatch.setattr(hostile, "look_at", fail)
    found = Found()
    hostile.links(1, random.Random(0), found)
    assert len(found.wrong) == len(hostile.PAGES) and "KeyError" in hostile.report(found)
