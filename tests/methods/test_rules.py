"""The rules for gain and bias: what they ascend, where they rest, and what they do not depend on."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from ipcore.methods import infomax, ip
from ipcore.methods.ip import LARGEST_CHANGE

BATCH, UNITS = 64, 7


def infomax_step(x, y, gain, rate):
    """The changes of gain and bias under Infomax."""
    after = infomax.update(x, None, y, {"gain": gain, "bias": 0 * gain}, rate)
    return after["gain"] - gain, after["bias"]


def ip_step(u, y, gain, bias, rate):
    """Gain and bias after a step of IP."""
    after = ip.update(None, u, y, {"gain": gain, "bias": bias}, rate)
    return after["gain"], after["bias"]


def output_entropy(u: Tensor, log_scale: Tensor) -> Tensor:
    """Entropy of tanh(u) up to that of the input, averaged over the minibatch, summed over units.

    ``<ln |dy/dx|> = <ln scale + ln sech^2 u>``, where ``scale`` is du/dx.
    """
    log_sech = -(u.abs() + torch.nn.functional.softplus(-2 * u.abs()) - math.log(2))
    return (log_scale + 2 * log_sech).mean(-2).sum()


@pytest.fixture
def neurons() -> tuple[Tensor, Tensor, Tensor]:
    """Pre-activations (batch, units), gain and bias (units,), in double precision."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(BATCH, UNITS, generator=generator, dtype=torch.float64) * 2 + 0.5
    gain = torch.rand(UNITS, generator=generator, dtype=torch.float64) + 0.3
    bias = torch.randn(UNITS, generator=generator, dtype=torch.float64)
    return x, gain, bias


def test_infomax_is_the_gradient_of_the_output_entropy(neurons):
    x, gain, bias = neurons
    gain, bias = gain.requires_grad_(), bias.requires_grad_()
    output_entropy(gain * x + bias, gain.log()).backward()
    with torch.no_grad():
        d_gain, d_bias = infomax_step(x, (gain * x + bias).tanh(), gain, 0.1)
    torch.testing.assert_close(d_gain, 0.1 * gain.grad)
    torch.testing.assert_close(d_bias, 0.1 * bias.grad)


def test_ip_is_the_relative_gradient_of_the_output_entropy(neurons):
    """The gradient for u -> (1 + epsilon) u + delta, at epsilon = delta = 0."""
    x, gain, bias = neurons
    u = gain * x + bias
    epsilon = torch.zeros(UNITS, dtype=torch.float64, requires_grad=True)
    delta = torch.zeros(UNITS, dtype=torch.float64, requires_grad=True)
    output_entropy((1 + epsilon) * u + delta, gain.log() + torch.log1p(epsilon)).backward()
    rate = 0.01  # small enough that no step is clipped
    new_gain, new_bias = ip_step(u, u.tanh(), gain, bias, rate)
    log_change = (new_gain / gain).log()
    torch.testing.assert_close(log_change, rate * epsilon.grad)
    torch.testing.assert_close(new_bias - log_change.exp() * bias, rate * delta.grad)


def test_numpy_and_torch_agree(neurons):
    x, gain, bias = neurons
    u = gain * x + bias
    y = u.tanh()
    as_tensors = (*infomax_step(x, y, gain, 0.05), *ip_step(u, y, gain, bias, 0.05))
    x, gain, bias, u, y = (tensor.numpy() for tensor in (x, gain, bias, u, y))
    as_arrays = (*infomax_step(x, y, gain, 0.05), *ip_step(u, y, gain, bias, 0.05))
    for tensor, array in zip(as_tensors, as_arrays, strict=True):
        assert isinstance(array, np.ndarray)
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-12)


@pytest.mark.parametrize(("scale", "offset"), [(1e-3, 0.0), (50.0, -400.0), (1.0, 7.0)])
def test_the_course_of_the_potential_under_ip_does_not_depend_on_scale_and_offset(scale, offset):
    x = np.random.default_rng(0).exponential(size=(400, 50, 1))
    gain, bias = np.array([1.0]), np.array([0.0])
    other_gain, other_bias = gain / scale, bias - gain * offset / scale
    for batch in x:
        u, other = gain * batch + bias, other_gain * (scale * batch + offset) + other_bias
        np.testing.assert_allclose(other, u, rtol=1e-7, atol=1e-9)
        gain, bias = ip_step(u, np.tanh(u), gain, bias, 0.05)
        other_gain, other_bias = ip_step(other, np.tanh(other), other_gain, other_bias, 0.05)


def test_the_course_under_infomax_does_depend_on_scale():
    """Started from the same potentials, far from rest, ten steps on an input four times larger end elsewhere."""
    x = np.random.default_rng(0).normal(size=(10, 50, 1))
    gain, bias = np.array([4.0]), np.array([0.0])
    other_gain, other_bias = gain / 4, bias
    for batch in x:
        d_gain, d_bias = infomax_step(batch, np.tanh(gain * batch + bias), gain, 0.01)
        gain, bias = gain + d_gain, bias + d_bias
        d_gain, d_bias = infomax_step(4 * batch, np.tanh(other_gain * 4 * batch + other_bias), other_gain, 0.01)
        other_gain, other_bias = other_gain + d_gain, other_bias + d_bias
    assert abs(4 * other_gain - gain) > 0.5


@pytest.mark.parametrize("rule", ["ip", "infomax"])
@pytest.mark.parametrize(("mean", "scale"), [(0.0, 1.0), (2.0, 0.3)])
def test_both_rest_at_the_logistic_closed_form(rule, mean, scale):
    """On a logistic input: gain 1 / (2 s), bias -mean / (2 s), and a uniform output. Mid-quantiles stand for it."""
    share = (np.arange(20_000) + 0.5) / 20_000
    x = (mean + scale * np.log(share / (1 - share)))[:, None]
    gain, bias = np.array([1 / (2 * scale)]), np.array([-mean / (2 * scale)])
    u = gain * x + bias
    if rule == "ip":
        new_gain, new_bias = ip_step(u, np.tanh(u), gain, bias, 1.0)
    else:
        d_gain, d_bias = infomax_step(x, np.tanh(u), gain, 1.0)
        new_gain, new_bias = gain + d_gain * scale**2, bias + d_bias
    np.testing.assert_allclose(new_gain, gain, rtol=1e-3)
    np.testing.assert_allclose(new_bias, bias, atol=2e-3 * max(1, abs(mean / scale)))


def test_one_step_is_bounded_and_keeps_the_gain_positive():
    u = np.full((10, 1), 1e6)
    gain, _ = ip_step(u, np.tanh(u), np.array([3.0]), np.array([0.0]), 10.0)
    np.testing.assert_allclose(gain, 3 * math.exp(-LARGEST_CHANGE))
    still = np.zeros((10, 1))
    gain, bias = ip_step(still, np.tanh(still), np.array([3.0]), np.array([1.0]), 10.0)
    np.testing.assert_allclose(gain, 3 * math.exp(LARGEST_CHANGE))
    np.testing.assert_allclose(bias, math.exp(LARGEST_CHANGE))
