"""``python -m ipcore sweep`` as somebody at a terminal, or a script that reads its output, meets it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from serving import ROOT

from ipcore.cli import main as terminal
from ipcore.cli import sweep as sweep_cli
from ipcore.config import RunConfig
from ipcore.data.sets import load
from ipcore.networks.stacks import train_stack
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Begun, Failed
from ipcore.recordings.files import events_from_file
from ipcore.recordings.sweep import SweepRecording, from_events, start_event
from ipcore.sweeps.plan import Stack, Sweep

PATIENCE = 120  # s; a bound on failure, not a time that anything takes
FLAGS = "--dataset moons --methods ip,plain --depth 2 --width 4 --batch-size 20 --steps 30 --seeds 2".split()
RATES = ["--over", "learning_rate=0.01,0.1"]
SWEEP = Sweep(
    RunConfig(dataset="moons", methods="ip,plain", depth=2, width=4, batch_size=20, steps=30, seeds=2),
    {"learning_rate": (0.01, 0.1)},
)


class InProcess:
    """An executor that trains on the calling thread, one event at a time."""

    workers = 2
    interrupt = failing = False

    def __init__(self) -> None:
        self.queue: list[Iterator[Event]] = []
        self.closed = False

    def submit(self, stack: Stack) -> None:
        self.queue.append(self.events_of(stack))

    def events_of(self, stack: Stack) -> Iterator[Event]:
        yield Begun(stack=stack.id)
        if self.failing and stack.method == "plain":
            yield Failed(stack=stack.id, message="no memory")
            return
        yield from filter(None, train_stack(stack, load(stack.config.dataset)))

    def events(self, timeout: float) -> list[Event]:
        for events in list(self.queue):
            if (event := next(events, None)) is not None:
                if self.interrupt and event.name == "done":
                    signal.raise_signal(signal.SIGINT)
                return [event]
            self.queue.remove(events)
        return []

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def executor(monkeypatch) -> InProcess:
    executor = InProcess()
    monkeypatch.setattr(sweep_cli, "executor_for", lambda owner, workers: executor)
    return executor


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    try:
        status = terminal.main(["sweep", *arguments])
    except SystemExit as left:  # argparse
        status = left.code
    return status, *capsys.readouterr()


def by_hand(sweep: Sweep) -> SweepRecording:
    """The same sweep in this process."""
    recording = from_events([start_event(sweep)])
    for stack in sweep.stacks():
        recording.add({"event": "begun", "stack": stack.id})
        for event in filter(None, train_stack(stack, load(sweep.config.dataset))):
            recording.add(event)
    return recording


def test_worker_processes_give_the_numbers_of_this_process(tmp_path):
    path = tmp_path / "sweep.jsonl.gz"
    command = [
        sys.executable,
        "-m",
        "ipcore",
        "sweep",
        *FLAGS,
        *RATES,
        "--json",
        "--workers",
        "2",
        "--record",
        str(path),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "nothing but the result on standard output"
    said = json.loads(done.stdout, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    assert said == by_hand(SWEEP).results(), "to the last bit"
    assert list(said) == ["config", "over", "equal_examples", "usual_rates", "results", "summary", "differences"]
    assert said["over"] == {"learning_rate": [0.01, 0.1]} and list(said["results"]["ip"]) == ["0.01", "0.1"]
    assert "8 networks" in done.stderr and "8/8 networks" in done.stderr and "Traceback" not in done.stderr
    recorded = from_events(events_from_file(path))
    assert recorded.state == "finished" and recorded.results() == said and recorded.elapsed > 0


def test_a_table_and_an_outline(capsys, executor):
    status, out, errors = run(capsys, *FLAGS, *RATES, "--seeds", "3")
    heading, *rows = out.splitlines()
    assert status == 0 and heading.split() == ["learning", "rate", "plain", "ip"]
    found = by_hand(Sweep(SWEEP.config.replace(seeds=3), SWEEP.over))
    for row, key, index in zip(rows, ("0.01", "0.1"), range(2), strict=False):
        cells = row.split()
        assert cells[0] == key and cells[1] == f"{found.accuracy('plain')[index].mean():.3f}"
        error = found.accuracy("ip")[index].std(ddof=1) / 3**0.5
        assert cells[6] == f"{4.30265 * error:.3f}", "t(0.975, 2) times the error of the mean of three"
    best = found.summaries()["ip"].best
    assert f"best {best.mean:.3f} [{best.low:.3f}, {best.high:.3f}] at" in out and "decades" in out
    minus = found.differences().best["ip"]
    assert f"; {minus.mean:+.3f} [{minus.low:+.3f}, {minus.high:+.3f}] minus plain" in out
    assert "chosen on one half of the test examples, measured on the other" in out
    assert executor.closed and "12/12 networks" in errors


def test_fewer_than_three_seeds_have_no_band(capsys, executor):
    for seeds in ("1", "2"):
        status, out, _ = run(capsys, *FLAGS, *RATES, "--seeds", seeds)
        assert status == 0 and "±" not in out and "[" not in out and "no intervals: fewer than 3 seeds" in out


def test_what_is_impossible_is_reported_and_the_sweep_goes_on(capsys, executor):
    arguments = [*FLAGS, "--methods", "batch-norm,ip", "--over", "batch_size=1,20", "--equal-examples", "--json"]
    arguments.remove("--json")
    status, out, errors = run(capsys, *arguments)
    assert status == 0 and "left out: batch-norm at 1 of 2 points: batch_size must be at least 2" in errors
    single, twenty = out.splitlines()[1:3]
    assert single.split()[:2] == ["1", "refused"] and "refused" not in twenty
    status, out, _ = run(capsys, *arguments, "--json")
    found = json.loads(out)["results"]
    assert status == 0 and "refused" in found["batch-norm"]["1"] and None not in found["ip"]["1"]["test_accuracy"]


def asked(*arguments: str) -> Sweep:
    return sweep_cli.plan(terminal.parser().parse_args(["sweep", *arguments]))


def test_batch_sizes_have_their_usual_intrinsic_rates_unless_one_is_given():
    sizes = ["--over", "batch_size=1,100", "--methods", "ip"]
    rates = [point.config("ip").intrinsic_rate for point in asked(*sizes).points()]
    assert rates == [0.0005, 0.05]
    assert {point.config("ip").intrinsic_rate for point in asked(*sizes, "--intrinsic-rate", "0.02").points()} == {0.02}
    assert not asked(*RATES).usual_rates


def test_equal_examples_count_those_of_the_batch_size_given():
    steps = [
        point.config("ip").steps
        for point in asked(
            "--over", "batch-size=1,40", "--batch-size", "20", "--steps", "30", "--equal-examples", "--methods", "ip"
        ).points()
    ]
    assert steps == [600, 15]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--over", "learning_rate"], "--over must be SETTING=A,B,..."),
        ([*RATES, *RATES], "each setting once"),
        (["--over", "steps=1,2"], "over must name one or two different of"),
        (["--over", "learning_rate=1,x"], "learning_rate must be a number"),
        ([*RATES, "--learning-rate", "1"], "learning_rate is swept; leave out --learning-rate"),
        ([*RATES, "--seeds", "99"], "seeds must be a whole number from 1 to 16"),
        ([*RATES, "--workers", "0"], "workers must be a whole number from 1"),
        (["--over", "batch_size=1", "--methods", "batch-norm"], "one example has no variance"),
        ([], "--over"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(capsys, arguments, says):
    status, out, errors = run(capsys, *arguments)
    assert status == 2 and out == "" and says in errors and "Traceback" not in errors


def test_limits_are_those_of_a_sweep():
    """The default depth of 15 would be too large, and is not used; nor is there one race of all seeds and methods."""
    sweep = asked("--over", "depth=1,2", "--width", "256", "--seeds", "16")
    assert sweep.networks == 2 * 3 * 16 and sweep.config.depth == 1


def test_ctrl_c_prints_the_results_so_far(capsys, executor, tmp_path):
    executor.interrupt = True
    path = tmp_path / "sweep.jsonl"
    status, out, errors = run(capsys, *FLAGS, *RATES, "--json", "--record", str(path))
    found = json.loads(out)["results"]
    assert status == 130 and executor.closed and "Traceback" not in errors
    known = [
        value is not None for each in found.values() for point in each.values() for value in point["test_accuracy"]
    ]
    assert any(known) and not all(known)
    assert from_events(events_from_file(path)).state == "stopped"


def test_a_part_that_fails_is_told_and_the_rest_is_kept(capsys, executor):
    executor.failing = True
    status, out, errors = run(capsys, *FLAGS, *RATES)
    assert status == 1 and "networks (" in errors and "failed: no memory" in errors
    assert [row.split()[1] for row in out.splitlines()[1:3]] == ["–", "–"] and "nothing is done" in out
    assert np.isfinite(float(out.splitlines()[1].split()[2]))
