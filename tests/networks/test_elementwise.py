"""The hyperbolic tangent of the networks, on NumPy and on PyTorch."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from ipcore.networks import elementwise

LARGEST_ERROR = 2e-7


@pytest.mark.parametrize("fast", [True, False])
def test_tanh_is_accurate_also_near_zero(fast, monkeypatch):
    """The relative error, over all sizes that activity may have."""
    monkeypatch.setattr(elementwise, "FAST_NUMPY", fast)
    positive = torch.logspace(-30, np.log10(20.0), 100_001)
    for x in (positive, -positive):
        expected = np.tanh(x.double().numpy())
        found = elementwise.tanh(x, out=torch.empty_like(x)).double().numpy()
        assert np.abs(found / expected - 1).max() <= LARGEST_ERROR


@pytest.mark.parametrize("fast", [True, False])
def test_what_is_prepared_reads_the_tensor_as_it_then_is(fast, monkeypatch):
    monkeypatch.setattr(elementwise, "FAST_NUMPY", fast)
    x, y = torch.zeros(2, 3), torch.empty(2, 3)
    compute = elementwise.Tanh(x, y)
    x.copy_(torch.tensor([[0.5, torch.nan, torch.inf], [0.0, -0.5, -torch.inf]]))
    compute()
    expected = torch.tensor([[0.46211717, torch.nan, 1.0], [0.0, -0.46211717, -1.0]])
    torch.testing.assert_close(y, expected, equal_nan=True)
    assert elementwise.tanh(x, out=x) is x
    torch.testing.assert_close(x, expected, equal_nan=True)


@pytest.mark.parametrize("fast", [True, False])
def test_a_copy_works_on_copies_of_the_tensors(fast, monkeypatch):
    monkeypatch.setattr(elementwise, "FAST_NUMPY", fast)
    x, y = torch.zeros(3), torch.zeros(3)
    compute, x_of_copy, y_of_copy = copy.deepcopy((elementwise.Tanh(x, y), x, y))
    x_of_copy.fill_(1.0)
    compute()
    assert y.tolist() == [0.0] * 3
    torch.testing.assert_close(y_of_copy, torch.full((3,), 0.76159416))
