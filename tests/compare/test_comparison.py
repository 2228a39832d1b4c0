"""Runs side by side: what differs, lines overlaid and subtracted."""

import numpy as np
import pytest
from compared_runs import SMALL, with_tests
from recordings import recording

from app.compare.comparison import LONGEST, compare, one_line
from app.compare.lines import paired_seeds
from app.compare.races import charts, lines
from app.compare.races.words import caveats, differing, ending, in_words
from ipcore.config import RunConfig
from ipcore.recordings.race import GAIN_EDGES, Recording
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep


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
        measured = [run.recording.informed(round(share * run.recording.step)) for run in three]
        assert [snapshot.step for snapshot in measured] == [line.step for line in information]
        for line, snapshot in zip(information, measured, strict=True):
            assert np.array_equal(line.mean, snapshot.methods["ip"].entropy) and np.isfinite(line.mean).all()
        responses = lines.overlay(three, "response", ("ip",), share)
        assert lines.moments(three, share) == [line.step for line in responses]
        for line, run in zip(responses, three, strict=True):
            assert np.array_equal(line.mean, run.recording.moment(line.step).methods["ip"].response)


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
