"""The page "One neuron": what is played, what travels to the browser, its settings, and the page itself in AppTest."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import ROOT
from streamlit.testing.v1 import AppTest

from app.neuron import frames as neuron_frames
from app.neuron import settings as neuron_controls
from app.neuron.csv import CHARTS, table
from app.neuron.frames import Axes, frame
from app.neuron.play import LEAD, PACE, Play
from app.neuron.settings import DEFAULTS, choose
from app.session import server
from ipcore.config import METHODS
from ipcore.theory.distributions import FAMILIES, Normal, distribution
from ipcore.theory.drift import Moved, rest_of_moved, wander
from ipcore.theory.equilibria import at_rest, equilibrium, information

GAIN, BIAS = 0, 1
IP = METHODS.index("ip")


def play(**settings: Any) -> Play:
    """A neuron with the settings of a first visit, but for these."""
    setup, said = choose({**DEFAULTS, **settings})
    assert setup is not None, said
    return Play(setup)


def unpack(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    kinds = {"f4": "<f4", "i4": "<i4", "u1": "u1"}
    return header, {
        name: np.frombuffer(data, kinds[kind], int(np.prod(shape)), 4 + length + offset).reshape(shape)
        for name, (kind, offset, shape) in header["arrays"].items()
    }


# -- an input that moves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_a_moved_distribution_is_the_same_one_moved(family: str) -> None:
    base = distribution(family)
    moved = Moved(base, -2.0, 3.0)
    rest, there = equilibrium(base), equilibrium(moved)
    assert rest_of_moved((rest.gain, rest.bias), -2.0, 3.0) == pytest.approx(
        (there.gain, there.bias), rel=1e-6, abs=1e-6
    )
    assert there.information == pytest.approx(rest.information, abs=1e-6)
    assert (moved.mean, moved.median, moved.sd) == pytest.approx((3 * base.mean - 2, 3 * base.median - 2, 3 * base.sd))
    drawn = [each.sample(np.random.default_rng(1), 50) for each in (base, moved)]
    np.testing.assert_allclose(drawn[1], 3 * drawn[0] - 2)


def test_a_moved_normal_is_a_normal() -> None:
    x = np.linspace(-3, 9, 41)
    np.testing.assert_allclose(Moved(Normal(1, 2), 1.0, 0.5).pdf(x), Normal(1.5, 1).pdf(x))


@pytest.mark.parametrize(("shift", "stretch"), [(0, 0), (0, -1), (np.nan, 1), (0, np.inf)])
def test_a_distribution_cannot_be_stretched_to_nothing(shift: float, stretch: float) -> None:
    with pytest.raises(ValueError, match="stretch"):
        Moved(Normal(), shift, stretch)


def test_a_drift_begins_where_the_input_is_and_keeps_within_reach() -> None:
    base = Normal(5, 2)
    assert wander(base, 0.0) == (0.0, 1.0) and wander(base, 3.3, 0.0) == (0.0, 1.0)
    course = np.array([wander(base, seconds) for seconds in np.arange(0, 100, 0.1)])
    middles = course[:, 0] + course[:, 1] * base.median
    assert np.abs(middles - 5).max() == pytest.approx(3, abs=0.01)
    assert (course[:, 1].min(), course[:, 1].max()) == pytest.approx((0.5, 2), abs=0.01)


# -- what is played --------------------------------------------------------------------------------------------------


def test_it_runs_ahead_of_the_screen_and_no_further() -> None:
    own = play()
    own.play(100.0)
    assert own.last == LEAD * PACE and own.shown(100.0) == 0
    own.advance(101.0)
    assert own.shown(101.0) == PACE and own.last == PACE * (1 + LEAD)
    own.advance(1_000.0)
    assert own.last <= PACE * (1 + 2 * LEAD) + 1, "while nobody watches it does not run on"


def test_a_change_takes_effect_at_the_moment_on_screen() -> None:
    own, left_alone = play(), play()
    for each in (own, left_alone):
        each.play(0.0)
    own.change(0.5, choose({**DEFAULTS, "mean": -2.0})[0])
    same, other = ([moment.now for moment in each.moments] for each in (own, left_alone))
    np.testing.assert_array_equal(same[:11], other[:11])
    assert (own.moments[10].rest == left_alone.moments[10].rest).all()
    assert own.moments[11].rest[IP, BIAS] > 0 > left_alone.moments[11].rest[IP, BIAS]
    assert not np.array_equal(same[11][IP], other[11][IP])


def test_pause_holds_what_is_on_screen_and_step_takes_one_update() -> None:
    own = play(speed=200)
    own.play(0.0)
    own.pause(1.0)
    assert (own.playing, own.last, own.moments[-1].step) == (False, 20, 200)
    own.step(9.0)
    assert (own.last, own.moments[-1].step) == (21, 201)
    own.advance(50.0)
    assert own.last == 21
    own.reset()
    assert (own.last, own.moments[-1].now[IP, :2].tolist()) == (0, [1.0, 0.0])


def test_a_pause_does_not_change_the_course() -> None:
    own, without = play(), play()
    for seconds in (0.0, 3.0):
        own.play(seconds)
        own.pause(seconds + 1)
    without.play(0.0)
    without.advance(1.0)
    np.testing.assert_array_equal(
        [moment.now for moment in own.moments], [m.now for m in without.moments][: own.last + 1]
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_played_long_enough_it_rests_where_theory_says(family: str) -> None:
    own = play(distribution=family, batch_size=1024, intrinsic_rate=0.1)
    own.step(0.0, 1_500)
    newest = own.moments[-1]
    for method in ("ip", "infomax"):
        np.testing.assert_allclose(newest.now[METHODS.index(method), :2], newest.rest[IP, :2], rtol=0.05, atol=0.05)
    assert newest.rest[IP, :2] == pytest.approx(at_rest("ip", own.setup.distribution), rel=1e-6)
    assert newest.now[IP, 2] == pytest.approx(information(newest.bins[IP]), abs=1e-5)


def test_the_drift_moves_the_prediction_smoothly_and_comes_home() -> None:
    own = play()
    own.play(0.0)
    own.drift(0.0, True)
    for tick in range(1, 26):
        own.advance(0.4 * tick)
    rests = np.array([moment.rest[IP] for moment in own.moments])
    assert np.ptp(np.log(rests[:, GAIN])) > 0.5 and np.ptp(rests[:, BIAS]) > 1
    assert np.abs(np.diff(np.log(rests[:, GAIN]))).max() < 0.1
    assert np.ptp(rests[:, 2]) < 1e-6, "moving an input does not change what can be known of it"
    own.drift(10.0, False)
    for tick in range(1, 10):
        own.advance(10 + 0.4 * tick)
    assert (own.moments[-1].shift, own.moments[-1].stretch) == (0.0, 1.0)


def test_batch_norm_waits_while_there_is_one_sample() -> None:
    own = play(batch_size=1)
    assert "batch-norm" not in own.setup.methods
    own.step(0.0, 5)
    assert own.moments[-1].now[METHODS.index("batch-norm"), :2].tolist() == [1.0, 0.0]
    assert own.moments[-1].now[IP, GAIN] != 1.0


# -- frames and CSV --------------------------------------------------------------------------------------------------


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
    np.testing.assert_allclose(own.moments[-1].now[1:], arrays["mean"][30], rtol=0.05, atol=0.05)


def test_the_mean_course_begins_anew_with_other_settings_and_ends_with_a_drift() -> None:
    own = play(speed=60)
    own.play(0.0)
    own.change(1.0, choose({**DEFAULTS, "speed": 60, "mean": -2.0})[0])
    begun = own.moments[20]
    steps, mean = (unpack(frame(own, Axes(), 1.0))[1][name] for name in ("mean_steps", "mean"))
    assert own.origin is begun and steps[:3].tolist() == [60, 63, 66]
    np.testing.assert_array_equal(mean[0, :, :2], begun.now[:, :2])
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
    at = METHODS.index("infomax")
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


@pytest.mark.parametrize("family", FAMILIES)
def test_frames_are_finite_and_small_whatever_the_input(family: str) -> None:
    own = play(distribution=family)
    own.step(0.0, 3)
    data = frame(own, Axes(), 0.0)
    header, arrays = unpack(data)
    assert len(data) < 60_000 and all(np.isfinite(array).all() for array in arrays.values())
    assert arrays["field"].shape == (3, 9, 13, 2) and header["last"] == 1


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


# -- settings --------------------------------------------------------------------------------------------------------


def test_settings_survive_the_url() -> None:
    values = {
        **DEFAULTS,
        "distribution": "mixture",
        "means": (-3.0, 4.5),
        "weight": 0.0,
        "methods": ("ip",),
        "speed": 600,
    }
    parameters = neuron_controls.to_url(values)
    assert parameters == {"distribution": "mixture", "means": "-3,4.5", "weight": "0", "methods": "ip", "speed": "600"}
    assert neuron_controls.from_url(parameters) == ({name: values[name] for name in parameters}, [])


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [("sd", "0", "0.001"), ("distribution", "cauchy", "laplace"), ("means", "1", "two numbers"), ("speed", "7", "200"),
     ("methods", "magic", "infomax"), ("depth", "3", "no setting"), ("batch_size", "1.5", "whole")],
)  # fmt: skip
def test_nonsense_in_the_url_is_named(name: str, text: str, allowed: str) -> None:
    values, (notice,) = neuron_controls.from_url({name: text})
    assert values == {} and name in notice and allowed in notice


# -- the page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def no_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker processes: this page needs none."""

    class Nothing:
        def present(self, visitor: str) -> None: ...
        def left(self, visitor: str) -> None: ...
        def of(self, visitor: str) -> list:
            return []

    nothing = Nothing()
    monkeypatch.setattr(server, "runs", lambda: nothing)


def visit(**parameters: str) -> AppTest:
    page = AppTest.from_file(str(Path(ROOT) / "app" / "main.py"), default_timeout=30)
    page.switch_page("../pages/neuron.py")
    for name, text in parameters.items():
        page.query_params[name] = text
    return checked(page.run())


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    return page


def shown(page: AppTest) -> tuple[dict, dict[str, np.ndarray]]:
    return unpack(next(each.proto.bytes for each in page.get("bidi_component") if each.proto.bytes))


def click(page: AppTest, key: str) -> AppTest:
    return checked(page.button(key=key).click().run())


def said(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def test_a_first_visit_shows_the_neuron_at_its_start(no_runs: None) -> None:
    page = visit()
    header, arrays = shown(page)
    assert (header["playing"], header["last"]) == (False, 0) and len(header["methods"]) == 4
    assert arrays["now"][0, 3, :2].tolist() == [1.0, 0.0] and not page.warning
    rules = " ".join(element.value for element in page.markdown)
    assert "derived here from the Infomax principle; the paper's own printed update may differ in form" in " ".join(
        rules.split()
    )


def test_play_pause_step_reset_and_drift(no_runs: None) -> None:
    page = click(visit(), "toggle")
    assert shown(page)[0]["playing"] and page.button(key="toggle").label == "Pause"
    page = click(page, "toggle")
    last = shown(page)[0]["last"]
    page = click(page, "step1")
    assert shown(page)[0]["last"] == last + 1
    page = click(page, "drift")
    assert shown(page)[0]["playing"] and page.button(key="drift").label == "Stop drift"
    page = click(page, "reset")
    assert shown(page)[0]["last"] == 0 and page.button(key="drift").label == "Drift"


def test_a_link_restores_the_settings_and_nonsense_is_named(no_runs: None) -> None:
    page = visit(distribution="laplace", mean="100", scale="0.5", speed="60", sd="-1", wobble="2")
    assert page.slider(key="neuron_mean").value == 100 and shown(page)[0]["stride"] == 3
    (notice,) = page.warning
    assert "sd must be" in notice.value and "'wobble'" in notice.value
    assert page.query_params == {"distribution": "laplace", "mean": "100", "speed": "60"}


def test_the_input_can_be_changed_and_its_family_and_back(no_runs: None) -> None:
    page = visit()
    checked(page.slider(key="neuron_mean").set_value(-2.0).run())
    assert shown(page)[1]["rest"][-1, 3, BIAS] > 0 and page.query_params == {"mean": "-2"}
    checked(page.selectbox(key="neuron_distribution").set_value("mixture").run())
    checked(page.slider(key="neuron_means_1").set_value(3.0).run())
    assert page.query_params == {"distribution": "mixture", "means": "-0.5,3"}
    checked(page.selectbox(key="neuron_distribution").set_value("normal").run())
    assert page.slider(key="neuron_mean").value == -2.0


def test_batch_norm_is_left_out_at_batch_size_one(no_runs: None) -> None:
    page = visit(batch_size="1")
    assert "one example has no variance" in said(page)
    assert [method["name"] for method in shown(page)[0]["methods"]] == ["plain", "infomax", "ip"]


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ({"batch_size": "1", "methods": "batch-norm"}, "Batch norm needs a batch size of at least 2, not 1"),
        ({"distribution": "uniform", "low": "2", "high": "1"}, "high must be at least 0.001 above low (2), not 1.0."),
    ],
)
def test_a_link_that_cannot_be_says_why_and_what_is_shown_instead(no_runs: None, link: dict, named: str) -> None:
    page = visit(**link)
    instead = (
        "Shown instead: Normal, mean 1.5, sd 0.5; plain, batch norm, Infomax, IP; batch size 100, intrinsic rate 0.05."
    )
    assert named in said(page) and instead in said(page) and "left out" not in said(page)
    assert [method["name"] for method in shown(page)[0]["methods"]] == list(METHODS)


def test_without_a_rule_it_asks_for_one_and_shows_those_before(no_runs: None) -> None:
    page = visit(methods="ip", distribution="mixture")
    page.session_state["neuron_methods"] = []
    page = checked(page.run())
    assert "Choose at least one rule. Shown instead: Mixture of two normals, means -0.5,2, sds 0.4,0.4" in said(page)
    assert "; IP; batch size" in said(page) and len(shown(page)[0]["methods"]) == 1


@pytest.mark.parametrize(("text", "form"), [("0.001", "%.4g"), ("0.125", "%.4g"), ("0.25", "")])
def test_a_slider_says_the_value_that_a_link_asked_for(no_runs: None, text: str, form: str) -> None:
    slider = visit(sd=text).slider(key="neuron_sd")
    assert slider.value == float(text) and (slider.proto.format == form or (not form and slider.proto.format != "%.4g"))


def test_what_cannot_be_is_refused_and_the_neuron_stays(no_runs: None) -> None:
    page = visit(distribution="uniform")
    checked(page.slider(key="neuron_high").set_value(-1.0).run())
    assert "high must be at least" in said(page) and shown(page)[0]["last"] == 0
    assert 'class="neuron-note refused"' in said(page)
