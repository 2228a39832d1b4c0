"""The page "Runs" as visitors meet it, in Streamlit's own test harness, on a real store; a double plays the workers."""

import gc
import gzip
import itertools
import json
import weakref
from html import escape, unescape
from types import SimpleNamespace

import pytest
import streamlit as st
from plain import all_plain
from race_pages import MAIN, Race, Races, checked, header
from recordings import events
from streamlit.testing.v1 import AppTest

from app.session import race, replay, saved, saved_list, server, shipped, visitor
from app.store.chunks import pack
from app.store.saver import Saver
from app.store.store import Store
from app.store.sweeps import sweep_saver
from app.store.upkeep import UNDO
from app.sweep import words as sweep_words
from ipcore.config import RunConfig
from ipcore.jsonlines import encode
from ipcore.recordings.race import from_events
from ipcore.recordings.sweep import SweepRecording

ME, OTHER = "0" * 31 + "1", "0" * 31 + "2"
SMALL = RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, steps=40)
SHIPPED = ["The default race (shipped)", "The default sweep (shipped)"]
numbers = itertools.count()


@pytest.fixture
def store(monkeypatch, tmp_path):
    """An empty store, behind the pages."""
    store = Store(tmp_path)
    saver, races = Saver(store), Races()
    races.get = lambda id: next((each for each in races.started if each.id == id), None)
    monkeypatch.setattr(server, "store", lambda: store)
    monkeypatch.setattr(server, "saver", lambda: saver)
    monkeypatch.setattr(server, "runs", lambda: races)
    saved._replays.clear()
    yield store
    saver.close()
    store.close()


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


def test_a_run_of_a_method_that_is_not_known_here_is_listed_and_says_why_it_cannot_be_shown(store, monkeypatch):
    """Whoever ran the server had brought a method, and does so no longer."""
    id = f"run-number-{next(numbers):010}"
    store.create(id, ME, "race", "Of another server", SMALL.to_dict() | {"methods": ["plain", "long-gone"]})
    store.append(id, 0, pack([encode(event).encode() for event in events(SMALL)]), SMALL.steps, {"long-gone": 0.5})
    store.finish(id, "finished")
    assert names(visit(monkeypatch)) == ["Of another server", *SHIPPED]
    page = visit(monkeypatch, run=id)
    said = text(page) + " ".join(element.value for element in [*page.warning, *page.error])
    assert "methods must be one or more of plain, batch-norm, infomax, ip, not 'long-gone'" in unescape(said)


def choose(page: AppTest, *rows: int) -> AppTest:
    page.session_state["runs_table"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return checked(page.run())


def test_the_list_shows_ones_own_runs_and_those_that_are_shipped(store, monkeypatch):
    save(store, "Mine")
    save(store, "Theirs", OTHER)
    page = visit(monkeypatch)
    assert names(page) == ["Mine", *SHIPPED] and "3 runs" in text(page)
    row = page.dataframe[0].value.iloc[0]
    assert (row["state"], row["ip"], row["dataset"]) == ("Finished", 87.5, "Two moons")
    assert (row["depth"], row["steps"]) == (2, 40)
    assert page.button(key="compare").disabled and page.button(key="delete").disabled


def test_a_visitor_without_runs_finds_what_is_shipped(store, monkeypatch):
    assert names(visit(monkeypatch)) == SHIPPED


def test_search_and_filters_and_their_link(store, monkeypatch):
    save(store, "Alpha", config=SMALL.replace(dataset="circles"))
    save(store, "Beta", end="stopped")
    page = visit(monkeypatch)
    checked(page.text_input(key="runs_text").set_value("ALP").run())
    assert names(page) == ["Alpha"] and page.query_params == {"text": "ALP"}
    checked(page.text_input(key="runs_text").set_value("").run())
    checked(page.selectbox(key="runs_state").set_value("stopped").run())
    assert names(page) == ["Beta"]
    checked(page.selectbox(key="runs_state").set_value("").run())
    checked(page.selectbox(key="runs_dataset").set_value("mnist-5k").run())
    assert names(page) == SHIPPED
    page = visit(monkeypatch, state="stopped", method="ip", kind="sideways", page="<b>")
    assert names(page) == ["Beta"] and "Ignored in the link: kind" in text(page) and "<b>" not in text(page)


def test_fifty_runs_on_a_page(store, monkeypatch):
    for number in range(51):
        store.create(f"run-of-fifty-one-{number}", ME, "race", f"Run {number}", SMALL.to_dict())
    page = visit(monkeypatch)
    assert len(names(page)) == 50 and not page.pagination[0].value > 1
    checked(page.pagination[0].select(2).run())
    assert names(page)[1:] == SHIPPED
    checked(page.text_input(key="runs_text").set_value("Run").run())
    assert len(names(page)) == 50
    checked(page.pagination[0].select(2).run())
    store.delete(store.list(ME, offset=50)[0][0].id, ME)
    assert len(names(checked(page.run()))) == 50 and not page.pagination


def test_filters_are_kept_while_a_run_is_open(store, monkeypatch):
    id = save(store, "Alpha")
    page = visit(monkeypatch, text="alpha")
    page.query_params.clear()
    page.query_params["run"] = id
    checked(page.run())
    click(page, "back")
    assert names(page) == ["Alpha"] and page.query_params == {"text": "alpha"}


def test_an_open_run_replays(store, monkeypatch):
    page = visit(monkeypatch, run=save(store, "Mine"))
    assert "Mine" in text(page) and "Two moons" in text(page) and header(page)["newest"] == 40
    assert {"rename", "pin", "delete", "again", "change"} <= keys(page)
    code = " ".join(block.value for block in page.code)
    assert 'dataset="moons"' in code and "python -m ipcore train" in code and "?run=run-number" in code
    assert [button.label for button in page.get("download_button")] == [
        "Web page (HTML)",
        "Curves (CSV)",
        "Recording (JSON lines)",
    ]


def test_files_of_a_run(store, monkeypatch):
    page = visit(monkeypatch, run=save(store, "Überraschung / <b>"))
    assert checked(page) and not page.exception
    shown = saved.Opened(store.list(ME)[0][0], from_events(events(SMALL, snapshots=4)), own=True)
    made = {name: make() for name, _, make in replay.files(shown).values()}
    assert [name.partition(".")[2] for name in made] == ["html", "csv", "jsonl.gz"]
    assert all(name.startswith("berraschung-b-run-nu.") for name in made)
    page_made, csv, recording = made.values()
    assert "Überraschung / &lt;b&gt;" in page_made and csv.startswith("step,method,seed")
    assert gzip.decompress(recording).count(b"\n") == store.list(ME)[0][0].events


def test_a_stranger_looks_and_changes_nothing(store, monkeypatch):
    id = save(store, "Mine")
    page = visit(monkeypatch, OTHER, run=id)
    assert "Mine" in text(page) and "read-only" in text(page) and header(page)["newest"] == 40
    assert not {"rename", "pin", "delete"} & keys(page) and {"again", "change"} <= keys(page)
    page = visit(monkeypatch, OTHER)
    page.session_state["runs_dialog"] = "delete", [store.get(id)], ()  # as if a button had been there
    click(checked(page.run()), "delete_yes")
    assert "not yours" in text(page) and store.get(id).name == "Mine"


def test_an_address_without_a_run_says_so(store, monkeypatch):
    page = visit(monkeypatch)
    for id in ("", "x", "../../etc/passwd", "run-number-9999999999", "a" * 5000, "<img src=x>", "\0"):
        page.query_params["run"] = id
        assert "There is no run at this address" in text(checked(page.run())) and "<img" not in text(page), id


def test_rename(store, monkeypatch):
    id = save(store, "Before")
    page = click(visit(monkeypatch, run=id), "rename")
    page.text_input(key="new_name").set_value("After")
    click(page, "rename_save")
    assert store.get(id).name == "After" and "After" in text(page) and "rename_save" not in keys(page)


def test_a_name_that_is_refused_says_why_and_leaves_the_old_one(store, monkeypatch):
    id = save(store, "Before")
    page = click(visit(monkeypatch, run=id), "rename")
    for name in ("", "a\nb", "\u202egnp.exe", "x" * 10_000, "\0"):
        page.text_input(key="new_name").set_value(name)
        click(page, "rename_save")
        assert "Name must have" in text(page) and store.get(id).name == "Before", name


def test_names_are_shown_as_text(store, monkeypatch):
    hostile = ["<img src=x onerror=alert(1)>", "**bold** [x](http://y) $z$ :smile:", "שלום עולם", "'\" &amp;"]
    ids = [save(store, name) for name in hostile]
    page = visit(monkeypatch)
    assert names(page)[:4] == hostile[::-1]
    click(choose(page, 0, 1, 2, 3), "delete")
    assert page.text[0].value == "\n".join(hostile[::-1])
    click(page, "delete_yes")
    assert "Deleted “" in text(page) and "<img" not in text(page)
    click(page, "undo")
    for id, name in zip(ids, hostile, strict=True):
        page.query_params["run"] = id
        assert escape(name) in text(checked(page.run())) and "<img" not in text(page)
        assert not any(name in element.value for element in page.markdown)


def test_delete_asks_once_and_can_be_undone(store, monkeypatch):
    id = save(store, "Gone")
    page = click(visit(monkeypatch, run=id), "delete")
    click(page, "delete_no")
    assert "delete_yes" not in keys(page) and store.get(id)
    click(click(page, "delete"), "delete_yes")
    assert names(page) == SHIPPED and "Deleted “Gone”" in text(page) and store.get(id) is None
    page.query_params["run"] = id
    assert "You deleted this run" in text(checked(page.run()))
    click(page, "undelete")
    assert "Gone" in text(page) and store.get(id).name == "Gone"
    store.delete(id, ME)
    assert "There is no run" in text(visit(monkeypatch, OTHER, run=id))


def test_what_was_deleted_is_found_again_after_a_reload(store, monkeypatch):
    """Also what was deleted before the last one, and at a run's own address; for its owner alone, for an hour."""
    first, second, _ = (save(store, name) for name in ("First", "Second", "Third"))
    store.delete(first, ME)
    store.delete(second, ME)
    page = visit(monkeypatch, state="deleted")
    assert names(page) == ["Second", "First"] and not page.selectbox(key="runs_state").disabled
    assert "delete" not in keys(page) and page.button(key="restore").disabled
    page = click(choose(page, 1), "restore")
    assert names(page) == ["Second"] and store.get(first) and store.get(second) is None
    assert "Recently deleted" in page.selectbox(key="runs_state").options
    for owner, said in ((ME, "You deleted this run"), (OTHER, "There is no run")):
        page = visit(monkeypatch, owner, run=second)
        assert said in text(page) and ("undelete" in keys(page)) == (owner == ME)
    assert names(visit(monkeypatch, OTHER, state="deleted")) == []
    click(visit(monkeypatch, run=second), "undelete")
    assert {"First", "Second", "Third"} <= set(names(visit(monkeypatch)))


def test_undo_is_offered_for_an_hour(store, monkeypatch):
    save(store, "Gone")
    page = click(click(choose(visit(monkeypatch), 0), "delete"), "delete_yes")
    assert "undo" in keys(page)
    when, gone = page.session_state["runs_deleted"]
    page.session_state["runs_deleted"] = when - UNDO, gone
    assert "undo" not in keys(checked(page.run())) and "Deleted “" not in text(page)


def test_several_are_deleted_from_the_list_but_not_what_is_shipped(store, monkeypatch):
    for name in "CBA":
        save(store, name)
    page = choose(visit(monkeypatch), 0, 2)
    assert "2 of 5 chosen" in text(page)
    click(click(page, "delete"), "delete_yes")
    assert names(page) == ["B", *SHIPPED] and "Deleted “A” and “C”" in text(page)
    click(page, "undo")
    assert names(page)[:3] == ["A", "B", "C"]
    assert choose(page, 2, 3).button(key="delete").disabled


def test_rows_stay_chosen_when_others_come(store, monkeypatch):
    save(store, "First")
    page = choose(visit(monkeypatch), 0)
    save(store, "Second")
    checked(page.run())
    assert names(page)[:2] == ["Second", "First"] and page.session_state["runs_table"]["selection"]["rows"] == [1]


def test_pin(store, monkeypatch):
    id = save(store)
    page = click(visit(monkeypatch, run=id), "pin")
    assert store.get(id).pinned and page.button(key="pin").label == "Unpin"
    assert not store.get(click(page, "pin") and id).pinned


def test_runs_side_by_side(store, monkeypatch):
    first, second = save(store, "First"), save(store, "Second", OTHER)
    page = visit(monkeypatch, compare=f"{first},{second},nonsense")
    assert "First" in text(page) and "Second" in text(page) and "Not every run in this address" in text(page)
    assert page.get("plotly_chart")
    page = choose(visit(monkeypatch), 0, 1)
    click(page, "compare")
    assert page.query_params == {"compare": f"{first},default-race"}


def test_run_again_starts_the_same_on_the_live_race(store, monkeypatch):
    page = click(visit(monkeypatch, run=save(store)), "again")
    (started,) = server.runs().started
    assert started.config == SMALL and page.title[0].value == "Live race" and page.slider(key="depth").value == 2


def test_change_and_run_fills_in_the_settings_and_starts_nothing(store, monkeypatch):
    page = click(visit(monkeypatch, OTHER, run=save(store)), "change")
    assert server.runs().started == [] and page.title[0].value == "Live race" and page.slider(key="depth").value == 2
    page = click(visit(monkeypatch, run="default-race"), "change")
    assert page.slider(key="depth").value == race.bundled().config.depth


def test_a_run_under_way_is_followed_also_by_a_stranger(store, monkeypatch):
    id = save(store, "Going", config=SMALL.replace(steps=80), end="")
    page = visit(monkeypatch, OTHER, run=id)
    assert "Training" in text(page) and header(page)["newest"] == 80
    assert visit(monkeypatch).dataframe[0].value["state"][0] == "Under way, 100%"
    store.finish(id, "interrupted", "the server stopped while it was under way")
    assert "The server stopped while it was under way" in text(checked(page.run()))


def test_a_damaged_run_is_shown_as_far_as_it_is_whole(store, monkeypatch):
    id = save(store, "Hurt", end="")
    store.append(id, 1, pack([b'{"event":"steps"}']), 41, {})
    store.finish(id, "finished")
    page = visit(monkeypatch, run=id)
    assert "Damaged in the store" in text(page) and header(page)["newest"] == 40


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    return checked(page.get("file_uploader")[0].upload(name, content).run())


def test_import(store, monkeypatch):
    lines = "".join(encode(event) + "\n" for event in events(SMALL, snapshots=4)).encode()
    page = upload(visit(monkeypatch), "My finding.jsonl.gz", gzip.compress(lines))
    (run,), count = store.list(ME)
    assert (run.name, run.state, run.step, count) == ("My finding", "finished", 40, 1)
    assert page.query_params == {"run": [run.id]} or page.query_params == {"run": run.id}
    assert "My finding" in text(page) and header(page)["newest"] == 40 and "rename" in keys(page)
    assert store.get(run.id).accuracy.keys() == {"plain", "ip"}
    upload(visit(monkeypatch), "bad\u202ename.jsonl", lines)
    assert sorted(run.name for run in store.list(ME)[0]) == ["My finding", "moons, depth 2: plain, ip"]


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


def test_one_import_at_a_time(store, monkeypatch):
    """A file waits for the one before it, says so, and gives up; later it is taken."""
    lines = "".join(encode(event) + "\n" for event in events(SMALL, snapshots=4)).encode()
    said = []
    spinner = st.spinner
    monkeypatch.setattr(st, "spinner", lambda words: said.append(words) or spinner(words))
    monkeypatch.setattr(saved_list, "PATIENCE", 0.05)
    with saved_list._one_import():
        page = upload(visit(monkeypatch), "x.jsonl", lines)
        assert "another import takes long" in text(page) and store.list(ME) == ([], 0)
    assert "Another import is under way" in said
    assert "x" in text(checked(page.run())) and store.list(ME)[1] == 1
    bad = upload(visit(monkeypatch), "y.jsonl", b"hello")
    assert "no recording" in text(bad) and not saved_list._one_import().locked()


def test_the_page_says_what_goes_next_and_that_nothing_is_saved(store, monkeypatch):
    id = save(store, "Oldest <b>")
    save(store, "Theirs", OTHER)
    used = store.room().used
    monkeypatch.setattr(store, "ceiling", used / 0.95)
    monkeypatch.setattr(server.saver(), "trouble", lambda id=None: "disk full")
    said = text(visit(monkeypatch))
    assert "nearly full" in said and "“Oldest &lt;b&gt;”" in said and "Theirs" not in said
    assert "Not being saved: disk full." in said and store.get(id)
    page = checked(AppTest.from_file(MAIN, default_timeout=20).run())
    assert "Not being saved" not in text(page)
    click(page, "start")
    assert "Not being saved: disk full." in text(page)


def test_a_store_that_cannot_be_read_says_so(store, monkeypatch):
    from app.store.schema import StoreError

    def fail(*_, **__):
        raise StoreError("database away")

    id = save(store)
    monkeypatch.setattr(store, "list", fail)
    monkeypatch.setattr(store, "get", fail)
    for page in (visit(monkeypatch), visit(monkeypatch, run=id), visit(monkeypatch, compare=f"{id},default-race")):
        assert "cannot be reached just now (database away)" in " ".join(error.value for error in page.error)


def test_the_default_sweep_opens(store, monkeypatch):
    page = visit(monkeypatch, run="default-sweep")
    assert all(said in text(page) for said in ("The default sweep (shipped)", "Best mean accuracy", "Finished"))
    assert escape(sweep_words.caption(shipped.sweep().sweep)) in text(page)
    assert "<dt>Weight scale</dt>" in text(page) and ">0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1</dd>" in text(page)
    assert page.expander[0].label == "This sweep in code"
    program, command = (block.value for block in page.expander[0].code)
    assert program.startswith("from contextlib") and command.startswith("python -m ipcore sweep --over learning_rate=")
    click(page, "change")
    assert page.title[0].value == "Robustness" and not page.error
    assert [values["kind"] for values in (vars(run) for run in shipped.runs().values())] == ["race", "sweep"]


def test_a_sweep_is_saved_as_it_goes_and_opens_again(store, monkeypatch):
    recording = SweepRecording(shipped.sweep().sweep)
    run = SimpleNamespace(id="sweep-number-0001", keeper=ME, sweep=recording.sweep, recording=recording, message="")
    told = sweep_saver(server.saver())["on_event"]
    for event in shipped.events("default-sweep"):
        recording.add(event)
        told(run, event)
    assert server.saver().flush(20)
    (saved_run,), _ = store.list(ME, kind="sweep")
    assert (saved_run.state, saved_run.step) == ("finished", recording.networks)
    assert saved_run.name.startswith("Sweep of learning rate: mnist-5k")
    assert saved_run.accuracy == shipped.runs()["default-sweep"].accuracy
    page = visit(monkeypatch, run=run.id)
    assert saved_run.name in text(page) and "Best mean accuracy" in text(page)
    assert [button.label for button in page.get("download_button")] == [
        "Web page (HTML)",
        "Results (CSV)",
        "Recording (JSON lines)",
    ]
    files = replay.files(saved.Opened(saved_run, recording, own=True))
    made = {name.partition(".")[2]: make() for name, _, make in files.values()}
    assert saved_run.name in made["html"] and made["csv"].startswith("method,learning_rate,seed,test_accuracy")
    lines = gzip.decompress(made["jsonl.gz"]).splitlines()
    assert list(map(json.loads, lines)) == all_plain(shipped.events("default-sweep"))


def test_what_a_page_offers_to_save_holds_no_recording(store, monkeypatch):
    """A page that stays open would keep it in memory, however many others are looked at meanwhile."""
    id = save(store)
    visit(monkeypatch, run=id)
    kept = weakref.ref(saved._replays()._replays[id].recording)
    shown = saved.Opened(store.get(id), kept(), own=True)
    offered = replay.files(shown)
    del shown
    saved._replays()._replays.clear()
    gc.collect()
    assert kept() is None
    made = {label: make() for label, (_, _, make) in offered.items()}
    assert made["Curves (CSV)"].startswith("step,method") and "<title>A run" in made["Web page (HTML)"]


def test_a_comparison_that_stays_open_holds_no_recording(store, monkeypatch):
    """Streamlit keeps what it needs to draw a part of the page, or a widget, once more: ids, not six recordings."""
    kept, fragment = [], st.fragment

    def kept_fragment(draw, **how):
        return lambda *given: (kept.append((draw, given)), fragment(draw, **how)(*given))

    monkeypatch.setattr(st, "fragment", kept_fragment)
    ids = [save(store, name) for name in ("First", "Second", "Third")]
    page = visit(monkeypatch, compare=",".join(ids))
    checked(page.segmented_control(key="compare_mode").set_value("Difference").run())
    held = [weakref.ref(saved._replays()._replays[id].recording) for id in ids]
    saved._replays()._replays.clear()
    gc.collect()
    assert kept and [each() for each in held] == [None] * 3
    checked(page.slider(key="compare_share").set_value(50).run())
    assert page.get("plotly_chart") and "First" in text(page)


def test_what_a_page_offers_of_a_run_under_way_is_found_when_it_is_asked_for(store, monkeypatch):
    """By then it may have ended, and its server have forgotten it: the page does not hold it either."""
    id = save(store, end="")
    run = Race(SMALL, ME, paused=True)
    run.id = id
    server.runs().started.append(run)
    bring = saved.again(saved.Opened(store.get(id), run.recording, own=True, live=run))
    assert bring() is run.recording
    store.finish(id, "finished")
    kept = weakref.ref(run.recording)
    server.runs().started.clear()
    del run
    gc.collect()
    assert kept() is None and (bring().step, bring().over) == (SMALL.steps, True)


def test_the_list_is_looked_at_again_while_a_run_comes_into_it(store, monkeypatch):
    """Whoever starts a race and opens the list at once, before its first event is saved, sees it come."""
    paces, fragment = [], st.fragment
    monkeypatch.setattr(st, "fragment", lambda draw, **how: paces.append(how.get("run_every")) or fragment(draw, **how))
    page = visit(monkeypatch)
    assert names(page) == SHIPPED and set(paces) == {None}
    server.runs().started.append(Race(SMALL, page.session_state.visitor, paused=False))
    paces.clear()
    checked(page.run())
    assert names(page) == SHIPPED and None not in paces
