"""The setting ``train_examples``: training sees the first examples of the data set and no other."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from plain import all_plain

from ipcore.config import RunConfig
from ipcore.data.sets import Data, load
from ipcore.networks.measuring import measure
from ipcore.networks.stacks import train_stack
from ipcore.networks.training import train
from ipcore.sweeps.plan import Sweep

CONFIG = RunConfig(
    dataset="moons", methods=("plain", "ip"), depth=2, width=8, batch_size=20, steps=30, train_examples=100
)


@pytest.fixture
def poisoned() -> Data:
    """All training examples but the first hundred are no numbers, so none of them can be used unnoticed."""
    data = load("moons")
    inputs = data.train_inputs.copy()
    inputs[100:] = np.nan
    return dataclasses.replace(data, train_inputs=inputs)


def test_a_race_trains_on_them_and_says_how_many_there_are(poisoned):
    start, *events = all_plain(train(CONFIG, poisoned))
    assert start["data"]["train"] == 100 and len(start["data"]["points"]) == 100
    assert not [event for event in events if event["event"] == "diverged"]
    whole = all_plain(train(CONFIG.replace(train_examples=0), load("moons").first(100)))
    tests = [[event for event in each if event["event"] == "test"][-1] for each in (events, whole)]
    assert tests[0] == tests[1]


def test_a_stack_of_a_sweep_trains_on_them(poisoned):
    (stack,) = Sweep(CONFIG.replace(methods="ip"), {"learning_rate": (0.01, 0.1)}).stacks()
    done = all_plain(filter(None, train_stack(stack, poisoned)))[-1]
    assert done["diverged"] == [None, None]


def test_a_measurement_uses_them(poisoned):
    measured = all_plain(measure(CONFIG, poisoned))[-2]
    assert measured["event"] == "measured" and np.isfinite(measured["second_moment"])
