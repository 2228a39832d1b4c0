"""One simulated neuron: it comes to rest where theory says, under IP on a course that follows the input's units."""

import numpy as np
import pytest

from ipcore.methods import infomax, ip
from ipcore.methods.batch_norm import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, follow_statistics
from ipcore.theory.distributions import Exponential, Laplace, Logistic, Lognormal, Mixture, Normal, Uniform
from ipcore.theory.equilibria import at_rest, bin_probabilities, equilibrium, information
from ipcore.theory.mean_course import MOST_UPDATES, mean_course, vector_field
from ipcore.theory.neuron import ONE_NEURON, Neuron, advance, simulate

DISTRIBUTIONS = [
    Normal(0, 1),
    Normal(-2, 0.5),
    Uniform(0, 1),
    Logistic(0, 1),
    Laplace(0, 1),
    Exponential(1),
    Lognormal(0, 0.5),
    Mixture((-1, 1), (0.5, 0.5), 0.5),
    Mixture((-3, 2), (0.2, 1), 0.3),
]


def settle(distribution, methods, steps=4_000, batch_size=100, first_rate=0.2, seed=1):
    """Gain and bias of each method, averaged over the second half of a course whose rate falls as 1 / step.

    A constant rate leaves the rules in a cloud around equilibrium as wide as the minibatch is noisy. The falling rate
    and the mean leave the error of the samples themselves: 400,000 of them place a gain to about 0.2 %.
    """
    rates = first_rate / (1 + np.arange(steps) / 100)
    courses, half = simulate(distribution, methods, steps, batch_size, rates, seed), steps // 2
    return {method: (course.gain[half:].mean(), course.bias[half:].mean()) for method, course in courses.items()}


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_ip_and_infomax_come_within_one_percent_of_the_equilibrium(distribution):
    rest = equilibrium(distribution)
    for gain, bias in settle(distribution, ("ip", "infomax")).values():
        assert gain == pytest.approx(rest.gain, rel=0.01)
        # The scale of a bias that is zero, or nearly, is that of the potential: 1.
        assert bias == pytest.approx(rest.bias, abs=0.01 * max(1, abs(rest.bias)))


def test_ip_settles_on_single_samples_too():
    rest = equilibrium(Exponential(1))
    gain, bias = settle(Exponential(1), ("ip",), steps=10_000, batch_size=1, first_rate=0.05)["ip"]
    assert (gain, bias) == pytest.approx((rest.gain, rest.bias), rel=0.05)


def test_batch_norm_settles_at_its_running_statistics_and_plain_stays():
    courses = simulate(Normal(3, 0.1), ("plain", "batch-norm"), steps=2_000, batch_size=200)
    expected = at_rest("batch-norm", Normal(3, 0.1))
    settled = courses["batch-norm"]
    assert (settled.gain[500:].mean(), settled.bias[500:].mean()) == pytest.approx(expected, rel=0.01)
    assert set(courses["plain"].gain) == {1.0} and set(courses["plain"].bias) == {0.0}


def test_batch_norm_follows_torch_in_its_running_statistics():
    x = np.random.default_rng(0).normal(3, 2, (50, 8))
    mean, variance = 0.0, 1.0
    gain, bias = 1 / np.sqrt(1 + BATCH_NORM_EPSILON), 0.0
    for batch in x:
        mean = (1 - BATCH_NORM_MOMENTUM) * mean + BATCH_NORM_MOMENTUM * batch.mean()
        variance = (1 - BATCH_NORM_MOMENTUM) * variance + BATCH_NORM_MOMENTUM * batch.var(ddof=1)
        gain, bias = follow_statistics(gain, bias, batch.mean(), batch.var(ddof=1))
    assert gain == pytest.approx(1 / np.sqrt(variance + BATCH_NORM_EPSILON), rel=1e-12)
    assert bias == pytest.approx(-mean / np.sqrt(variance + BATCH_NORM_EPSILON), rel=1e-12)


@pytest.mark.parametrize(
    ("plain", "moved", "scale", "shift"),
    [
        (Normal(0, 1), Normal(3, 0.1), 0.1, 3),
        (Logistic(0, 1), Logistic(-20, 50), 50, -20),
        (Uniform(0, 1), Uniform(5, 7), 2, 5),
        (Mixture((0, 1), (0.1, 0.5), 0.3), Mixture((7, 27), (2, 10), 0.3), 20, 7),
    ],
    ids=str,
)
def test_ip_runs_the_same_course_whatever_the_units_of_the_input_and_infomax_does_not(plain, moved, scale, shift):
    """Both start from the same potentials: ``x = (scale * x + shift) / scale - shift / scale``."""
    options = {"methods": ("ip", "infomax"), "steps": 300, "batch_size": 20, "rate": 0.1, "seed": 4}
    there = simulate(plain, **options)
    here = simulate(moved, gain=1 / scale, bias=-shift / scale, **options)
    differences = {
        method: max(
            np.abs(here[method].gain * scale - there[method].gain).max(),
            np.abs(here[method].bias + here[method].gain * shift - there[method].bias).max(),
        )
        for method in options["methods"]
    }
    assert differences["ip"] < 1e-9
    assert differences["infomax"] > 0.1


def test_from_one_gain_and_bias_the_courses_of_an_input_and_of_a_moved_one_differ():
    """As the page starts: the same gain and bias give other potentials, and the two meet only at rest."""
    there, here = (simulate(fed, "ip", 2_000, rate=0.1, seed=4)["ip"] for fed in (Normal(0, 1), Normal(3, 0.5)))
    gaps = np.abs(0.5 * here.gain - there.gain) + np.abs(here.bias + 3 * here.gain - there.bias)
    assert gaps[20] > 0.3 and gaps[-1] < 1e-3


@pytest.mark.parametrize("distribution", [*DISTRIBUTIONS, Lognormal(0, 2), Normal(500, 0.01)], ids=str)
def test_the_rules_rest_where_theory_says_and_nowhere_near(distribution):
    for method in ONE_NEURON:
        gain, bias = at_rest(method, distribution)
        d_gain, d_bias = vector_field(distribution, method, [gain], [bias], rate=0.1)
        # The scale of a step is that of those at half and twice the gain: under Infomax it has the units of the input.
        around = vector_field(distribution, method, [gain / 2, gain * 2], [bias], rate=0.1)
        scale_gain, scale_bias = (np.abs(change).max() for change in around)
        if method == "plain":
            assert scale_gain == scale_bias == 0
            continue
        assert abs(d_gain.item()) <= 1e-6 * scale_gain
        assert abs(d_bias.item()) <= 1e-6 * max(scale_bias, scale_gain)


@pytest.mark.parametrize("method", ONE_NEURON)
def test_the_mean_course_is_what_large_minibatches_follow_to_rest(method):
    fed = Mixture((-1, 2), (0.5, 1), 0.4)
    updates = [0, 1, 5, 20, 2_000, 100_000]
    course = mean_course(fed, method, updates, rate=0.05)
    followed = simulate(fed, method, 20, batch_size=1024, rate=0.05)[method]
    simulated = np.stack([followed.gain, followed.bias], -1)[updates[:4]]
    np.testing.assert_allclose(course[:4], simulated, rtol=0.03, atol=0.02)
    assert course[0].tolist() == [1.0, 0.0]
    assert course[-2:] == pytest.approx(np.tile(at_rest(method, fed), (2, 1)), rel=1e-4)


def test_a_mean_course_ends_where_infomax_overshoots_and_where_it_is_too_long_to_compute():
    assert np.isnan(mean_course(Exponential(0.1), "infomax", range(9), rate=0.05)[3:]).all()
    assert np.isfinite(mean_course(Exponential(0.1), "ip", range(9), rate=0.05)).all()
    slow = mean_course(Normal(1, 1), "ip", [MOST_UPDATES, MOST_UPDATES + 1], rate=1e-5)
    assert np.isfinite(slow[0]).all() and np.isnan(slow[1]).all()


@pytest.mark.parametrize("method", ["ip", "infomax"])
def test_the_vector_field_is_the_mean_of_the_updates(method):
    distribution = Mixture((-1, 2), (0.5, 1), 0.4)
    gains, biases = np.array([0.3, 1.2]), np.array([-1.0, 0.0, 0.5])
    d_gain, d_bias = vector_field(distribution, method, gains, biases, rate=0.02)
    assert d_gain.shape == d_bias.shape == (3, 2)
    x = distribution.sample(np.random.default_rng(0), (400_000, 1))
    for row, bias in enumerate(biases):
        for column, gain in enumerate(gains):
            after = advance(method, x, {"gain": np.array([gain]), "bias": np.array([bias])}, 0.02)
            assert d_gain[row, column] == pytest.approx(after["gain"].item() - gain, abs=2e-4)
            assert d_bias[row, column] == pytest.approx(after["bias"].item() - bias, abs=2e-4)


def test_an_update_is_that_of_the_shared_rules():
    x = np.random.default_rng(0).normal(size=(10, 1))
    state = {"gain": np.array([1.3]), "bias": np.array([0.2])}
    u = state["gain"] * x + state["bias"]
    assert advance("infomax", x, state, 0.05) == infomax.update(x, None, np.tanh(u), state, 0.05)
    assert advance("ip", x, state, 0.05) == ip.update(None, u, np.tanh(u), state, 0.05)


def test_the_course_does_not_depend_on_how_the_steps_are_cut():
    distribution = Mixture((-1, 2), (0.5, 1), 0.4)
    whole = simulate(distribution, ONE_NEURON, steps=30, batch_size=5, seed=9)
    neuron = Neuron(distribution, ONE_NEURON, batch_size=5, seed=9)
    for count in (1, 10, 0, 19):
        neuron.step(count)
    for method, course in neuron.trajectories().items():
        assert course.step.tolist() == list(range(31))
        for name in ("gain", "bias", "information"):
            np.testing.assert_array_equal(getattr(course, name), getattr(whole[method], name))
        assert neuron.now()[method] == (course.gain[-1], course.bias[-1], course.information[-1])


def test_all_rules_are_fed_the_same_samples():
    together = simulate(Exponential(2), ONE_NEURON, steps=20, batch_size=4, seed=3)
    for method in ONE_NEURON:
        alone = simulate(Exponential(2), method, steps=20, batch_size=4, seed=3)[method]
        np.testing.assert_array_equal(alone.gain, together[method].gain)


def test_information_is_that_of_gain_and_bias_of_the_moment():
    course = simulate(Exponential(1), "ip", steps=50)["ip"]
    for moment in (0, 7, 50):
        expected = information(bin_probabilities(Exponential(1), course.gain[moment], course.bias[moment]))
        assert course.information[moment] == pytest.approx(expected, rel=1e-12)
    assert course.information[-1] > course.information[0]


def test_rules_follow_when_the_distribution_changes_in_flight():
    neuron = Neuron(Normal(0, 1), ("batch-norm", "ip"), rate=0.05)
    neuron.step(300)
    before = neuron.trajectories()["ip"].information[-1]
    neuron.distribution = Normal(2, 0.5)
    assert neuron.now()["ip"][2] < 0.9 < before  # the old gain and bias serve the new input badly
    neuron.step(600)
    gain, bias, settled = neuron.now()["ip"]
    rest = equilibrium(Normal(2, 0.5))
    assert (gain, bias) == pytest.approx((rest.gain, rest.bias), rel=0.1)
    assert settled > 0.99
    assert neuron.now()["batch-norm"][0] == pytest.approx(at_rest("batch-norm", Normal(2, 0.5))[0], rel=0.1)


def test_a_long_course_is_thinned_evenly():
    neuron = Neuron(Normal(), "ip", batch_size=2, history=64)
    for _ in range(50):
        neuron.step(20)
    steps = neuron.trajectories()["ip"].step
    assert 32 <= len(steps) <= 64
    assert steps[0] == 0 and len(set(np.diff(steps))) == 1 and steps[-1] > 950


def test_a_step_to_infinity_is_not_taken():
    neuron = Neuron(Normal(), ("infomax", "ip"), gain=1e-310)
    neuron.step(3)
    assert neuron.now()["infomax"][:2] == (1e-310, 0.0)  # 1 / gain overflows
    assert neuron.now()["ip"][0] > 1e-310


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Neuron(Normal(), ONE_NEURON, batch_size=1), "batch_size must be at least 2 with batch-norm, not 1"),
        (
            lambda: Neuron(Normal(), "layer-norm"),
            "methods must be of .* for one neuron, not 'layer-norm': it",
        ),
        (lambda: vector_field(Normal(), "layer-norm", [1], [0]), "for one neuron, not 'layer-norm'"),
        (lambda: advance("layer-norm", np.zeros((2, 1)), {}, 0.1), "for one neuron, not 'layer-norm'"),
        (lambda: Neuron(Normal(), "ip", batch_size=0), "batch_size must be a whole number from 1 to 1,024, not 0"),
        (lambda: Neuron(Normal(), "ip", rate=-1), "intrinsic_rate must be a number from 0 to 10, not -1"),
        (lambda: Neuron(Normal(), "sgd"), "methods must be one or more of .*, not 'sgd'"),
        (lambda: Neuron(Normal(), "ip", gain=0), "gain must be a positive number and bias a number, not 0 and 0.0"),
        (lambda: Neuron(Normal(), "ip", bias=np.nan), "gain must be a positive number and bias a number"),
        (lambda: simulate(Normal(), "ip", steps=0), "steps must be a whole number from 1 to 100,000, not 0"),
        (lambda: simulate(Normal(), "ip", steps=3, rate=[0.1, 0.1]), "rate must be one number, or one for each of 3"),
        (lambda: simulate(Normal(), "ip", steps=2, rate=[0.1, 11]), "intrinsic_rate must be a number from 0 to 10"),
        (lambda: vector_field(Normal(), "sgd", [1], [0]), "methods must be one or more of"),
        (lambda: vector_field(Normal(), "ip", [0, 1], [0]), "gains must be positive, not 0"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
