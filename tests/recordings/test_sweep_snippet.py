"""A sweep in code: what it says is trained, and gives the same numbers to the last bit."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ipcore import api
from ipcore.cli import main as terminal
from ipcore.cli.sweep import plan
from ipcore.config import RunConfig, SweepConfig
from ipcore.recordings.files import events_from_file
from ipcore.recordings.snippets.sweep import in_python, in_terminal
from ipcore.recordings.sweep import SweepRecording, from_events
from ipcore.sweeps.plan import Sweep

TINY = RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, batch_size=20, steps=40, seeds=2)
SIZES = {"batch_size": (2, 20)}
STARTS = {"initialization": "xavier", "biases": "drawn", "optimizer": "adam", "train_examples": 200}
SWEEPS = {
    "rates": Sweep(TINY, {"learning_rate": (0.01, 1 / 3)}),
    "map": Sweep(TINY.replace(first_seed=3), {"depth": (1, 2), "weight_scale": (0.5, 3)}),
    "sizes": Sweep(TINY, SIZES),
    "starts": Sweep(TINY.replace(**STARTS), SIZES),
    "usual": Sweep(TINY.replace(intrinsic_rate=0.2), SIZES, usual_rates=True),
    "equal": Sweep(TINY, SIZES, equal_examples=True, usual_rates=True),
    "usual at one size": Sweep(TINY, {"depth": (1, 2)}, usual_rates=True),
    "intrinsic rates": Sweep(TINY, {"intrinsic_rate": (0, 0.05), **SIZES}, usual_rates=True),
}


def given(sweep: Sweep) -> Sweep:
    """The sweep that the command asks for."""
    return plan(terminal.parser().parse_args(shlex.split(in_terminal(sweep))[3:]))


def networks(sweep: Sweep) -> list[Any]:
    """Everything of which the numbers depend."""
    return [stack.to_dict() for stack in sweep.stacks()]


@pytest.mark.parametrize("sweep", SWEEPS.values(), ids=SWEEPS)
def test_the_command_and_the_program_ask_for_the_same_networks(sweep: Sweep, monkeypatch) -> None:
    assert networks(given(sweep)) == networks(sweep)
    planned = []

    def plan(config: SweepConfig, over: dict[str, Any], *flags: bool) -> None:
        planned.append(Sweep(config, over, *flags))
        raise InterruptedError  # before anything is trained

    monkeypatch.setattr(api, "Sweep", plan)
    with pytest.raises(InterruptedError):
        exec(compile(in_python(sweep), "snippet", "exec"), {})
    assert [each.to_dict() for each in planned] == [sweep.to_dict()]


def test_the_program_and_the_command_give_the_same_sweep(tmp_path, capsys) -> None:
    sweep = replace(SWEEPS["rates"], config=TINY.replace(methods=("ip",)))
    names: dict[str, Any] = {}
    exec(compile(in_python(sweep), "snippet", "exec"), names)
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "ip"
    assert in_python(sweep).count("import") == 1, "of the public face alone"
    path = tmp_path / "again.jsonl"
    assert terminal.main([*shlex.split(in_terminal(sweep))[3:], "--record", str(path)]) == 0
    one, other = names["recording"], from_events(events_from_file(path))
    assert isinstance(one, SweepRecording) and one.done_networks == other.done_networks == 4
    np.testing.assert_array_equal(one.accuracy("ip"), other.accuracy("ip"), strict=True)
    for point in sweep.points():
        for ours, theirs in zip(one.curves("ip", point), other.curves("ip", point.key), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_only_what_differs_from_the_default_is_said() -> None:
    sweep = Sweep(RunConfig(steps=50), {"learning_rate": (0.1, 1)})
    assert in_terminal(sweep) == "python -m ipcore sweep --over learning_rate=0.1,1 --steps 50"
    assert "config = ipcore.SweepConfig(\n    steps=50,\n)\n" in in_python(sweep)
    assert "ipcore.sweep(config, over={" in in_python(sweep) and "equal" not in in_python(sweep)
