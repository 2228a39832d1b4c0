"""A fixture for tests of the pages where a race can be started."""

from __future__ import annotations

import pytest
from race_pages import Races, some_steps, start_event

from app.session import race, server
from ipcore.config import RunConfig
from ipcore.recordings.race import from_events


@pytest.fixture
def races(monkeypatch):
    """Runs without worker processes."""
    double = Races()
    monkeypatch.setattr(server, "runs", lambda: double)
    monkeypatch.setattr(race, "bundled", lambda: finished)
    finished = from_events([start_event(RunConfig())])
    some_steps(finished, 600)
    return double
