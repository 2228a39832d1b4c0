"""Input distributions: those that SciPy has, too, sums of two, streams of samples, and refusals."""

import numpy as np
import pytest
from scipy import stats

from ipcore.theory.distributions import (
    FAMILIES,
    Exponential,
    Laplace,
    Logistic,
    Lognormal,
    Mixture,
    Normal,
    Uniform,
    distribution,
)

EXAMPLES = [
    Normal(3, 0.1),
    Uniform(-2, 5),
    Logistic(1, 2),
    Laplace(-1, 0.3),
    Exponential(4),
    Lognormal(0.5, 1.2),
    Mixture((-1, 2), (0.5, 1), 0.3),
    Mixture((-100, 0), (0.001, 50), 1e-4),
    Mixture((-1, 2), (0.5, 1), 1),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_moments_quantiles_and_quadrature_agree(example):
    p = np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 1 - 1e-6])
    np.testing.assert_allclose(example.cdf(example.ppf(p)), p, rtol=1e-9)
    assert example.median == pytest.approx(float(example.ppf(0.5)), abs=1e-12)
    assert example.expect(lambda x: x) == pytest.approx(example.mean, rel=1e-10, abs=1e-10 * example.sd)
    assert example.expect(lambda x: (x - example.mean) ** 2) ** 0.5 == pytest.approx(example.sd, rel=1e-8)


@pytest.mark.parametrize(
    ("ours", "scipys"),
    [
        (Normal(3, 0.1), stats.norm(3, 0.1)),
        (Uniform(-2, 5), stats.uniform(-2, 7)),
        (Logistic(1, 2), stats.logistic(1, 2)),
        (Laplace(-1, 0.3), stats.laplace(-1, 0.3)),
        (Exponential(4), stats.expon(scale=1 / 4)),
        (Lognormal(0.5, 1.2), stats.lognorm(1.2, scale=np.exp(0.5))),
        (Lognormal(-7, 0.01), stats.lognorm(0.01, scale=np.exp(-7))),
    ],
    ids=lambda each: "scipy" if "scipy" in type(each).__module__ else str(each),
)
def test_each_family_is_scipys(ours, scipys):
    x, p = np.linspace(ours.mean - 6 * ours.sd, ours.mean + 6 * ours.sd, 61), np.array([0, 1e-300, 0.3, 0.5, 0.9, 1])
    np.testing.assert_allclose(ours.pdf(x), scipys.pdf(x), rtol=1e-10)
    np.testing.assert_allclose(ours.cdf(x), scipys.cdf(x), rtol=1e-10)
    np.testing.assert_allclose(ours.ppf(p), scipys.ppf(p), rtol=1e-14)
    np.testing.assert_allclose(ours._parts[0][1].isf(p), scipys.isf(p), rtol=1e-14)
    known = [float(each) for each in (scipys.mean(), scipys.median(), scipys.std())]
    assert [ours.mean, ours.median, ours.sd] == pytest.approx(known, rel=1e-12)


def test_a_symmetric_mixture_has_its_median_in_the_middle_of_the_gap():
    assert Mixture((-1000, 1000), (1, 1), 0.5).median == pytest.approx(0, abs=0.1)
    assert Mixture((-1, 1), (0.5, 0.5), 0.5).median == pytest.approx(0, abs=1e-12)


def test_a_mixture_of_one_is_that_one():
    x, p = np.linspace(-3, 3, 7), np.array([0, 0.2, 1])
    for lone in (Mixture((1, -5), (2, 1), 1), Mixture((-5, 1), (1, 2), 0), Mixture((1, 1), (2, 2), 0.3)):
        np.testing.assert_allclose(lone.pdf(x), stats.norm(1, 2).pdf(x))
        np.testing.assert_allclose(lone.ppf(p), stats.norm(1, 2).ppf(p))
        assert lone.mean == pytest.approx(1) and lone.sd == pytest.approx(2) and lone.median == pytest.approx(1)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_samples_follow_the_distribution(example):
    sample = example.sample(np.random.default_rng(1), 5_000)
    assert stats.kstest(sample, example.cdf).pvalue > 1e-3


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_stream_does_not_depend_on_how_it_is_cut(example):
    whole = example.sample(np.random.default_rng(5), (6, 4))
    generator = np.random.default_rng(5)
    np.testing.assert_array_equal(whole, np.concatenate([example.sample(generator, (n, 4)) for n in (1, 3, 2)]))


def test_one_seed_gives_one_stream_shifted_and_stretched():
    standard, moved = (d.sample(np.random.default_rng(2), 100) for d in (Normal(), Normal(3, 0.1)))
    np.testing.assert_allclose(moved, 3 + 0.1 * standard, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("normal", {"sd": 0}, "sd must be a number from 0.001 to 1,000, not 0"),
        ("normal", {"mean": float("nan")}, "mean must be a number from -1,000 to 1,000, not nan"),
        ("normal", {"mean": "three"}, "mean must be .* not 'three'"),
        ("normal", {"rate": 1}, "normal has no parameter 'rate'; it has mean, sd"),
        ("uniform", {"low": 1, "high": 1}, r"high must be at least 0.001 above low \(1\), not 1.0"),
        ("uniform", {"low": 0, "high": 0.00099}, r"high must be at least 0.001 above low \(0\), not 0.00099"),
        ("lognormal", {"sigma": 2.1}, "sigma must be a number from 0.01 to 2, not 2.1"),
        ("exponential", {"rate": -1}, "rate must be"),
        ("mixture", {"means": "1"}, "means must be two numbers from -1,000 to 1,000, not '1'"),
        ("mixture", {"means": "1,2,3"}, "means must be two numbers"),
        ("mixture", {"sds": (1, 0)}, r"sds must be two numbers from 0.001 to 1,000, not \(1, 0\)"),
        ("mixture", {"sds": 1}, "sds must be two numbers"),
        ("mixture", {"weight": 1.01}, "weight must be a number from 0 to 1, not 1.01"),
        ("cauchy", {}, "distribution must be one of normal, uniform, .*, not 'cauchy'"),
        (None, {}, "distribution must be one of"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(name, parameters, message):
    with pytest.raises(ValueError, match=message):
        distribution(name, parameters)


def test_text_is_read_and_equal_parameters_make_equal_distributions():
    assert distribution("mixture", {"means": "-2, 1e0", "weight": "0.25"}) == Mixture((-2, 1), weight=0.25)
    assert {distribution(name): name for name in FAMILIES}[Laplace(0, 1)] == "laplace"
