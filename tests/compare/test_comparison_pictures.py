"""The pictures and the exported page of runs side by side."""

import csv
import io
import itertools
import json

import numpy as np
import plotly.graph_objects as go
import pytest
from colours import VISION, contrast, lab, linear
from compared_runs import SMALL
from comparisons import drawn
from recordings import recording
from streamlit.testing.v1 import AppTest

from app.compare.comparison import compare
from app.compare.races import charts, lines
from app.ui.palette import DARK, LIGHT, LOOKS, RUNS
from ipcore.config import RunConfig
from ipcore.recordings.race import Recording


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("chart", lines.CHARTS)
def test_legends_name_each_run_and_each_method_once(three, chart, dark):
    methods = ("plain", "batch-norm", "infomax", "ip")
    figure = charts.overlaid(chart, lines.overlay(three, chart, methods), three, dark)
    named = [(trace["name"], trace["legend"]) for trace in figure["data"] if trace.get("showlegend", True)]
    of_methods = [(LOOKS[method].label, "legend2") for method in methods]
    assert named == [*((run.label, "legend") for run in three), *of_methods]
    drawn = [trace for trace in figure["data"] if trace["x"] != [None]]
    assert len(drawn) == 8, "eight lines in all, so no bands"
    for trace in drawn:
        label, _, method = trace["name"].rpartition(", ")
        run = next(run for run in three if run.label == label)
        dash = next(look.dash for look in LOOKS.values() if look.label == method)
        assert (trace["line"]["color"], trace["line"]["dash"]) == (RUNS[run.index][dark], dash)
    less = charts.subtracted(chart, lines.difference(three[1], three[0], chart, methods), three[0], three[1], dark)
    level = 1 if chart in lines.RATIOS else 0
    assert [shape["y0"] for shape in less["layout"]["shapes"]] == [level]
    low, high = less["layout"]["yaxis"]["range"]
    assert low < (np.log10(level) if level else 0) < high
    for each in (figure, less):
        go.Figure(each)  # Plotly refuses what it does not know
        json.dumps(each, allow_nan=False)


def test_two_runs_have_bands_and_markup_stays_text(three):
    made = compare([("<b>%{x}</b>", three[0].recording), ("b", three[1].recording)])
    figure = charts.overlaid("loss", lines.overlay(made, "loss", LOOKS), made, False)
    assert sum(trace.get("fill") == "toself" for trace in figure["data"]) == 6
    names = [trace["name"] for trace in figure["data"] if "name" in trace]
    assert "A  &lt;b&gt;%{x}&lt;/b&gt;, IP" in names and not any("<b>" in name for name in names)


def test_a_long_run_is_drawn_with_at_most_400_points_a_line():
    config = RunConfig(steps=5_000, seeds=2, depth=1, width=4, methods="ip")
    made = [recording(config.replace(first_seed=seed), batch=2_500, snapshots=250) for seed in (0, 1)]
    runs = compare([("", each) for each in made])
    for chart in lines.CHARTS:
        for figure in (
            charts.overlaid(chart, lines.overlay(runs, chart, ("ip",)), runs, False),
            charts.subtracted(chart, lines.difference(runs[1], runs[0], chart, ("ip",)), runs[0], runs[1], False),
        ):
            longest = max(len(trace["x"]) for trace in figure["data"] if trace.get("fill") != "toself")
            assert longest <= 400 and len(json.dumps(figure)) < 100_000


def test_a_run_that_diverged_leaves_gaps_and_one_not_begun_nothing():
    config = SMALL.replace(methods="ip")
    fallen = Recording(config)
    fallen.add({"event": "steps", "first": 1, "elapsed": 1, "loss": {"ip": [[1.0] * 3] * 20 + [[None] * 3] * 20}})
    runs = compare([("", fallen), ("", Recording(config))])
    figure = charts.overlaid("loss", lines.overlay(runs, "loss", ("ip",)), runs, False)
    trace = next(each for each in figure["data"] if len(each["x"]) == 40)
    assert trace["y"][19] == 1 and trace["y"][20] is None
    for chart in lines.CHARTS:
        json.dumps(charts.overlaid(chart, lines.overlay(runs, chart, ("ip",)), runs, True), allow_nan=False)
        less = lines.difference(runs[1], runs[0], chart, ("ip",))
        json.dumps(charts.subtracted(chart, less, *runs, True), allow_nan=False)


def test_tables_hold_the_points_drawn(three):
    named = compare([("=1+1", three[0].recording), ("b, c", three[1].recording)])
    rows = list(csv.DictReader(io.StringIO(lines.table("loss", lines.overlay(named, "loss", ("ip",)), named))))
    assert len(rows) == 120 and {row["run"] for row in rows} == {"A  =1+1", "B  b, c"}
    assert float(rows[3]["train_loss"]) == pytest.approx(named[0].recording.loss("ip")[3].mean(), rel=1e-5)
    less = lines.difference(named[1], named[0], "gain", ("ip",), 0.5)
    rows = list(csv.DictReader(io.StringIO(lines.table("gain", less, named, named[0]))))
    assert len(rows) == 4 and rows[0]["over"] == "A  =1+1"
    assert float(rows[0]["gain_ratio"]) == pytest.approx(less[0].mean[0], rel=1e-6)


@pytest.mark.parametrize(("shade", "background"), [(0, LIGHT), (1, DARK)])
def test_runs_are_told_apart_with_any_colour_vision_and_are_not_taken_for_methods(shade, background):
    for color in (run[shade] for run in RUNS):
        assert contrast(color, background) >= 3
        assert min(np.linalg.norm(lab(linear(color)) - lab(linear(look.color[shade]))) for look in LOOKS.values()) >= 20
    for a, b in itertools.combinations((run[shade] for run in RUNS), 2):
        for vision in VISION.values():
            assert np.linalg.norm(lab(vision @ linear(a)) - lab(vision @ linear(b))) >= 30


def page(count, sweep=False):
    """A page that shows a comparison, and nothing else."""
    import streamlit as st
    from recordings import recording

    from app.compare.view import show
    from ipcore.config import RunConfig
    from ipcore.recordings.sweep import SweepRecording
    from ipcore.sweeps.plan import Sweep

    config = RunConfig(steps=60, seeds=2, depth=4, width=8, methods="plain,ip")
    if "named" not in st.session_state:
        configs = [config, config.replace(learning_rate=0.03), config.replace(learning_rate=0.1, depth=6)][:count]
        st.session_state.named = [(f"<i>run</i> {each.learning_rate}", recording(each)) for each in configs]
        st.session_state.named += [("my sweep", SweepRecording(Sweep(config, {"depth": (1, 2)})))] * sweep
    show(lambda: st.session_state.named, dark=False)


def test_a_page_overlays_and_subtracts():
    tester = AppTest.from_function(page, default_timeout=20, args=(3,))
    said, pictures, files = drawn(tester)
    assert "Settings that differ" in said and "<bdi>&lt;i&gt;run&lt;/i&gt; 0.03</bdi>" in said and "<i>run" not in said
    assert (pictures, files) == (6, 6) and tester.slider(key="compare_share").value == 100
    tester.slider(key="compare_share").set_value(30)
    assert drawn(tester)[1] == 6
    assert tester.caption[0].value == "Snapshots shown: A at step 18, B at step 18, C at step 18."
    tester.segmented_control(key="compare_mode").set_value("Difference")
    said, pictures, _ = drawn(tester)
    assert "B minus A: paired by the seeds that both have (0, 1)" in said and pictures == 6
    tester.selectbox(key="compare_b").set_value(2)
    said, pictures, _ = drawn(tester)
    assert "differ in depth" in said and pictures == 2
    tester.selectbox(key="compare_b").set_value(0)
    said, pictures, _ = drawn(tester)
    assert "two different runs" in said and pictures == 0


def test_a_page_says_why_there_is_no_comparison():
    said, pictures, _ = drawn(AppTest.from_function(page, default_timeout=20, args=(2, True)))
    assert "Races (A, B) and sweeps (C) cannot be compared" in said and pictures == 0
    said, pictures, _ = drawn(AppTest.from_function(page, default_timeout=20, args=(1, False)))
    assert "2 to 6 runs can be compared, not 1" in said and pictures == 0
