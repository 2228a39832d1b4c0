"""This run in code: what it says is run, and gives the same numbers to the last bit."""

from __future__ import annotations

import json
import shlex
from typing import Any

import numpy as np
import pytest

import ipcore
from app.race.export import about
from ipcore.cli import main as terminal
from ipcore.config import RunConfig
from ipcore.data import sets as data
from ipcore.networks import training
from ipcore.recordings.files import events_from_file
from ipcore.recordings.race import Recording, from_events
from ipcore.recordings.snippets.race import in_python, in_terminal
from ipcore.worker.commands import Schedule

TINY = RunConfig(
    dataset="moons", methods=("plain", "ip"), depth=2, width=4, batch_size=20, steps=60, seeds=2, learning_rate=0.03
)
CHANGES = [
    (0, "intrinsic_rate", 0.1), (20, "learning_rate", 1 / 3), (20, "intrinsic_rate", 0.0), (41, "learning_rate", 0.01)
]  # fmt: skip


class Steered(Schedule):
    """Stops after some steps, as a visitor does."""

    def __init__(self, changes: list[tuple[int, str, float]], stop: int) -> None:
        super().__init__(changes)
        self.stop = stop

    def get(self, block: bool) -> dict[str, Any] | None:
        return super().get(block) if self._step < self.stop else {"command": "stop"}


def train(changes: list[tuple[int, str, float]], stop: int) -> Recording:
    return from_events(training.train(TINY, data.load(TINY.dataset), Steered(changes, stop)))


def same(one: Recording, other: Recording) -> None:
    assert one.step == other.step and one.marks == other.marks
    for method in TINY.methods:
        np.testing.assert_array_equal(one.loss(method), other.loss(method), strict=True)
        np.testing.assert_array_equal(one.tests[-1].accuracy[method], other.tests[-1].accuracy[method])


def test_the_number_of_threads_is_in_the_recording_and_in_its_code(tmp_path, capsys, monkeypatch) -> None:
    """The last digits depend on it, so without it the same settings would be said to give the same numbers."""
    path = tmp_path / "run.jsonl"
    base = [f"--{name.replace('_', '-')}={value}" for name, value in (("dataset", "moons"), ("steps", 5), ("depth", 2))]
    assert terminal.main(["train", *base, "--threads", "2", "--json", "--record", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["threads"] == 2
    run = from_events(events_from_file(path))
    assert run.threads == 2 and "--threads 2" in in_terminal(run) and "threads=2)" in in_python(run)
    assert " on 2 threads" in about(run)
    api = ipcore.train(TINY.replace(steps=3), threads=2)
    assert api.threads == 2 and ipcore.train(TINY.replace(steps=3)).threads == 1
    usual = train([], 5)
    assert (usual.threads, usual.device) == (1, "cpu") and "thread" not in in_terminal(usual) + in_python(usual)
    assert "thread" not in about(usual)


def test_the_device_is_in_the_recording() -> None:
    start = next(iter(training.train(TINY, data.load(TINY.dataset))))
    run = from_events([start.computed_with(1, "cuda:1").line()])
    assert run.device == "cuda:1" and in_terminal(run).endswith(" --device cuda:1")
    for wrong in ('"tpu"', '"cuda; rm"', "3"):
        line = start.computed_with(1, "cuda:1").line().replace('"cuda:1"', wrong)
        with pytest.raises(ValueError, match="device"):
            from_events([line])
    assert '"threads"' not in start.computed_with(1).line() and '"device"' not in start.line()


@pytest.mark.parametrize(("changes", "stop"), [([], 60), (CHANGES, 60), (CHANGES, 30)])
def test_the_program_and_the_command_give_the_same_run(changes, stop, tmp_path, capsys) -> None:
    run = train(changes, stop)
    assert len(run.marks) == sum(step < stop for step, _, _ in changes)
    names: dict[str, Any] = {}
    exec(compile(in_python(run), "snippet", "exec"), names)
    same(run, names["recording"])
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["plain", "0"]
    assert in_python(run).count("import") == 1, "of the public face alone"

    words = shlex.split(in_terminal(run))
    assert words[:4] == ["python", "-m", "ipcore", "train"]
    path = tmp_path / "again.jsonl"
    assert terminal.main([*words[3:], "--record", str(path)]) == 0
    same(run, from_events(events_from_file(path)))


def test_only_what_differs_from_the_default_is_said() -> None:
    usual = Recording(RunConfig())
    assert "config = ipcore.RunConfig()\n" in in_python(usual) and "changes" not in in_python(usual)
    assert in_terminal(usual) == "python -m ipcore train"
    other = Recording(RunConfig(methods=("ip",), seeds=2))
    assert 'config = ipcore.RunConfig(\n    methods=("ip",),\n    seeds=2,\n)\n' in in_python(other)
    assert in_terminal(other) == "python -m ipcore train --methods ip --seeds 2"
    other = Recording(RunConfig(initialization="xavier", biases="drawn", optimizer="adam", train_examples=200))
    assert 'train_examples=200,\n    initialization="xavier",\n    biases="drawn",\n    optimizer="adam",' in in_python(
        other
    )
    words = "--train-examples 200 --initialization xavier --biases drawn --optimizer adam"
    assert in_terminal(other) == f"python -m ipcore train {words}"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((1, "depth", 3), "setting must be one of learning_rate, intrinsic_rate"),
        ((1, "learning_rate", -1), "learning_rate must be a number"),
        ((-1, "learning_rate", 1), "a change comes after a whole number of steps"),
        ((1.5, "learning_rate", 1), "a change comes after a whole number of steps"),
    ],
)
def test_a_schedule_is_checked(change, why) -> None:
    with pytest.raises(ValueError, match=why):
        Schedule([change])


@pytest.mark.parametrize("text", ["learning_rate=1", "x:learning_rate=1", "5:learning_rate", "5:depth=3"])
def test_a_change_that_is_none_is_refused_in_the_terminal(text, capsys) -> None:
    assert terminal.main(["train", "--change", text]) == 2
    assert "must be" in capsys.readouterr().err
