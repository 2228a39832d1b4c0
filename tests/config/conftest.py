"""A fixture for tests of settings."""

from __future__ import annotations

import pytest

from ipcore.config import LIMITS_VARIABLE


@pytest.fixture(autouse=True)
def usual_limits(monkeypatch):
    monkeypatch.delenv(LIMITS_VARIABLE, raising=False)
