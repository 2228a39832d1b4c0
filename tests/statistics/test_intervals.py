"""Intervals over seeds and paired differences, against SciPy and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from ipcore.statistics.intervals import TOO_FEW, band, paired_difference, t_interval, t_quantile

NAN = math.nan


def test_the_interval_is_that_of_students_t():
    values = np.random.RandomState(0).normal(0.8, 0.05, (3, 4, 5))
    mean, low, high = band(values)
    for place in np.ndindex(3, 4):
        row = values[place]
        expected = stats.t.interval(0.95, 4, row.mean(), stats.sem(row))
        np.testing.assert_allclose((low[place], high[place]), expected)
        assert mean[place] == pytest.approx(row.mean())
        found = t_interval(row)
        assert found.ends == pytest.approx(expected) and (found.count, found.reason, found.known) == (5, "", True)


def test_quantiles_of_few_degrees_of_freedom():
    """Closed forms: Cauchy for one degree, sqrt(2) q / sqrt(4 p (1 - p)) for two."""
    assert t_quantile(1) == pytest.approx(math.tan(math.pi * 0.475))
    assert t_quantile(2) == pytest.approx(0.95 * math.sqrt(2) / math.sqrt(4 * 0.975 * 0.025))


def test_there_is_no_interval_for_fewer_than_three_seeds():
    for values, mean, count in (([], NAN, 0), ([0.5], 0.5, 1), ([0.5, NAN, 0.7], 0.6, 2)):
        found = t_interval(values)
        assert found.mean == pytest.approx(mean, nan_ok=True) and found.count == count
        assert math.isnan(found.low) and math.isnan(found.high) and found.reason == TOO_FEW == "fewer than 3 seeds"
    assert t_interval([0.5, 0.6, 0.7]).known


def test_a_band_of_what_is_known():
    values = np.array([[0.5, NAN, 0.7, 0.6], [NAN, 0.6, NAN, 0.8], [NAN] * 4])
    mean, low, high = band(values)
    np.testing.assert_allclose(mean, [0.6, 0.7, NAN])
    assert (low[0], high[0]) == pytest.approx(t_interval([0.5, 0.7, 0.6]).ends)
    assert np.isnan(low[1:]).all() and np.isnan(high[1:]).all()


def test_95_of_100_bands_hold_the_mean():
    values = np.random.RandomState(1).normal(0.8, 0.05, (4000, 5))
    _, low, high = band(values)
    assert ((low < 0.8) & (0.8 < high)).mean() == pytest.approx(0.95, abs=0.015)


def test_a_paired_difference_leaves_out_what_seeds_share():
    shared = np.array([0.1, -0.2, 0.15, 0.0, -0.05])
    own = np.array([0.01, -0.01, 0.02, 0.0, -0.02])
    found = paired_difference(0.85 + shared + own, 0.8 + shared)
    expected = stats.ttest_1samp(0.05 + own, 0).confidence_interval(0.95)
    assert found.mean == pytest.approx(0.05) and found.ends == pytest.approx((expected.low, expected.high))


def test_seeds_that_one_of_both_lacks_are_left_out_of_a_difference():
    a, b = np.array([0.9, NAN, 0.8, 0.7, 0.6]), np.array([0.5, 0.5, NAN, 0.5, 0.5])
    found = paired_difference(a, b)
    assert found == t_interval([0.9 - 0.5, 0.7 - 0.5, 0.6 - 0.5]) and found.count == 3
    assert paired_difference(a[:4], b[:4]).reason == TOO_FEW
    with pytest.raises(ValueError, match="same seeds"):
        paired_difference(a, b[:4])
