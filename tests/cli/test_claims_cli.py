"""The claims from a terminal, with an executor whose stacks are done at once."""

from __future__ import annotations

import json

import pytest
from claims_executor import SMALL, MadeUp

from ipcore.claims import experiments
from ipcore.claims.results import VERDICTS, parse
from ipcore.cli import claims as claims_cli
from ipcore.cli.main import main
from ipcore.data import sets


@pytest.fixture
def executor(monkeypatch) -> MadeUp:
    executor = MadeUp()

    def anew(owner: str, workers: int | None) -> MadeUp:
        executor.__init__(executor.fails, executor.interrupted)
        return executor

    monkeypatch.setattr(claims_cli, "executor_for", anew)
    monkeypatch.setattr(experiments, "QUICK", SMALL)
    return executor


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(["claims", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_verdicts_as_text_and_as_json(capsys, executor):
    status, text, errors = run(capsys, "--quick", "--claim", "C3", "--claim", "c1")
    assert status == 0 and "C1  IP improves learning" in text and "C2" not in text.split("C3")[0]
    assert "claims C1, C3 on mnist-5k (quick: 3 seeds" in errors and "36 networks" in errors
    status, text, _ = run(capsys, "--quick", "--claim", "C3,C1", "--json")
    values = json.loads(text)
    assert status == 0 and [name for name in values if name in ("C1", "C2", "C3")] == ["C1", "C3"]
    assert values["C1"]["verdict"] in VERDICTS and parse(text).findings["C3"].numbers[0].seeds == 3
    assert values["cells"][0]["query"] and "seconds" not in text and "elapsed" not in text
    again = run(capsys, "--quick", "--claim", "C1,C3", "--json")[1]
    assert again == text, "to the last bit"


def test_ctrl_c_prints_what_there_is_and_the_record_goes_on(capsys, executor, tmp_path):
    path = str(tmp_path / "claims.jsonl")
    executor.interrupted = "xavier"
    status, text, errors = run(capsys, "--quick", "--claim", "C3", "--record", path)
    assert status == 130 and "the same command goes on from" in errors
    assert "PyTorch's start, 15 layers: not seen" in text and "Xavier start, 15 layers: not measured" in text
    executor.interrupted = "never"
    status, text, errors = run(capsys, "--quick", "--claim", "C3", "--record", path)
    assert status == 0 and "6 of 12 are in the record already" in errors
    assert len(executor.trained) == 6 and "not measured" not in text


def test_an_error_of_a_cell_is_named_and_does_not_lose_the_others(capsys, executor):
    executor.fails = "ip-xavier"
    status, text, errors = run(capsys, "--quick", "--claim", "C3", "--json")
    assert status == 1 and "error: ip, xavier start, 15 layers, seed 0: no memory" in errors
    assert len(parse(text).failures) == 3 and parse(text).findings["C3"].verdict == "not seen"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--claim C9", "claim must be one of C1, C2, C3, C4, C5, C6, C7, not 'C9'"),
        ("--seeds none", "seeds must be a whole number from 1 to"),
        ("--first-seed -3", "first_seed must be a whole number"),
        ("--workers 0", "workers must be a whole number from 1"),
        ("--dataset digits", "dataset must be one of"),
        ("--first-seed 2147483647", "first_seed must be a whole number"),
        ("--dataset moons --claim C4", "claim C4 is tried on mnist-5k only"),
    ],
)
def test_what_is_not_allowed_is_said(capsys, executor, arguments, message):
    status, text, errors = run(capsys, *arguments.split())
    assert status == 2 and message in errors and not text and not executor.trained


def test_lowered_bounds_of_this_machine_hold(capsys, executor, monkeypatch):
    monkeypatch.setenv("IPCORE_LIMITS", "width=32")
    status, _, errors = run(capsys, "--quick", "--claim", "C3")
    assert status == 2 and "width must be a whole number from 2 to 32, not 64" in errors and not executor.trained


def test_a_data_set_that_was_not_fetched_names_the_command(capsys, executor, monkeypatch):
    monkeypatch.setattr(sets, "cached", lambda name: False)
    status, _, errors = run(capsys, "--dataset", "cifar10", "--claim", "C1")
    assert status == 1 and "fetch it with: python -m ipcore data fetch cifar10" in errors


def test_another_data_set_tries_what_it_can(capsys, executor, monkeypatch):
    monkeypatch.setattr(sets, "cached", lambda name: True)
    status, text, errors = run(capsys, "--dataset", "cifar10", "--quick")
    assert status == 0 and "claims C1, C2, C3 on cifar10" in errors
    assert "cifar10, 5,000 training examples" in text
    assert len(executor.trained) == 18


def test_a_record_that_is_another_file_is_refused(capsys, executor, tmp_path):
    path = tmp_path / "race.jsonl"
    path.write_text('{"event": "start"}\n')
    status, _, errors = run(capsys, "--quick", "--claim", "C3", "--record", str(path))
    assert status == 2 and "is not of a record of the claims" in errors and path.read_text() == '{"event": "start"}\n'
