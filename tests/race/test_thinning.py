"""Thinned curves hide nothing: what is unlike all the rest is drawn, and a closer look shows more."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from race_charts import lossy, unpack
from recordings import events

from app.compare.comparison import compare
from app.compare.races import lines
from app.compare.races.words import points
from app.race.csv import table
from app.race.digest import POINTS
from app.race.frames import frame
from app.ui.frames import between, last_steps, summarised
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording


def race_with_tests(config: RunConfig, accuracies: list[float]) -> Recording:
    """A race with a test at every step from 0 on."""
    made = Recording(config)
    start, *rest = events(config, snapshots=2)
    made.add(start)
    test = next(event for event in rest if event["event"] == "test")
    for step, accuracy in enumerate(accuracies):
        if step:
            losses = {method: [[0.5] * config.seeds] for method in config.methods}
            made.add({"event": "steps", "first": step, "elapsed": float(step), "loss": losses})
        made.add({**test, "step": step, "accuracy": {method: [accuracy] * config.seeds for method in config.methods}})
    return made


def with_a_spike(steps: int = 20_000, at: int = 7_777) -> Recording:
    """A race of one seed whose loss is 0.5 but at one step, where it is 20."""
    losses = [[0.5]] * steps
    losses[at - 1] = [20.0]
    return lossy(RunConfig(methods="ip", steps=steps), {"ip": losses})


def test_one_test_of_1001_that_is_at_chance_is_drawn() -> None:
    accuracies = [0.9] * 1_001
    accuracies[617] = 0.1
    header, arrays = unpack(frame(race_with_tests(RunConfig(methods="ip", steps=1_000), accuracies)))
    assert header["tests"] == 5
    steps, (mean, low, high) = arrays["accuracy_steps"], arrays["accuracy"][0]
    assert len(steps) <= POINTS + 2 and steps[0] == 0 and steps[-1] == 1_000
    assert low.min() == pytest.approx(0.1) and np.flatnonzero(low < 0.5).tolist() == [np.flatnonzero(steps >= 617)[0]]
    assert high.max() == pytest.approx(0.9) and mean.min() == pytest.approx((4 * 0.9 + 0.1) / 5)


def test_a_spike_of_20_in_the_loss_is_drawn_as_20_and_said_where_the_axis_ends_below_it() -> None:
    header, arrays = unpack(frame(with_a_spike()))
    bucket = header["bucket"]
    mean, low, high = arrays["loss"][0]
    assert high.max() == 20 and low.min() == 0.5 and (high == 20).sum() == 1
    assert mean.max() == pytest.approx(0.5 + 19.5 / bucket)
    assert header["beyond"] == [20, -(-7_777 // bucket) * bucket]
    assert unpack(frame(lossy(RunConfig(methods="ip", steps=100), {"ip": [[0.5]] * 100})))[0]["beyond"] is None


def test_the_csv_has_every_value() -> None:
    rows = list(csv.DictReader(io.StringIO(table(with_a_spike(), "loss"))))
    assert len(rows) == 20_000 and [row["step"] for row in rows if float(row["train_loss_seed_0"]) == 20] == ["7777"]


def test_a_closer_look_shows_more_points_and_the_rest_as_before() -> None:
    made = with_a_spike()
    whole, near = (unpack(frame(made, span=span)) for span in (None, (7_700, 7_850)))
    assert near[0]["bucket"] == 1 < whole[0]["bucket"]
    steps, high = near[1]["loss_steps"].astype(int), near[1]["loss"][0, 2]
    inside = (steps >= 7_700) & (steps <= 7_850)
    assert steps[inside].tolist() == list(range(7_700, 7_851))
    assert steps[high == 20].tolist() == [7_777]
    far = steps < 7_600
    assert steps[far].tolist() == [step for step in whole[1]["loss_steps"] if step < 7_600]
    np.testing.assert_array_equal(near[1]["loss"][..., far], whole[1]["loss"][..., : far.sum()])


def test_a_closer_look_at_tests_shows_each() -> None:
    accuracies = [0.9 - 0.0001 * step for step in range(1_001)]
    made = race_with_tests(RunConfig(methods="ip", steps=1_000), accuracies)
    _, arrays = unpack(frame(made, span=(500, 520)))
    inside = (arrays["accuracy_steps"] >= 500) & (arrays["accuracy_steps"] <= 520)
    assert inside.sum() == 21
    np.testing.assert_allclose(arrays["accuracy"][0, 0, inside], accuracies[500:521], rtol=1e-5)


@settings(max_examples=60)
@given(st.integers(1, 3_000), st.integers(1, 40), st.integers(0, 3_000), st.integers(1, 3_000), st.integers(0, 9))
def test_no_value_is_lost_however_closely_one_looks(steps: int, bucket: int, first: int, wide: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(steps, 2)).astype(np.float32)
    ends = last_steps(steps, bucket)
    finer, _ = between(ends, (first, first + wide), 50)
    assert finer[-1] == steps and set(ends[ends <= first]) <= set(finer) and np.all(np.diff(finer) > 0)
    for chosen in (ends, finer):
        _, low, high = summarised(values, chosen)
        assert low.min() == values.min() and high.max() == values.max()


def test_compared_runs_are_thinned_alike_and_it_is_said() -> None:
    """A run of 1,000 steps beside one of 20,000: both have points of 100 steps, in the chart and in the CSV."""
    short = lossy(RunConfig(methods="ip", steps=1_000), {"ip": [[0.5]] * 1_000})
    runs = compare([("short", short), ("long", with_a_spike())])
    found = lines.overlay(runs, "loss", ["ip"])
    assert [line.bucket for line in found] == [100, 100]
    assert [set(np.diff(line.x[1:]).tolist()) for line in found] == [{100}, {100}]
    assert found[1].high.max() == 20
    assert "100 steps" in points(found) and points(lines.overlay(runs[:1], "gain", ["ip"])) == ""
    rows = list(csv.DictReader(io.StringIO(lines.table("loss", found, runs))))
    assert {row["steps_per_point"] for row in rows} == {"100"}
    difference = lines.difference(runs[1], runs[0], "loss", ["ip"])[0]
    assert difference.bucket == 100 and difference.x[-1] == 1_000 and not math.isnan(difference.mean[0])
