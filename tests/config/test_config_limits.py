"""Ceilings of a whole race, and bounds that the environment raises or lowers."""

from __future__ import annotations

import pytest
from settings import LEAST, refusal

from ipcore.config import LIMITS, LIMITS_VARIABLE, METHODS, SETTINGS, RunConfig, limit


def test_parameters_are_counted_by_hand():
    config = RunConfig(dataset="mnist-5k", depth=3, width=5, seeds=2, methods=("plain", "ip"))
    weights = 784 * 5 + 2 * 5 * 5 + 5 * 10
    assert config.weights_per_network == weights
    assert config.parameters == 2 * 2 * (weights + 3 * 5 * 2 + 10)
    assert config.work == 3 * weights * config.batch_size * config.steps * 2 * 2


def test_ceilings_hold_for_the_whole_race():
    wide = {"depth": 50, "width": 512, "methods": ("ip",), "steps": 100}
    assert RunConfig(**wide).parameters < 20e6
    message = refusal(**wide, seeds=2)
    assert message.startswith("this race is too large: 2.7e+07 trained numbers") and "2e+07 are allowed" in message
    assert "seeds" in message and "steps" not in message
    message = refusal(**{**wide, "steps": 10_000})
    assert "multiply-adds over all steps, where 1e+13 are allowed" in message and "steps" in message.rpartition(";")[2]


def test_the_default_race_and_that_of_the_readme_fit():
    assert RunConfig().work < 1e13 / 10
    RunConfig(methods=METHODS, seeds=16, steps=1_000)


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"width", "batch_size", "train_examples"}))
def test_the_environment_raises_and_lowers_a_bound(monkeypatch, name):
    setting = SETTINGS[name]
    monkeypatch.setenv(LIMITS_VARIABLE, f" {name} = {2 * setting.high} ,work=1e30,parameters=1e30")
    assert getattr(RunConfig(**{**LEAST, name: 2 * setting.high}), name) == 2 * setting.high
    assert f"to {2 * setting.high:,.9g}, not" in refusal(**{**LEAST, name: 2 * setting.high + 1})
    least = setting.low or (1 if setting.whole else 0.001)
    monkeypatch.setenv(LIMITS_VARIABLE, f"{name}={least}")
    assert getattr(RunConfig(**{**LEAST, name: least}), name) == least
    refusal(**{**LEAST, name: setting.high})


def test_the_environment_raises_a_ceiling_and_nothing_else(monkeypatch):
    large = {"depth": 50, "width": 512, "seeds": 2, "steps": 10}
    refusal(**large)
    monkeypatch.setenv(LIMITS_VARIABLE, "parameters=1e9")
    assert RunConfig(**large).parameters > 20e6
    assert refusal(depth=51).startswith("depth must be a whole number from 1 to 50")
    monkeypatch.setenv(LIMITS_VARIABLE, "parameters=1e4")
    assert "where 1e+04 are allowed" in refusal()


def test_a_lowered_bound_hinders_nobody_from_reading(monkeypatch):
    """What was trained before a bound was lowered is still a valid configuration, though not one to train."""
    monkeypatch.setenv(LIMITS_VARIABLE, "depth=10,steps=500,parameters=1e4,work=1e4")
    before = RunConfig(depth=50, steps=10_000)
    assert RunConfig.from_dict(before.to_dict()) == before == before.replace()
    with pytest.raises(ValueError, match="depth must be a whole number from 1 to 10, not 50"):
        before.allowed()
    with pytest.raises(ValueError, match="this race is too large"):
        before.replace(depth=10, steps=500).allowed()
    small = RunConfig(dataset="spirals", methods="ip", depth=1, width=2, steps=1)
    assert small.allowed() is small


@pytest.mark.parametrize(
    ("text", "named"),
    [("depths=5", "'depths'"), ("dataset=5", "'dataset'"), ("train_examples=5", "'train_examples'"),
     ("optimizer=5", "'optimizer'"), ("=5", "''"), ("depth", "''"), ("depth=", "''"),
     ("depth=many", "'many'"), ("depth=nan", "'nan'"), ("depth=inf", "'inf'"), ("depth=-1", "'-1'"), ("depth=0", "'0'"),
     ("width=512,depht=5", "'depht'"), ("depth=5=6", "'5=6'")],
)  # fmt: skip
def test_an_environment_that_cannot_be_read_is_refused(monkeypatch, text, named):
    monkeypatch.setenv(LIMITS_VARIABLE, text)
    message = refusal()
    assert message.startswith(LIMITS_VARIABLE) and named in message


@pytest.mark.parametrize("text", ["", ",", ",,width=512,"])
def test_an_empty_environment_changes_nothing(monkeypatch, text):
    monkeypatch.setenv(LIMITS_VARIABLE, text)
    assert all(limit(name, 7) == (512 if name == "width" and "width" in text else 7) for name in LIMITS)
