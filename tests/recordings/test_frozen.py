"""A network that diverged is frozen, and left out of every mean; where all have, that is said instead of a number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from plain import plain
from recordings import events
from sweep_recordings import LINES, events_of

from app.compare.comparison import compare
from app.compare.races.lines import overlay
from app.compare.races.words import ending, in_words
from app.race.export import final_table
from app.race.frames import frame
from app.sweep.frames import at_point
from app.sweep.summary import best_in_words
from app.ui.frames import unpack
from ipcore.cli import sweep as sweep_cli
from ipcore.cli.recorded import course
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording, from_events
from ipcore.recordings.results import results, table
from ipcore.recordings.stack_progress import start_event
from ipcore.recordings.sweep import SweepRecording

CONVERGED = RunConfig(methods=("plain", "ip"), depth=2, width=4, steps=40, seeds=2)
FELL = 21
"""The step at which networks diverge."""


def race(*frozen: tuple[str, int]) -> Recording:
    """A race in which the networks with these methods and seeds diverge, and answer 0 of 100 right from then on."""
    made: list[dict[str, Any]] = []
    for event in events(CONVERGED, snapshots=5, batch=1):
        if event["event"] == "steps" and event["first"] == FELL:
            made += [{"event": "diverged", "step": FELL, "method": method, "seed": seed} for method, seed in frozen]
        if event["event"] == "test":
            event["accuracy"] = {method: [0.9, 0.9] for method in CONVERGED.methods}
        for method, seed in frozen:
            if event["event"] == "steps" and event["first"] >= FELL:
                event["loss"][method][0][seed] = None
            if event["event"] == "test" and event["step"] >= FELL:
                event["accuracy"][method][seed] = 0.0
                event["loss"][method][seed] = 99.0
            if event["event"] == "end":
                event["first_layer_gradient"][method][seed] = None
        made.append(event)
    return from_events(made)


@pytest.fixture(scope="module")
def one() -> Recording:
    return race(("ip", 1))


@pytest.fixture(scope="module")
def both() -> Recording:
    return race(("ip", 0), ("ip", 1))


def test_means_of_a_race_are_over_the_networks_that_go_on(one: Recording) -> None:
    assert one.accuracies()["ip"] == pytest.approx(0.9)
    found = results(one)["ip"]
    assert found["test_accuracy"] == [pytest.approx(0.9), None] and found["at_chance"] == [False, None]
    assert (
        found["train_loss"][1] is None and found["first_layer_gradient"][1] is None and found["diverged"] == [None, 21]
    )
    _, arrays = unpack(frame(one))
    np.testing.assert_allclose(arrays["accuracy"], 0.9, rtol=1e-6)
    tests = one.to_frame("tests")
    assert tests["test_accuracy"].min() == pytest.approx(0.9) and tests["test_loss"].max() < 99
    assert one.to_frame("curves")["test_accuracy"].min() == pytest.approx(0.9)
    assert "0.900 ± " not in table(results(one)).splitlines()[2] and "0.900" in table(results(one)).splitlines()[2]
    assert final_table(one).rows[1][1] == "90.0 %"
    assert course(one).splitlines()[-1].split()[3:5] == ["90.0", "%"]


def test_comparisons_leave_it_out_too(one: Recording, both: Recording) -> None:
    runs = compare([("one", one), ("both", both)])
    assert in_words(ending(runs[0], "ip")) == "90.0 %, 1 diverged"
    assert in_words(ending(runs[1], "ip")) == "diverged"
    assert np.nanmin(overlay(runs[:1], "accuracy", ["ip"])[0].low) == pytest.approx(0.9)


def test_where_all_networks_diverged_it_says_so(both: Recording) -> None:
    assert "ip" not in both.accuracies() and results(both)["ip"]["test_accuracy"] == [None, None]
    assert table(results(both)).splitlines()[2].split() == ["ip", *["diverged"] * 3, "none", "2"]
    assert final_table(both).rows[1] == ["IP", *["diverged"] * 3, "none", "2 of 2"]
    assert course(both).splitlines()[-1].split()[3] == "diverged"
    _, arrays = unpack(frame(both))
    assert np.isnan(arrays["accuracy"][1, :, -1]).all() and np.isfinite(arrays["accuracy"][0]).all()


def test_means_of_a_sweep_are_over_the_networks_that_go_on() -> None:
    """One seed of three diverges at each point, and answers nothing right from its middle on."""
    recording = SweepRecording(LINES)
    recording.add(plain(start_event(LINES)))
    for stack in LINES.stacks():
        for event in events_of(stack):
            frozen = [place for place, replica in enumerate(stack.replicas) if replica.seed == 2]
            for place in frozen:
                if event["event"] == "curve":
                    event["accuracy"][place] = 0.9 if event["step"] < 15 else 0.0
                    event["loss"][place] = 1.0 if event["step"] < 15 else None
                if event["event"] == "done":
                    event["test_accuracy"][place], event["diverged"][place] = 0.0, 15
            recording.add(event)
    point = LINES.points()[0]
    steps, loss, accuracy = recording.curves("ip", point)
    assert np.isnan(accuracy[steps >= 15, 2]).all() and np.isfinite(accuracy[steps < 15]).all()
    assert np.isnan(accuracy).tolist() == np.isnan(loss).tolist()
    _, curves = at_point(recording, 0)
    assert curves["accuracy"][:, 1, -1].min() > 0, "the lowest seed at the end is one that goes on"
    of_first = recording.results()["results"]["ip"][point.key]
    assert of_first["at_chance"] == [False, False, None] and of_first["diverged"] == [None, None, 15]
    assert recording.accuracies()["ip"] > 0.5
    assert not any(math.isnan(each.best.mean) or each.best.mean < 0.5 for each in recording.summaries().values())


def test_a_sweep_in_which_all_networks_of_a_method_diverged_says_so() -> None:
    recording = SweepRecording(LINES)
    recording.add(plain(start_event(LINES)))
    for stack in LINES.stacks():
        for event in events_of(stack):
            if stack.method == "ip" and event["event"] == "done":
                event["diverged"] = [15] * len(stack.replicas)
            recording.add(event)
    found = recording.summaries()
    assert best_in_words(found["ip"]) == "diverged" and best_in_words(found["plain"]) == "81.0 %"
    accuracy = {method: recording.surviving(method) for method in ("plain", "ip")}
    diverged = {method: np.isfinite(recording.diverged(method)) for method in ("plain", "ip")}
    lines = sweep_cli.table(LINES, accuracy, diverged).splitlines()
    assert all(line.split()[-1] == "diverged" for line in lines[1:4]) and "9 that diverged left out" in lines[-1]
    assert "ip          diverged" in sweep_cli.summary_lines(LINES, found)
