"""Compiled loops, where Numba is installed: they compute what PyTorch and NumPy compute, but for rounding."""

from __future__ import annotations

import copy
import dataclasses
import math

import numpy as np
import pytest
import torch

from ipcore import packages
from ipcore.config import METHODS, RunConfig
from ipcore.data.sets import Data, load
from ipcore.networks.compiling import load_compiled, use_compiled
from ipcore.networks.loss import cross_entropy
from ipcore.networks.minibatches import Minibatches
from ipcore.networks.race import Race

numba = pytest.importorskip("numba", reason="Numba is not installed: pip install -r requirements-fast.txt")


@pytest.fixture(scope="module")
def data() -> Data:
    return load("mnist-5k")


def trained(data: Data, steps: int, **settings: object) -> tuple[Race, list[dict[str, list[float]]]]:
    """A race of every method after so many steps, and its losses."""
    race = Race(RunConfig(methods=METHODS, depth=4, width=8, batch_size=13, seeds=3, **settings), data)
    with torch.no_grad():
        return race, [race.advance()[0] for _ in range(steps)]


def test_tanh_is_accurate_also_near_zero():
    """The relative error, over all sizes that activity may have, on a fine grid where the polynomial works."""
    from ipcore.networks.compiled.neuron_loops import tanh_in_place

    small, large = np.logspace(-44, 1.3, 400_001), np.linspace(1e-4, 12, 600_001)
    positive = np.concatenate((small, large)).astype(np.float32)
    for x in (positive, -positive):
        found = x.copy().reshape(1, 1, -1)
        tanh_in_place(found)
        assert np.abs(found.ravel().astype(np.float64) / np.tanh(x.astype(np.float64)) - 1).max() <= 2e-7
    special = np.array([[[0.0, np.inf, -np.inf, np.nan, 1e30]]], np.float32)
    tanh_in_place(special)
    np.testing.assert_array_equal(special, np.array([[[0.0, 1.0, -1.0, np.nan, 1.0]]], np.float32))


def test_exp_is_accurate_below_zero():
    from ipcore.networks.compiled.example_loops import exp

    @numba.njit
    def each(x, found):
        for i in range(len(x)):
            found[i] = exp(x[i])

    x = -np.concatenate((np.logspace(-44, 1.93, 200_001), np.linspace(0, 87, 300_001))).astype(np.float32)
    found = np.empty_like(x)
    each(x, found)
    assert np.abs(found.astype(np.float64) / np.exp(x.astype(np.float64)) - 1).max() <= 2e-7
    x = np.array([-90, -1e30, -np.inf], np.float32)
    each(x, found)
    assert (found[:3] == 0).all()


def test_the_loss_is_that_of_double_precision():
    logits = (
        torch.randn(3, 10, 100, generator=torch.Generator().manual_seed(0))
        * torch.tensor([1e-5, 1.0, 30.0])[:, None, None]
    )
    labels = torch.randint(0, 10, (3, 100), generator=torch.Generator().manual_seed(1))
    loss, error = load_compiled("examples").cross_entropy(logits, labels)
    exact, exact_error = cross_entropy(logits.double(), labels)
    torch.testing.assert_close(loss.double(), exact, rtol=3e-7, atol=0)
    torch.testing.assert_close(error.double(), exact_error, rtol=1e-5, atol=3e-9)


@pytest.mark.parametrize("fault", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 3, 9])
def test_a_logit_that_is_not_finite_makes_the_loss_of_its_replica_so_and_of_no_other(fault, place):
    logits, labels = torch.zeros(3, 10, 7), torch.full((3, 7), 3)
    logits[1, place, 4] = fault
    loss, _ = load_compiled("examples").cross_entropy(logits, labels)
    assert loss.isfinite().tolist() == [True, False, True]


@pytest.mark.parametrize("name", ["mnist-5k", "moons"])
def test_minibatches_are_the_same_to_the_last_bit(name):
    data = load(name)
    shifted = dataclasses.replace(data, offset=0.3, scale=0.7)
    for each in (data, shifted):
        compiled, usual = load_compiled("examples").CompiledMinibatches(each, 13, [3, 4]), Minibatches(each, 13, [3, 4])
        for _ in range(2 + len(each.train_labels) // 13):
            for found, wanted in zip(compiled.next(), usual.next(), strict=True):
                assert found.dtype == wanted.dtype and torch.equal(found, wanted)


def test_every_method_trains_as_without_them(data, monkeypatch):
    """After two steps of a high rate, everything that is trained and every gradient differ by rounding."""
    settings = {"initialization": "xavier", "learning_rate": 0.1}
    compiled, losses = trained(data, 2, **settings)
    monkeypatch.setattr(packages, "NUMBA", False)
    usual, expected = trained(data, 2, **settings)
    for method in METHODS:
        ours, theirs = compiled.networks[method], usual.networks[method]
        assert type(ours.neurons) is not type(theirs.neurons)
        np.testing.assert_allclose(losses[1][method], expected[1][method], rtol=1e-6)
        pairs = zip((*ours.state(), *ours.weight_gradients), (*theirs.state(), *theirs.weight_gradients), strict=True)
        for found, wanted in pairs:
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))


def test_repeats_and_copies_are_equal_to_the_last_bit(data):
    race, before = trained(data, 3)
    copied = copy.deepcopy(race)
    with torch.no_grad():
        after = [race.advance()[0] for _ in range(5)]
        assert [copied.advance()[0] for _ in range(5)] == after
    assert trained(data, 8)[1] == before + after


def test_another_device_and_double_precision_do_without_them(monkeypatch):
    assert use_compiled()
    monkeypatch.setattr(torch, "get_default_dtype", lambda: torch.float64)
    assert not use_compiled()
    monkeypatch.undo()
    with torch.device("meta"):
        assert not use_compiled()
    assert set(load_compiled("neurons").COMPILED) >= {"plain", "batch-norm", "layer-norm"}
