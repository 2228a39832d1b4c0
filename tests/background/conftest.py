"""A fixture for tests of runs in the background."""

from __future__ import annotations

import pytest
from stand_in_worker import program

from app.background.runs import Runs


@pytest.fixture
def make():
    """Makes Runs, and at the end closes them."""
    made = []

    def make(**arguments) -> Runs:
        made.append(Runs(**{"slots": 1, "command": program()} | arguments))
        return made[-1]

    yield make
    for runs in made:
        runs.close()
