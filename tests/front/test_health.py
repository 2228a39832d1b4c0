"""The path by which a platform asks whether the server is well."""

from __future__ import annotations

import json
import urllib.request
from types import SimpleNamespace
from typing import Any

import pytest
from serving import Server

from app.front.health import health
from app.session import server as of_all


def test_the_server_says_that_it_is_well(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/health") as answer:
        assert json.load(answer) == {"status": "ok", "store": "ok", "workers": "ok"}
        assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("pids", "waiting", "trouble", "code", "status"),
    [
        ([1], 3, "", 200, "ok"),
        ([], 0, "", 200, "ok"),
        ([1], 0, "disk full", 200, "degraded"),
        ([], 2, "", 503, "failing"),
        ([], 2, "disk full", 503, "failing"),
    ],
)
def test_it_says_which_part_is_not_well_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, pids: list[int], waiting: int, trouble: str, code: int, status: str, apart: bool
) -> None:
    idle, asked = SimpleNamespace(pids=[], waiting=0), SimpleNamespace(pids=pids, waiting=waiting)
    runs = SimpleNamespace(scheduler=idle, apart=asked) if apart else SimpleNamespace(scheduler=asked, apart=idle)
    prepared: Any = SimpleNamespace(runs=runs, saver=SimpleNamespace(trouble=lambda: trouble))
    monkeypatch.setattr(of_all, "prepared", prepared)
    found = health()
    assert found[0] == code and found[1]["status"] == status and "disk" not in str(found)
    assert found[1]["store"] == ("not saving" if trouble else "ok")


def test_a_server_that_nobody_has_visited_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_all, "prepared", of_all.Prepared())
    assert health() == (200, {"status": "ok", "store": "ok", "workers": "ok"})
