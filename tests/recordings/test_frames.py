"""Races and sweeps as pandas frames, and the one way in which a frame is written as CSV."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from recordings import events, recording
from serving import ROOT
from stub_executor import recorded

from ipcore.config import RunConfig
from ipcore.recordings.frames import race as race_frames
from ipcore.recordings.frames import sweep as sweep_frames
from ipcore.recordings.race import BIAS_EDGES, GAIN_EDGES, Recording
from ipcore.recordings.results import results
from ipcore.recordings.sweep import SweepRecording, from_events
from ipcore.statistics.intervals import band
from ipcore.sweeps.plan import Sweep
from ipcore.tables import parts, to_csv

CONFIG = RunConfig(dataset="moons", methods="plain,batch-norm,ip", depth=4, width=8, steps=60, seeds=2, first_seed=7)
SHAPE = RunConfig(dataset="spirals", methods="plain,ip", depth=2, width=4, steps=40, seeds=3, first_seed=5)
RATES = Sweep(SHAPE, {"learning_rate": (0.01, 0.05, 1)})
MAP = Sweep(SHAPE, {"depth": (2, 10), "learning_rate": (0.3, 1)})


@pytest.fixture(scope="module")
def run() -> Recording:
    return recording(CONFIG, snapshots=4)


def one(frame: pd.DataFrame, **where: object) -> pd.Series:
    """The one row with these values."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.mark.parametrize("block", [race_frames.BLOCK, 50])
def test_curves_hold_every_step_method_and_seed(run: Recording, block: int, monkeypatch) -> None:
    monkeypatch.setattr(race_frames, "BLOCK", block)
    curves = run.to_frame("curves")
    assert list(curves["method"].cat.categories) == list(CONFIG.methods), "in the order of the race"
    assert not curves.duplicated(["step", "method", "seed"]).any()
    for method in CONFIG.methods:
        trained = curves[(curves["method"] == method) & (curves["step"] > 0)]
        wide = trained.pivot(index="step", columns="seed", values="train_loss")
        assert list(wide.columns) == [7, 8] and list(wide.index) == list(range(1, 61))
        np.testing.assert_array_equal(wide.to_numpy(), run.loss(method))
    tested = {test.step: test for test in run.tests}
    known = curves[curves["test_accuracy"].notna()]
    assert set(known["step"]) == set(tested) == set(curves[curves["test_examples"].notna()]["step"])
    row = one(curves, step=60, method="ip", seed=8)
    assert (row["test_examples"], row["test_accuracy"]) == (500, tested[60].accuracy["ip"][1])
    assert row["test_loss"] == tested[60].loss["ip"][1]


def test_tests_of_one_step_are_all_there(run: Recording) -> None:
    made = run.to_frame("tests")
    assert len(made) == len(run.tests) * 3 * 2
    assert made["test_accuracy"].tolist()[-1] == run.tests[-1].accuracy["ip"][-1]


def test_layers_and_histograms_hold_every_snapshot(run: Recording) -> None:
    layers, histograms = run.to_frame("layers"), run.to_frame("histograms")
    assert len(layers) == len(run.snapshots) * 3 * 4
    for snapshot in run.snapshots:
        said = snapshot.methods["batch-norm"]
        here = layers[(layers["step"] == snapshot.step) & (layers["method"] == "batch-norm")]
        assert here["layer"].tolist() == [1, 2, 3, 4]
        for field, column in race_frames.PER_LAYER.items():
            np.testing.assert_array_equal(here[column], getattr(said, field))
        for name, edges in (("gain", GAIN_EDGES), ("bias", BIAS_EDGES)):
            of = histograms[(histograms["quantity"] == name) & (histograms["layer"] == 3)]
            of = of[(of["step"] == snapshot.step) & (of["method"] == "batch-norm")]
            (bins,) = getattr(said, name)[2].nonzero()
            assert of["count"].tolist() == getattr(said, name)[2][bins].tolist()
            np.testing.assert_array_equal(of[["low", "high"]], np.stack([edges[bins], edges[bins + 1]], 1))
    total = histograms.groupby(["step", "method", "layer", "quantity"])["share"].sum()
    informed = sum(snapshot.examples > 0 for snapshot in run.snapshots)
    assert 0 < informed < len(run.snapshots), "the snapshot before training has no activity"
    assert len(total) == (2 * len(run.snapshots) + informed) * 3 * 4
    known = layers["information_examples"].notna()
    assert (layers.loc[known, "information_examples"] == 500).all()
    assert layers["entropy_over_ln_30"].notna().equals(known)
    np.testing.assert_allclose(total, 1, rtol=1e-6)
    assert histograms[histograms["quantity"] == "activity"]["count"].isna().all()


def test_surfaces_lie_in_the_plane() -> None:
    made = recording(CONFIG.replace(dataset="spirals"), snapshots=4)
    surfaces = made.to_frame("surfaces")
    drawn = [test for test in made.tests if test.surface]
    assert drawn and len(surfaces) == len(drawn) * 3 * 1600
    assert surfaces["probability_of_class_1"].between(0, 1).all()


def test_rates_and_changes_follow_the_marks() -> None:
    made = Recording(CONFIG)
    told = list(events(CONFIG, end=False))
    steps = [event for event in told if event["event"] == "steps"]
    made.add(told[0])
    made.add({"event": "mark", "step": 0, "setting": "learning_rate", "previous": 0.01, "value": 0.5})
    for event in steps:
        made.add(event)
    at = made.step
    assert made.to_frame("rates")["learning_rate"].tolist() == [0.5] * at
    assert made.to_frame("rates")["intrinsic_rate"].tolist() == [CONFIG.intrinsic_rate] * at
    assert made.to_frame("changes").to_dict("records") == [
        {"after_step": 0, "setting": "learning_rate", "previous": 0.01, "value": 0.5}
    ]


def test_the_summary_is_that_of_the_results(run: Recording) -> None:
    row, found = one(run.to_frame("summary"), method="ip", seed=8), results(run)["ip"]
    assert row["test_accuracy"] == found["test_accuracy"][1] and row["train_loss"] == found["train_loss"][1]
    assert row["diverged_at_step"] is pd.NA


@pytest.mark.parametrize("kind", race_frames.FRAMES)
def test_before_anything_has_happened_frames_are_empty(kind: str, run: Recording) -> None:
    bare = Recording(CONFIG).to_frame(kind)
    assert list(bare.columns) == list(run.to_frame(kind).columns) == list(race_frames.FRAMES[kind])
    assert len(bare) == (6 if kind == "summary" else 0)


def test_an_unknown_frame_names_those_that_are_known(run: Recording) -> None:
    with pytest.raises(ValueError, match=r"one of curves, tests, layers, .*, summary, not 'losses'"):
        run.to_frame("losses")
    with pytest.raises(ValueError, match="one of networks, curves, points, summary, not 'layers'"):
        SweepRecording(RATES).to_frame("layers")


def test_frames_of_a_sweep() -> None:
    made = from_events(recorded(MAP))
    networks, points, curves = (made.to_frame(kind) for kind in ("networks", "points", "curves"))
    assert len(networks) == 2 * 4 * 3 and set(networks["seed"]) == {5, 6, 7}
    for method in SHAPE.methods:
        of = networks[networks["method"] == method]
        np.testing.assert_array_equal(of["test_accuracy"], made.accuracy(method).ravel())
        np.testing.assert_array_equal(of["test_loss"], made.test_loss(method).ravel())
        mean, low, high = band(made.accuracy(method))
        here = points[points["method"] == method]
        np.testing.assert_array_equal(here[["test_accuracy", "low_95", "high_95"]], np.stack([mean, low, high], 1))
        assert here["networks_done"].tolist() == [3] * 4
    place, point = 3, MAP.points()[3]
    here = curves[(curves["method"] == "ip") & (curves["depth"] == 10) & (curves["learning_rate"] == 1)]
    steps, loss, accuracy = made.curves("ip", point)
    for seed, column in ((5, 0), (7, 2)):
        of = here[here["seed"] == seed]
        assert of["step"].tolist() == steps.tolist()
        np.testing.assert_array_equal(of["train_loss"], loss[:, column])
        np.testing.assert_array_equal(of["test_accuracy_on_first_examples"], accuracy[:, column])
    pd.testing.assert_frame_equal(
        sweep_frames.curves(made, [place])[lambda frame: frame["method"] == "ip"].reset_index(drop=True),
        here.reset_index(drop=True),
    )


def test_the_summary_of_a_sweep() -> None:
    made = from_events(recorded(MAP))
    summary, found = made.to_frame("summary"), made.summaries()
    assert len(summary) == 2 * 2, "a row for each depth"
    row = one(summary, method="ip", depth=10)
    span = found["ip"].ranges[1]
    assert row["best_accuracy"] == found["ip"].best.mean and row["decades"] == span.decades.mean
    assert (row["decades_open_low"], row["decades_open_high"]) == (span.open_low, span.open_high)
    minus = made.differences()
    assert minus is not None and row["best_minus"] == minus.best["ip"].mean and row["minus_method"] == "plain"
    best = MAP.points()[found["ip"].best_point].values
    assert (row["best_depth"], row["best_learning_rate"]) == tuple(best.values())
    assert len(from_events(recorded(RATES)).to_frame("summary")) == 2
    other = from_events(recorded(Sweep(SHAPE, {"depth": (2, 3)}))).to_frame("summary")
    assert len(other) == 2 and "decades" not in other
    assert SweepRecording(RATES).to_frame("summary")["best_accuracy"].isna().all()


def test_what_has_only_begun_has_frames() -> None:
    bare = SweepRecording(RATES)
    for kind in sweep_frames.FRAMES:
        bare.to_frame(kind)
    assert bare.to_frame("networks")["test_accuracy"].isna().all()
    assert bare.to_csv().splitlines()[:2] == [
        "method,learning_rate,seed,test_accuracy,diverged_at_step,test_accuracy_first_half,test_accuracy_second_half",
        "plain,0.01,5,,,,",
    ]


def test_csv_is_short_and_says_nothing_of_what_is_not_known() -> None:
    frame = pd.DataFrame({"step": [1, 2], "loss": [1 / 3, np.nan], "count": pd.array([3, None], "Int64")})
    assert to_csv(frame) == "step,loss,count\n1,0.3333333,3\n2,,\n"
    assert "".join(parts([frame[:1], frame[1:]])) == to_csv(frame)
    assert to_csv(frame.assign(loss=[1e-12, -np.inf])) == "step,loss,count\n1,1e-12,3\n2,-inf,\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1"])
@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_no_text_is_a_formula(text: str, kind: str) -> None:
    frame = pd.DataFrame({"name": pd.Series([text, "a, b"], dtype=kind), "number": [-1, -0.5]})
    again = pd.read_csv(io.StringIO(to_csv(frame)))
    assert again["name"].tolist() == [f"'{text}", "a, b"] and again["number"].tolist() == [-1, -0.5]


def test_a_recording_loads_no_pandas_before_a_frame_is_asked_for() -> None:
    program = (
        "import json, sys, ipcore.recordings.race, ipcore.recordings.sweep; print(json.dumps('pandas' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) is False, done.stderr
