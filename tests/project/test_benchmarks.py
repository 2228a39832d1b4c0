"""The benchmarks: what they leave behind, which is nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.store.schema import default_place
from benchmarks import browser
from benchmarks.windows import WINDOWS, views


def test_the_browser_benchmark_trains_into_a_store_of_its_own(tmp_path, monkeypatch):
    """Not into that of whoever runs it, in a folder or a database."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody")
    given: dict[str, Any] = {}
    monkeypatch.setattr(browser, "serve", lambda command, port, log, **variables: given.update(variables))
    browser.served(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert tmp_path in Path(default_place()).parents


def test_the_pages_that_are_named_are_looked_at_in_every_window_light_and_dark():
    pages = {"guide": "guide", "depth": "depth?depth=3"}
    assert {(view.page, view.url) for view in views("http://here", pages)} == {
        ("guide", "http://here/guide"),
        ("depth", "http://here/depth?depth=3"),
    }
    looks = [(view.window, view.scheme) for view in views("http://here", pages, ["depth"])]
    assert sorted(looks) == sorted((window, scheme) for window in WINDOWS for scheme in ("light", "dark"))
