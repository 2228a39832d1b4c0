"""A fixture for tests of runs side by side."""

from __future__ import annotations

import pytest
from compared_runs import SMALL
from recordings import recording

from app.compare.comparison import compare


@pytest.fixture(scope="module")
def three():
    """Runs that differ in learning rate; the third also in depth, methods and steps."""
    changed = SMALL.replace(learning_rate=0.1, depth=6, steps=80, methods="infomax,ip")
    made = [recording(config) for config in (SMALL, SMALL.replace(learning_rate=0.1), changed)]
    return compare([("slow", made[0]), ("fast", made[1]), ("other", made[2])])
