"""``python -m ipcore replay`` and ``export``, as somebody at a terminal meets them."""

from __future__ import annotations

import gzip
import io
import json
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from recordings import events
from test_importing_sweeps import STOPPED

from app.sweep_tables import table
from ipcore import __main__ as terminal
from ipcore import run_cli, sweep_cli
from ipcore.config import RunConfig
from ipcore.importing import read
from ipcore.kinds import from_events
from ipcore.recording import encode
from ipcore.results import results

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
    means = [f"{100 * sum(each) / 2:.1f}" for each in EVENTS[-3]["accuracy"].values()]
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
    assert list(read(lines.open("rb")).events()) == EVENTS


def test_export_of_a_saved_run(tmp_path, capsys, monkeypatch) -> None:
    class Store:
        def get(self, run: str) -> Any:
            saved = SimpleNamespace(name="Saved <one>", created=datetime(2026, 3, 1).timestamp())
            return saved if run == "a-run" else None

        def events(self, run: str) -> Any:
            return iter(EVENTS[:-1])

    monkeypatch.setitem(sys.modules, "app.store", SimpleNamespace(Store=Store))
    html = tmp_path / "out.html"
    assert run(capsys, "export", "a-run", "--html", html)[0] == 0
    page = html.read_text("utf-8")
    assert "<title>Saved &lt;one&gt;</title>" in page and "March 2026" in page
    status, _, errors = run(capsys, "export", "another", "--html", tmp_path / "not.html")
    assert status == 2 and "there is neither a file nor a saved run 'another'" in errors
    assert not (tmp_path / "not.html").exists()


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
    damaged.write_bytes(recorded.read_bytes()[:-300])
    places = {"FILE": recorded, "DAMAGED": damaged, "OUT": tmp_path / "out"}
    status, out, errors = run(capsys, *(places.get(each, each) for each in arguments))
    assert (status, out) == (2, "") and why in errors and "Traceback" not in errors
    assert not (tmp_path / "out").exists()


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
    assert list(read(lines.open("rb")).events()) == STOPPED
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


def test_a_file_that_is_missing_is_told(tmp_path, capsys) -> None:
    status, _, errors = run(capsys, "replay", tmp_path / "nothing.jsonl")
    assert status == 1 and "nothing.jsonl" in errors
