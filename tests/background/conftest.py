"""A fixture for tests of runs in the background."""

from __future__ import annotations

import pytest
from stand_in_worker import program

from app.background import runs as runs_module
from app.background.runs import Runs


@pytest.fixture
def make(monkeypatch):
    """Makes Runs whose workers have one run at a time, and at the end closes them."""
    monkeypatch.setattr(runs_module, "PER_KEEPER", 100)
    made = []

    def make(**arguments) -> Runs:
        made.append(Runs(**{"slots": 1, "share": 1, "command": program()} | arguments))
        return made[-1]

    yield make
    for runs in made:
        runs.close()
