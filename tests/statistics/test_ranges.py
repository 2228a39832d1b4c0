"""Usable ranges of learning rates, their intervals, and what counts as learning."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ipcore.statistics.intervals import TOO_FEW, Interval, t_interval, t_quantile, without
from ipcore.statistics.ranges import beats_chance, jackknife_error, length, threshold, usable_ranges

RATES = np.array([0.001, 0.01, 0.1, 1.0])
CHANCE = 0.1


@pytest.mark.parametrize(
    ("accuracy", "decades"),
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
def test_the_length_of_known_curves(accuracy, decades):
    np.testing.assert_allclose(length(RATES, np.array(accuracy), 0.5), decades)


def test_the_length_agrees_with_a_fine_grid():
    random = np.random.RandomState(2)
    rates = np.sort(10 ** random.uniform(-4, 1, 9))
    accuracy = random.uniform(size=(20, 9))
    fine = np.linspace(np.log10(rates[0]), np.log10(rates[-1]), 200_001)
    for row, found in zip(accuracy, length(rates, accuracy, 0.6), strict=True):
        share = (np.interp(fine, np.log10(rates), row) >= 0.6).mean()
        assert found == pytest.approx(share * (fine[-1] - fine[0]), abs=1e-3)


def curves(seeds: int = 5, spread: float = 0.02) -> np.ndarray:
    """Two methods over RATES, shape (2, 1, 4, S): one serves everywhere, the other near its peak."""
    mean = np.array([[0.85, 0.9, 0.9, 0.8], [0.1, 0.8, 0.3, 0.1]])
    return (mean[..., None] + np.random.RandomState(3).normal(0, spread, (2, 4, seeds)))[:, None]


def test_the_threshold_lies_above_chance():
    assert threshold(0.9, 0.1) == pytest.approx(0.74) and threshold(0.6, 0.5) == pytest.approx(0.58)


def test_a_range_is_open_where_the_rates_tried_end():
    (wide,), (narrow,) = usable_ranges(RATES, curves(), CHANCE)
    means = curves().mean(-1)[:, 0]
    least = CHANCE + 0.8 * (means[0].max() - CHANCE)  # of any method
    assert wide.decades.mean == pytest.approx(3) and (wide.open_low, wide.open_high) == (True, True)
    assert narrow.decades.mean == pytest.approx(length(RATES, means[1], least)) and not narrow.open
    assert wide.in_words == "≥ 3.00" and narrow.in_words == f"{narrow.decades.mean:.2f}"
    high = curves()
    high[0, 0, 0] = 0.2
    ((only_high,), _) = usable_ranges(RATES, high, CHANCE)
    assert (only_high.open_low, only_high.open_high) == (False, True)


def test_the_interval_is_students_t_with_the_jackknifes_error():
    accuracy = curves()
    (wide,), (narrow,) = usable_ranges(RATES, accuracy, CHANCE)
    left_out = []
    for seed in range(5):
        means = np.delete(accuracy, seed, -1).mean(-1)[:, 0]
        left_out.append(length(RATES, means[1], threshold(means.max(), CHANCE)))
    half = t_quantile(4) * math.sqrt(4 / 5 * np.square(np.array(left_out) - np.mean(left_out)).sum())
    assert narrow.decades.ends == pytest.approx((narrow.decades.mean - half, narrow.decades.mean + half))
    assert half > 0 and narrow.decades.count == 5
    assert wide.decades.high == 3, "kept within the rates tried"


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.array([0.2, 0.5, 0.9, 0.4])
    left_out = np.array([np.delete(values, place).mean() for place in range(4)])
    found = t_interval(values)
    assert t_quantile(3) * jackknife_error(left_out) == pytest.approx(found.high - found.mean)


def test_what_seeds_share_cancels_from_the_range():
    """Seeds are left out for all methods and rates at once, so the bound moves with the curves."""
    above = np.array([[0.2, 0.8, 0.9, 0.2], [0.2, 0.5, 0.8, 0.2]])[..., None] * (1 + np.linspace(-0.2, 0.2, 6))
    for (each,) in usable_ranges(RATES, CHANCE + above[:, None], CHANCE):
        assert each.decades.ends == pytest.approx((each.decades.mean,) * 2)


def test_intervals_are_over_the_seeds_that_are_done_everywhere():
    """A missing seed would leave a gap, and a gap is no low accuracy."""
    accuracy = curves(4)
    accuracy[1, 0, 0, 3] = np.nan  # of the method that stays near chance there
    complete = usable_ranges(RATES, accuracy[..., :3], CHANCE)
    for (each,), (among,) in zip(usable_ranges(RATES, accuracy, CHANCE), complete, strict=True):
        width, wanted = (one.decades.mean - one.decades.low for one in (each, among))
        assert each.decades.count == 3 and width == pytest.approx(wanted, abs=1e-9)
    accuracy[0, 0, 0, 0] = np.nan
    for (each,) in usable_ranges(RATES, accuracy, CHANCE):
        assert math.isfinite(each.decades.mean) and each.decades.reason == TOO_FEW and math.isnan(each.decades.low)


def test_learning_is_to_beat_guessing_by_more_than_the_interval():
    assert beats_chance(Interval(0.2, 0.15, 0.25, 3), 1000, 10)
    assert not beats_chance(Interval(0.2, 0.05, 0.35, 3), 1000, 10)
    assert not beats_chance(Interval(0.1135, 0.1135, 0.1135, 3), 10_000, 10), "always the commonest digit"
    assert not beats_chance(without(math.nan, 0), 1000, 10)
    error = math.sqrt(0.25 / 100)
    assert beats_chance(without(0.5 + 2 * error, 1), 100, 2)
    assert not beats_chance(without(0.5 + 1.9 * error, 1), 100, 2)
