"""A fixture for tests of the charts of a race."""

from __future__ import annotations

import pytest
from recordings import recording

from ipcore.config import RunConfig
from ipcore.recordings.race import Recording


@pytest.fixture(scope="module")
def short() -> Recording:
    return recording(RunConfig(steps=100, depth=4, width=8, seeds=2), snapshots=11)
