"""Ids, names and files of a hostile visitor: none of it changes another's run, or does anything elsewhere."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from recordings import events
from store_rows import fill

from app.race.export import run_page
from app.store.importing import import_file
from app.store.run_names import is_id
from app.store.store import Store
from ipcore.cli import main as terminal
from ipcore.config import RunConfig
from ipcore.jsonlines import encode
from ipcore.recordings.files import from_cut_off
from ipcore.tables import FORMULA_SIGNS, to_csv

SMALL = RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, steps=40)
NASTY = "\x1b]0;gone\x07\x1b[2J</script><script>alert(1)</script><img src=x onerror=alert(2)>=1+1\r\n\u202e\x9b31m"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters by which a text could steer a terminal, or turn its direction; a newline is none."""


def hostile_ids(id: str, count: int) -> Iterator[Any]:
    """Texts and other things in the place of an id."""
    chance = random.Random(7)
    yield from (None, 7, b"x" * 20, [id], {"id": id}, "", ".", "..", "../" * 8, "/etc/passwd", f"{id}/..", f"{id}\n")
    yield from (f"{id}\0", f" {id}", f"{id} ", f"{id}%00", f"..%2f{id}", f"{id}'--", "a" * 65, "a" * 15, "\uff3f" * 20)
    letters = [*"abcXYZ012-_./\\%\0\n\r\t '\";:<>|*?$`&", "é", "\u202e", "٣", "\u017f", "\ud800"]
    for _ in range(count):
        yield "".join(chance.choices(letters, k=chance.randrange(1, 70)))


def test_ids_have_one_strict_form_and_are_nothing_else(tmp_path: Path, open_store) -> None:
    store: Store = open_store(tmp_path / "store")
    id = fill(store, state="finished")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    allowed = refused = 0
    for nonsense in hostile_ids(id, 3_000):
        if is_id(nonsense):
            assert re.fullmatch("[A-Za-z0-9_-]{16,64}", nonsense)
            allowed += 1
            continue
        refused += 1
        if refused % 10 == 0:  # each asks the database
            assert store.get(nonsense) is None and store.get(nonsense, deleted=True) is None
            for change in (store.delete, store.undelete, store.pin):
                with pytest.raises(PermissionError):
                    change(nonsense, "ada")
            with pytest.raises(PermissionError):
                store.rename(nonsense, "ada", "Mine")
            with pytest.raises(ValueError, match="id must"):
                store.create(nonsense, "ada", "race", "Mine", SMALL.to_dict())
    assert refused > 2_900 and allowed < 100
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert store.list("ada")[1] == 1 and store.get(id).name == "Run 0"


def hostile_files() -> Iterator[bytes]:
    """Recordings with hostile text in every field that may hold text, and in the place of every other."""
    made = list(events(SMALL, snapshots=4))
    yield "".join(encode(event) + "\n" for event in [*made[:-1], {"event": "error", "message": NASTY}]).encode()
    progress = {"event": "progress", "what": NASTY, "done": 1, "total": 2}
    yield "".join(encode(event) + "\n" for event in [made[0], progress, *made[1:]]).encode()
    for place, event in enumerate(made[:4]):
        for name in event:
            for value in (NASTY, {NASTY: NASTY}):
                changed = [*made[:place], {**event, name: value}, *made[place + 1 :]]
                yield "".join(json.dumps(each) + "\n" for each in changed).encode()
        changed = [*made[:place], {**event, NASTY: 1}, *made[place + 1 :]]
        yield "".join(json.dumps(each) + "\n" for each in changed).encode()
    yield NASTY.encode()
    yield json.dumps({"event": "start", "version": NASTY}).encode()


def test_hostile_files_are_inert_in_a_terminal(tmp_path: Path, capsys) -> None:
    path, read = tmp_path / "hostile.jsonl", 0
    for content in hostile_files():
        path.write_bytes(content)
        for command in (["replay", path], ["export", path, "--csv", tmp_path / "out.csv"]):
            status = terminal.main([str(each) for each in command])
            out, errors = capsys.readouterr()
            assert not CONTROL.search(out + errors), (content, out, errors)
            assert status == 2 or out
            read += status == 0
    assert read >= 4


def test_hostile_files_are_inert_in_the_store_and_on_a_page_made_of_them(tmp_path: Path, open_store) -> None:
    store: Store = open_store(tmp_path / "store")
    theirs = fill(store, 0, owner="bob", state="finished")
    for content in hostile_files():
        with suppress(ValueError):
            import_file(store, "eve", io.BytesIO(content), f"../../{NASTY}.jsonl")
    found, count = store.list("eve")
    assert count >= 2 and store.get(theirs).name == "Run 0"
    for run in found:
        assert not CONTROL.search(run.name) and "\u202e" not in run.message and "\0" not in run.message
        told = list(store.events(run.id))
        page = run_page(from_cut_off(told), told, name=NASTY)
        assert "<script>alert" not in page and "<img src=x" not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]


def test_text_in_csv_is_no_formula() -> None:
    import pandas as pd

    signs = [*FORMULA_SIGNS, "\r=", "\n=", "\t=", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
    frame = pd.DataFrame({"name": [f"{sign}1+1" for sign in signs], "number": [-1.5] * len(signs)})
    rows = list(csv.reader(io.StringIO(to_csv(frame))))[1:]
    assert all(name.startswith("'") for name, _ in rows) and {number for _, number in rows} == {"-1.5"}
