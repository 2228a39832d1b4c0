"""A run that is open on the page "Runs", in Streamlit's own test harness, on a real store; a double is the workers."""

import gzip
import json
from html import escape
from types import SimpleNamespace

from comparisons import pictures
from plain import all_plain
from race_pages import checked, header
from recordings import events
from runs_page import ME, OTHER, SMALL, choose, click, keys, names, save, text, visit

from app.race.intro import TITLE
from app.session import server, shipped
from app.session.saved import replay
from app.session.saved import runs as saved
from app.store.chunks import pack
from app.store.sweeps import sweep_saver
from app.sweep.summary import caption
from ipcore.recordings.race import from_events
from ipcore.recordings.sweep import SweepRecording


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
    shown = saved.ShownRun(store.list(ME)[0][0], from_events(events(SMALL, snapshots=4)), own=True)
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


def test_pin(store, monkeypatch):
    id = save(store)
    page = click(visit(monkeypatch, run=id), "pin")
    assert store.get(id).pinned and page.button(key="pin").label == "Unpin"
    assert not store.get(click(page, "pin") and id).pinned


def test_runs_side_by_side(store, monkeypatch):
    first, second = save(store, "First"), save(store, "Second", OTHER)
    page = visit(monkeypatch, compare=f"{first},{second},nonsense")
    assert "First" in text(page) and "Second" in text(page) and "Some runs in this address were not found" in text(page)
    assert pictures(page)
    page = choose(visit(monkeypatch), 0, 1)
    click(page, "compare")
    assert page.query_params == {"compare": f"{first},default-race"}


def test_run_again_starts_the_same_on_the_live_race(store, monkeypatch):
    page = click(visit(monkeypatch, run=save(store)), "again")
    (started,) = server.runs().started
    assert started.config == SMALL and page.title[0].value == TITLE and page.slider(key="depth").value == 2


def test_change_and_run_fills_in_the_settings_and_starts_nothing(store, monkeypatch):
    page = click(visit(monkeypatch, OTHER, run=save(store)), "change")
    assert server.runs().started == [] and page.title[0].value == TITLE and page.slider(key="depth").value == 2
    page = click(visit(monkeypatch, run="default-race"), "change")
    assert page.slider(key="depth").value == shipped.race().config.depth


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
    assert "is damaged in the store" in text(page) and header(page)["newest"] == 40


def test_the_default_sweep_opens(store, monkeypatch):
    page = visit(monkeypatch, run="default-sweep")
    assert all(said in text(page) for said in ("The default sweep (shipped)", "Best mean accuracy", "Finished"))
    shown = shipped.sweep()
    assert escape(caption(shown.sweep, shown.summaries())) in text(page)
    assert "<dt>Weight scale</dt>" in text(page) and ">0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1</dd>" in text(page)
    assert page.expander[0].label == "This sweep in code"
    program, command = (block.value for block in page.expander[0].code)
    assert program.startswith("import ipcore\n") and command.startswith("python -m ipcore sweep --over learning_rate=")
    click(page, "change")
    assert page.title[0].value == "Robustness" and not page.error
    assert [values["kind"] for values in (vars(run) for run in shipped.runs().values())] == ["race", "sweep"]


def test_a_sweep_is_saved_as_it_goes_and_opens_again(store, monkeypatch):
    recording = SweepRecording(shipped.sweep().sweep)
    lines = [event.line().encode() for event in shipped.events("default-sweep")]
    run = SimpleNamespace(
        id="sweep-number-0001", keeper=ME, sweep=recording.sweep, recording=recording, message="", lines=lines.__iter__
    )
    told = sweep_saver(server.saver())["on_event"]
    for event in shipped.events("default-sweep"):
        recording.add(event)
        told(run, event)
    assert server.saver().flush(20)
    (saved_run,), _ = store.list(ME, kind="sweep")
    assert (saved_run.state, saved_run.step) == ("finished", recording.networks)
    assert saved_run.name.startswith("Sweep of learning rate: ")
    assert saved_run.accuracy == shipped.runs()["default-sweep"].accuracy
    page = visit(monkeypatch, run=run.id)
    assert saved_run.name in text(page) and "Best mean accuracy" in text(page)
    assert [button.label for button in page.get("download_button")] == [
        "Web page (HTML)",
        "Results (CSV)",
        "Recording (JSON lines)",
    ]
    files = replay.files(saved.ShownRun(saved_run, recording, own=True))
    made = {name.partition(".")[2]: make() for name, _, make in files.values()}
    assert saved_run.name in made["html"] and made["csv"].startswith("method,learning_rate,seed,test_accuracy")
    lines = gzip.decompress(made["jsonl.gz"]).splitlines()
    assert list(map(json.loads, lines)) == all_plain(shipped.events("default-sweep"))
