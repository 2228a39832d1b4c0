"""Frames, CSV and the table of "One neuron": what travels to the browser."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from one_neuron import BIAS, GAIN, IP, play, unpack
from serving import ROOT

from app.neuron import frames as neuron_frames
from app.neuron.csv import CHARTS, table
from app.neuron.frames import Axes, frame
from app.neuron.play import PACE
from app.neuron.settings import DEFAULTS, choose
from ipcore.theory.distributions import FAMILIES, Normal
from ipcore.theory.drift import Moved
from ipcore.theory.equilibria import at_rest, equilibrium
from ipcore.theory.neuron import ONE_NEURON


def test_a_frame_holds_the_course_and_what_comes_next() -> None:
    own = play(methods=("batch-norm", "ip"))
    own.play(0.0)
    own.advance(1.0)
    header, arrays = unpack(frame(own, Axes(), 1.0))
    assert (header["first"], header["last"], header["shown"]) == (0, 44, 20)
    assert [method["name"] for method in header["methods"]] == ["batch-norm", "ip"]
    assert arrays["now"].shape == arrays["rest"].shape == (45, 2, 4)
    assert arrays["steps"].tolist() == list(range(45)) and arrays["bins"].shape == (26, 2, 30)
    np.testing.assert_allclose(arrays["bins"].sum(-1), 1, rtol=1e-5)
    assert np.trapezoid(arrays["density"], arrays["input"]) == pytest.approx(1, abs=0.01)
    low, high = header["ends"]["gain"]
    assert low < np.log10(arrays["now"][..., GAIN]).min() and high > np.log10(arrays["rest"][..., GAIN]).max()


def test_a_frame_has_the_mean_course_that_the_rules_follow() -> None:
    own = play(batch_size=1024, methods=("batch-norm", "infomax", "ip"))
    header, arrays = unpack(frame(own, Axes(), 0.0))
    assert arrays["mean"].shape == (len(arrays["mean_steps"]), 3, 4) and np.isfinite(arrays["mean"]).all()
    assert arrays["mean_steps"][0] == 0 and arrays["mean_steps"][-1] == header["window"]
    np.testing.assert_array_equal(arrays["mean"][0, :, :2], [[1.0, 0.0]] * 3)
    low, high = header["ends"]["bias"]
    assert low < arrays["mean"][..., BIAS].min() and arrays["mean"][..., BIAS].max() < high
    own.step(0.0, 30)
    np.testing.assert_allclose(own.moments[-1].now[1:4], arrays["mean"][30], rtol=0.05, atol=0.05)


def test_the_mean_course_begins_anew_with_other_settings_and_ends_with_a_drift() -> None:
    own = play(speed=60)
    own.play(0.0)
    own.change(1.0, choose({**DEFAULTS, "speed": 60, "mean": -2.0})[0])
    begun = own.moments[20]
    steps, mean = (unpack(frame(own, Axes(), 1.0))[1][name] for name in ("mean_steps", "mean"))
    assert own.origin is begun and steps[:3].tolist() == [60, 63, 66]
    np.testing.assert_array_equal(mean[0, :, :2], begun.now[: len(DEFAULTS["methods"]), :2])
    np.testing.assert_allclose(mean[-1, IP, :2], at_rest("ip", Normal(-2.0, 0.5)), rtol=1e-3)
    own.change(1.0, choose({**DEFAULTS, "speed": 60, "mean": -2.0, "methods": ("ip",)})[0])
    assert own.origin is begun, "which rules are shown changes no course"
    own.drift(1.0, True)
    header, arrays = unpack(frame(own, Axes(), 1.0))
    assert arrays["mean"].shape == (0, 1, 4) and not header["mean"]
    own.reset()
    assert own.origin is own.moments[0]


def test_the_arrows_are_those_of_the_moment_on_screen() -> None:
    own, axes = play(), Axes()
    own.play(0.0)
    own.drift(0.0, True)
    for tick in range(1, 11):
        own.advance(0.4 * tick)
    at_screen, newest = own.moments[80], own.moments[-1]
    assert own.last > 100 and (at_screen.shift, at_screen.stretch) != (newest.shift, newest.stretch)
    header, arrays = unpack(frame(own, axes, 4.0))
    assert header["shown"] == 80
    fed = Moved(own.setup.distribution, at_screen.shift, at_screen.stretch)
    np.testing.assert_allclose(arrays["field"], neuron_frames._field(fed, header["ends"]), rtol=1e-5)


def test_a_frame_says_where_infomax_overshot_and_shows_its_gain_as_it_is() -> None:
    own = play(distribution="exponential", rate=0.1)
    own.step(0.0)
    at = ONE_NEURON.index("infomax")
    header, arrays = unpack(frame(own, Axes(), 0.0))
    assert own.moments[-1].now[at, GAIN] < 0 and arrays["now"][-1, at, GAIN] == own.moments[-1].now[at, GAIN]
    assert arrays["overshot"].shape == (2, 4) and arrays["overshot"][:, at].tolist() == [0, 1]
    assert not np.delete(arrays["overshot"], at, 1).any() and np.isfinite(header["ends"]["gain"]).all()
    (row,) = [row for row in csv.DictReader(io.StringIO(table(own, "numbers", 0.0))) if row["rule"] == "infomax"]
    assert float(row["gain_simulated"]) < 0


def test_a_gain_has_overshot_while_the_course_shown_was_below_zero_and_while_it_stays_there() -> None:
    gains = np.ones((1_000, 2))
    gains[10, 0] = -1.0
    gains[600:700, 0] = -2.0
    seen = neuron_frames.overshot(gains)[:, 0]
    there, back = 10 + neuron_frames.WINDOW, 700 + neuron_frames.WINDOW - 1
    assert not neuron_frames.overshot(gains)[:, 1].any()
    assert not seen[:10].any() and (seen[10:there] == 1).all() and not seen[there:600].any()
    assert (seen[600 : 599 + PACE] == 1).all() and (seen[599 + PACE : 700] == 2).all() and (seen[700:back] == 1).all()


def test_rules_that_rest_alike_share_a_mark_which_names_those_shown() -> None:
    def marks(*methods: str) -> list[tuple[str, str]]:
        return [(mark["label"], mark["symbol"]) for mark in neuron_frames.rests(methods)]

    assert marks("batch-norm", "infomax") == [("batch norm", "square-open"), ("IP and Infomax", "x")]
    assert marks("batch-norm", "running-batch-norm", "constant-batch-norm") == [
        ("batch norm, running batch norm and constant batch norm", "square-open")
    ]
    assert marks("averaged-ip", "constant-batch-norm") == [
        ("averaged IP", "star-open"),
        ("constant batch norm", "hourglass-open"),
    ]


def test_arrows_are_offered_once_for_the_same_rule() -> None:
    assert neuron_frames.FIELDS[:3] == ("ip", "infomax", "batch-norm")
    assert set(neuron_frames.FIELDS[3:]) == {"averaged-ip", "running-batch-norm"}


@pytest.mark.parametrize("family", FAMILIES)
def test_frames_are_finite_and_small_whatever_the_input(family: str) -> None:
    own = play(distribution=family)
    own.step(0.0, 3)
    data = frame(own, Axes(), 0.0)
    header, arrays = unpack(data)
    assert len(data) < 60_000 and all(np.isfinite(array).all() for array in arrays.values())
    assert arrays["field"].shape == (5, 9, 13, 2) and header["last"] == 1


def test_axes_stay_until_something_no_longer_fits() -> None:
    axes = Axes()
    first = axes.hold("bias", -1.0, 1.0, 1.0)
    assert first[0] <= -1 and first[1] >= 1
    assert axes.hold("bias", -1.1, 0.9, 1.0) == first
    wider = axes.hold("bias", -30.0, 1.0, 1.0)
    assert wider[0] <= -30 and axes.hold("bias", -1.0, 1.0, 1.0) != wider, "and no longer than they are of use"


@pytest.mark.parametrize("chart", CHARTS)
def test_every_picture_can_be_had_as_numbers(chart: str) -> None:
    own = play(methods=("infomax", "ip"))
    own.play(0.0)
    rows = list(csv.DictReader(io.StringIO(table(own, chart, 0.5))))
    assert rows and all(value not in (None, "", "nan") for row in rows for value in row.values())
    if "update" in rows[0]:
        assert rows[-1]["update"] == "10", "up to the moment on screen"


def test_the_table_is_the_difference_of_simulation_and_theory() -> None:
    own = play()
    own.step(0.0, 20)
    row = list(csv.DictReader(io.StringIO(table(own, "numbers", 0.0))))[IP]
    assert float(row["gain_predicted"]) == pytest.approx(equilibrium(Normal(1.5, 0.5)).gain, rel=1e-5)
    difference = float(row["gain_simulated"]) - float(row["gain_predicted"])
    assert float(row["gain_difference"]) == pytest.approx(difference, abs=1e-5)


def test_no_other_table_exists() -> None:
    with pytest.raises(ValueError, match="chart must be one of"):
        table(play(), "loss", 0.0)


def test_pictures_have_the_same_names_in_the_browser() -> None:
    source = (ROOT / "app/static/neuron/charts.js").read_text(encoding="utf-8")
    assert {*re.findall(r"^  (\w+): \{$", source, re.MULTILINE), "numbers"} == set(CHARTS)
