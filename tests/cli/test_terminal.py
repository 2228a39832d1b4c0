"""``python -m ipcore`` as somebody at a terminal, or a script that reads its output, meets it."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from serving import ROOT

from ipcore.cli import main as terminal
from ipcore.cli.common import Interrupt
from ipcore.cli.output import EventFile
from ipcore.config import CHOICES, RunConfig
from ipcore.data import downloads
from ipcore.data import sets as data
from ipcore.datasets import DATASETS
from ipcore.networks import training
from ipcore.recordings.files import events_from_file, load
from ipcore.recordings.race import from_events
from ipcore.recordings.reading import read_events
from ipcore.recordings.results import plain_differences, results, table
from ipcore.statistics.intervals import paired_difference

PATIENCE = 120  # s; a bound on failure, not a time that anything takes
TINY = RunConfig(
    dataset="moons", methods=("plain", "ip"), depth=2, width=4, batch_size=20, steps=30, seeds=2, learning_rate=0.03
)
FLAGS = [*"--dataset moons --methods ip,plain --depth 2 --width 4 --batch-size 20 --steps 30 --seeds 2".split(),
         "--learning-rate", "0.03"]  # fmt: skip


@pytest.fixture(autouse=True)
def an_empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(downloads.FOLDER_VARIABLE, str(tmp_path / "cache"))


def started(*arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "ipcore", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error, without a process of its own."""
    try:
        status = terminal.main(list(arguments))
    except SystemExit as left:  # argparse
        status = left.code
    return status, *capsys.readouterr()


# Training


def test_train_prints_one_json_object_and_records_the_same_run(tmp_path):
    path = tmp_path / "run.jsonl.gz"
    process = started("train", *FLAGS, "--json", "--record", str(path))
    out, errors = (text.decode() for text in process.communicate(timeout=PATIENCE))
    assert process.returncode == 0, errors
    assert out.endswith("}\n") and out.count("\n") == 1, "nothing but the result on standard output"
    said = json.loads(out, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    assert said["config"] == TINY.to_dict() and list(said["results"]) == ["plain", "ip"] and said["steps"] == 30

    recording = from_events(training.train(TINY, data.load("moons")))
    assert said["differences"] == plain_differences(results(recording)) and said["differences"]["minus"] == "plain"
    assert said["results"] == results(recording), "the same numbers as the same race in this process, to the last bit"
    for found in said["results"].values():
        assert list(found) == ["test_accuracy", "train_loss", "first_layer_gradient", "at_chance", "diverged"]
        assert all(len(values) == 2 for values in found.values()) and found["diverged"] == [None, None]
        assert all(0 <= accuracy <= 1 for accuracy in found["test_accuracy"]) and min(found["first_layer_gradient"]) > 0

    recorded = from_events(events_from_file(path))
    assert recorded.state == "finished" and results(recorded) == said["results"]
    assert "30/30" in errors and "<00:00" in errors and "Traceback" not in errors, (
        "progress and time left on standard error"
    )


@pytest.mark.parametrize("command", [["data", "list"], ["replay", "app/recordings/default-race.jsonl.gz", "--json"]])
def test_a_reader_that_has_enough_is_no_error(command):
    """As when ``head`` is behind a pipe; the first command prints less than fits a buffer, the second more."""
    process = started(*command)
    process.stdout.close()
    assert process.stderr.read() == b"" and process.wait(PATIENCE) == 1
    process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_print_the_results_so_far(number, tmp_path):
    path = tmp_path / "run.jsonl"
    process = started("train", *FLAGS, "--steps", "100000", "--json", "--record", str(path))
    errors = b""
    while not re.search(rb"\| [1-9]\d*/100000 ", errors):
        chunk = process.stderr.read1()
        assert chunk, errors.decode()
        errors += chunk
    process.send_signal(number)
    out, rest = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and b"Traceback" not in errors + rest and b"KeyboardInterrupt" not in errors + rest
    said = json.loads(out)
    assert 0 < said["steps"] < 100_000 and said["config"]["steps"] == 100_000
    assert all(None not in found["test_accuracy"] + found["train_loss"] for found in said["results"].values())
    recorded = from_events(events_from_file(path))
    assert recorded.state == "stopped" and recorded.step == said["steps"] and results(recorded) == said["results"]


def test_train_prints_a_table(capsys):
    status, out, errors = run(capsys, "train", *FLAGS)
    heading, *rows = out.splitlines()
    columns = "method  test accuracy  train loss  first-layer |dL/dW|  at chance  diverged"
    assert status == 0 and heading.split() == columns.split()
    recording = from_events(training.train(TINY, data.load("moons")))
    for row, method in zip(rows, TINY.methods, strict=True):
        found = results(recording)[method]
        accuracy, loss = np.array(found["test_accuracy"]), np.array(found["train_loss"])
        assert row.split()[:4] == [method, f"{accuracy.mean():.3f}", "±", f"{accuracy.std(ddof=1):.3f}"]
        assert row.split()[4] == f"{loss.mean():.3f}" and row.endswith("  none")
    assert "30/30" in errors


def test_the_columns_of_the_table_stay_apart(capsys, monkeypatch):
    monkeypatch.setattr(data, "load", lambda name, progress, train: None)
    monkeypatch.setattr(training, "train", lambda config, examples, commands: made_up(config, ip=[[1e6, 2e7]]))
    status, out, _ = run(capsys, "train", "--methods", "ip", "--seeds", "2")
    heading, row = out.splitlines()
    assert status == 0 and "0.500 ± 0.000  10500000.000 ± 13435028.843  " in row
    assert heading.index("first-layer") + len("first-layer |dL/dW|") == row.index("  none")
    assert heading.index("  diverged") == row.rindex("  none")


def test_a_change_after_the_last_step_is_refused(capsys):
    status, out, errors = run(capsys, "train", "--steps", "3", "--change", "3:learning_rate=0.1")
    assert status == 2 and not out
    assert errors == "error: change must come before the last of 3 steps, not after 3\n"


def test_flags_are_the_fields_of_the_settings(capsys):
    flags = [
        word
        for name, value in TINY.to_dict().items()
        if name != "methods"
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    status, out, _ = run(capsys, "train", *flags, "--methods", "plain", "--steps", "1", "--json")
    assert status == 0 and json.loads(out)["config"] == TINY.replace(methods=("plain",), steps=1).to_dict()


def test_the_default_race_is_that_of_the_settings(capsys, monkeypatch):
    asked = []
    monkeypatch.setattr(data, "load", lambda name, progress, train: asked.append(name))
    monkeypatch.setattr(training, "train", lambda config, examples, commands: asked.append(config) or made_up(config))
    status, out, _ = run(capsys, "train", "--json")
    assert status == 0 and asked == ["mnist-5k", RunConfig()] and json.loads(out)["config"] == RunConfig().to_dict()


def made_up(config: RunConfig, steps: int = 1, **changes: Any) -> list[dict[str, Any]]:
    """The events of a run in which nothing is learned."""
    numbers = {method: [0.5] * config.seeds for method in config.methods}
    loss = {method: [[float(step + 1)] * config.seeds for step in range(steps)] for method in config.methods}
    events = [
        {"event": "start", "version": 1, "config": config.to_dict(), "data": {}},
        {"event": "steps", "first": 1, "elapsed": 1, "loss": loss | changes},
        {"event": "test", "step": steps, "examples": 5, "loss": numbers, "accuracy": numbers},
        {
            "event": "end",
            "step": steps,
            "state": "finished" if steps == config.steps else "stopped",
            "elapsed": 1,
            "telemetry": 0,
            "first_layer_gradient": numbers,
        },
    ]
    return events if steps else [events[0], *events[2:]]


@pytest.mark.parametrize("steps", [1, 5, 10, 11, 29, 30, 70, 600])
def test_train_loss_is_the_mean_over_the_last_tenth_of_the_steps_done(steps):
    found = results(from_events(made_up(TINY.replace(steps=1000), steps)))
    late = [step for step in range(1, steps + 1) if step > 0.9 * steps]
    assert found["ip"]["train_loss"] == [pytest.approx(np.mean(late))] * 2


def test_a_run_stopped_before_its_first_step_has_no_train_loss():
    found = results(from_events(made_up(TINY, 0)))
    assert found["plain"]["train_loss"] == [None, None] and found["plain"]["test_accuracy"] == [0.5, 0.5]


def test_a_diverged_network_says_when():
    events = made_up(TINY.replace(first_seed=5), 4, plain=[[1.0, 1.0], [1.0, None], [1.0, None], [1.0, None]])
    events.insert(2, {"event": "diverged", "step": 4, "method": "plain", "seed": 6})
    found = results(from_events(events))
    assert (
        found["plain"]["diverged"] == [None, 4]
        and found["plain"]["train_loss"] == [1.0, None]
        and found["ip"]["diverged"] == [None, None]
    )
    rows = table(found).splitlines()
    assert rows[1].endswith("  1") and rows[2].endswith("  none")
    assert found["plain"]["test_accuracy"] == [0.5, None], "frozen: no result of its method"
    assert found["plain"]["at_chance"] == [True, None] and "0.500  1.000" in " ".join(rows[1].split()).replace(
        " ", "  "
    )


def test_the_table_shows_a_dash_for_what_is_unknown_and_no_spread_of_one():
    found = {
        "test_accuracy": [0.25], "train_loss": [None], "first_layer_gradient": [1.5e-6], "at_chance": [False],
        "diverged": [None],
    }  # fmt: skip
    assert table({"infomax": found}).splitlines()[1].split() == ["infomax", "0.250", "–", "1.50e-06", "none", "none"]


def test_the_table_says_diverged_where_every_network_has():
    found = {name: [None, None] for name in ("test_accuracy", "train_loss", "first_layer_gradient", "at_chance")}
    row = table({"plain": {**found, "diverged": [3, 8]}}).splitlines()[1]
    assert row.split() == ["plain", *["diverged"] * 3, "none", "2"]


def test_a_network_at_chance_is_said_to_be():
    found = results(from_events(made_up(TINY, 2)))
    assert found["ip"]["at_chance"] == [True, True] and table(found).splitlines()[2].split()[-2:] == ["2", "none"]


def result(accuracy, diverged=None):
    unknown = [None] * len(accuracy)
    return {
        "test_accuracy": accuracy, "train_loss": unknown, "first_layer_gradient": unknown,
        "at_chance": unknown, "diverged": diverged or unknown,
    }  # fmt: skip


def test_from_three_seeds_on_methods_are_compared_with_plain_seed_by_seed():
    plain, ip = [0.10, 0.12, 0.11, 0.10], [0.88, 0.90, 0.89, 0.91]
    said = table({"plain": result(plain), "ip": result(ip, [None, 7, None, None])}).splitlines()
    wanted = paired_difference(np.delete(ip, 1), np.delete(plain, 1))
    assert said[4] == "test accuracy minus plain, paired by seeds, with its 95 % interval (Student's t):"
    assert said[5] == f"ip  {wanted.mean:+.3f} [{wanted.low:+.3f}, {wanted.high:+.3f}], 3 seeds" and len(said) == 6
    assert len(table({"plain": result(plain[:2]), "ip": result(ip[:2])}).splitlines()) == 3
    made = plain_differences({"plain": result(plain), "ip": result([*ip[:2], None, None])})
    found = made["test_accuracy"]["ip"]
    assert made["minus"] == "plain" and found["mean"] == pytest.approx(0.78) and found["seeds"] == 2
    assert found["interval"] == [None, None] and found["no_interval"] == "fewer than 3 seeds"
    assert plain_differences({"ip": result(ip)}) is None


# What goes wrong


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--depth", "0"), ("--depth", "many"), ("--learning-rate", "nan"), ("--methods", "plain,magic"), ("--methods", ""),
     ("--dataset", "mnist6k"), ("--batch-size", "1"), ("--seeds", "17"), ("--threads", "0"), ("--threads", "two"),
     ("--threads", "65"), ("--initialization", "he"), ("--biases", "one"), ("--optimizer", "SGD"),
     ("--train-examples", "99"), ("--train-examples", "4001"), ("--train-examples", "few")],
)  # fmt: skip
def test_a_setting_that_is_not_allowed_is_refused_in_one_line(capsys, flag, value):
    status, out, errors = run(capsys, "train", flag, value)
    assert status == 2 and out == "" and errors.count("\n") == 1
    assert errors.startswith(f"error: {flag[2:].replace('-', '_')} must be ")


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_help_says_what_may_be_chosen(capsys, command):
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    said = "".join(out.split())  # lines are broken where there is no space, too
    for name, choice in CHOICES.items():
        help = f"--{name} NAME one of {', '.join(choice.options)}. {choice.help} Default {choice.default}."
        assert "".join(help.split()) in said


@pytest.mark.parametrize(
    "arguments", [[], ["train", "--depht", "5"], ["data"], ["data", "fetch"], ["data", "fetch", "mnist6k"], ["race"]]
)
def test_an_unknown_command_is_refused_with_the_usage(capsys, arguments):
    status, out, errors = run(capsys, *arguments)
    assert status == 2 and out == "" and errors.startswith("usage: python -m ipcore")


@pytest.mark.parametrize("arguments", [["train", "--dataset", "cifar10"], ["data", "fetch", "cifar10"]], ids=" ".join)
def test_a_data_set_that_cannot_be_had_is_told(capsys, monkeypatch, arguments):
    def offline(name: str, progress: Any) -> None:
        progress("CIFAR-10", 1000, 170_000_000)
        raise data.DataUnavailable(f"{name} is not in the cache, and there is no network")

    monkeypatch.setattr(downloads, "read", offline)
    status, out, errors = run(capsys, *arguments)
    assert (
        status == 1
        and out == ""
        and errors.splitlines()[-1] == "error: cifar10 is not in the cache, and there is no network"
    )
    assert "CIFAR-10" in errors.partition("error:")[0], "how far the download came"


def test_a_recording_that_cannot_be_written_is_told(capsys, tmp_path):
    status, out, errors = run(capsys, "train", *FLAGS, "--record", str(tmp_path / "nowhere" / "run.jsonl"))
    assert status == 1 and out == "" and errors.startswith("error: ") and "nowhere" in errors


def disk_full_after(events: int, monkeypatch) -> None:
    """The disk is full once so many events are written to files of events."""
    write, left = EventFile._write, [events]

    def refuse(self, line: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, line)

    monkeypatch.setattr(EventFile, "_write", refuse)


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_a_recording_that_fails_costs_no_result(name, capsys, monkeypatch, tmp_path):
    made = list(read_events(made_up(TINY)))
    monkeypatch.setattr(data, "load", lambda name, progress, train: None)
    monkeypatch.setattr(training, "train", lambda config, examples, commands: made)
    disk_full_after(2, monkeypatch)
    path = tmp_path / name
    status, out, errors = run(capsys, "train", *FLAGS, "--json", "--record", str(path))
    assert status == 1 and json.loads(out)["steps"] == from_events(made).step
    said = f"warning: {path} cannot be written any more: No space left on device; the run goes on"
    assert errors.count("warning: ") == 1 and said in errors
    assert load(path).cut_off and load(path).revision == 3  # with the end that reading adds


def test_a_device_that_is_full_costs_no_result(capsys, monkeypatch):
    """Neither a recording nor the progress on standard error can be written: in a real process, and the latter here."""
    command = ["train", *FLAGS, "--json", "--record"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ipcore", *command, "/dev/full"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=full, timeout=PATIENCE,
        )  # fmt: skip
        assert json.loads(done.stdout)["steps"] == 30 and done.returncode == 1
        monkeypatch.setattr(sys, "stderr", full)
        status, out, _ = run(capsys, *command, "/dev/null")
        monkeypatch.undo()
        with suppress(OSError):  # closing it writes what it still holds
            full.close()
    assert status == 0 and json.loads(out)["steps"] == 30


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_a_recording_whose_writer_is_killed_is_whole_up_to_the_last_second(name, tmp_path):
    program = f"""
import os, signal, sys, time
from recordings import events
from ipcore.recordings.reading import read_events
from ipcore.cli import output
from ipcore.config import RunConfig
output.FLUSH = 0.0
with output.EventFile({str(tmp_path / name)!r}) as file:
    config = RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, steps=30)
    for event in read_events(events(config, end=False)):
        file.write(event.line())
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'helpers'}"}
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment)
    assert killed.returncode == -signal.SIGKILL
    recording = load(tmp_path / name)
    assert (recording.cut_off, recording.step, recording.state) == (True, 30, "stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_during_a_download_end_at_once(number, capsys, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(downloads, "read", lambda name, progress: signal.raise_signal(number))
    assert signal.getsignal(signal.SIGTERM) is before
    assert run(capsys, "train", "--dataset", "mnist") == (130, "", "interrupted\n")


def test_a_second_ctrl_c_does_not_wait_for_the_results(capsys, monkeypatch):
    def deaf(config: RunConfig, examples: data.Data, commands: Interrupt):
        yield made_up(config)[0]
        assert commands.get(False) is None
        signal.raise_signal(signal.SIGINT)
        assert commands.get(False) == {"command": "stop"}
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second went unheard")

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(training, "train", deaf)
    status, out, errors = run(capsys, "train", *FLAGS)
    assert status == 130 and out == "" and errors.endswith("interrupted\n")
    assert signal.getsignal(signal.SIGINT) is before


# Data


def test_data_list_tells_what_is_ready(capsys):
    status, out, errors = run(capsys, "data", "list")
    assert status == 0 and errors == "" and [line.split()[0] for line in out.splitlines()] == list(DATASETS)
    for line, known in zip(out.splitlines(), DATASETS.values(), strict=True):
        assert known.label in line and line.endswith("to be fetched" if known.kind == "download" else "ready")
    downloads.folder("mnist").mkdir(parents=True)
    assert "MNIST, all 70,000     ready" in run(capsys, "data", "list")[1]


@pytest.mark.parametrize("name", ["mnist-5k", "spirals"])
def test_what_is_at_hand_needs_no_fetching(capsys, name):
    assert run(capsys, "data", "fetch", name) == (0, f"{name} needs no download\n", "")


def test_data_fetch_says_where_it_is(capsys, monkeypatch, tmp_path):
    fetched = []
    monkeypatch.setattr(downloads, "read", lambda name, progress: fetched.append(name))
    assert run(capsys, "data", "fetch", "cifar10") == (
        0,
        f"cifar10 is ready in {tmp_path / 'cache'}\n",
        "",
    ) and fetched == ["cifar10"]
