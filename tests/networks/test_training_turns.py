"""Several races by turns in one process, and copies of a race that go on by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from ipcore.config import METHODS, RunConfig
from ipcore.data import load
from ipcore.networks.training import NO_COMMANDS, Training, train, train_by_turns
from ipcore.worker.commands import Schedule

SMALL = RunConfig(dataset="spirals", methods=METHODS, depth=3, width=6, batch_size=50, steps=40, seeds=2)


def losses(events) -> dict[str, np.ndarray]:
    """Method -> losses of all steps among the events."""
    steps = [event for event in events if event is not None and event.name == "steps"]
    return {method: np.concatenate([np.array(each.loss[method]) for each in steps]) for method in METHODS}


def equal(one, other) -> bool:
    return all(np.array_equal(one[method], other[method], equal_nan=True) for method in METHODS)


@pytest.fixture(scope="module")
def data():
    return load(SMALL.dataset)


@pytest.fixture(scope="module")
def alone(data):
    return losses(train(SMALL, data))


def up_to(turns, step: int, training: Training) -> list:
    """The events of the turns until so many steps are done."""
    found = []
    while training.race.step < step:
        found.append(next(turns))
    return found


def test_each_step_is_a_turn(data):
    turns = list(train_by_turns(Training(SMALL, data, False), NO_COMMANDS))
    assert turns.count(None) == 1 + SMALL.steps


def test_races_by_turns_learn_as_each_does_alone(data, alone):
    """Three races, one step each in turn, the second one with other seeds."""
    configs = [SMALL, SMALL.replace(first_seed=7), SMALL]
    waiting = [train_by_turns(Training(config, data, False), NO_COMMANDS) for config in configs]
    found: list[list] = [[] for _ in waiting]
    while any(waiting):
        for number, turns in enumerate(waiting):
            for event in turns or ():
                found[number].append(event)
                if event is None:
                    break
            else:
                waiting[number] = None
    assert equal(losses(found[0]), alone) and equal(losses(found[2]), alone)
    assert equal(losses(found[1]), losses(train(configs[1], data)))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_copy_goes_on_as_its_original_would(data, optimizer):
    """In the middle of an epoch, with losses that have not been sent; both then go on without disturbing each other."""
    config = SMALL.replace(optimizer=optimizer)
    undisturbed = losses(train(config, data))
    original = Training(config, data, False)
    turns = train_by_turns(original, NO_COMMANDS)
    before = up_to(turns, 17, original)
    copy = original.copy()
    of_copy = list(train_by_turns(copy, NO_COMMANDS))
    assert equal(losses(before + list(turns)), undisturbed)
    sent = sum(len(event.loss["plain"]) for event in before if event is not None and event.name == "steps")
    assert of_copy[0] is None or of_copy[0].name != "test"  # the test at step 0 belongs to the original
    for method, rows in losses(of_copy).items():
        assert np.array_equal(rows, undisturbed[method][sent:], equal_nan=True)


def test_a_copy_with_another_rate_departs_and_its_original_does_not(data, alone):
    original = Training(SMALL, data, False)
    turns = train_by_turns(original, NO_COMMANDS)
    before = up_to(turns, 20, original)
    departed = losses(before + list(train_by_turns(original.copy(), Schedule([(0, "learning_rate", 0.2)]))))
    steered = losses(train(SMALL, data, Schedule([(20, "learning_rate", 0.2)])))
    assert equal(departed, steered) and not equal(departed, alone)
    assert equal(losses(before + list(turns)), alone)


def test_a_paused_race_gives_its_turn_away(data):
    turns = train_by_turns(Training(SMALL, data, True), NO_COMMANDS)
    assert [next(turns).name for _ in range(2)] == ["test", "state"]
    assert [next(turns) for _ in range(3)] == [None] * 3


def test_steps_that_are_asked_for_while_others_are_still_to_be_done_add_up(data):
    class Twice:
        """Asks for ten steps, and for ten more after three of them."""

        def __init__(self) -> None:
            self.waiting = [{"command": "step", "count": 10}, None, None, None, {"command": "step", "count": 10}]

        def get(self, block: bool):
            return self.waiting.pop(0) if self.waiting else {"command": "stop"} if block else None

    events = list(train(SMALL, data, Twice(), paused=True))
    paused = [event.step for event in events if event.name == "state"]
    assert paused == [0, 20]
