"""Stacks of replicas against the same networks trained alone."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

import numpy as np
import pytest
import torch
from plain import all_plain

from ipcore.config import INFORMATION_EXAMPLES, METHODS, RunConfig
from ipcore.data.sets import POINTS, Data, load
from ipcore.jsonlines import encode
from ipcore.networks import stacks as stack_training
from ipcore.networks.compiling import use_compiled
from ipcore.networks.minibatches import scaled_inputs
from ipcore.networks.race import Race
from ipcore.networks.stacks import train_stack
from ipcore.networks.telemetry import entropy
from ipcore.networks.training import train
from ipcore.recordings.events.base import Event
from ipcore.recordings.race import Recording, from_events
from ipcore.sweeps.plan import Replica, Stack, Sweep
from ipcore.sweeps.stack_size import moments

CONFIG = RunConfig(dataset="moons", depth=3, width=8, batch_size=20, steps=60)
STARTS = (
    {"initialization": "orthogonal", "optimizer": "adam"},
    {"initialization": "xavier", "biases": "drawn", "optimizer": "momentum"},
)
REPLICAS = (
    Replica("a", 3, 0.1, 0.05, 1.0),
    Replica("b", 3, 0.01, 0.01, 2.0),
    Replica("a", 5, 0.1, 0.05, 1.0),
    Replica("b", 5, 0.01, 0.01, 2.0),
)


def stack(method: str = "ip", replicas: tuple[Replica, ...] = REPLICAS, **changes: Any) -> Stack:
    return Stack("s", CONFIG.replace(methods=method, **changes), replicas)


def events(asked: Stack, data: Data | None = None) -> list[dict[str, Any]]:
    return all_plain(filter(None, train_stack(asked, data or load(asked.config.dataset))))


def events_alone(asked: Stack, replica: Replica, data: Data | None = None) -> list[Event]:
    """The events of the same network in a run of its own."""
    own = {name: getattr(replica, name) for name in ("learning_rate", "intrinsic_rate", "weight_scale")}
    config = asked.config.replace(**own, seeds=1, first_seed=replica.seed)
    return list(train(config, data or load(config.dataset)))


def alone(asked: Stack, replica: Replica, data: Data | None = None) -> Recording:
    """The same network in a run of its own."""
    return from_events(events_alone(asked, replica, data))


@pytest.mark.parametrize(
    ("method", "changes"),
    [*((method, {}) for method in METHODS), *itertools.product(("plain", "batch-norm", "ip"), STARTS)],
)
def test_a_replica_is_the_network_that_trains_alone(method, changes):
    """Losses along the way and on all test examples, at the end of the run, close to rounding in float32.

    Adam at a high rate makes more of rounding: see test_optimizers.py for the same in double precision.
    """
    asked, rtol = (
        stack(method, **changes),
        1e-3 if changes.get("optimizer") == "adam" else 5e-5 if use_compiled() else 2e-5,
    )
    *curve, done = events(asked)
    for index, replica in enumerate(REPLICAS):
        single = alone(asked, replica)
        loss, test = single.loss(method)[:, 0].astype(float), single.tests[-1]
        starts = [0, *(event["step"] for event in curve)]
        means = [loss[start : event["step"]].mean() for start, event in zip(starts, curve, strict=False)]
        np.testing.assert_allclose([event["loss"][index] for event in curve], means, rtol=rtol)
        np.testing.assert_allclose(done["test_loss"][index], test.loss[method][0], rtol=rtol)
        assert abs(done["test_accuracy"][index] - test.accuracy[method][0]) < 0.003, "one of 500 may tip over"
    assert len({event["loss"][0] for event in curve}) == len(curve) == 20


def test_accuracy_is_told_on_two_halves_of_the_test_examples_too():
    """Every other example: of those alone, a test gives the same."""
    data = load("moons")
    done = events(stack("ip"))[-1]
    halves = done["first_half_accuracy"], done["second_half_accuracy"]
    assert np.mean(halves, 0) == pytest.approx(done["test_accuracy"])
    for start, found in enumerate(halves):
        part = dataclasses.replace(data, test_inputs=data.test_inputs[start::2], test_labels=data.test_labels[start::2])
        np.testing.assert_allclose(events(stack("ip"), part)[-1]["test_accuracy"], found, atol=0.005)
    assert halves[0] != halves[1]


def test_the_default_size_of_network_too():
    """15 layers of 64 on digits, where rounding has more to grow from."""
    asked = stack("ip", REPLICAS[1:3], dataset="mnist-5k", depth=15, width=64, batch_size=100, steps=20)
    done = events(asked)[-1]
    for index, replica in enumerate(asked.replicas):
        np.testing.assert_allclose(done["test_loss"][index], alone(asked, replica).tests[-1].loss["ip"][0], rtol=1e-4)


@pytest.mark.parametrize("changes", [{}, *STARTS])
def test_the_same_stack_gives_the_same_events_to_the_last_bit(changes):
    first, second = ([{**event, "seconds": 0} for event in events(stack("batch-norm", **changes))] for _ in range(2))
    assert first == second


def test_methods_and_rates_share_initial_weights_and_minibatches():
    """Before the first update the loss is that of the initial weights on the first minibatch: the seed's alone."""
    still = [dataclasses.replace(each, weight_scale=1.0) for each in REPLICAS]
    first = {method: events(stack(method, tuple(still), steps=1))[0]["loss"] for method in ("plain", "infomax", "ip")}
    assert first["plain"] == first["infomax"] == first["ip"], "gain 1 and bias 0 at first, for every method"
    a, b, c, d = first["ip"]
    assert a == b != c == d


def test_minibatches_are_shared_where_seeds_are_neighbours_in_equal_number():
    data = load("moons")
    race = Race(CONFIG.replace(methods="plain"), data, [3, 3, 5, 5])
    own = Race(CONFIG.replace(methods="plain"), data, [3, 5, 3, 5])
    assert len(race.minibatches.next()[0]) == 2 and len(own.minibatches.next()[0]) == 4
    order = (0, 2, 1)  # a ragged stack: 3, 5, 3
    ragged = events(stack(replicas=tuple(REPLICAS[index] for index in order)))[-1]
    whole = events(stack())[-1]
    np.testing.assert_allclose(ragged["test_loss"], [whole["test_loss"][index] for index in order], rtol=2e-5)


def test_the_weight_scale_multiplies():
    data = load("moons")
    race = Race(CONFIG.replace(methods="plain"), data, [3, 3], {"weight_scale": [1.0, 2.0]})
    inward, between, read_out = race.networks["plain"].weights
    for scaled in (inward, between):
        np.testing.assert_allclose(scaled[:, 1], 2 * scaled[:, 0], rtol=1e-6)
    np.testing.assert_array_equal(read_out[:, 0], read_out[:, 1])


def poisoned() -> Data:
    """One training example is not a number: a replica falls when its minibatch holds it."""
    data = load("moons")
    inputs = data.train_inputs.copy()
    inputs[POINTS] = np.nan  # none of those that are drawn
    return dataclasses.replace(data, train_inputs=inputs)


def test_a_diverged_replica_says_when_and_the_others_go_on():
    asked, data = stack("plain", steps=95), poisoned()
    *curve, done = events(asked, data)
    said = [events_alone(asked, replica, data) for replica in REPLICAS]
    singles = [from_events(each) for each in said]
    falls = [single.diverged[0].step if single.diverged else None for single in singles]
    assert done["diverged"] == falls and len(set(falls)) > 1
    for event in curve:
        fallen = [fall is not None and fall <= event["step"] for fall in falls]
        assert [value is None for value in event["loss"]] == fallen
        assert None not in event["accuracy"]
    for index, (single, fall) in enumerate(zip(said, falls, strict=True)):
        tests = [event for event in all_plain(single) if event["event"] == "test"]
        np.testing.assert_allclose(done["test_loss"][index], tests[-1]["loss"]["plain"][0], rtol=2e-5)
        assert np.isnan(singles[index].tests[-1].loss["plain"][0]) == (fall is not None), "no result of its method"


def test_a_stack_with_none_left_still_ends(monkeypatch):
    steps = []
    advance = Race.advance
    monkeypatch.setattr(Race, "advance", lambda race: steps.append(race.step) or advance(race))
    *curve, done = events(stack("plain", steps=5000), poisoned())
    assert [event["step"] for event in curve] == moments(5000) and done["step"] == 5000
    assert None not in done["diverged"] + done["test_accuracy"] and len(steps) == max(done["diverged"]) <= 100


def test_events_are_numbered_and_plain():
    found = events(stack())
    assert [event["sequence"] for event in found] == list(range(21))
    assert [event["event"] for event in found] == ["curve"] * 20 + ["done"]
    assert [json.loads(encode(event)) for event in found] == found
    assert found[-1]["seconds"] > 0


def test_the_caller_can_look_up_after_every_step_and_every_part_of_a_test(monkeypatch):
    monkeypatch.setattr(stack_training, "LOOK_SECONDS", 0.0)
    said = list(train_stack(stack(), load("moons")))
    assert said.count(None) >= 60 + 20 + 2


def test_a_sweep_trains_to_its_points():
    """From the plan to the result: the same networks as runs of their own."""
    plan = Sweep(CONFIG.replace(methods="ip", seeds=2, steps=20), {"batch_size": (1, 8), "learning_rate": (0.01, 0.1)})
    for each in plan.stacks():
        done = events(each)[-1]
        for index, replica in enumerate(each.replicas):
            test = alone(each, replica).tests[-1]
            np.testing.assert_allclose(done["test_loss"][index], test.loss["ip"][0], rtol=2e-5)


def test_a_measured_stack_reports_gradients_and_information_of_each_replica():
    """They are those that a run of one network records: of its last minibatch, and of outputs in evaluation."""
    asked = dataclasses.replace(stack("ip"), measured=True)
    *curve, done = events(asked)
    plain_curve = events(stack("ip"))
    assert "first_layer_gradient" not in plain_curve[0] and "information" not in plain_curve[-1]
    assert [event["loss"] for event in curve] == [event["loss"] for event in plain_curve[:-1]], "measuring only reads"
    data = load(asked.config.dataset)
    for index, replica in enumerate(REPLICAS):
        own = {name: [getattr(replica, name)] for name in ("learning_rate", "intrinsic_rate", "weight_scale")}
        with torch.no_grad():
            race = Race(asked.config, data, [replica.seed], own)
            for _ in range(CONFIG.steps):
                race.advance()
        network = race.networks["ip"]
        expected = network.weight_gradients[0].abs().mean().item()
        np.testing.assert_allclose(curve[-1]["first_layer_gradient"][index], expected, rtol=1e-3)
        inputs = scaled_inputs(torch.from_numpy(data.test_inputs), data)[:INFORMATION_EXAMPLES]
        np.testing.assert_allclose(done["information"][index], entropy(network.outputs(inputs)[:, 0])[0], atol=2e-3)
    assert Stack.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked


def test_a_measured_stack_says_nothing_of_a_replica_that_has_diverged():
    last_fall = max(events(stack("plain", steps=95), poisoned())[-1]["diverged"])
    asked = dataclasses.replace(stack("plain", steps=last_fall - 1), measured=True)
    *curve, done = events(asked, poisoned())
    fallen = [step is not None for step in done["diverged"]]
    assert len(set(fallen)) > 1
    assert [value is None for value in curve[-1]["first_layer_gradient"]] == fallen
    assert [layers == [None] * CONFIG.depth for layers in done["information"]] == fallen
