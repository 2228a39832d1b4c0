"""The claims on real photographs: a sample of CIFAR-10, which not everybody has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from claims_executor import InProcess

from ipcore.claims import experiments
from ipcore.claims.experiments import Plan, Size
from ipcore.claims.judging import judge
from ipcore.claims.running import Measured, measure
from ipcore.data.sets import SCALING, Data, class_mixed

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "cifar10-6k.npz"
TRIED = Size((15,), (0.03,), 100, (), (), 1, 3)
"""One depth and one rate, for so many steps that a network that learns is above chance."""


def photographs() -> Data:
    """The sample as ipcore.data prepares the whole data set: one plane for each colour, classes mixed, scaled."""
    stored, parts = np.load(SAMPLE), []
    for part, seed in (("train", 0), ("test", 1)):
        images, labels = stored[f"{part}_images"], stored[f"{part}_labels"].astype(np.int64)
        order = class_mixed(labels, seed)
        parts += [images.transpose(0, 3, 1, 2).reshape(len(images), -1)[order], labels[order]]
    return Data("cifar10", *parts, *SCALING["cifar10"], None)


@pytest.mark.skipif(not SAMPLE.is_file(), reason="there is no sample of CIFAR-10 beside the project")
def test_ip_learns_photographs_from_a_start_from_which_a_deep_plain_network_does_not(monkeypatch):
    monkeypatch.setattr(experiments, "QUICK", TRIED)
    measured = Measured(Plan(("C1",), quick=True, seeds=3, dataset="cifar10"))
    measure(measured, InProcess(photographs()))
    assert measured.whole and not measured.failures
    result = judge(measured)
    places = {each.where: each for each in result.findings["C1"].conditions}
    assert "Plain learns at no rate, IP at 0.03" in places["PyTorch's start, 15 layers"].words
    assert places["PyTorch's start, 15 layers"].verdict == "holds"
    assert result.settings.dataset == "cifar10"
