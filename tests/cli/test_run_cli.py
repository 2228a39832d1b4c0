"""``python -m ipcore replay`` and ``export``, as somebody at a terminal meets them."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from plain import all_plain
from recordings import events
from sweep_recordings import STOPPED

from app.store.chunks import pack
from app.store.schema import DATABASE_VARIABLE, FILE, FOLDER_VARIABLE, runs
from app.store.store import Store
from app.sweep.csv import table
from ipcore.cli import main as terminal
from ipcore.cli import recorded as run_cli
from ipcore.cli import sweep as sweep_cli
from ipcore.config import RunConfig
from ipcore.jsonlines import encode
from ipcore.recordings.files import from_events
from ipcore.recordings.importing import read
from ipcore.recordings.results import results

SMALL = RunConfig(steps=60, depth=3, width=8, seeds=2)
EVENTS = list(events(SMALL, snapshots=30))


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "my race.jsonl.gz"
    path.write_bytes(gzip.compress("".join(encode(event) + "\n" for event in EVENTS).encode()))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    status = terminal.main([str(each) for each in arguments])
    return status, *capsys.readouterr()


def test_replay_prints_accuracies_over_steps_and_the_results(recorded, capsys) -> None:
    status, out, errors = run(capsys, "replay", recorded)
    lines = out.splitlines()
    assert (status, errors) == (0, "")
    assert lines[1].split() == ["step", "plain", "batch-norm", "ip"]
    steps = [int(line.split()[0]) for line in lines[2:14]]
    assert steps[0] == 0 and steps[-1] == 60 and steps == sorted(steps)
    means = [f"{100 * sum(each) / 2:.1f}" for each in EVENTS[-2]["accuracy"].values()]
    assert lines[13].split()[1::2] == means
    assert [line.split()[0] for line in lines[-3:]] == ["plain", "batch-norm", "ip"]


def test_replay_prints_one_json_object(recorded, capsys) -> None:
    status, out, _ = run(capsys, "replay", recorded, "--json")
    told = json.loads(out)
    recording = from_events(EVENTS)
    assert status == 0 and out.count("\n") == 1
    assert told["config"] == SMALL.to_dict() and told["state"] == "finished" and told["steps"] == 60
    assert told["results"] == results(recording)
    assert [test["step"] for test in told["tests"]] == [test.step for test in recording.tests]


def test_replay_in_a_terminal_draws_each_moment_over_the_last(capsys) -> None:
    begun = [*EVENTS]
    begun.insert(8, {"event": "mark", "step": 50, "setting": "learning_rate", "previous": 0.01, "value": 0.1})
    out = io.StringIO()
    run_cli.play(from_events(begun), 0, out)
    screens = out.getvalue().split("\x1b[5F")
    assert len(screens) == 30
    assert "step 0 of 60" in screens[0] and "step 60 of 60" in screens[-1]
    assert "learning_rate 0.1 since step 50" in screens[-1] and "learning_rate" not in screens[0]
    curve = next(line for line in screens[-1].splitlines() if line.startswith("ip")).split("│")[1]
    assert len(curve) == run_cli.WIDTH and curve == "".join(sorted(curve)) and curve[0] < curve[-1], "it learns"
    assert screens[len(screens) // 2].count(" " * 15) > 0, "what is to come is not drawn yet"


def test_replay_of_what_has_hardly_begun(tmp_path, capsys) -> None:
    path = tmp_path / "begun.jsonl"
    path.write_text(encode(EVENTS[0]) + "\n")
    status, out, _ = run(capsys, "replay", path)
    assert status == 0 and "ip" in out.splitlines()[-1]


def test_export_writes_what_is_asked_for(recorded, tmp_path, capsys) -> None:
    html, table, lines = (tmp_path / name for name in ("out.html", "out.csv", "out.jsonl.gz"))
    status, out, errors = run(capsys, "export", recorded, "--html", html, "--csv", table, "--jsonl", lines)
    assert (status, errors) == (0, "")
    assert [line.split(":")[0] for line in out.splitlines()] == [str(html), str(table), str(lines)]
    assert "<title>my race</title>" in html.read_text("utf-8")
    assert table.read_text("utf-8").startswith("step,method,seed,")
    assert all_plain(read(lines.open("rb")).events()) == EVENTS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where saved runs are looked for."""
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "store"))
    return tmp_path / "store"


def test_export_of_a_saved_run(folder, tmp_path, capsys) -> None:
    store = Store(folder)
    id = "a-run-that-was-saved"
    store.create(id, "0" * 32, "race", "Saved <one>", SMALL.to_dict())
    store.append(id, 0, pack([encode(event).encode() for event in EVENTS[:-1]]), 60, {})
    store.finish(id, "interrupted")
    with store.write() as connection:
        connection.execute(runs.update().values(created=datetime(2026, 3, 1).timestamp()))
    store.close()
    html, lines = tmp_path / "out.html", tmp_path / "out.jsonl.gz"
    assert run(capsys, "export", id, "--html", html, "--jsonl", lines)[0] == 0
    page = html.read_text("utf-8")
    assert "<title>Saved &lt;one&gt;</title>" in page and "March 2026" in page
    recording = read(lines.open("rb")).recording
    assert (recording.state, recording.step) == ("stopped", 60)
    status, _, errors = run(capsys, "export", "another", "--html", tmp_path / "not.html")
    assert status == 2 and "there is neither a file nor a saved run 'another'" in errors
    assert not (tmp_path / "not.html").exists()


@pytest.mark.parametrize("id", ["default-race", "default-sweep"])
def test_export_of_what_is_shipped(id, folder, tmp_path, capsys) -> None:
    html, table = tmp_path / "out.html", tmp_path / "out.csv"
    status, out, errors = run(capsys, "export", id, "--html", html, "--csv", table)
    assert (status, errors, out.count(" MB")) == (0, "", 2)
    assert "(shipped)</title>" in html.read_text("utf-8") and not folder.exists()


def test_looking_for_a_run_makes_no_store(folder, tmp_path, capsys) -> None:
    for id in ("nobody-has-this-id-0", "../etc", "x" * 5000):
        status, _, errors = run(capsys, "export", id, "--csv", tmp_path / "out.csv")
        assert status == 2 and "there is neither a file nor a saved run" in errors and not folder.exists()


def _of_another(path: Path, *statements: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: (file.parent.mkdir(), file.write_bytes(b"no database " * 99)),
        lambda file: _of_another(file, "CREATE TABLE schema_version (colour TEXT)"),
        lambda file: _of_another(file, "CREATE TABLE schema_version (version INTEGER)"),
        lambda file: _of_another(
            file, "CREATE TABLE schema_version (version INTEGER)", "INSERT INTO schema_version VALUES (1)",
            "CREATE TABLE runs (id TEXT)",
        ),
        lambda file: (file.mkdir(parents=True), file.with_name(f"{FILE}-wal").mkdir()),
    ],
    ids=["no database", "of another program", "empty", "other columns", "a folder"],
)  # fmt: skip
def test_a_store_that_cannot_be_used_is_told(spoil, folder, tmp_path, capsys) -> None:
    spoil(folder / FILE)
    status, out, errors = run(capsys, "export", "a-run-that-was-saved", "--csv", tmp_path / "out.csv")
    assert status != 0 and out == "" and errors.startswith("error: ") and errors.count("\n") == 1, errors


def test_a_database_that_is_away_is_told(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, "postgresql://nobody@127.0.0.1:9/nothing")
    status, out, errors = run(capsys, "export", "a-run-that-was-saved", "--csv", tmp_path / "out.csv")
    assert (status, out) == (1, "")
    assert errors == "error: saved runs cannot be reached: the database cannot be used now\n"


def test_a_folder_that_cannot_be_used_is_told(folder, tmp_path, capsys) -> None:
    _of_another(folder / FILE)
    (folder / "servers.lock").mkdir()
    status, _, errors = run(capsys, "export", "a-run-that-was-saved", "--csv", tmp_path / "out.csv")
    assert (status, errors) == (1, "error: saved runs cannot be reached: the folder of the store cannot be used\n")


@pytest.mark.parametrize("line", ['{"event":"steps"}', '{"event":"start"}', '{"event":"end"}', "[]", "a,b,c", ""])
def test_a_file_that_holds_no_run_is_told(line, tmp_path, capsys) -> None:
    path = tmp_path / "steps.jsonl"
    path.write_text(line + "\n")
    for command in (["replay", path], ["export", path, "--jsonl", tmp_path / "out"]):
        status, out, errors = run(capsys, *command)
        assert (status, out) == (2, "") and errors.startswith("error: ") and errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["export", "FILE"], "export needs at least one of --html, --csv and --jsonl"),
        (["replay", "FILE", "--seconds", "-1"], "seconds must be a number from 0"),
        (["replay", "DAMAGED"], "is damaged"),
        (["export", "DAMAGED", "--csv", "OUT"], "is damaged"),
    ],
)
def test_what_cannot_be_is_refused(arguments, why, recorded, tmp_path, capsys) -> None:
    damaged = tmp_path / "damaged.jsonl.gz"
    packed = recorded.read_bytes()
    damaged.write_bytes(packed[:-8] + bytes(8))
    places = {"FILE": recorded, "DAMAGED": damaged, "OUT": tmp_path / "out"}
    status, out, errors = run(capsys, *(places.get(each, each) for each in arguments))
    assert (status, out) == (2, "") and why in errors and "Traceback" not in errors
    assert not (tmp_path / "out").exists()


@pytest.fixture
def cut(recorded: Path) -> Path:
    """A race whose writer was killed."""
    path = recorded.with_name("cut.jsonl.gz")
    path.write_bytes(recorded.read_bytes()[:-300])
    return path


def test_what_is_cut_off_is_replayed_up_to_there(cut, capsys) -> None:
    status, out, errors = run(capsys, "replay", cut)
    assert status == 0 and out.splitlines()[1].split()[0] == "step" and out.splitlines()[-1].startswith("ip ")
    assert errors.startswith(f"warning: {cut} is cut off after ") and errors.count("\n") == 1
    status, out, _ = run(capsys, "replay", cut, "--json")
    assert status == 0 and json.loads(out)["cut_off"] is True and 0 < json.loads(out)["steps"] <= 60


def test_what_is_cut_off_is_exported_up_to_there_and_stays_cut_off(cut, tmp_path, capsys) -> None:
    html, csv, lines = (tmp_path / name for name in ("out.html", "out.csv", "out.jsonl.gz"))
    status, out, errors = run(capsys, "export", cut, "--html", html, "--csv", csv, "--jsonl", lines)
    assert (status, out.count(" MB")) == (0, 3) and "is cut off after " in errors
    assert "cut off after " in html.read_text("utf-8") and len(csv.read_text("utf-8").splitlines()) > 10
    again = read(lines.open("rb"))
    assert again.recording.cut_off and all_plain(again.events()) == EVENTS[: again.recording.revision - 1]


def test_a_saved_run_that_is_damaged_is_exported_up_to_there(folder, tmp_path, capsys) -> None:
    with closing(Store(folder)) as store:
        store.create("a-run-that-was-saved", "ada", "race", "Night run", SMALL.to_dict())
        for number, event in enumerate(EVENTS):
            store.append("a-run-that-was-saved", number, pack([encode(event).encode()]), 1, {})
        store.finish("a-run-that-was-saved", "finished")
        with store.write() as connection:
            connection.exec_driver_sql("UPDATE chunks SET body = x'00' WHERE number = 9")
    status, _, errors = run(capsys, "export", "a-run-that-was-saved", "--jsonl", tmp_path / "out.gz")
    assert status == 0 and "cut off after 9 events" in errors
    assert all_plain(read((tmp_path / "out.gz").open("rb")).events()) == EVENTS[:9]


def test_one_file_that_cannot_be_written_costs_no_other(recorded, tmp_path, capsys) -> None:
    nowhere, csv = tmp_path / "nowhere" / "out.html", tmp_path / "out.csv"
    status, out, errors = run(capsys, "export", recorded, "--html", nowhere, "--csv", csv, "--jsonl", "/dev/full")
    assert status == 1 and out.startswith(f"{csv}: ") and csv.stat().st_size > 1000
    assert errors.splitlines() == [
        f"error: {nowhere} cannot be written: No such file or directory",
        "error: /dev/full cannot be written: No space left on device",
    ]


@pytest.fixture
def swept(tmp_path: Path) -> Path:
    """A sweep that was stopped."""
    path = tmp_path / "my sweep.jsonl"
    path.write_text("".join(encode(event) + "\n" for event in STOPPED))
    return path


def test_replay_of_a_sweep_prints_what_the_sweep_did(swept, capsys) -> None:
    recording = from_events(STOPPED)
    status, out, errors = run(capsys, "replay", swept)
    assert (status, errors) == (0, "")
    found = {method: recording.accuracy(method) for method in recording.sweep.config.methods}
    assert out.startswith(sweep_cli.table(recording.sweep, found)) and "ip          nothing is done" in out
    status, out, errors = run(capsys, "replay", swept, "--json")
    assert (status, errors, out.count("\n")) == (0, "", 1) and json.loads(out) == recording.results()


def test_export_of_a_sweep(swept, tmp_path, capsys) -> None:
    html, csv, lines = (tmp_path / name for name in ("out.html", "out.csv", "out.jsonl.gz"))
    status, out, errors = run(capsys, "export", swept, "--html", html, "--csv", csv, "--jsonl", lines)
    assert (status, errors, out.count(" MB")) == (0, "", 3)
    page = html.read_text("utf-8")
    assert "<title>my sweep</title>" in page and "This sweep in code" in page
    assert csv.read_text("utf-8") == table(from_events(STOPPED), "lines", 0)
    assert all_plain(read(lines.open("rb")).events()) == STOPPED
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(encode(event) + "\n" for event in STOPPED[:-1]))
    assert run(capsys, "export", cut, "--jsonl", lines)[0] == 0
    assert read(lines.open("rb")).recording.state == "stopped"


def test_a_recording_of_another_kind_is_refused(tmp_path, capsys) -> None:
    path = tmp_path / "measured.jsonl"
    path.write_text('{"event": "start", "kind": "measurement", "version": 1}\n')
    for command in (["replay", path], ["export", path, "--csv", tmp_path / "out.csv"]):
        status, out, errors = run(capsys, *command)
        assert (status, out) == (2, "") and "of kind 'measurement', not of a race or a sweep" in errors


def test_an_edited_file_is_refused_with_the_event_that_does_not_fit(tmp_path, capsys) -> None:
    (tmp_path / "edited.jsonl").write_text("".join(encode(event) + "\n" for event in [*EVENTS[:2], {"event": "test"}]))
    assert run(capsys, "replay", tmp_path / "edited.jsonl") == (
        2,
        "",
        f"error: {tmp_path / 'edited.jsonl'}, line 3: step is missing\n",
    )


def test_a_file_that_is_missing_is_told(tmp_path, capsys) -> None:
    status, _, errors = run(capsys, "replay", tmp_path / "nothing.jsonl")
    assert status == 1 and "nothing.jsonl" in errors
