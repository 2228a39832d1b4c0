"""The training loop: determinism, commands, divergence, pacing, and what the race shows."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import torch
from plain import all_plain

from ipcore.config import METHODS, RunConfig
from ipcore.data.sets import Data, load
from ipcore.networks import minibatches, training
from ipcore.networks.minibatches import Minibatches
from ipcore.networks.pace import CREDIT_SECONDS, Pace
from ipcore.networks.race import Race
from ipcore.networks.training import train
from ipcore.recordings.race import Recording, from_events
from ipcore.theory.depth import signal_through_depth

SMALL = RunConfig(dataset="moons", methods=METHODS, depth=3, width=8, batch_size=20, steps=40, seeds=2)


class Script:
    """Commands given after known numbers of steps, as a visitor would between two of them."""

    def __init__(self, *script: tuple[int, dict[str, Any]]) -> None:
        self.script, self.step = list(script), 0

    def get(self, block: bool) -> dict[str, Any] | None:
        if self.script and (block or self.script[0][0] <= self.step):
            return self.script.pop(0)[1]
        assert not block, "the run waits and nobody will speak again"
        self.step += 1  # the loop asks once before each step
        return None


def run(
    config: RunConfig, commands: Iterable[tuple[int, dict[str, Any]]] = (), data: Data | None = None, **options: Any
) -> list[dict[str, Any]]:
    return all_plain(train(config, data or load(config.dataset), Script(*commands), **options))


def losses(events: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    recording = from_events(events)
    return {method: recording.loss(method).copy() for method in recording.config.methods}


def final(events: list[dict[str, Any]]) -> tuple[Any, Any]:
    """Last test and first-layer gradients: they depend on every weight to the last bit."""
    return [e for e in events if e["event"] == "test"][-1], events[-1]["first_layer_gradient"]


@pytest.fixture
def every_step(monkeypatch):
    """Telemetry at every single step."""
    monkeypatch.setattr(Pace, "due", lambda self, elapsed: True)


def test_the_same_configuration_gives_the_same_numbers_to_the_last_bit():
    first, second = run(SMALL), run(SMALL)
    for method in METHODS:
        np.testing.assert_array_equal(losses(first)[method], losses(second)[method])
    assert final(first) == final(second)


def test_pauses_and_steps_change_no_number():
    plain = run(SMALL)
    pause, resume = {"command": "pause"}, {"command": "resume"}
    ten = {"command": "step", "count": 10}
    script = [(0, ten), (10, ten), (20, resume), (25, pause), (25, {"command": "step"}), (26, resume)]
    interrupted = run(SMALL, script, paused=True)
    assert [event["step"] for event in interrupted if event.get("state") == "paused"] == [0, 10, 20, 25, 26]
    for method in METHODS:
        np.testing.assert_array_equal(losses(plain)[method], losses(interrupted)[method])
    assert final(plain) == final(interrupted)


def test_telemetry_changes_no_number(every_step):
    watched = run(SMALL)
    assert sum(event["event"] == "snapshot" for event in watched) == SMALL.steps
    with pytest.MonkeyPatch.context() as unwatched:
        unwatched.setattr(Pace, "due", lambda self, elapsed: False)
        alone = run(SMALL)
    assert sum(event["event"] == "snapshot" for event in alone) == 2  # the first step, the last
    for method in METHODS:
        np.testing.assert_array_equal(losses(watched)[method], losses(alone)[method])
    assert final(watched) == final(alone)


def test_another_method_in_the_race_changes_no_number():
    alone, together = run(SMALL.replace(methods="ip")), run(SMALL)
    np.testing.assert_array_equal(losses(alone)["ip"], losses(together)["ip"])


def test_another_seed_gives_other_numbers_and_seeds_are_shared_between_stacks():
    both = losses(run(SMALL))
    later = losses(run(SMALL.replace(first_seed=1)))
    np.testing.assert_allclose(both["ip"][:, 1], later["ip"][:, 0], rtol=1e-4)
    assert not np.allclose(both["ip"][:, 0], later["ip"][:, 0])


def test_methods_share_initial_weights_and_minibatches():
    """Before any update a race is one network: the first loss is the same but for batch norm, which normalises."""
    first = {method: rows[0] for method, rows in losses(run(SMALL)).items()}
    np.testing.assert_array_equal(first["plain"], first["ip"])
    np.testing.assert_array_equal(first["plain"], first["infomax"])


def test_every_epoch_sees_each_example_once():
    data = Data(
        "moons",
        np.arange(40, dtype=np.float32).reshape(20, 2),
        np.arange(20),
        np.zeros((2, 2), np.float32),
        np.arange(2),
    )
    minibatches = Minibatches(data, 5, [0, 1])
    for _ in range(3):
        epoch = torch.cat([minibatches.next()[1] for _ in range(4)], 1)
        assert [sorted(row) for row in epoch.tolist()] == [list(range(20))] * 2
        assert epoch[0].tolist() != epoch[1].tolist()


def test_inputs_converted_batch_by_batch_are_the_same(monkeypatch):
    data = load("mnist-5k")
    at_once = Minibatches(data, 50, [3]).next()
    monkeypatch.setattr(minibatches, "HELD_AS_FLOATS", 0)
    piecewise = Minibatches(data, 50, [3]).next()
    assert torch.equal(at_once[0], piecewise[0]) and torch.equal(at_once[1], piecewise[1])
    assert at_once[0].shape == (1, 50, 784) and 0 <= at_once[0].min() < at_once[0].max() <= 1


def test_step_does_exactly_so_many_steps_and_shows_them():
    events = run(SMALL, [(0, {"command": "step", "count": 7}), (7, {"command": "stop"})], paused=True)
    recording = from_events(events)
    assert recording.step == 7 and recording.state == "stopped"
    assert recording.snapshots[-1].step == 7 and recording.tests[-1].step == 7


def test_a_rate_set_in_flight_takes_effect_and_leaves_a_mark():
    change = {"command": "set", "setting": "learning_rate", "value": 0.3}
    changed = run(
        SMALL, [(0, {"command": "step", "count": 10}), (10, change), (10, {"command": "resume"})], paused=True
    )
    (mark,) = from_events(changed).marks
    assert (mark.step, mark.setting, mark.previous, mark.value) == (10, "learning_rate", 0.01, 0.3)
    plain, other = losses(run(SMALL)), losses(changed)
    for method in METHODS:
        np.testing.assert_array_equal(plain[method][:11], other[method][:11])  # row 10 is before the update it changes
        assert not np.array_equal(plain[method][11], other[method][11])


def test_only_rates_can_be_set_in_flight():
    with pytest.raises(ValueError, match="setting must be one of learning_rate, intrinsic_rate"):
        run(SMALL, [(0, {"command": "set", "setting": "width", "value": 3})])
    with pytest.raises(ValueError, match="learning_rate must be a number from"):
        run(SMALL, [(0, {"command": "set", "setting": "learning_rate", "value": -1})])


def test_a_diverging_replica_is_frozen_and_reported_and_the_others_go_on():
    """The read-out of one seed overflows at one step: only its replicas fall."""
    config = SMALL.replace(methods="plain,ip")
    falling = Race(config, load(config.dataset))
    calm = Race(config, load(config.dataset))
    rows = []
    for number in range(1, 21):
        if number == 8:
            for network in falling.networks.values():
                network.weights[2][0, 1] = torch.inf  # seed 1's read-out, as an overflow would leave it
        row, diverged = falling.advance()
        rows.append(row)
        others, _ = calm.advance()
        assert diverged == ([("plain", 1), ("ip", 1)] if number == 8 else [])
        for method in config.methods:
            assert row[method][0] == others[method][0]
            assert math.isnan(row[method][1]) == (number >= 8)
    for network in falling.networks.values():
        for tensor in network.state():
            assert tensor.isfinite().all()


def test_a_race_that_diverges_ends_with_its_numbers():
    """One training example is not a number: each seed falls when its minibatch holds it, and says when."""
    data = load("moons")
    inputs = data.train_inputs.copy()
    inputs[-5] = np.nan  # which is not among those that are drawn
    config = SMALL.replace(steps=100)  # an epoch
    said = run(config, data=dataclasses.replace(data, train_inputs=inputs))
    recording = from_events(said)
    assert recording.state == "finished" and recording.step == 100
    assert sorted((fell.method, fell.seed) for fell in recording.diverged) == sorted(itertools.product(METHODS, (0, 1)))
    assert len({fell.step for fell in recording.diverged}) == 2, "each seed has its own order of examples"
    for fell in recording.diverged:
        row = recording.loss(fell.method)[:, fell.seed]
        assert np.isfinite(row[: fell.step - 1]).all() and np.isnan(row[fell.step - 1 :]).all()
        assert recording.first_layer_gradient[fell.method][fell.seed] is None
    said = [event for event in said if event["event"] == "test"]
    assert all(None not in losses for event in said for losses in event["loss"].values()), "frozen at a finite state"
    for fell in recording.diverged:  # but its results are none of its method's
        for test in recording.tests:
            numbers = test.loss[fell.method][fell.seed], test.accuracy[fell.method][fell.seed]
            assert np.isnan(numbers).all() if test.step >= fell.step else np.isfinite(numbers).all()


def test_telemetry_stays_within_its_share():
    """The rule of the pace, with costs made up: a slow clock, a dear snapshot."""
    pace, elapsed = Pace(0.05, 0.05), 0.0
    for number in itertools.count():
        elapsed += 0.01
        if pace.due(elapsed):
            cost = 0.002 + 0.004 * (number % 3)
            pace.count(cost, elapsed + cost)
            elapsed += cost
        if elapsed > 20:
            break
    assert 0.03 < pace.spent / (elapsed + CREDIT_SECONDS) <= 0.05


def test_batch_size_one_trains_without_batch_norm():
    recording = from_events(run(SMALL.replace(methods="plain,ip", batch_size=1, intrinsic_rate=0.0005, seeds=1)))
    assert recording.step == SMALL.steps and not recording.diverged


@pytest.mark.parametrize("dataset", ["spirals", "moons", "circles"])
def test_two_dimensional_data_come_with_decision_surfaces(dataset):
    recording = from_events(run(SMALL.replace(dataset=dataset, steps=5)))
    assert set(recording.tests[-1].surface) == set(METHODS)
    for cells in recording.tests[-1].surface.values():
        assert cells.min() >= 0 and cells.max() <= 1 and cells.std() > 0
    assert len(recording.data["points"]) == 200


def test_dear_surfaces_do_not_keep_tests_away(monkeypatch):
    """A surface that costs as much as a hundred steps is drawn now and then; accuracy is read at its own pace."""
    clock = itertools.count(step=0.001)
    monkeypatch.setattr(training, "clocks", lambda: (next(clock),) * 2)  # each look at the clock takes a millisecond
    surface = training.telemetry.surface

    def dear(*given):
        for _ in range(50):
            next(clock)
        return surface(*given)

    monkeypatch.setattr(training.telemetry, "surface", dear)
    events = run(SMALL.replace(dataset="spirals", methods="plain,ip", steps=2000))
    tests = [event for event in events if event["event"] == "test"]
    drawn = [event["step"] for event in tests if "surface" in event]
    assert tests[-1]["step"] == drawn[-1] == 2000 and drawn[0] == 0
    between = [event["step"] for event in tests[2:-1]]
    assert len(between) >= 15 and max(np.diff([0, *between, 2000])) < 400
    assert len(drawn) < len(tests) / 2


def test_weight_gradients_by_layer_are_those_of_theory():
    """The grey lines of the live race: mean |dL/dW| of minibatches, in networks whose weights are as they started."""
    config = RunConfig(learning_rate=1e-6, steps=100, seeds=3)
    recording = from_events(run(config))
    moments = [moment for moment in recording.snapshots if moment.step > 50]
    assert moments, "once the rules have settled"
    for method in config.methods:
        found = np.exp(np.mean([np.log(moment.methods[method].weight_gradient) for moment in moments], axis=0))
        theory = signal_through_depth(method, config.depth, 1 / 3, config.data.second_moment).weight_gradient
        np.testing.assert_allclose(found[1:] / found[-1], theory[1:], rtol=0.2)


def test_the_deep_race_over_seeds():
    """Claims C1 and C3: at depth 15 IP learns where plain stays at chance, since its gradients do not vanish."""
    config = RunConfig(methods="plain,ip", seeds=3, steps=250)
    recording = Recording(config)
    for event in train(config, load(config.dataset)):
        recording.add(event)
    accuracy = recording.tests[-1].accuracy
    assert accuracy["plain"].max() < 0.25
    assert accuracy["ip"].min() > 0.65
    ratio = np.array(recording.first_layer_gradient["ip"]) / np.array(recording.first_layer_gradient["plain"])
    assert ratio.min() > 100
