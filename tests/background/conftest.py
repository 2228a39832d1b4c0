"""A fixture for tests of runs in the background."""

from __future__ import annotations

import pytest
from stand_in_worker import program

from app.background import runs as runs_module
from app.background.runs import Runs


@pytest.fixture
def make(monkeypatch):
    """Makes Runs whose workers have one run at a time, and at the end closes them.

    Whatever happened to a race, its saver can be given again what it was told.
    """
    monkeypatch.setattr(runs_module, "PER_KEEPER", 100)
    made, told = [], {}

    def make(on_event=None, **arguments) -> Runs:
        def tell(run, event) -> None:
            told.setdefault(run, []).append(event)
            if on_event:
                on_event(run, event)

        made.append(Runs(on_event=tell, **{"slots": 1, "share": 1, "command": program()} | arguments))
        return made[-1]

    yield make
    for runs in made:
        runs.close()
    for run, events in told.items():
        if run.kind == "race":
            assert list(run.lines()) == [event.line().encode() for event in events]
