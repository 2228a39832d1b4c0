"""Measured gradients of untrained networks: against theory, against the network's own numbers, and as a stream."""

from __future__ import annotations

import json
import math
import queue

import numpy as np
import pytest
import torch
from plain import all_plain

from ipcore.config import RunConfig
from ipcore.data.sets import load
from ipcore.datasets import DATASETS
from ipcore.networks.measuring import measure
from ipcore.networks.starts import initial_weights
from ipcore.recordings.measurement import Measurement, multiplier
from ipcore.theory.depth import gradient_multiplier, signal_through_depth, weight_variance
from ipcore.worker import commands
from ipcore.worker.loop import CommandLoop

SMALL = RunConfig(methods=("plain", "batch-norm", "ip"), depth=7, width=12, batch_size=20, steps=5, seeds=2)


@pytest.fixture(scope="module")
def digits():
    return load("mnist-5k")


def measured(config: RunConfig, data) -> Measurement:
    found = Measurement(config)
    for event in measure(config, data):
        found.add(event)
    return found


@pytest.fixture(scope="module", params=[1.0, math.sqrt(12)], ids=["a third", "four"])
def deep(request, digits) -> Measurement:
    """20 layers of 256 on the embedded digits, three seeds; weight variances a third and four."""
    config = RunConfig(
        methods=("plain", "batch-norm", "ip"),
        depth=20,
        width=256,
        weight_scale=request.param,
        seeds=3,
        steps=60,
        intrinsic_rate=0.02,
    )
    return measured(config, digits)


@pytest.mark.parametrize("scale", [0.3, 1.0, 10.0])
def test_weight_variance_is_that_of_the_weights_drawn(scale):
    config = RunConfig(depth=3, width=200, weight_scale=scale)
    _, hidden, _ = initial_weights(config, [5])
    assert config.width * hidden.double().var().item() == pytest.approx(weight_variance(scale), rel=0.01)


def test_multipliers_are_within_five_percent_of_theory(deep):
    variance = weight_variance(deep.config.weight_scale)
    for method, found in deep.methods.items():
        theory = gradient_multiplier(method, variance)
        np.testing.assert_allclose(found.multiplier, theory, rtol=0.05, err_msg=method)


def test_the_multipliers_of_controls_are_near_theory(digits):
    """Averaged IP has that of IP, and layer norm, over the units of a layer, that of batch norm."""
    controls = ("averaged-ip", "running-batch-norm", "constant-batch-norm", "layer-norm")
    config = RunConfig(methods=controls, depth=14, width=128, seeds=2, steps=30, intrinsic_rate=0.02)
    for method, found in measured(config, digits).methods.items():
        np.testing.assert_allclose(found.multiplier.mean(), gradient_multiplier(method), rtol=0.06, err_msg=method)


def chi(digits, method, scale, **shape):
    config = RunConfig(methods=(method,), depth=20, weight_scale=scale, seeds=3, **shape)
    return np.median(measured(config, digits).methods[method].multiplier)


def test_the_smallest_weights_leave_batch_norm_below_theory_for_what_it_adds_to_the_variance(digits, monkeypatch):
    theory = gradient_multiplier("batch-norm")
    assert chi(digits, "batch-norm", 0.01, width=64) < 0.96 * theory
    monkeypatch.setattr("ipcore.networks.neurons.batch_norm.BATCH_NORM_EPSILON", 1e-9)
    assert chi(digits, "batch-norm", 0.01, width=64) == pytest.approx(theory, rel=0.05)


def test_the_largest_weights_leave_plain_below_theory_where_layers_are_narrow(digits):
    theory = gradient_multiplier("plain", weight_variance(100))
    assert chi(digits, "plain", 100, width=32) < 0.5 * theory
    assert chi(digits, "plain", 100, width=512) == pytest.approx(theory, rel=0.2)


def test_signal_and_error_follow_theory_layer_by_layer(deep):
    variance = weight_variance(deep.config.weight_scale)
    for method, found in deep.methods.items():
        theory = signal_through_depth(method, 20, variance, deep.second_moment, deep.variance)
        np.testing.assert_allclose(found.activity, np.sqrt(theory.activity), rtol=0.15, err_msg=method)
        # Ratios of neighbours: a product over 20 layers would gather what each of them is off.
        relative = found.error_signal[:-1] / found.error_signal[1:]
        expected = theory.error_signal[:-1] / theory.error_signal[1:]
        np.testing.assert_allclose(relative[1:], expected[1:], rtol=0.1, err_msg=method)


def test_ip_has_settled(deep):
    theory = signal_through_depth("ip", 20)
    assert deep.methods["ip"].activity[2:] == pytest.approx(math.sqrt(theory.activity[-1]), rel=0.03)


def test_multiplier_is_the_mean_growth_between_the_ends():
    assert multiplier([9e9, 9e9, 8, 4, 2, 1, 0, 0]) == pytest.approx(4)
    assert math.isnan(multiplier([1, 1, 1, 1, 1])), "one layer is left"
    assert math.isnan(multiplier([1, 1, 0, 1, 1, 1])) and math.isnan(multiplier([1, 1, math.nan, 1, 1, 1]))


def test_weights_stand_still_and_the_same_seed_gives_the_same_numbers(digits):
    first, again = measured(SMALL, digits), measured(SMALL, digits)
    for method, found in first.methods.items():
        np.testing.assert_array_equal(found.error_signal, again.methods[method].error_signal)
    longer = measured(SMALL.replace(steps=9), digits)
    still = SMALL.replace(methods=("plain",))
    assert measured(still, digits).methods["plain"].weight_gradient == pytest.approx(
        measured(still.replace(steps=9), digits).methods["plain"].weight_gradient
    ), "plain has nothing to settle"
    assert not np.array_equal(longer.methods["ip"].error_signal, first.methods["ip"].error_signal)


def test_it_can_be_stopped(digits):
    events = all_plain(measure(SMALL, digits, stopped=lambda: True))
    assert [event["event"] for event in events] == ["end"] and events[0]["state"] == "stopped"


def test_infomax_is_refused():
    with pytest.raises(ValueError, match=r"methods must be of plain, batch-norm, ip, .* to be measured, not 'infomax'"):
        commands.check({"command": "measure", "config": {"methods": "infomax"}})


def worker_says(*lines: dict) -> list[dict]:
    """What a worker answers to the first of these commands, the others waiting behind it."""
    inbox, said = queue.SimpleQueue(), []
    worker = CommandLoop(inbox, lambda line: said.append(json.loads(line)))
    first, *rest = lines
    for line in rest:
        inbox.put(json.dumps(line).encode())
    worker.begin("", commands.check(first))
    worker.finish()
    return said


def test_the_worker_measures_and_its_events_fit_the_record():
    config = SMALL.to_dict()
    said = worker_says({"command": "measure", "config": config}, {"command": "pause"})
    assert said.pop(0) == {"event": "refused", "message": "a measurement cannot pause; it can only be stopped"}
    found = Measurement(SMALL)
    for event in said:
        found.add(event)
    assert found.state == "finished" and found.settled == (0, 5) and found.elapsed > 0
    assert found.methods["ip"].multiplier.shape == (2,)


def test_the_worker_stops_a_measurement():
    said = worker_says({"command": "measure", "config": SMALL.to_dict()}, {"command": "stop"})
    assert [event.get("state", event["event"]) for event in said] == ["stopped"]


@pytest.mark.parametrize(
    "event",
    [
        {"event": "steps"},
        {},
        {"event": "measured", "methods": {}, "second_moment": 1.0, "variance": 1.0},
        {"event": "end", "state": "paused"},
        {"event": "settling", "done": None, "total": 3},
    ],
)
def test_events_that_do_not_fit_change_nothing(event):
    found = Measurement(SMALL)
    with pytest.raises(ValueError):
        found.add(event)
    assert (found.revision, found.state) == (0, "starting")


def test_nothing_comes_after_the_end():
    found = Measurement(SMALL)
    found.end_as_stopped()
    assert found.over and found.state == "stopped"
    with pytest.raises(ValueError, match="after the end"):
        found.add({"event": "error", "message": "late"})


@pytest.mark.parametrize("name", [name for name, known in DATASETS.items() if known.kind != "download"])
def test_second_moments_of_the_data_sets(name):
    data = load(name)
    seen = (torch.from_numpy(data.train_inputs).double() - data.offset) * data.scale
    assert seen.square().mean().item() == pytest.approx(DATASETS[name].second_moment, rel=0.02)
