"""For tests of the page "Runs": runs in a store, visits to the page, and what it shows."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

from race_pages import MAIN, checked
from recordings import events
from streamlit.testing.v1 import AppTest

from app.session import visitor
from app.store.chunks import pack
from app.store.store import Store
from ipcore.config import RunConfig
from ipcore.jsonlines import encode

ME, OTHER = "0" * 31 + "1", "0" * 31 + "2"
SMALL = RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, steps=40)
SHIPPED = ["The default race (shipped)", "The default sweep (shipped)"]
numbers = itertools.count()


def save(store: Store, name: str = "A run", owner: str = ME, config: RunConfig = SMALL, end: str = "finished") -> str:
    """A run in the store; its id."""
    id = f"run-number-{next(numbers):010}"
    store.create(id, owner, "race", name, config.to_dict())
    lines = [encode(event).encode() for event in events(config, snapshots=4, end=end == "finished")]
    store.append(id, 0, pack(lines), config.steps, {"ip": 0.875})
    if end:
        store.finish(id, end)
    return id


def visit(monkeypatch, owner: str = ME, **parameters: str) -> AppTest:
    """The page Runs as the visitor with this token sees it."""
    monkeypatch.setattr(visitor, "_remember", lambda **_: SimpleNamespace(known={"name": None, "owner": owner}))
    page = AppTest.from_file(MAIN, default_timeout=20)
    page.switch_page("../pages/runs.py")
    for name, text in parameters.items():
        page.query_params[name] = text
    return checked(page.run())


def names(page: AppTest) -> list[str]:
    return page.dataframe[0].value["name"].tolist()


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button}


def text(page: AppTest) -> str:
    said = [element.proto.body for element in page.get("html")] + [element.value for element in page.info]
    return " ".join(said)


def click(page: AppTest, key: str) -> AppTest:
    assert not page.button(key=key).disabled, key
    return checked(page.button(key=key).click().run())


def choose(page: AppTest, *rows: int) -> AppTest:
    page.session_state["runs_table"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return checked(page.run())


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    return checked(page.get("file_uploader")[0].upload(name, content).run())
