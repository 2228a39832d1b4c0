"""A fixture for tests of recordings: what a short training says."""

from __future__ import annotations

import pytest
from misfits import SMALL, Event
from plain import all_plain

from ipcore.config import METHODS
from ipcore.data.sets import load
from ipcore.networks import training


class Script:
    """One command, or none, each time the loop asks."""

    def __init__(self, *commands: Event | None) -> None:
        self.commands = iter(commands)

    def get(self, block: bool) -> Event | None:
        return next(self.commands, None)


@pytest.fixture(scope="module")
def real() -> list[Event]:
    """The events of a short run of all methods: a rate changed after 5 steps, a pause after 8, 2 steps, and on."""
    script = Script(
        *[None] * 5, {"command": "set", "setting": "learning_rate", "value": 0.5}, *[None] * 3,
        {"command": "pause"}, {"command": "step", "count": 2}, None, None, {"command": "resume"},
    )  # fmt: skip
    return all_plain(training.train(SMALL.replace(methods=METHODS), load("moons"), script))
