"""Bands, decades and bootstrap intervals, against SciPy, closed forms and known draws."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats
from serving import ROOT

from ipcore.config import RunConfig
from ipcore.recordings.files import events_from_file
from ipcore.recordings.sweep import from_events
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.summary import band, decades, plain, summaries, summarise

RATES = np.array([0.001, 0.01, 0.1, 1.0])
SHIPPED = ROOT / "app" / "recordings" / "default-sweep.jsonl.gz"


def test_the_band_is_that_of_students_t():
    values = np.random.RandomState(0).normal(0.8, 0.05, (3, 4, 5))
    mean, low, high = band(values)
    for place in np.ndindex(3, 4):
        row = values[place]
        expected = stats.t.interval(0.95, 4, row.mean(), stats.sem(row))
        np.testing.assert_allclose((low[place], high[place]), expected)
        assert mean[place] == pytest.approx(row.mean())


def test_95_of_100_bands_hold_the_mean():
    values = np.random.RandomState(1).normal(0.8, 0.05, (4000, 5))
    _, low, high = band(values)
    assert ((low < 0.8) & (0.8 < high)).mean() == pytest.approx(0.95, abs=0.015)


def test_a_band_of_what_is_done():
    values = np.array([[0.5, np.nan, 0.7], [np.nan, 0.6, np.nan], [np.nan] * 3])
    mean, low, high = band(values)
    np.testing.assert_allclose(mean, [0.6, 0.6, np.nan])
    np.testing.assert_allclose((low[0], high[0]), [each[0] for each in band(np.array([[0.5, 0.7]]))[1:]])
    assert np.isnan(low[1:]).all() and np.isnan(high[1:]).all()


@pytest.mark.parametrize(
    ("accuracy", "length"),
    [
        ([0.9, 0.9, 0.9, 0.9], 3),
        ([0.1, 0.1, 0.1, 0.1], 0),
        ([0.0, 1.0, 1.0, 0.0], 2),  # half of the first decade, the second, half of the third
        ([0.1, 0.9, 0.1, 0.1], 1),  # a peak: half a decade on either side
        ([0.9, 0.1, 0.1, 0.9], 1),  # both ends: their total
        ([0.5, 0.5, 0.4, 0.4], 1),  # at least: the bound itself serves
        ([0.9, np.nan, 0.9, 0.9], 1),  # nothing is said of where nothing is known
        ([np.nan] * 4, np.nan),
    ],
)
def test_decades_of_known_curves(accuracy, length):
    np.testing.assert_allclose(decades(RATES, np.array(accuracy), 0.5), length)


def test_decades_agree_with_a_fine_grid():
    random = np.random.RandomState(2)
    rates = np.sort(10 ** random.uniform(-4, 1, 9))
    accuracy = random.uniform(size=(20, 9))
    fine = np.linspace(np.log10(rates[0]), np.log10(rates[-1]), 200_001)
    for row, found in zip(accuracy, decades(rates, accuracy, 0.6), strict=True):
        share = (np.interp(fine, np.log10(rates), row) >= 0.6).mean()
        assert found == pytest.approx(share * (fine[-1] - fine[0]), abs=1e-3)


def curves(seeds: int = 5, spread: float = 0.02) -> np.ndarray:
    """Two methods over RATES: one serves everywhere, the other near its peak."""
    mean = np.array([[0.85, 0.9, 0.9, 0.8], [0.1, 0.8, 0.3, 0.1]])
    return mean[..., None] + np.random.RandomState(3).normal(0, spread, (2, 4, seeds))


def test_a_summary_says_the_best_and_where():
    accuracy = curves()
    wide, narrow = summarise(accuracy, RATES)
    means = accuracy.mean(-1)
    assert wide.best == pytest.approx(means[0].max()) and wide.best_point == means[0].argmax()
    assert narrow.best == pytest.approx(means[1].max()) and narrow.best_point == 1
    least = 0.8 * means[0].max()  # of any method
    assert wide.decades == pytest.approx([3]) and narrow.decades == pytest.approx(decades(RATES, means[1:], least))
    for each in (wide, narrow):
        assert each.best_interval[0] <= each.best <= each.best_interval[1]
        assert each.decades_interval[0] <= each.decades <= each.decades_interval[1]
    assert narrow.best_interval[1] > narrow.best_interval[0] and narrow.decades_interval[1] > narrow.decades_interval[0]


def test_the_interval_is_that_of_resampled_seeds():
    """One method, one point: the percentile bootstrap of a mean, here over all 3^3 equally likely draws."""
    values = np.array([0.2, 0.5, 0.9])
    draws = np.array(np.meshgrid(values, values, values)).reshape(3, -1).mean(0)
    (found,) = summarise(values[None, None])
    np.testing.assert_allclose(
        found.best_interval, (draws.min(), draws.max())
    )  # each has 1 of 27 draws, 2.5 % are less
    assert found.decades.shape == (0,)


def test_seeds_are_resampled_together():
    """What all methods and rates share with a seed cancels from the decades: the bound moves with the curves."""
    luck = np.linspace(-0.2, 0.2, 6)
    accuracy = np.array([[0.2, 0.8, 0.9, 0.2], [0.2, 0.5, 0.8, 0.2]])[..., None] * (1 + luck)
    for each in summarise(accuracy, RATES):
        assert each.best_interval[1] - each.best_interval[0] > 0.1
        np.testing.assert_allclose(each.decades_interval, np.stack([each.decades] * 2), rtol=1e-9)


def test_the_same_results_give_the_same_intervals():
    first, second = summarise(curves(), RATES), summarise(curves(), RATES)
    assert all(a.best_interval == b.best_interval for a, b in zip(first, second, strict=True))


def test_one_seed_has_no_interval_and_nothing_done_no_best():
    accuracy = curves(1)
    accuracy[1] = np.nan
    one, none = summarise(accuracy, RATES)
    assert np.isfinite(one.best) and np.isnan(one.best_interval).all() and np.isnan(one.decades_interval).all()
    assert np.isnan(none.best) and none.best_point is None and np.isnan(none.decades).all()


def test_intervals_are_over_the_seeds_that_are_done_everywhere():
    """A draw of the missing seed alone would leave a gap, and a gap is no low accuracy."""
    accuracy = curves(4)
    accuracy[1, 0, 3] = np.nan  # of the method that stays near chance there
    accuracy[0, 2] = np.nan  # not begun: nothing is known of it from any seed
    complete = summarise(accuracy[..., :3], RATES)
    for each, among in zip(summarise(accuracy, RATES), complete, strict=True):
        assert each.best_interval == among.best_interval
        np.testing.assert_array_equal(each.decades_interval, among.decades_interval)
    accuracy[0, 0, 0] = accuracy[0, 1, 1] = np.nan
    for each in summarise(accuracy, RATES):
        assert np.isfinite(each.best) and np.isnan(each.best_interval).all() and np.isnan(each.decades_interval).all()


def test_a_sweep_that_is_stopped_gives_a_network_at_chance_no_decades():
    """The shipped sweep, cut wherever it may be stopped."""
    events = list(events_from_file(SHIPPED))
    ends = [number for number, event in enumerate(events) if event.name == "done"]
    known = 0
    for end in ends:
        recording = from_events(events[: end + 1])
        found = summaries(recording.sweep, {name: recording.accuracy(name) for name in recording.sweep.config.methods})
        trained = {name: each for name, each in found.items() if np.isfinite(each.best)}
        if len(trained) < 2:
            continue  # then chance is the best there is
        (low,), (high,) = trained["plain"].decades_interval if "plain" in trained else ([np.nan], [np.nan])
        known += low == high == 0
        assert not high > 0, f"{recording.done_networks} done"
    assert known


def test_a_map_has_decades_for_each_value_of_the_other_setting():
    config = RunConfig(methods="ip,plain", seeds=2)
    accuracy = curves(2)
    for over, arrange in (
        ({"depth": (5, 15), "learning_rate": RATES}, lambda each: each),
        ({"learning_rate": RATES, "depth": (5, 15)}, lambda each: each.swapaxes(0, 1)),
    ):
        sweep = Sweep(config, over)
        grid = arrange(accuracy).reshape(8, 2)  # depth 5: the wide curve, depth 15: the narrow one
        found = plain(sweep, summaries(sweep, {"plain": grid, "ip": grid / 2}))
        assert list(found["plain"]["decades"]) == ["5", "15"]
        wide, narrow = (each.decades[0] for each in summarise(accuracy, RATES))
        assert list(found["plain"]["decades"].values()) == pytest.approx([wide, narrow])
        assert found["ip"]["decades"] == {"5": 0, "15": 0}
        assert found["plain"]["best_at"]["depth"] == 5
        assert all(len(ends) == 2 for ends in found["plain"]["decades_interval"].values())


def test_plain_values_are_json():
    sweep = Sweep(RunConfig(methods="ip", seeds=1), {"learning_rate": RATES})
    found = plain(sweep, summaries(sweep, {"ip": np.full((4, 1), np.nan)}))
    nothing = {
        "best": None,
        "best_interval": [None, None],
        "best_at": None,
        "decades": None,
        "decades_interval": [None, None],
    }
    assert json.loads(json.dumps(found, allow_nan=False)) == {"ip": nothing}
    depths = Sweep(RunConfig(methods="ip", seeds=1), {"depth": (1, 2)})
    best = plain(depths, summaries(depths, {"ip": np.array([[0.5], [0.25]])}))["ip"]
    assert best == {"best": 0.5, "best_interval": [None, None], "best_at": {"depth": 1}}
