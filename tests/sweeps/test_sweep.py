"""The plan of a sweep: its points, what it refuses, and how it is cut to stacks."""

from __future__ import annotations

import itertools
import json
import math
import re
from typing import Any

import pytest

from ipcore.config import LIMITS_VARIABLE, RunConfig, SweepConfig, usual_intrinsic_rate
from ipcore.sweeps.plan import PARTS, Stack, Sweep
from ipcore.sweeps.stack_size import LEAST, MOST, fastest_size, moments
from ipcore.sweeps.values import SHAPES, STACKED, SWEEPABLE, format_number

METHODS = ("plain", "batch-norm", "infomax", "ip")
BASE = RunConfig(dataset="moons", methods=METHODS, depth=3, width=8, batch_size=20, steps=60, seeds=3, first_seed=7)
RATES = (0.001, 0.003, 0.01)


def sweep(over: Any, **options: Any) -> Sweep:
    changes = {name: options.pop(name) for name in list(options) if hasattr(BASE, name)}
    return Sweep(BASE.replace(**changes), over, **options).allowed()


def test_points_are_every_combination():
    plan = sweep({"depth": (2, 4), "learning_rate": "0.01, 0.001"})
    assert [point.key for point in plan.points()] == ["2,0.001", "2,0.01", "4,0.001", "4,0.01"]
    assert plan.points()[1].values == {"depth": 2, "learning_rate": 0.01}
    assert plan.points()[1].config("ip") == BASE.replace(methods="ip", depth=2, learning_rate=0.01, seeds=1)
    assert plan.networks == 2 * 2 * 3 * 4


def test_values_are_sorted_and_typed():
    assert sweep({"depth": ["4", 2.0]}).over == {"depth": (2, 4)}
    assert sweep({"learning_rate": [1, "1e-3"]}).over == {"learning_rate": (0.001, 1.0)}


@pytest.mark.parametrize("value", [0.01, 5, 1e-5, 0.1 + 0.2, 123456.789, 1024])
def test_a_key_tells_its_value_from_every_other(value):
    assert float(format_number(value)) == value and len(format_number(value)) <= len(repr(value))


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({}, "over must name one or two different of learning_rate"),
        ({}, "not none"),
        ({"steps": (1, 2)}, "not steps"),
        ({"depth": (1,), "width": (4,), "batch_size": (2,)}, "not depth, width, batch_size"),
        ("depth=1", "over must name one or two different"),
        ({"depth": ()}, "depth must have from 1 to 5,000 values to sweep over, not ()"),
        ({"depth": 3}, "depth must have from 1 to 5,000 values to sweep over, not 3"),
        ({"depth": "1,,2"}, "depth must be a whole number from 1 to 50, not ''"),
        ({"learning_rate": (0.1, 1000)}, "learning_rate must be a number from 1e-06 to 100, not 1000"),
        (
            {"learning_rate": (0.1, "0.10")},
            "learning_rate must have different values to sweep over; 0.1 is given twice",
        ),
        ({"width": range(10**9)}, "width must have from 1 to 5,000 values to sweep over, not range"),
    ],
)
def test_what_cannot_be_swept_is_refused_by_name(over, says):
    with pytest.raises(ValueError, match="must") as refused:
        sweep(over)
    assert says in str(refused.value)


def test_flags_are_flags():
    with pytest.raises(ValueError, match="equal_examples must be true or false, not 'no'"):
        sweep({"depth": (1,)}, equal_examples="no")


def test_equal_examples_scale_the_steps():
    plan = sweep({"batch_size": (1, 8, 64)}, equal_examples=True)
    steps = [point.config("ip").steps for point in plan.points()]
    assert steps == [1200, 150, round(1200 / 64)]
    assert {point.config("ip").steps for point in sweep({"batch_size": (1, 8)}).points()} == {60}
    with pytest.raises(ValueError, match=r"^at batch size 1 as many examples as 6,000 minibatches of 20 take 120,000"):
        sweep({"batch_size": (1, 8)}, equal_examples=True, steps=6000)


def test_usual_rates_follow_the_batch_size():
    plan = sweep({"batch_size": (2, 100)}, usual_rates=True)
    assert [point.config("ip").intrinsic_rate for point in plan.points()] == [0.001, usual_intrinsic_rate(100)]
    swept = sweep({"batch_size": (2, 100), "intrinsic_rate": (0.0, 0.5)}, usual_rates=True)
    assert [point.config("ip").intrinsic_rate for point in swept.points()] == [0.0, 0.5, 0.0, 0.5]


def test_batch_norm_on_single_examples_is_left_out_and_the_rest_is_not():
    plan = sweep({"batch_size": (1, 2)})
    single, pair = plan.points()
    assert "batch-norm" in plan.impossible("batch-norm", single) and "variance" in plan.impossible("batch-norm", single)
    assert not plan.impossible("batch-norm", pair) and not plan.impossible("ip", single)
    assert plan.networks == (2 * 4 - 1) * 3
    with pytest.raises(ValueError, match="one example has no variance"):
        sweep({"batch_size": (1,)}, methods="batch-norm")


def test_too_large_a_sweep_is_refused_with_what_to_lower(monkeypatch):
    many = {"learning_rate": [0.001 * number for number in range(1, 500)]}
    with pytest.raises(
        ValueError, match=r"5,988 networks, where 5,000 are allowed; lower seeds, methods or .*learning_rate"
    ):
        sweep(many)
    monkeypatch.setenv(LIMITS_VARIABLE, "sweep_networks=6000,sweep_work=1e9")
    with pytest.raises(ValueError, match=r"multiply-adds, where 1e.09 are allowed; .*steps"):
        sweep(many)
    monkeypatch.setenv(LIMITS_VARIABLE, "sweep_networks=6000")
    assert sweep(many).networks == 5988


def test_what_is_swept_is_not_held_against_its_default():
    """Nor does it make two sweeps of one."""
    assert sweep({"depth": (2, 4)}, depth=50) == sweep({"depth": (4, 2)}, depth=1)
    assert sweep({"depth": (2, 4)}).config.depth == 2
    assert sweep({"batch_size": (2, 4)}).config.batch_size == 2
    assert sweep({"batch_size": (2, 4)}, equal_examples=True).config.batch_size == BASE.batch_size
    deep = {"dataset": "mnist-5k", "methods": METHODS, "width": 256, "seeds": 16}
    with pytest.raises(ValueError, match="this race is too large"):
        RunConfig(**deep)
    assert Sweep(SweepConfig(**deep), {"depth": (1, 2)}).networks == 2 * 4 * 16
    assert Sweep(SweepConfig(**deep), {"learning_rate": RATES}).networks == 3 * 4 * 16, "nor is it one race"


@pytest.mark.parametrize(
    ("over", "changes", "says"),
    [
        ({"depth": (1, 3)}, {"width": 20},
         "a network at depth 3 has 1e+03 trained numbers, where 6e+02 are allowed; lower depth or width"),
        ({"learning_rate": RATES}, {"width": 20}, "each network has 1e+03 trained numbers, where"),
        ({"depth": (1,), "batch_size": (2, 1000)}, {"width": 4, "steps": 10_000},
         "a network at depth 1 and batch size 1000 takes 4.8e+08 multiply-adds over all steps, where 1e+08 are"),
    ],
)  # fmt: skip
def test_a_network_that_is_too_large_is_named(monkeypatch, over, changes, says):
    monkeypatch.setenv(LIMITS_VARIABLE, "parameters=600,work=1e8")
    with pytest.raises(ValueError, match=r"^this sweep is too large: ") as refused:
        Sweep(SweepConfig(**{**BASE.to_dict(), **changes}), over).allowed()
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ("depth=3", "depth must be a whole number from 1 to 3, not 4"),
        ("seeds=2", "seeds must be a whole number from 1 to 2, not 3"),
        ("steps=200", "at batch size 1 as many examples as 60 minibatches of 20 take 1,200 steps, where 200 are"),
        ("parameters=100", "this sweep is too large: a network at depth 2"),
        ("sweep_networks=10", "this sweep is too large: 36 networks"),
        ("sweep_work=10", "multiply-adds, where 10 are allowed"),
    ],
)
def test_a_bound_that_is_lowered_hinders_training_not_reading(monkeypatch, limits, says):
    before = sweep({"depth": (2, 4), "batch_size": (1, 20)}, methods="plain,ip", equal_examples=True).to_dict()
    before["over"]["batch_size"] = [1, 2, 20]
    monkeypatch.setenv(LIMITS_VARIABLE, limits)
    plan = Sweep.from_dict(before)
    assert plan.networks == 36 and plan.stacks()
    with pytest.raises(ValueError, match=re.escape(says)):
        plan.allowed()


def test_batch_norm_at_a_batch_size_of_one_that_is_not_swept_is_refused():
    with pytest.raises(ValueError, match="batch_size must be at least 2 with batch-norm"):
        Sweep(SweepConfig(batch_size=1), {"depth": (1, 2)})


def test_work_counts_the_points_as_they_are():
    """Equal examples: the batches are smaller, the steps more, the work the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LIMITS_VARIABLE, f"sweep_work={8.01 * BASE.work / 4}")
        assert sweep({"batch_size": (10, 20)}, equal_examples=True)
        with pytest.raises(ValueError, match="too large"):
            sweep({"batch_size": (20, 40)})


@pytest.mark.parametrize(
    "over",
    [
        {"learning_rate": RATES},
        {"depth": (2, 5), "weight_scale": (1, 10)},
        {"batch_size": (1, 64)},
        {"intrinsic_rate": (0, 0.1), "learning_rate": [number / 1000 for number in range(1, 120)]},
    ],
)
def test_stacks_hold_every_network_once(over):
    plan = sweep(over)
    held = []
    for stack in plan.stacks():
        assert 1 <= len(stack.replicas) <= fastest_size(stack.config)
        seeds = [each.seed for each in stack.replicas]
        assert seeds == sorted(seeds), "equal seeds are neighbours: they share minibatches"
        for each in stack.replicas:
            own = {name: getattr(each, name) for name in STACKED}
            held.append((stack.method, each.point, each.seed))
            point = next(point for point in plan.points() if point.key == each.point)
            alone = point.config(stack.method)
            assert stack.config.replace(**own, first_seed=7) == alone
    wanted = [(method, point.key, seed) for method in METHODS for point in plan.points() for seed in (7, 8, 9)
              if not plan.impossible(method, point)]  # fmt: skip
    assert sorted(held) == sorted(wanted) and len(held) == plan.networks
    assert len({stack.id for stack in plan.stacks()}) == len(plan.stacks())


@pytest.mark.parametrize(
    ("over", "shapes"),
    [
        (dict.fromkeys(STACKED[:2], (0.01, 0.02, 0.03)), 1),
        ({"width": (4, 8)}, 2),
        ({"batch_size": (4, 8), "weight_scale": (1, 2)}, 2),
    ],
)
def test_a_stack_has_one_method_and_one_shape(over, shapes):
    """And replicas of several values of what does not change shapes."""
    plan = sweep(over)
    alike: dict[Any, set[str]] = {}
    for stack in plan.stacks():
        own = dict.fromkeys(STACKED, 1) | {"first_seed": 0}
        alike.setdefault(stack.config.replace(**own), set()).update(each.point for each in stack.replicas)
        assert len({each.point for each in stack.replicas}) == len(plan.points()) / shapes
    assert len(alike) == shapes * len(METHODS)
    assert all(len(points) == len(plan.points()) / shapes for points in alike.values())
    assert {*STACKED, *SHAPES} == set(SWEEPABLE) and len(STACKED) + len(SHAPES) == len(SWEEPABLE)


@pytest.mark.parametrize(
    "changes", [{"initialization": "xavier"}, {"biases": "drawn"}, {"optimizer": "adam"}, {"train_examples": 64}]
)
def test_what_is_not_a_number_of_a_replica_is_that_of_the_stack(changes):
    """Replicas differ in rates and weight scale alone; the rest is one of the stack, whatever its value."""
    plan = sweep({"learning_rate": RATES, "weight_scale": (1, 2)}, **changes)
    assert all(stack.config.replace(**changes) == stack.config for stack in plan.stacks())
    assert all(point.config("ip").replace(**changes) == point.config("ip") for point in plan.points())
    assert Sweep.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_training_examples_fill_a_minibatch_of_every_size():
    assert sweep({"batch_size": (2, 64)}, train_examples=64).config.train_examples == 64
    with pytest.raises(ValueError, match=r"^train_examples must be from 64, the batch size, to 2,000"):
        sweep({"batch_size": (2, 64)}, train_examples=32)
    with pytest.raises(ValueError, match="all that moons has, or 0 for all, not 2,001"):
        Sweep(SweepConfig(dataset="moons", train_examples=2001), {"depth": (1, 2)})


def test_no_stack_takes_so_long_that_other_workers_wait():
    """Unless it is small: then it would not be worth to cut it."""
    plan = sweep({"batch_size": (2, 64), "learning_rate": RATES}, equal_examples=True, seeds=16, steps=5000)
    total = sum(stack.seconds for stack in plan.stacks())
    assert all(stack.seconds < 1.1 * total / PARTS or len(stack.replicas) <= LEAST for stack in plan.stacks())
    assert plan.seconds(2) < 0.6 * plan.seconds(1)


def test_large_networks_are_not_stacked_beyond_memory():
    huge = RunConfig(methods="ip", depth=50, width=512, steps=10)
    assert fastest_size(huge) == 1 and fastest_size(huge.replace(depth=5, width=64)) >= LEAST
    assert fastest_size(huge.replace(depth=5, width=4, batch_size=1)) == MOST


def test_bigger_stacks_come_first():
    seconds = [stack.seconds for stack in sweep({"depth": (1, 10, 40)}, seeds=16, width=64).stacks()]
    assert all(later < 3 * earlier for earlier, later in itertools.pairwise(seconds))
    assert seconds[0] > 5 * seconds[-1]


def test_the_estimate_shares_the_work_among_workers():
    plan = sweep({"learning_rate": RATES}, seeds=16, width=128, dataset="mnist-5k")
    alone, together = plan.seconds(1), plan.seconds(2)
    assert alone == pytest.approx(sum(stack.seconds for stack in plan.stacks()))
    assert alone / 2 <= together < 0.7 * alone
    assert plan.seconds(10**6) == max(stack.seconds for stack in plan.stacks())


def test_the_plan_survives_json():
    plan = sweep({"batch_size": (1, 64), "learning_rate": RATES}, equal_examples=True, usual_rates=True)
    assert Sweep.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert [Stack.from_dict(json.loads(json.dumps(stack.to_dict()))) for stack in plan.stacks()] == plan.stacks()


@pytest.mark.parametrize("values", [None, [], {"config": {}}, {"over": {"depth": [1]}}])
def test_what_is_no_sweep_is_refused(values):
    with pytest.raises(ValueError, match="a sweep is an object with config and over"):
        Sweep.from_dict(values)


@pytest.mark.parametrize("steps", [1, 3, 19, 20, 21, 600, 100_000])
def test_moments_are_at_most_twenty_and_end_with_the_run(steps):
    found = moments(steps)
    assert found[-1] == steps and found[0] >= 1 and len(found) == min(steps, 20)
    assert max(b - a for a, b in zip([0, *found], found, strict=False)) <= math.ceil(steps / 20)
