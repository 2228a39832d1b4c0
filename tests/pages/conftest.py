"""Fixtures for tests of the pages where a race can be started, and of those that show saved runs."""

from __future__ import annotations

import pytest
from race_pages import Races, some_steps, start_event

from app.session import server, shipped
from app.session.saved import runs as saved
from app.store.recorded import RACE
from app.store.saver import Saver
from app.store.store import Store
from ipcore.config import RunConfig
from ipcore.recordings.race import from_events


@pytest.fixture
def races(monkeypatch):
    """Runs without worker processes."""
    double = Races()
    monkeypatch.setattr(server, "runs", lambda: double)
    finished, recording = from_events([start_event(RunConfig())]), shipped.recording
    some_steps(finished, 600)
    monkeypatch.setattr(shipped, "recording", lambda id: finished if id == RACE else recording(id))
    yield double
    for cached in (shipped.entry, shipped.runs):  # of the recording above, which is no other test's
        cached.clear()


@pytest.fixture
def store(monkeypatch, tmp_path):
    """An empty store, behind the pages."""
    store = Store(tmp_path)
    saver, races = Saver(store), Races()
    races.get = lambda id: next((each for each in races.started if each.id == id), None)
    monkeypatch.setattr(server, "store", lambda: store)
    monkeypatch.setattr(server, "saver", lambda: saver)
    monkeypatch.setattr(server, "runs", lambda: races)
    saved._replays.clear()
    yield store
    saver.close()
    store.close()
