"""The names that races and sweeps have until their owners rename them."""

from app.store import races, sweeps
from app.store.run_names import LONGEST_NAME, check_name
from ipcore.config import METHODS, RunConfig
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.values import SWEEPABLE

UNUSUAL = {"initialization": "xavier", "biases": "drawn", "optimizer": "adam", "train_examples": 2_000}


def test_a_name_begins_with_what_is_unusual():
    config = RunConfig(methods=("plain", "ip"))
    assert races.default_name(config.to_dict()) == "Default settings: plain, IP"
    said = "2,000 training examples, Xavier, initial biases drawn, Adam"
    assert races.default_name(config.replace(**UNUSUAL).to_dict()) == f"{said}: plain, IP"
    deep = config.replace(depth=30, learning_rate=0.1, dataset="spirals", steps=50, seeds=2)
    assert (
        races.default_name(deep.to_dict()) == "Two spirals, depth 30, learning rate 0.1, 50 steps, 2 seeds: plain, IP"
    )
    plan = Sweep(config.replace(optimizer="momentum"), {"depth": (1, 2)})
    assert sweeps.default_name(plan.to_dict()) == "Sweep of depth, momentum 0.9: plain, IP"


def test_a_run_from_before_these_settings_has_the_name_that_it_had():
    config = RunConfig().to_dict()
    before = {name: value for name, value in config.items() if name not in UNUSUAL}
    assert races.default_name(before) == races.default_name(config)


def test_no_name_is_too_long_for_the_store():
    for changes in ({}, UNUSUAL):
        config = RunConfig(dataset="fashion-mnist", methods=METHODS, depth=15).replace(**changes)
        names = [races.default_name(config.to_dict())]
        names += [
            sweeps.default_name({"config": config.to_dict(), "over": [one, other]})
            for one in SWEEPABLE
            for other in SWEEPABLE
            if one != other
        ]
        for name in names:
            assert check_name(name) == name and len(name) <= LONGEST_NAME
    longest = sweeps.default_name({"config": config.to_dict(), "over": ["learning_rate", "intrinsic_rate"]})
    assert longest.endswith(f" Xavier and 2 more: {len(METHODS)} methods")
