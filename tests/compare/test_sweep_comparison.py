"""Sweeps side by side: which can be, what differs, lines overlaid and subtracted, pictures, the piece of a page."""

import csv
import io
import json

import numpy as np
import plotly.graph_objects as go
import pytest
from comparisons import SMALL, better, drawn, recorded, usual
from scipy import stats
from streamlit.testing.v1 import AppTest

from app.compare.comparison import compare
from app.compare.sweeps import charts, lines
from app.compare.sweeps.words import bests, caveats, common_setting, decades, differing, minus_baseline
from app.ui.palette import LOOKS, RUNS
from app.ui.words import difference_in_words
from ipcore.recordings.sweep import SweepRecording
from ipcore.statistics.intervals import Interval, band, paired_difference, t_interval
from ipcore.statistics.unpaired import welch
from ipcore.sweeps.plan import Sweep


@pytest.fixture(scope="module")
def two():
    """Over overlapping learning rates, with the same seeds."""
    return compare([
        ("usual", recorded({"learning_rate": (0.01, 0.1, 0.3)}, usual)),
        ("<b>better</b>", recorded({"learning_rate": (0.1, 0.3, 0.5)}, better, depth=3)),
    ])  # fmt: skip


def test_sweeps_over_one_and_the_same_setting_are_compared(two):
    assert common_setting(two) == "learning_rate"
    depths = recorded({"depth": (1, 2)}, lambda *_: 0.5)
    over_two = SweepRecording(Sweep(SMALL, {"depth": (1, 2), "width": (2, 4)}))
    with pytest.raises(ValueError, match=r"vary different settings \(A learning rate, B depth\)"):
        common_setting(compare([("", two[0].recording), ("", depths)]))
    with pytest.raises(ValueError, match="B varies two settings, depth and width: only sweeps that vary one"):
        common_setting(compare([("", depths), ("", over_two)]))
    with pytest.raises(ValueError, match="'again' is chosen twice"):
        compare([("", depths), ("again", depths)])


def test_settings_that_differ_and_no_others(two):
    assert differing(two) == {"Learning rate": ("0.01 to 0.3 (3)", "0.1 to 0.5 (3)"), "Depth": ("2", "3")}
    inside = recorded({"learning_rate": (0.01, 0.2, 0.3)}, usual)
    assert differing(compare([("", two[0].recording), ("", inside)])) == {
        "Learning rate": ("0.01, 0.1, 0.3", "0.01, 0.2, 0.3")
    }
    sizes, one = {"batch_size": (2, 4)}, lambda *_: 0.5
    flagged = compare([("", recorded(sizes, one)), ("", recorded(sizes, one, flags=(True, True)))])
    assert list(differing(flagged)) == ["Intrinsic rate", "Steps"]
    assert differing(compare([("", recorded(sizes, one)), ("", recorded(sizes, one))])) == {}


def test_what_cannot_be_compared_is_said(two):
    assert caveats(two) == [
        "The learning rates tried differ: a usable range counts only those between the lowest and the highest."
    ]
    partly = recorded({"learning_rate": (0.1, 0.3, 0.5)}, better, stacks=1, dataset="circles")
    said = caveats(compare([("", two[1].recording), ("", partly)]))
    assert "different data sets" in said[0] and f"(B {partly.done_networks} of 18)" in said[1] and len(said) == 2


def test_bests_and_decades_are_those_of_each_summary(two):
    mean = 0.5 + 0.1 + 0.3 * 0.3 + 0.02 * 5 / 3
    assert bests(two[0], ("plain", "infomax", "ip"))[1:] == ["–", f"{100 * mean:.1f} % at 0.3"]
    share = (mean - (0.5 + 0.8 * (mean - 0.5))) / 0.06  # of the way from 0.1 to 0.3, where accuracy rises by 0.06
    assert decades(two[0], ("ip", "batch-norm")) == [f"≥ {share * np.log10(3):.2f}", "–"]
    nothing = compare([("", SweepRecording(two[0].recording.sweep)), ("", SweepRecording(two[0].recording.sweep))])[0]
    assert bests(nothing, ("ip",)) == decades(nothing, ("ip",)) == ["–"]


def test_overlaid_lines_are_means_with_their_bands(two):
    found = lines.overlay(two, "learning_rate", ("ip",))
    assert [(line.run, line.method, line.x.tolist()) for line in found] == [
        (0, "ip", [0.01, 0.1, 0.3]), (1, "ip", [0.1, 0.3, 0.5]),
    ]  # fmt: skip
    mean, low, high = band(two[0].recording.accuracy("ip"))
    np.testing.assert_allclose([found[0].mean, found[0].low, found[0].high], [mean, low, high])
    assert (found[1].high <= 1).all() and found[0].banded


def test_a_difference_is_paired_by_seeds_on_shared_values(two):
    a, b = two
    (line,) = lines.difference(b, a, "learning_rate", ("ip",))
    assert line.run == 1 and line.x.tolist() == [0.1, 0.3] == lines.shared_values(a, b, "learning_rate")
    differences = [0.1, 0.1, 0.11]
    interval = stats.t.interval(0.95, 2, np.mean(differences), stats.sem(differences))
    np.testing.assert_allclose([line.mean[0], line.low[0], line.high[0]], [np.mean(differences), *interval])
    (back,) = lines.difference(a, b, "learning_rate", ("ip",))
    np.testing.assert_allclose([back.mean, back.low], [-line.mean, -line.high])
    assert lines.difference(b, a, "learning_rate", ("batch-norm",)) == []


def test_other_seeds_make_a_difference_of_means():
    over = {"learning_rate": (0.1, 0.3)}
    a, b = compare([("", recorded(over, usual)), ("", recorded(over, usual, first_seed=7, seeds=4))])
    (line,) = lines.difference(b, a, "learning_rate", ("ip",))
    ours, theirs = (run.recording.accuracy("ip")[0] for run in (b, a))
    interval = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose([line.low[0], line.high[0]], [interval.low, interval.high])
    np.testing.assert_allclose(line.mean[0], ours.mean() - theirs.mean())


def test_what_is_not_done_has_no_difference():
    known = np.array([[0.5, 0.6, 0.55]] * 2 + [[0.5] * 3, [0.5, 0.6, np.nan]])
    gap = np.array([[np.nan, 0.5, np.nan], [np.nan] * 3, [0.5] * 3, [0.5, 0.5, 0.6]])
    mean, low, high = welch(known, gap)
    np.testing.assert_allclose(mean, [0.05, np.nan, 0, 0.55 - 1.6 / 3])
    assert np.isnan([low[0], high[0], low[1], low[3], high[3]]).all(), "nor an interval from two seeds of either"
    assert low[2] == high[2] == 0


def test_each_method_minus_plain_of_the_same_sweep(two):
    points = two[0].recording.sweep.points()
    place = {method: each.best_point for method, each in two[0].recording.summaries().items()}
    best = {method: two[0].recording.accuracy(method)[at] for method, at in place.items()}
    expected = paired_difference(best["ip"], best["plain"])
    assert len(points) == 3 and minus_baseline(two[0], ("plain", "ip")) == ["–", difference_in_words(expected)]
    assert difference_in_words(Interval(0.021, 0.01, 0.0325, 3)) == "+2.1 (+1.0 to +3.2)"
    assert difference_in_words(None) == difference_in_words(t_interval([0.1, 0.2])) == "–"


def test_a_range_that_is_open_or_where_nothing_learned_says_so():
    over = {"learning_rate": (0.1, 0.3)}
    flat, nothing = compare([("", recorded(over, lambda *_: 0.9)), ("", recorded(over, lambda *_: 0.5))])
    assert decades(flat, ("ip",)) == ["≥ 0.48"] and decades(nothing, ("ip",)) == ["no method learned"]


@pytest.mark.parametrize("dark", [False, True])
def test_legends_name_each_run_and_each_method_once(two, dark):
    figure = charts.overlaid(lines.overlay(two, "learning_rate", tuple(LOOKS)), "learning_rate", two, dark)
    named = [(trace["name"], trace["legend"]) for trace in figure["data"] if trace.get("showlegend", True)]
    assert named == [
        ("A  usual", "legend"), ("B  &lt;b&gt;better&lt;/b&gt;", "legend"), ("plain", "legend2"), ("IP", "legend2"),
    ]  # fmt: skip
    of_runs = [trace for trace in figure["data"] if trace.get("text")]
    colors = [(trace["line"]["color"], trace["line"]["dash"]) for trace in of_runs]
    assert colors == [(RUNS[run][dark], LOOKS[method].dash) for run in (0, 1) for method in ("plain", "ip")]
    assert sum(trace.get("fill") == "toself" for trace in figure["data"]) == 4
    assert of_runs[2]["text"] == ["0.1", "0.3", "0.5"]
    assert of_runs[2]["x"] == pytest.approx(np.log10([0.1, 0.3, 0.5]), abs=1e-6)
    assert figure["layout"]["xaxis"]["ticktext"] == ["0.01", "0.1", "0.3", "0.5"]
    assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [0.5]
    found = lines.overlay(two, "learning_rate", ("ip",))
    assert "band: 95 %" in charts.hint(found, "learning rate") and "up to six lines" in charts.hint(4 * found, "x")
    less = charts.subtracted(lines.difference(two[1], two[0], "learning_rate", ("ip",)), "learning_rate", *two, dark)
    low, high = less["layout"]["yaxis"]["range"]
    assert low < 0 < 0.11 < high and less["layout"]["yaxis"]["title"] == "share correct: B minus A"
    for each in (figure, less):
        go.Figure(each)  # Plotly refuses what it does not know
        json.dumps(each, allow_nan=False)


def test_zero_and_many_values_have_their_places():
    over = {"intrinsic_rate": (0, *(round(0.001 * 1.05**k, 9) for k in range(60)))}
    runs = compare([("", recorded(over, usual)), ("", recorded({"intrinsic_rate": (0.001,)}, usual))])
    found = lines.overlay(runs, "intrinsic_rate", ("ip",))
    axis = charts.overlaid(found, "intrinsic_rate", runs, False)["layout"]["xaxis"]
    assert len(axis["tickvals"]) == 61 and 2 < sum(map(bool, axis["ticktext"])) <= charts.NAMES + 1
    assert axis["ticktext"][0] == "0" and axis["tickvals"][0] < axis["tickvals"][1]


def test_tables_hold_the_points_drawn(two):
    found = lines.overlay(two, "learning_rate", ("ip",))
    rows = list(csv.DictReader(io.StringIO(lines.table(found, "learning_rate", two))))
    assert len(rows) == 6 and rows[0]["run"] == "A  usual" and rows[0]["learning_rate"] == "0.01"
    assert float(rows[0]["test_accuracy"]) == pytest.approx(two[0].recording.accuracy("ip")[0].mean(), rel=1e-6)
    less = lines.difference(two[1], two[0], "learning_rate", ("ip",))
    rows = list(csv.DictReader(io.StringIO(lines.table(less, "learning_rate", two, two[0]))))
    assert len(rows) == 2 and rows[0]["minus"] == "A  usual" and float(rows[0]["low_95"]) < 0.103
    assert float(rows[0]["test_accuracy_difference"]) == pytest.approx(0.31 / 3)


def page(which):
    """A page that shows a comparison, and nothing else."""
    import streamlit as st
    from comparisons import better, recorded, usual

    from app.compare.view import show

    rates, others = {"learning_rate": (0.01, 0.1, 0.3)}, {"learning_rate": (0.1, 0.3)}
    named = {
        "two": [("<i>one</i>", recorded(rates, usual)), ("other", recorded(others, better, depth=3))],
        "apart": [("", recorded({"depth": (1, 2)}, lambda *_: 0.5)), ("", recorded({"depth": (3, 4)}, lambda *_: 0.5))],
        "different": [("", recorded(rates, usual)), ("", recorded({"depth": (1, 2)}, lambda *_: 0.5))],
    }
    if "named" not in st.session_state:
        st.session_state.named = named[which]
    show(lambda: st.session_state.named, dark=False)


def test_a_page_overlays_and_subtracts():
    tester = AppTest.from_function(page, default_timeout=20, args=("two",))
    said, pictures, files = drawn(tester)
    assert "Settings that differ" in said and "<bdi>&lt;i&gt;one&lt;/i&gt;</bdi>" in said and "<i>one" not in said
    assert "Best mean accuracy, and where" in said and "Usable range of learning rates (factors of 10)" in said
    assert (pictures, files) == (1, 1)
    tester.segmented_control(key="compare_mode").set_value("Difference")
    said, pictures, _ = drawn(tester)
    assert "B minus A, at each learning rate that both have: paired by the seeds that both have (0, 1, 2)" in said
    assert pictures == 1
    tester.selectbox(key="compare_b").set_value(0)
    said, pictures, _ = drawn(tester)
    assert "two different runs" in said and pictures == 0


def test_a_page_says_why_there_is_nothing_to_see():
    tester = AppTest.from_function(page, default_timeout=20, args=("apart",))
    said, pictures, _ = drawn(tester)
    assert pictures == 1 and "usable range is taken" not in said
    tester.segmented_control(key="compare_mode").set_value("Difference")
    said, pictures, _ = drawn(tester)
    assert "A and B have no value of the depth in common" in said and pictures == 0
    said, pictures, _ = drawn(AppTest.from_function(page, default_timeout=20, args=("different",)))
    assert "These sweeps vary different settings (A learning rate, B depth)" in said and pictures == 0
