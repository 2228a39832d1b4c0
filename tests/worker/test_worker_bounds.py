"""Every bound of the settings holds in the worker too, whoever sends it a command."""

from __future__ import annotations

from typing import Any

import pytest
from settings import LEAST, beyond, least

from ipcore.config import CHOICES, IN_FLIGHT, LIMITS_VARIABLE, SETTINGS, SWEEP_TOTALS, SweepConfig
from ipcore.sweeps.plan import Sweep
from ipcore.worker import commands

REPLICA = {"point": "", "seed": 0, "learning_rate": 0.01, "intrinsic_rate": 0.01, "weight_scale": 1.0}


def beginning(command: str, config: dict[str, Any], **replica: Any) -> dict[str, Any]:
    """A command that begins to train or to measure with some settings."""
    if command != "stack":
        return {"command": command, "config": config}
    return {"command": "stack", "stack": {"id": "s", "config": config, "replicas": [REPLICA | replica]}}


@pytest.mark.parametrize("command", ["start", "measure", "stack"])
@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_no_command_takes_a_setting_beyond_its_bounds(command: str, name: str) -> None:
    commands.check(beginning(command, dict(least(name))))
    wrong: list[Any] = [*beyond(name), float("inf"), float("nan"), -1e300, 10**400, "many", None, True, [], {}]
    for value in wrong:
        with pytest.raises(ValueError, match=name):
            commands.check(beginning(command, {**least(name), name: value}))


@pytest.mark.parametrize("command", ["start", "measure", "stack"])
@pytest.mark.parametrize("name", [*CHOICES, "dataset", "methods"])
def test_no_command_takes_a_choice_that_there_is_not(command: str, name: str) -> None:
    for value in ("../../etc/passwd", "", 5, None, ["x"], {"a": 1}, [[]]):
        with pytest.raises(ValueError, match=r".+"):
            commands.check(beginning(command, {**LEAST, name: value}))


@pytest.mark.parametrize("command", ["start", "measure", "stack"])
def test_no_command_takes_what_is_too_large_as_a_whole(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="too large"):
        commands.check(beginning(command, {**LEAST, "depth": 50, "width": 512, "seeds": 2}))
    with pytest.raises(ValueError, match="too large"):
        commands.check(beginning(command, {**LEAST, "depth": 50, "width": 512, "steps": 10_000}))
    monkeypatch.setenv(LIMITS_VARIABLE, "depth=10,parameters=1e4")
    with pytest.raises(ValueError, match="depth"):
        commands.check(beginning(command, {**LEAST, "depth": 11}))
    with pytest.raises(ValueError, match="too large"):
        commands.check(beginning(command, {**LEAST, "depth": 10, "width": 64}))


@pytest.mark.parametrize(
    ("name", "setting"), [*((each, each) for each in REPLICA if each in SETTINGS), ("seed", "first_seed")]
)
def test_no_network_of_a_stack_has_a_setting_beyond_its_bounds(name: str, setting: str) -> None:
    for value in beyond(setting):
        with pytest.raises(ValueError, match=rf"{name}|stack must be"):
            commands.check(beginning("stack", dict(LEAST), **{name: value}))


def test_a_stack_has_no_more_networks_than_a_sweep_may_have() -> None:
    most = int(SWEEP_TOTALS["sweep_networks"])
    command = beginning("stack", dict(LEAST))
    command["stack"]["replicas"] *= most
    commands.check(command)
    command["stack"]["replicas"].append(REPLICA)
    with pytest.raises(ValueError, match=r"5,000"):
        commands.check(command)


@pytest.mark.parametrize("name", IN_FLIGHT)
def test_no_setting_leaves_its_bounds_while_a_race_trains(name: str) -> None:
    for value in beyond(name):
        with pytest.raises(ValueError, match=name):
            commands.check({"command": "set", "setting": name, "value": value})


def test_every_stack_that_a_sweep_cuts_is_taken() -> None:
    settings = {**LEAST, "methods": ("plain", "ip"), "steps": 10_000, "batch_size": 50, "seeds": 3}
    for over in ({"batch_size": (2.0, 100.0)}, {"weight_scale": (0.5, 3.0), "depth": (1.0, 50.0)}):
        for stack in Sweep(SweepConfig(**settings), over).stacks():
            checked = commands.check({"command": "stack", "stack": stack.to_dict()})
            assert isinstance(checked, commands.Stack) and checked.planned == stack
