"""The benchmarks: what they leave behind, which is nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.store.schema import default_place
from benchmarks import browser


def test_the_browser_benchmark_trains_into_a_store_of_its_own(tmp_path, monkeypatch):
    """Not into that of whoever runs it, in a folder or a database."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody")
    given: dict[str, Any] = {}
    monkeypatch.setattr(browser, "serve", lambda command, port, log, **variables: given.update(variables))
    browser.served(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert tmp_path in Path(default_place()).parents
