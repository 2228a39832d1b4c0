"""RunConfig: what it takes, what it refuses and how it says so."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from serving import ROOT
from settings import beyond, least, refusal

from ipcore.config import (
    CHOICES,
    IN_FLIGHT,
    METHODS,
    SETTINGS,
    RunConfig,
    parse_field,
    usual_intrinsic_rate,
)
from ipcore.datasets import DATASETS
from ipcore.messages import shorten

WHOLE = [name for name, setting in SETTINGS.items() if setting.whole]


@pytest.mark.parametrize("name", SETTINGS)
def test_bounds_are_allowed_and_what_lies_beyond_is_not(name):
    setting = SETTINGS[name]
    for value in (setting.low, setting.high):
        assert getattr(RunConfig(**{**least(name), name: value}), name) == value
    for value in beyond(name):
        message = refusal(**{**least(name), name: value})
        assert message.startswith(f"{name} must be ") and message.endswith(f", not {value!r}")
        assert f"from {setting.low:,.6g} to {setting.high:,.9g}" in message


def test_the_bounds_are_those_of_the_specification():
    spans = {name: (SETTINGS[name].low, SETTINGS[name].high) for name in ("depth", "width", "batch_size", "seeds")}
    assert spans == {"depth": (1, 50), "width": (2, 512), "batch_size": (1, 1024), "seeds": (1, 16)}


@pytest.mark.parametrize("name", SETTINGS)
def test_defaults_and_ladders_are_allowed(name):
    setting = SETTINGS[name]
    assert getattr(RunConfig(), name) == setting.default
    for value in setting.ladder:
        assert getattr(RunConfig(**{**least(name), name: value}), name) == value
    assert list(setting.ladder) == sorted(set(setting.ladder))


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize(
    "value",
    [True, False, math.nan, math.inf, -math.inf, None, 10**400, -(10**5000), b"5", bytearray(b"5"), [5], (5,), {"a": 5},
     "", "five", "0x5", "nan", "inf", "1e999", "9" * 100_000, 5 + 0j, object(), type],
    ids=lambda value: shorten(value)[:20],
)  # fmt: skip
def test_nonsense_is_refused_by_name(name, value):
    message = refusal(**{name: value})
    assert message.startswith(f"{name} must be ") and shorten(value) in message and len(message) < 200


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [5.5, "5.5", 2.0000001])
def test_whole_settings_refuse_parts(name, value):
    assert refusal(**{name: value}).startswith(f"{name} must be a whole number")


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", ["5", " 5 ", 5.0, "5.0", "5e0"])
def test_whole_settings_become_int(name, value):
    found = getattr(RunConfig(**{"batch_size": 4, name: value}), name)
    assert found == 5 and type(found) is int


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - set(WHOLE)))
@pytest.mark.parametrize("value", [1, "1", "1e0", 1.0])
def test_other_settings_become_float(name, value):
    found = getattr(RunConfig(**{name: value}), name)
    assert found == 1 and type(found) is float


@pytest.mark.parametrize("value", ["MNIST", "", "mnist-5k ", None, 5, True, [], ["moons"], b"moons", {}])
def test_unknown_data_sets_are_refused_with_all_there_are(value):
    assert refusal(dataset=value) == f"dataset must be one of {', '.join(DATASETS)}, not {value!r}"


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("value", ["", "Adam", "sgd ", None, 0, True, [], ["sgd"], b"adam", {}])
def test_unknown_choices_are_refused_with_all_there_are(name, value):
    assert refusal(**{name: value}) == f"{name} must be one of {', '.join(CHOICES[name].options)}, not {value!r}"


@pytest.mark.parametrize("name", CHOICES)
def test_each_choice_is_allowed_and_the_default_is_one(name):
    choice = CHOICES[name]
    assert getattr(RunConfig(), name) == choice.default and choice.default in choice.options
    for value in choice.options:
        assert getattr(RunConfig(**{name: value}), name) == parse_field(name, value) == value


def test_the_choices_begin_with_what_networks_did_before_there_was_a_choice():
    assert {name: list(choice.options) for name, choice in CHOICES.items()} == {
        "initialization": ["pytorch", "xavier", "orthogonal"],
        "biases": ["zero", "drawn"],
        "optimizer": ["sgd", "momentum", "adam"],
    }
    assert all(choice.default == next(iter(choice.options)) for choice in CHOICES.values())
    assert RunConfig().train_examples == 0


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_part_of_the_training_examples_fills_a_minibatch_and_is_no_more_than_there_are(dataset):
    most = DATASETS[dataset].train
    for count in (0, 32, most):
        assert RunConfig(dataset=dataset, batch_size=32, train_examples=count).train_examples == count
    allowed = f"train_examples must be from 32, the batch size, to {most:,}, all that {dataset} has, or 0 for all, not"
    assert refusal(dataset=dataset, batch_size=32, train_examples=31) == f"{allowed} 31"
    if most < SETTINGS["train_examples"].high:
        assert refusal(dataset=dataset, batch_size=32, train_examples=most + 1) == f"{allowed} {most + 1:,}"


def test_methods_are_held_once_and_in_one_order():
    assert RunConfig(methods=("ip", "plain", "ip")).methods == ("plain", "ip")
    assert RunConfig(methods="ip, batch-norm ,plain").methods == ("plain", "batch-norm", "ip")
    assert RunConfig(methods={"infomax"}).methods == ("infomax",)
    for count in range(1, 5):
        for chosen in combinations(METHODS, count):
            assert RunConfig(methods=reversed(chosen)).methods == chosen


@pytest.mark.parametrize(
    ("value", "named"),
    [("", "''"), ([], "[]"), (None, "None"), (5, "5"), (True, "True"), (b"ip", "b'ip'"), ({"ip": 1}, "{'ip': 1}"),
     ("IP", "'IP'"), ("ip,", "''"), ("ip;plain", "'ip;plain'"), (["ip", None], "None"),
     (["ip", ["plain"]], "['plain']"), (["ip", 3], "3")],
)  # fmt: skip
def test_unknown_methods_are_refused_with_all_there_are(value, named):
    assert refusal(methods=value) == f"methods must be one or more of {', '.join(METHODS)}, not {named}"


def test_batch_norm_needs_two_examples():
    message = refusal(methods=("plain", "batch-norm"), batch_size=1)
    assert "batch_size must be at least 2 with batch-norm, not 1" in message and "variance" in message
    assert RunConfig(methods=("plain", "infomax", "ip"), batch_size=1).batch_size == 1
    assert RunConfig(methods=("batch-norm",), batch_size=2).batch_size == 2


@pytest.mark.parametrize("name", ["depht", 5, None, (1, 2), "x" * 10_000])
def test_unknown_settings_are_refused_with_all_there_are(name):
    with pytest.raises(ValueError) as refused:
        RunConfig.from_dict({name: 5})
    message = str(refused.value)
    assert (
        message.startswith(f"config has no setting {shorten(name)}")
        and message.endswith(", ".join(SETTINGS | CHOICES))
        and len(message) < 300
    )


@pytest.mark.parametrize("values", [None, [], "depth=5", 5, [("depth", 5)]])
def test_settings_come_as_an_object(values):
    with pytest.raises(ValueError, match="config must be an object of settings"):
        RunConfig.from_dict(values)


def test_settings_left_out_keep_their_defaults():
    assert RunConfig.from_dict({}) == RunConfig()
    assert RunConfig.from_dict({"depth": 3}) == RunConfig(depth=3) == RunConfig().replace(depth=3)


def test_settings_cannot_change_once_made_and_replace_checks_again():
    config = RunConfig()
    with pytest.raises(AttributeError):
        config.depth = 5
    with pytest.raises(ValueError, match="depth must be"):
        config.replace(depth=51)
    assert config == RunConfig() and hash(config) == hash(RunConfig())


def numbers(name: str) -> st.SearchStrategy:
    """Any value allowed of a setting, as a number or as text."""
    setting = SETTINGS[name]
    if setting.whole:
        high = {"width": 32, "depth": 10, "batch_size": 64, "steps": 1_000}.get(name, int(setting.high))
        if name == "train_examples":  # none is smaller than a minibatch, none larger than the smallest data set
            values = st.just(0) | st.integers(100, 2_000)
        else:
            values = st.integers(max(2, int(setting.low)), high)
    else:
        values = st.floats(setting.low, setting.high)
    return values | values.map(repr)


@effort(deadline=None, max_examples=60)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "dataset": st.sampled_from(list(DATASETS)),
            "methods": st.lists(st.sampled_from(METHODS), min_size=1, max_size=6),
            **{name: numbers(name) for name in SETTINGS},
            **{name: st.sampled_from(list(choice.options)) for name, choice in CHOICES.items()},
        },
    )
)
def test_settings_survive_json_to_the_last_bit(values):
    config = RunConfig.from_dict(values)
    there = json.loads(json.dumps(config.to_dict(), allow_nan=False))
    assert list(there) == ["dataset", "methods", *SETTINGS, *CHOICES]
    assert RunConfig.from_dict(there) == config
    assert all(getattr(config, name) == float(values[name]) for name in SETTINGS if name in values)
    assert all(getattr(config, name) == values[name] for name in CHOICES if name in values)


nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@effort(deadline=None, max_examples=200)
@given(st.sampled_from(["dataset", "methods", *SETTINGS, *CHOICES]), nonsense)
def test_whatever_is_sent_is_allowed_or_refused_by_name(name, value):
    try:
        config = RunConfig.from_dict({**least(name), name: value})
    except ValueError as refused:
        assert str(refused).startswith((name, "this race is too large")) and "\n" not in str(refused)  # noqa: PT017 (or allowed)
    else:
        assert RunConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize("name", IN_FLIGHT)
def test_one_field_is_parsed_as_in_the_whole(name):
    assert parse_field(name, "0.03") == RunConfig(**{name: "0.03"}).to_dict()[name] == 0.03
    with pytest.raises(ValueError, match=f"{name} must be a number"):
        parse_field(name, "fast")


def test_an_intrinsic_rate_suits_the_batch():
    assert usual_intrinsic_rate(1) == 0.0005 and usual_intrinsic_rate(100) == usual_intrinsic_rate(1024) == 0.05
    assert RunConfig().intrinsic_rate == usual_intrinsic_rate(RunConfig().batch_size)


def test_chance_is_that_of_guessing():
    assert DATASETS["mnist-5k"].chance == 0.1 and DATASETS["moons"].chance == 0.5


def test_settings_need_the_standard_library_only():
    program = "import sys; before = set(sys.modules); import ipcore.config; print(*set(sys.modules) - before)"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    imported = {name.partition(".")[0] for name in printed.split()}
    assert imported <= sys.stdlib_module_names | {"ipcore"}
