"""Signals through depth: reference numbers, the fixed point by other means, and networks drawn at random."""

import math

import numpy as np
import pytest

from ipcore.config import METHODS
from ipcore.theory.depth import gradient_multiplier, potential_spread, signal_through_depth


def test_reference_multipliers():
    assert gradient_multiplier("plain") == pytest.approx(1 / 3, abs=1e-12)
    assert gradient_multiplier("plain", 1) == pytest.approx(1, abs=1e-9)
    for variance in (1 / 3, 1, 4):
        assert gradient_multiplier("ip", variance) == pytest.approx(1.134, abs=5e-4)
        assert gradient_multiplier("infomax", variance) == gradient_multiplier("ip")
        assert gradient_multiplier("batch-norm", variance) == pytest.approx(1.178, abs=5e-4)
    assert potential_spread("ip") == pytest.approx(0.8744, abs=5e-5)


@pytest.mark.parametrize("variance", [1.0001, 1.5, 4, 100, 1e6])
def test_plain_multiplier_at_its_fixed_point(variance):
    """Against iteration of the map from above (monotone, so it ends at the fixed point), with Simpson's rule."""
    z = np.linspace(-10, 10, 100_001)
    normal = np.exp(-(z**2) / 2)
    normal[1:-1:2] *= 4
    normal[2:-1:2] *= 2
    normal /= normal.sum()
    if variance < 1.01:  # iteration would crawl; a series serves: q = (v - 1) / 2 + ..., chi = 1 + O((v - 1)^2)
        assert gradient_multiplier("plain", variance) == pytest.approx(1, abs=1e-7)
        return
    q = variance
    for _ in range(40):
        q = variance * float(normal @ np.tanh(math.sqrt(q) * z) ** 2)
    expected = variance * float(normal @ np.cosh(np.clip(math.sqrt(q) * z, -300, 300)) ** -4.0)
    assert gradient_multiplier("plain", variance) == pytest.approx(expected, rel=1e-6)


def test_multiplier_grows_without_a_jump_through_variance_one():
    found = [gradient_multiplier("plain", v) for v in (1 - 1e-6, 1, 1 + 1e-9, 1 + 2e-9, 1 + 1e-6)]
    assert found == pytest.approx([1] * 5, abs=2e-6)


def random_network(method, depth, width, variance, inputs, generator):
    """RMS dL/dx and RMS of single examples' dL/dW by layer, and mean square of u and y, with random errors on top."""
    spread = None if method == "plain" else potential_spread(method)
    y, layers = inputs, []
    for _ in range(depth):
        weight = generator.normal(size=(y.shape[1], width)) * math.sqrt(variance / y.shape[1])
        x = y @ weight
        gain = np.ones(width) if spread is None else spread / x.std(0)
        u = gain * (x if spread is None else x - x.mean(0))
        below, y = y, np.tanh(u)
        layers.append((weight, gain, u, y, below))
    dy, found = generator.normal(size=y.shape), []
    for weight, gain, u, y, below in reversed(layers):
        du = dy * (1 - y**2)
        if method == "batch-norm":  # backprop goes through its mean and variance
            du = du - du.mean(0) - u * (du * u).mean(0)
        dx = gain * du
        gradient = math.sqrt(np.mean((dx**2).sum(1) * (below**2).sum(1)) / (width * below.shape[1]))
        found.insert(0, (np.mean(u**2), np.mean(y**2), math.sqrt(np.mean(dx**2)), gradient))
        dy = dx @ weight.T
    return np.array(found).T


@pytest.mark.parametrize(
    ("method", "variance"),
    [("plain", 1 / 3), ("plain", 1), ("plain", 4), ("batch-norm", 1 / 3), ("ip", 1 / 3), ("ip", 4)],
)
def test_signals_of_random_networks(method, variance):
    """The slope, as chi, within 5 %; each layer within 20 %, since errors of the slope of one network add up."""
    generator = np.random.default_rng(3)
    inputs = generator.normal(0.3, 0.5, (300, 400))
    potential, activity, error, gradient = random_network(method, 20, 256, variance, inputs, generator)
    theory = signal_through_depth(method, 20, variance, np.mean(inputs**2), inputs.var(0).mean())
    for measured, predicted in (
        (potential, theory.potential),
        (activity, theory.activity),
        (error / error[-1], theory.error_signal),
        (gradient / gradient[-1], theory.weight_gradient),
    ):
        np.testing.assert_allclose(measured, predicted, rtol=0.2)
    slope = (error[2] / error[17]) ** (2 / 15)
    assert slope == pytest.approx((theory.error_signal[2] / theory.error_signal[17]) ** (2 / 15), rel=0.05)
    if variance != 1:  # there plain has no exponential limit: its chi goes to 1 as a power of depth
        assert slope == pytest.approx(gradient_multiplier(method, variance), rel=0.05)


def test_signals_settle_at_the_multiplier():
    for method in METHODS:
        signal = signal_through_depth(method, 50, 3).error_signal
        assert (signal[30] / signal[31]) ** 2 == pytest.approx(gradient_multiplier(method, 3), rel=1e-6)
    assert signal_through_depth("plain", 1).error_signal == pytest.approx([1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradient_multiplier("adam"), "methods must be one or more of .*, not 'adam'"),
        (lambda: gradient_multiplier("ip", -1), "weight_variance must be a number from 1e-06 to 1,000,000, not -1"),
        (lambda: gradient_multiplier("plain", math.nan), "weight_variance must be"),
        (lambda: signal_through_depth("ip", 51), "depth must be a whole number from 1 to 50, not 51"),
        (lambda: signal_through_depth("ip", 5, 1, 0), "input_second_moment must be"),
        (lambda: signal_through_depth("ip", 5, 1, 1, "x"), "input_variance must be"),
        (
            lambda: potential_spread("plain"),
            "method must be one of batch-norm, infomax, ip, .*, whose potential has a known spread, not 'plain'",
        ),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
