"""Runs side by side: what differs, lines overlaid and subtracted, their pictures, and the piece of a page."""

import csv
import io
import itertools
import json

import numpy as np
import plotly.graph_objects as go
import pytest
from colours import VISION, contrast, lab, linear
from comparisons import drawn
from recordings import recording
from streamlit.testing.v1 import AppTest

from app.compare.comparison import LONGEST, compare, one_line
from app.compare.lines import paired_seeds
from app.compare.races import charts, lines
from app.compare.races.words import caveats, differing, ending, in_words
from app.ui.palette import DARK, LIGHT, LOOKS, RUNS
from ipcore.config import RunConfig
from ipcore.recordings.race import GAIN_EDGES, Recording
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep

SMALL = RunConfig(steps=60, seeds=3, depth=4, width=8, methods="plain,batch-norm,ip")


def with_tests(config, steps, accuracy, step=None):
    """A recording without snapshots, tested at ``steps``; ``accuracy``: step -> per seed, of every method."""
    made = recording(config, snapshots=0, steps=0, end=False)
    made.tests.clear(), made.snapshots.clear()
    done = config.steps if step is None else step
    loss = {method: [[1.0 + seed for seed in range(config.seeds)]] * done for method in config.methods}
    made.add({"event": "steps", "first": 1, "elapsed": 1, "loss": loss})
    for at in steps:
        values = {method: accuracy(at) for method in config.methods}
        made.add({"event": "test", "step": at, "examples": 100, "loss": values, "accuracy": values})
    return made


@pytest.fixture(scope="module")
def three():
    """Runs that differ in learning rate; the third also in depth, methods and steps."""
    changed = SMALL.replace(learning_rate=0.1, depth=6, steps=80, methods="infomax,ip")
    made = [recording(config) for config in (SMALL, SMALL.replace(learning_rate=0.1), changed)]
    return compare([("slow", made[0]), ("fast", made[1]), ("other", made[2])])


def test_two_to_six_races_are_compared(three):
    races = [("", recording(SMALL.replace(steps=1), snapshots=1)) for _ in range(7)]
    for count in (0, 1, 7):
        with pytest.raises(ValueError, match=f"2 to 6 runs can be compared, not {count}"):
            compare(races[:count])
    assert [run.label for run in compare(races[:6])] == list("ABCDEF")
    with pytest.raises(ValueError, match="'again' is chosen twice"):
        compare([races[0], ("again", races[0][1])])
    with pytest.raises(ValueError, match=r"races \(A\) and sweeps \(B\) cannot be compared"):
        compare([races[0], ("a sweep", SweepRecording(Sweep(SMALL, {"learning_rate": (0.1, 1)})))])


def test_names_are_one_short_line():
    assert one_line("a\nb\t\u202ec\x00") == "a b c"
    assert len(one_line("x" * 10_000)) == LONGEST and one_line("x" * 10_000).endswith("…")


def test_settings_that_differ_and_no_others(three):
    assert differing(three[:2]) == {"Learning rate": ("0.01", "0.1")}
    assert list(differing(three)) == ["Methods", "Depth", "Learning rate", "Steps"]
    assert differing(three)["Methods"][2] == "Infomax, IP"
    assert differing(compare([("", recording(SMALL)), ("", recording(SMALL))])) == {}


def test_endings_are_means_over_seeds_with_their_spread():
    made = with_tests(SMALL, [0, 60], lambda at: [0.1, 0.1, 0.1] if at == 0 else [0.5, 0.7, None])
    other = with_tests(SMALL.replace(seeds=1), [], None)
    a, b = compare([("", made), ("", other)])
    assert in_words(ending(a, "ip")) == f"60.0 ± {100 * np.std([0.5, 0.7], ddof=1):.1f} %"
    assert ending(a, "infomax") is None and ending(b, "ip") is None and in_words(None) == "–"
    made.add({"event": "diverged", "step": 60, "method": "ip", "seed": 2})
    assert in_words(ending(a, "ip")).endswith(", 1 diverged")


def test_what_cannot_be_compared_is_said(three):
    assert caveats(three[:2]) == []
    assert caveats(three) == [
        "The runs trained for different numbers of steps (A 60, B 60, C 80): compare curves at the same step, not ends."
    ]
    moons = recording(RunConfig(dataset="moons", steps=30, depth=2, width=4, batch_size=20), end=False)
    moons.add({"event": "mark", "step": 30, "setting": "learning_rate", "previous": 0.01, "value": 0.1})
    said = caveats(compare([("", three[0].recording), ("", moons)]))
    assert "different data sets" in said[0] and "steps (A 60, B 30)" in said[1] and "Batch sizes" in said[2]
    assert (
        said[3].endswith("as far as they are known: B.")
        and "of B were changed during training" in said[4]
        and len(said) == 5
    )


def test_overlaid_lines_hold_what_was_recorded(three):
    found = lines.overlay(three, "loss", ("ip",))
    assert [(line.run, line.method) for line in found] == [(0, "ip"), (1, "ip"), (2, "ip")]
    rows = three[0].recording.loss("ip")
    np.testing.assert_allclose(found[0].mean, rows.mean(1), rtol=1e-5)
    np.testing.assert_allclose(found[0].low, rows.min(1), rtol=1e-5)
    (accuracy,) = lines.overlay(three[:1], "accuracy", ("batch-norm",))
    tests = three[0].recording.tests
    assert accuracy.x.tolist() == [test.step for test in tests]
    np.testing.assert_allclose(accuracy.mean, [test.accuracy["batch-norm"].mean() for test in tests], rtol=1e-5)
    assert accuracy.banded and len(lines.overlay(three, "loss", ("plain", "infomax", "ip"))) == 6


def test_charts_by_layer_are_read_at_a_share_of_each_run(three):
    for share in (0, 0.4, 1):
        for line, run in zip(lines.overlay(three, "gradient", ("ip",), share), three, strict=True):
            snapshot = run.recording.moment(round(share * run.recording.step))
            assert line.step == snapshot.step <= share * run.recording.step
            assert np.array_equal(line.mean, snapshot.methods["ip"].weight_gradient)
            assert line.x.tolist() == list(range(1, run.recording.config.depth + 1))
        information = lines.overlay(three, "information", ("ip",), share)
        assert lines.moments(three, share) == [line.step for line in information]


def test_gain_is_the_geometric_mean_of_its_bins(three):
    plain, batch_norm = lines.overlay(three[:1], "gain", ("plain", "batch-norm"))
    assert plain.mean.tolist() == [1.0] * 4
    counts = three[0].recording.snapshots[-1].methods["batch-norm"].gain[0]
    among = np.repeat(np.arange(len(counts)), counts)
    low, high = (np.exp(np.log(GAIN_EDGES[among + side]).mean()) for side in (0, 1))
    assert batch_norm.mean[0] == pytest.approx(np.sqrt(low * high)) and high / low == pytest.approx(10**0.05)


def test_seeds_are_paired_where_both_runs_have_them():
    def runs(first, seeds, other_first, others):
        configs = [SMALL.replace(seeds=n, first_seed=at) for at, n in ((first, seeds), (other_first, others))]
        return paired_seeds(*compare([("", Recording(config)) for config in configs]))

    assert runs(0, 3, 0, 3) == (0, 1, 2)
    assert runs(0, 3, 1, 4) == (1, 2)
    assert runs(0, 3, 2, 3) == (), "one pair of several is too few"
    assert runs(5, 1, 5, 1) == (5,) and runs(0, 2, 7, 2) == ()


def test_paired_differences_are_narrower_than_all_pairs():
    """Losses 1, 2, 3 of three seeds in one run, 0.5 less in the other."""
    a = with_tests(SMALL, [], None)
    for first_seed, band in ((0, (-0.5, -0.5)), (9, (-2.5, 1.5))):
        b = Recording(SMALL.replace(first_seed=first_seed))
        rows = {method: [[0.5, 1.5, 2.5]] * 40 for method in SMALL.methods}
        b.add({"event": "steps", "first": 1, "elapsed": 1, "loss": rows})
        runs = compare([("", a), ("", b)])
        (line,) = lines.difference(runs[1], runs[0], "loss", ("ip",))
        assert line.x[-1] == 40, "no farther than both have come"
        assert (line.mean[7], line.low[7], line.high[7]) == (-0.5, *band)


def test_accuracies_are_subtracted_where_the_sparser_run_was_tested():
    a = with_tests(SMALL.replace(seeds=2), [0, 20, 40, 60], lambda at: [at / 100, at / 100])
    b = with_tests(SMALL.replace(seeds=2), [10, 30, 50], lambda at: [at / 100 + 0.1, at / 100 + 0.3], step=50)
    runs = compare([("", a), ("", b)])
    (line,) = lines.difference(runs[1], runs[0], "accuracy", ("ip",))
    assert line.x.tolist() == [20, 40], "of A's tests, those between B's first and last: two, where B has three"
    np.testing.assert_allclose([line.mean, line.low, line.high], [[0.2] * 2, [0.1] * 2, [0.3] * 2], atol=1e-6)
    (back,) = lines.difference(runs[0], runs[1], "accuracy", ("ip",))
    np.testing.assert_allclose(back.mean, -line.mean, atol=1e-6)


def test_untested_runs_have_no_difference_of_accuracy(three):
    bare = compare([("", three[0].recording), ("", with_tests(SMALL, [], None))])
    (line,) = lines.difference(bare[1], bare[0], "accuracy", ("ip",))
    assert len(line.x) == 0
    assert lines.difference(bare[1], bare[0], "gain", ("ip",)) == []
    assert charts.subtracted("accuracy", [line], bare[0], bare[1], False)["data"][0]["x"] == []


def test_layers_are_subtracted_or_divided_only_at_equal_depth(three):
    a, b, deeper = three
    (ratio,) = lines.difference(b, a, "gradient", ("plain",))
    last = [run.recording.snapshots[-1].methods["plain"] for run in (a, b)]
    np.testing.assert_allclose(ratio.mean, last[1].weight_gradient / last[0].weight_gradient)
    (less,) = lines.difference(b, a, "information", ("plain",))
    np.testing.assert_allclose(less.mean, last[1].entropy - last[0].entropy)
    assert not ratio.banded
    assert lines.difference(deeper, a, "gain", ("ip",)) == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("chart", lines.CHARTS)
def test_legends_name_each_run_and_each_method_once(three, chart, dark):
    methods = tuple(LOOKS)
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
    assert (pictures, files) == (5, 5) and tester.slider(key="compare_share").value == 100
    tester.slider(key="compare_share").set_value(30)
    assert drawn(tester)[1] == 5
    assert tester.caption[2].value == "Snapshots shown: A at step 18, B at step 18, C at step 18."
    tester.segmented_control(key="compare_mode").set_value("Difference")
    said, pictures, _ = drawn(tester)
    assert "B minus A: paired by the seeds that both have (0, 1)" in said and pictures == 5
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
