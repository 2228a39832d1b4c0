"""The page "Depth" as a visitor meets it, in Streamlit's own test harness; a double plays the worker."""

import csv
import io
import math
from types import SimpleNamespace

import numpy as np
import pytest
from comparisons import pictures
from race_pages import MAIN, checked
from streamlit.testing.v1 import AppTest

from app.depth import charts as depth_charts
from app.depth import csv as depth_csv
from app.depth import settings as depth_controls
from app.session import depth, server
from app.ui import words
from ipcore.config import SETTINGS
from ipcore.recordings.measurement import Measured, Measurement
from ipcore.tables import to_csv
from ipcore.theory.depth import gradient_multiplier, weight_variance


class Measuring(SimpleNamespace):
    """Stands for a run that measures."""

    def wait(self, revision, timeout):
        return revision


class Measurements:
    """Stands for app.background.runs.Runs."""

    def __init__(self):
        self.started, self.races, self.state, self.message = [], [], "finished", ""

    def measure(self, config, owner):
        found = Measurement(config)
        if self.state == "finished":
            shape = {"activity": [0.5] * config.depth, "weight_gradient": [0.1] * config.depth}
            one = {**shape, "error_signal": [2.0 ** (layer / 2) for layer in range(config.depth, 0, -1)]}
            methods = {method: {**one, "multiplier": [2.0] * config.seeds} for method in config.methods}
            found.add({"event": "measured", "methods": methods, "second_moment": 0.1, "variance": 0.07})
            found.add({"event": "end", "state": "finished", "elapsed": 1.5})
        run = Measuring(owner=owner, config=config, recording=found, state=self.state, position=2, message=self.message)
        self.started.append(run)
        return run

    def of(self, owner, kind="race"):
        return self.races if kind == "race" else [run for run in self.started if run.owner == owner]

    def present(self, owner):
        pass

    left = present


@pytest.fixture
def runs(monkeypatch):
    double, known = Measurements(), {}
    monkeypatch.setattr(server, "runs", lambda: double)
    monkeypatch.setattr(depth, "_measurements", lambda: known)
    return double


def visit(**parameters: str) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=20)
    for name, text in parameters.items():
        page.query_params[name] = text
    page.switch_page("../pages/depth.py")
    return checked(page.run())


def said(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def table(page: AppTest) -> str:
    return next(element.value for element in page.markdown if element.value.startswith("| χ |"))


def test_first_visit_shows_theory_and_what_was_measured(runs):
    page = visit()
    assert "These measurements come with the project" in said(page)
    for method in ("plain", "batch-norm", "ip"):
        assert f"{gradient_multiplier(method):.4g}" in table(page)
    assert table(page).count("±") == 3 and "–" not in table(page)
    assert len(pictures(page)) == 3
    assert runs.started == []


def test_what_a_first_visit_shows_can_be_measured_here_and_then_stays(runs):
    page = visit()
    shipped = table(page)
    checked(page.button(key="measure").click().run())
    assert [run.config for run in runs.started] == [depth_controls.recorded()]
    assert "Measured in 1.5 s" in said(page) and table(page) != shipped and table(page).count("| 2 ±") == 3
    assert page.button(key="measure").disabled
    again = visit()
    assert "These settings have been measured on this server before." in said(again) and table(again) == table(page)


def test_it_says_whose_finding_it_is_and_derives_it(runs):
    words = " ".join(element.value for element in visit().markdown)
    assert "A finding of this project, not of the paper" in words
    assert r"\chi(s)=\frac{s^2" in words and "1.134" in words and "1.178" in words
    said = " ".join(words.split())
    assert "most entropy, before the output is sorted into bins" in said
    assert "At weight scale 0.01" in said and "in narrow layers, falls short of theory" in said


def test_settings_come_from_the_link_and_go_back_to_it(runs):
    page = visit(depth="30", weight_scale="3.5", width="100")
    assert page.slider(key="depth_page_depth").value == 30
    assert page.select_slider(key="depth_page_weight_scale").value == 3.5
    page.slider(key="depth_page_depth").set_value(12)
    checked(page.run())
    assert page.query_params == {"depth": "12", "width": "100", "weight_scale": "3.5"}


def test_what_is_wrong_in_a_link_is_named(runs):
    page = visit(depth="900", speed="3")
    assert "depth must be a whole number from 1 to 50, not '900'" in page.warning[0].value
    assert "'speed' is not a setting of this page" in page.warning[0].value


def test_measure_adds_what_is_measured(runs):
    page = visit(depth="10")
    assert "Only theory is shown" in said(page) and "±" not in table(page)
    checked(page.button(key="measure").click().run())
    (run,) = runs.started
    assert (run.config.depth, run.config.seeds, run.config.methods) == (10, 3, ("plain", "batch-norm", "ip"))
    assert "Measured in 1.5 s" in said(page) and table(page).count("| 2 ±") == 3
    page.slider(key="depth_page_depth").set_value(11)
    checked(page.run())
    assert "Only theory is shown" in said(page)
    page.slider(key="depth_page_depth").set_value(10)
    checked(page.run())
    assert table(page).count("| 2 ±") == 3 and len(runs.started) == 1, "it is not measured twice"


def test_waiting_is_said(runs, monkeypatch):
    monkeypatch.setattr(server, "FIRST_EVENT", 0)
    runs.state = "queued"
    page = visit(depth="10")
    checked(page.button(key="measure").click().run())
    assert "2nd in the queue" in said(page)
    assert page.button(key="measure").disabled


def test_a_failure_is_said_in_words(runs):
    runs.state, runs.message = "failed", "the worker stopped unexpectedly"
    page = visit(depth="10")
    checked(page.button(key="measure").click().run())
    assert "The worker stopped unexpectedly. Press Measure to try again." in said(page)
    assert not page.button(key="measure").disabled


def test_a_server_with_lower_limits_says_so(runs, monkeypatch):
    monkeypatch.setenv("IPCORE_LIMITS", "parameters=1000")
    page = visit(depth="10")
    assert "This race is too large" in said(page) and page.button(key="measure").disabled


@pytest.mark.parametrize("depth", ["1", "3", "50"])
@pytest.mark.parametrize("scale", ["0.01", "100"])
def test_every_corner_draws(runs, depth, scale):
    page = visit(depth=depth, weight_scale=scale, width="2")
    assert len(pictures(page)) == 3


@pytest.mark.parametrize("scale", [SETTINGS["weight_scale"].low, 0.03, 1.0, 3.5, SETTINGS["weight_scale"].high])
def test_what_was_measured_at_any_scale_lies_on_the_picture(scale):
    measured = [depth_charts.Row(m, gradient_multiplier(m, weight_variance(scale)), 1.1, None) for m in ("plain", "ip")]
    figure = depth_charts.scales(scale, measured, dark=False)
    marks = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    lines = [trace for trace in figure["data"] if trace["mode"] == "lines"]
    (left, right), (low, high) = (figure["layout"][axis]["range"] for axis in ("xaxis", "yaxis"))
    assert len(marks) == 2 and all(left < math.log10(trace["x"][0]) < right for trace in marks)
    assert all(low < math.log10(trace["y"][0]) < high for trace in marks)
    assert all(trace["x"][0] == pytest.approx(0.01) and trace["x"][-1] == pytest.approx(100) for trace in lines)
    assert high - low < 3 or scale < 0.1, "tiny weights do not stretch the picture of others"


def test_controls_are_offered_and_shown_when_they_are_chosen(runs):
    pills = visit().button_group[0]
    assert pills.options[:3] == ["Plain", "Batch norm", "IP"] and "Layer norm" in pills.options
    page = visit(methods="ip,averaged-ip,layer-norm")
    assert "| layer norm | 1.178 | – | – |" in table(page) and "| averaged IP | 1.134 | – | – |" in table(page)
    assert "| IP | 1.134 | 1." in table(page) and "plain" not in table(page), "what was measured of a method is shown"
    checked(page.button(key="measure").click().run())
    assert runs.started[0].config.methods == ("ip", "averaged-ip", "layer-norm") and table(page).count("| 2 ±") == 3
    assert "must be of plain, batch-norm, ip, " in visit(methods="infomax").warning[0].value
    page.button_group[0].set_value([])
    assert "Choose at least one method." in said(checked(page.run()))


def test_methods_of_which_theory_says_the_same_share_a_line():
    signals = depth_charts.theory(
        ("plain", "batch-norm", "ip", "averaged-ip", "constant-batch-norm"), 5, 1.0, 0.1, 0.07
    )
    alone = depth_charts.error(signals, {}, dark=False)["data"]
    names = ["plain, theory", "batch norm, constant batch norm, theory", "IP, averaged IP, theory"]
    assert [line["name"] for line in alone] == names and all(line["showlegend"] for line in alone)
    measured = {"plain": Measured(*[np.ones(5)] * 4)}
    lines = [line for line in depth_charts.error(signals, measured, dark=False)["data"] if line["mode"] == "lines"]
    assert [line["showlegend"] for line in lines] == [False, False, True]
    del signals["ip"], signals["averaged-ip"]
    lines = [line for line in depth_charts.error(signals, measured, dark=False)["data"] if line["mode"] == "lines"]
    assert [line["showlegend"] for line in lines] == [True, False]


def test_as_many_seeds_as_fit():
    chosen = depth_controls.choose({**depth_controls.DEFAULTS, "depth": 50, "width": 256, "weight_scale": 1.0})
    assert chosen.config.seeds == 1
    assert depth_controls.choose(depth_controls.DEFAULTS).config == depth_controls.recorded()


def test_csv_holds_theory_and_measurement():
    seen = depth.bundled()
    signals = depth_charts.theory(depth_controls.SHOWN, 20, 1.0, seen.second_moment, seen.variance)
    rows = list(csv.DictReader(io.StringIO(to_csv(depth_csv.layers(signals, seen.methods)))))
    assert len(rows) == 60 and float(rows[19]["theory_rms_error_signal_over_last"]) == 1
    assert float(rows[0]["measured_rms_error_signal"]) == pytest.approx(seen.methods["plain"].error_signal[0])
    bare = list(csv.DictReader(io.StringIO(to_csv(depth_csv.multiplier(depth_controls.SHOWN, 2.0, {})))))
    assert {row["method"] for row in bare} == {"plain", "batch-norm", "ip"} and bare[0]["measured_chi"] == ""


def test_progress_in_words():
    found = Measurement(depth_controls.recorded())
    assert words.of_measurement("starting", found) == "Measuring: the weights are being drawn."
    found.add({"event": "settling", "done": 7, "total": 60})
    assert "minibatch 7 of 60" in words.of_measurement("running", found)
    assert words.of_measurement("queued", found) == "Waiting for a worker."
