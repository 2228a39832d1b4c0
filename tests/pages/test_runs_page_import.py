"""Importing recordings on the page "Runs"."""

import gc
import gzip
import threading
from typing import Any, BinaryIO

import pytest
from race_pages import checked, header
from recordings import events
from runs_page import ME, SMALL, keys, text, upload, visit
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from app.session import shipped
from app.session.saved import listing
from app.store import import_job, import_turns
from app.store.import_turns import ImportTurns
from ipcore.jsonlines import encode


def test_import(store, monkeypatch):
    lines = "".join(encode(event) + "\n" for event in events(SMALL, snapshots=4)).encode()
    page = upload(visit(monkeypatch), "My finding.jsonl.gz", gzip.compress(lines))
    (run,), count = store.list(ME)
    assert (run.name, run.state, run.step, count) == ("My finding", "finished", 40, 1)
    assert page.query_params == {"run": [run.id]} or page.query_params == {"run": run.id}
    assert "My finding" in text(page) and header(page)["newest"] == 40 and "rename" in keys(page)
    assert store.get(run.id).accuracy.keys() == {"plain", "ip"}
    upload(visit(monkeypatch), "bad\u202ename.jsonl", lines)
    assert sorted(run.name for run in store.list(ME)[0]) == [
        "My finding",
        "Two moons, depth 2, width 4, 40 steps: plain, IP",
    ]


@pytest.mark.parametrize(
    ("ends", "state", "said"),
    [
        ([{"event": "end", "step": 40, "state": "stopped", "elapsed": 9, "telemetry": 0, "first_layer_gradient": {}}],
         "stopped", "Stopped at step 40"),
        ([{"event": "error", "message": "no \u202enetwork\u2066 here"}], "failed", "No network here"),
    ],
)  # fmt: skip
def test_import_of_a_run_that_was_stopped_or_failed(store, monkeypatch, ends, state, said):
    """It stays what it was; and what its message says turns nothing around it."""
    made = [*list(events(SMALL, snapshots=4))[:-1], *ends]
    page = upload(visit(monkeypatch), "x.jsonl", "".join(encode(event) + "\n" for event in made).encode())
    (run,), _ = store.list(ME)
    assert (run.state, run.step) == (state, 40) and run.message == ("no network here" if state == "failed" else "")
    assert said in text(page) and "\u202e" not in text(page)
    assert visit(monkeypatch).dataframe[0].value["state"][0] == state.capitalize()


def test_import_of_a_run_that_is_cut_off_says_so(store, monkeypatch):
    """It is kept up to its last whole event, is shown, listed as interrupted, and can be exported again."""
    made = list(events(SMALL, snapshots=4))
    packed = gzip.compress("".join(encode(event) + "\n" for event in made[:-1]).encode())
    page = upload(visit(monkeypatch), "x.jsonl.gz", packed[:-20])
    (run,), _ = store.list(ME)
    assert run.state == "interrupted" and run.message.startswith("cut off after ") and 0 < run.step <= 40
    assert "Cut off after " in text(page) and header(page)["newest"] == run.step
    assert visit(monkeypatch).dataframe[0].value["state"][0] == "Interrupted"


def test_import_of_a_sweep(store, monkeypatch):
    lines = "".join(encode(event) + "\n" for event in shipped.events("default-sweep")).encode()
    page = upload(visit(monkeypatch), "Rates.jsonl.gz", gzip.compress(lines))
    ((run,), count), like = store.list(ME), shipped.runs()["default-sweep"]
    assert (run.name, run.kind, run.state, count) == ("Rates", "sweep", "finished", 1)
    assert (run.step, run.accuracy, run.config) == (like.step, like.accuracy, like.config)
    assert "Rates" in text(page) and "Best mean accuracy" in text(page) and "rename" in keys(page)


def test_an_import_that_is_refused_says_why_and_stores_nothing(store, monkeypatch):
    page = visit(monkeypatch)
    for content, said in (
        (b"", "empty"), (b"hello", "no recording"), (b"<img src=x>", "no recording"),
        (gzip.compress(b"{}")[:-6], "cut off"), (gzip.compress(bytes(9_000_000)), "line of more than"),
    ):  # fmt: skip
        page.get("file_uploader")[0].set_value(("x.jsonl.gz", content, "application/gzip"))
        checked(page.run())
        assert "Nothing was imported" in text(page) and said in text(page) and "<img" not in text(page)
    assert store.list(ME) == ([], 0)


def test_a_store_that_cannot_take_an_import_keeps_nothing_of_it(store, monkeypatch):
    lines = "".join(encode(event) + "\n" for event in events(SMALL, snapshots=4)).encode()
    monkeypatch.setattr(store, "ceiling", 10_000)
    assert "Nothing was imported: the store is full" in text(upload(visit(monkeypatch), "x.jsonl", lines))
    assert store.list(ME) == ([], 0)


def progress(page: AppTest) -> str:
    """What the page says of an import that is under way."""
    (bar,) = page.get("progress")
    return bar.proto.text


def test_an_import_tells_how_far_it_is_and_survives_a_change_of_page(store, monkeypatch):
    lines = "".join(encode(event) + "\n" for event in events(SMALL, snapshots=4)).encode()
    monkeypatch.setattr(listing, "QUICK", 0.05)
    begun, going_on = threading.Event(), threading.Event()
    save = import_job.import_file

    def slow(store: Any, owner: str, file: BinaryIO, name: str) -> str:
        file.seek(len(lines) // 2)
        begun.set()
        assert going_on.wait(20)
        file.seek(0)
        return save(store, owner, file, name)

    monkeypatch.setattr(import_job, "import_file", slow)
    page = upload(visit(monkeypatch), "x.jsonl", lines)
    assert begun.is_set() and progress(page).startswith("Reading x.jsonl: 50%")
    checked(page.switch_page("../pages/guide.py").run())
    going_on.set()
    assert page.session_state.runs_import.wait(20)
    page = checked(page.switch_page("../pages/runs.py").run())
    (run,), _ = store.list(ME)
    assert run.name == "x" and page.query_params["run"] in (run.id, [run.id])


def test_one_import_at_a_time(store, monkeypatch):
    """A file waits for the one before it, says so, and gives up; later it is taken."""
    lines = "".join(encode(event) + "\n" for event in events(SMALL, snapshots=4)).encode()
    turns = ImportTurns(patience=0.5)
    monkeypatch.setattr(listing, "_turns", lambda: turns)
    monkeypatch.setattr(listing, "QUICK", 0.05)
    with turns.turn("somebody else"):
        page = upload(visit(monkeypatch), "x.jsonl", lines)
        assert progress(page) == "Another import is under way; x.jsonl waits for it"
        assert page.session_state.runs_import.wait(20)
        monkeypatch.setattr(listing, "QUICK", 20)
        assert "other imports are taking long" in text(checked(page.run())) and store.list(ME) == ([], 0)
    assert "x" in text(checked(page.run())) and store.list(ME)[1] == 1
    bad = upload(visit(monkeypatch), "y.jsonl", b"hello")
    assert "no recording" in text(bad) and not turns._queue


def uploaded_bytes() -> int:
    """Bytes of uploaded files that Streamlit holds for the visits of this process."""
    managers = [each for each in gc.get_objects() if isinstance(each, MemoryUploadedFileManager)]
    return sum(each._total_bytes for each in managers)


@pytest.mark.parametrize("content", [b"hello" * 1000, b""], ids=["no recording", "a recording"])
def test_an_uploaded_file_is_freed_at_once(content, store, monkeypatch):
    content = content or "".join(encode(event) + "\n" for event in events(SMALL, snapshots=4)).encode()
    gc.collect()
    before = uploaded_bytes()
    page = visit(monkeypatch)
    for _ in range(3):
        upload(page, "x.jsonl", content)
        assert uploaded_bytes() == before
        page.query_params.clear()
        checked(page.run())


def test_a_visitor_who_imports_very_many_files_is_asked_to_wait(store, monkeypatch):
    turns = ImportTurns()
    monkeypatch.setattr(listing, "_turns", lambda: turns)
    page = visit(monkeypatch)
    for _ in range(import_turns.NUMBER):
        with turns.turn(ME):
            pass
    page = upload(page, "x.jsonl", b"hello")
    assert "because you have imported many files in the last ten minutes" in text(page)
    assert "no recording" not in text(page)
