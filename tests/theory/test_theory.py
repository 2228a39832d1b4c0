"""Equilibria and information against closed forms, reference tables, independent quadrature and samples."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from ipcore.methods.mathematics.quadrature import crossing
from ipcore.theory.distributions import Exponential, Laplace, Logistic, Lognormal, Mixture, Normal, Uniform
from ipcore.theory.equilibria import (
    at_rest,
    bin_probabilities,
    equilibrium,
    information,
    quadratic_information_potential,
    sample_bins,
)

# --- Equilibrium

locations = st.floats(-1000, 1000) | st.floats(-3, 3) | st.just(0.0)
scales = st.floats(-3, 3).map(lambda power: min(1000.0, max(0.001, 10.0**power)))
weights = st.floats(0, 1) | st.floats(-15, 0).map(lambda power: 10.0**power)
distributions = st.one_of(
    st.builds(Normal, locations, scales),
    st.builds(lambda low, width: Uniform(low, min(1000, low + 2 * width)), st.floats(-1000, 999), scales),
    st.builds(Logistic, locations, scales),
    st.builds(Laplace, locations, scales),
    st.builds(Exponential, scales),
    st.builds(Lognormal, st.floats(-7, 7), st.floats(0.01, 2)),
    st.builds(Mixture, st.tuples(locations, locations), st.tuples(scales, scales), weights),
)

LOG_ODDS = np.arange(-36, 36.01, 0.04)


def independent_means(distribution, *functions):
    """Means of functions by the trapezoid rule in the log-odds of the quantile: a check on the product's panels."""
    if isinstance(distribution, Mixture):
        parts = map(Normal, distribution.means, distribution.sds)
        first, second = (independent_means(part, *functions) for part in parts)
        return distribution.weight * first + (1 - distribution.weight) * second
    p = expit(LOG_ODDS)
    density, x = p * expit(-LOG_ODDS), distribution.ppf(p)
    return np.array([density @ function(x) for function in functions]) / density.sum()


@settings(max_examples=1_000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(distributions)
def test_both_conditions_hold_at_rest_for_a_thousand_random_distributions(distribution):
    rest = equilibrium(distribution)
    assert rest.gain > 0
    assert rest.bias == pytest.approx(-rest.gain * rest.centre, abs=1e-9)

    def potential(x):
        return rest.gain * (x - rest.centre)

    def output(x):
        return np.tanh(potential(x))

    means = independent_means(distribution, output, lambda x: potential(x) * output(x))
    assert means == pytest.approx([0, 0.5], abs=2e-5)
    assert 0 < rest.information <= 1
    assert rest.quadratic_information_potential >= 0.5 - 1e-12


@pytest.mark.parametrize(("mean", "scale"), [(0, 1), (3, 0.1), (-700, 0.002), (5, 900)])
def test_logistic_and_normal_input_have_closed_forms(mean, scale):
    logistic = equilibrium(Logistic(mean, scale))
    assert logistic.gain == pytest.approx(1 / (2 * scale), rel=1e-9)
    assert logistic.bias == pytest.approx(-mean / (2 * scale), rel=1e-9, abs=1e-9)
    assert logistic.information == pytest.approx(1, abs=1e-9)
    assert logistic.quadratic_information_potential == pytest.approx(0.5, abs=1e-9)
    normal = equilibrium(Normal(mean, scale))
    assert normal.gain * scale == pytest.approx(0.8744003697, abs=2e-10)
    assert normal.bias == pytest.approx(-normal.gain * mean, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("distribution", "gain", "bias", "centre", "median", "mean"),
    [
        (Uniform(0, 1), 2.8494, -1.4247, 0.5, 0.5, 0.5),
        (Laplace(0, 1), 0.6789, 0, 0, 0, 0),
        (Exponential(1), 0.9977, -0.8447, 0.8466, 0.6931, 1),
        (Lognormal(0, 0.5), 1.5999, -1.6971, 1.0608, 1, 1.1331),
    ],
    ids=str,
)
def test_reference_equilibria(distribution, gain, bias, centre, median, mean):
    rest = equilibrium(distribution)
    found = (rest.gain, rest.bias, rest.centre, rest.median, rest.mean)
    assert found == pytest.approx((gain, bias, centre, median, mean), abs=5e-5)


def test_gain_and_bias_at_rest_follow_shifts_and_stretches_of_the_input():
    narrow, wide = equilibrium(Mixture((0, 1), (0.1, 0.5), 0.3)), equilibrium(Mixture((7, 27), (2, 10), 0.3))
    assert wide.gain * 20 == pytest.approx(narrow.gain, rel=1e-9)
    assert wide.centre == pytest.approx(7 + 20 * narrow.centre, rel=1e-9)
    assert wide.information == pytest.approx(narrow.information, rel=1e-9)


def test_the_entropy_is_greatest_at_rest():
    distribution = Mixture((-1, 2), (0.3, 1), 0.6)
    rest = equilibrium(distribution)

    def entropy(gain, bias):
        u_squared = distribution.expect(lambda x: np.log(np.cosh(gain * x + bias)))
        return math.log(gain) - 2 * u_squared

    best = entropy(rest.gain, rest.bias)
    for step in (1e-3, -1e-3):
        assert entropy(rest.gain + step, rest.bias) < best
        assert entropy(rest.gain, rest.bias + step) < best


def test_the_centre_is_mostly_but_not_always_between_median_and_mean():
    for distribution in (Exponential(1), Lognormal(0, 2), Mixture((0, 3), (1, 0.5), 0.9)):
        rest = equilibrium(distribution)
        assert rest.median < rest.centre < rest.mean
    bump = equilibrium(Mixture((0, 1.5), (1, 0.05), 0.9))
    assert bump.median < bump.mean < bump.centre - 0.01


# --- Information


@pytest.mark.parametrize(
    ("distribution", "resting", "batch_norm", "plain"),
    [
        (Normal(0, 1), 0.9985, 0.9939, 0.9939),
        (Normal(3, 0.1), 0.9985, 0.9939, 0.0000),
        (Logistic(0, 1), 1.0000, 0.9981, 0.9041),
        (Uniform(0, 1), 0.9575, 0.9468, 0.7228),
        (Exponential(1), 0.9209, 0.9181, 0.7708),
    ],
    ids=str,
)
def test_reference_information(distribution, resting, batch_norm, plain):
    normalised = (1 / distribution.sd, -distribution.mean / distribution.sd)
    rest = equilibrium(distribution)
    assert rest.information == pytest.approx(resting, abs=5e-5)
    for (gain, bias), expected in (
        (at_rest("ip", distribution), resting),
        (at_rest("infomax", distribution), resting),
        (normalised, batch_norm),
        (at_rest("plain", distribution), plain),
    ):
        found = information(bin_probabilities(distribution, gain, bias))
        assert found == pytest.approx(expected, abs=5e-5)
    assert at_rest("batch-norm", distribution) == pytest.approx(normalised, rel=1e-3)  # it has an epsilon


@pytest.mark.parametrize("distribution", [Exponential(1), Mixture((-1, 3), (0.5, 1), 0.4)], ids=str)
@pytest.mark.parametrize(("gain", "bias"), [(0.8, -0.5), (-2, 1), (30, 0)])
def test_density_and_samples_agree(distribution, gain, bias):
    samples = distribution.sample(np.random.default_rng(0), 200_000)
    exact, sampled = bin_probabilities(distribution, gain, bias), sample_bins(np.tanh(gain * samples + bias))
    np.testing.assert_allclose(sampled, exact, atol=0.005)
    assert exact.sum() == pytest.approx(1) and sampled.sum() == pytest.approx(1)
    assert information(sampled) == pytest.approx(information(exact), abs=0.003)
    potentials = quadratic_information_potential(np.stack([sampled, exact]))
    assert potentials[0] == pytest.approx(potentials[1], rel=0.02)


def test_information_of_extreme_outputs():
    even, single = np.full(30, 1 / 30), np.eye(30)[4]
    assert information(even) == pytest.approx(1) and quadratic_information_potential(even) == pytest.approx(0.5)
    assert information(single) == 0 and quadratic_information_potential(single) == pytest.approx(15)
    assert math.copysign(1, information(single)) == 1


def test_bins_of_many_gains_at_once_and_of_none_that_is_finite():
    gains, biases = np.array([[0.5, 2.0, 0.0], [np.nan, 1.0, 1.0]]), np.array([0.1, -1.0, 0.0])
    found = bin_probabilities(Normal(), gains, biases, bins=8)
    assert found.shape == (2, 3, 8)
    np.testing.assert_array_equal(found[0, 1], bin_probabilities(Normal(), 2.0, -1.0, bins=8))
    np.testing.assert_array_equal(found[0, 2], np.eye(8)[4])  # gain 0: y is always 0, the edge of bins 3 and 4
    assert np.isnan(found[1, 0]).all()


@pytest.mark.parametrize("bins", [1, 0, 2.5, True, "30"])
def test_bins_must_be_a_whole_number(bins):
    with pytest.raises(ValueError, match="bins must be a whole number from 2 to 10,000"):
        bin_probabilities(Normal(), 1, 0, bins)


@pytest.mark.parametrize("outputs", [[], [0.5, 1.5], [np.nan], [[0.1]]])
def test_outputs_must_be_outputs(outputs):
    with pytest.raises(ValueError, match="outputs must be one or more numbers from -1 to 1"):
        sample_bins(outputs)


def test_a_method_that_does_not_exist_is_refused():
    with pytest.raises(
        ValueError, match=r"methods must be one or more of plain, batch-norm, infomax, ip, .*, not 'sgd'"
    ):
        at_rest("sgd", Normal())


@pytest.mark.parametrize(
    ("function", "low", "high", "at"),
    [
        (lambda x: np.tanh(50 * (x - 0.3)), -5, 5, 0.3),
        (lambda x: 1 - x**3, 0, 100, 1),
        (lambda x: np.exp(x) - 2, -5, 5, np.log(2)),
        (lambda x: x, -1, 1, 0),
        (lambda x: (x - 2) ** 9, 0, 5, 2),
    ],
)
def test_a_crossing_is_found_in_few_steps_from_either_side(function, low, high, at):
    for sign in (1, -1):
        calls = []
        found = crossing(
            lambda x, sign=sign, calls=calls: calls.append(x) or sign * float(function(x)), low, high, width=1e-13
        )
        assert found == pytest.approx(at, abs=1e-12)
        assert len(calls) < 50 and all(low <= x <= high for x in calls)
