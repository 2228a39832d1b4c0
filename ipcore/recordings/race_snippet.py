"""This run in code: what to type, in Python or in a terminal, to train the same networks again, to the last bit.

The same versions of the packages on the same kind of processor are taken for granted.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import fields
from typing import Any

from ipcore.config import RunConfig
from ipcore.recordings.race import Recording

HEAD = """\
import torch

from ipcore import data
"""
BODY = """\
torch.set_num_threads(1)  # as the dashboard trains; the order of sums depends on it
recording = from_events(train(config, data.load(config.dataset){commands}))
for method in config.methods:
    print(method, recording.tests[-1].accuracy[method])
"""


def in_python(recording: Recording) -> str:
    """A program that trains the steps of a run again, with the changes in flight that it had."""
    changes = _changes(recording)
    imports = ["from ipcore.worker.commands import Schedule\n"] if changes else []
    imports += [
        "from ipcore.config import RunConfig\n", "from ipcore.recordings.race import from_events\n",
        "from ipcore.networks.training import train\n",
    ]  # fmt: skip
    settings = "".join(f"    {name}={literal(value)},\n" for name, value in _settings(recording).items())
    lines = [HEAD, *imports, "\n", f"config = RunConfig(\n{settings})\n" if settings else "config = RunConfig()\n"]
    if changes:
        rows = "".join(f"    {literal(change)},\n" for change in changes)
        lines.append(f"changes = Schedule([  # after which step, what, to what\n{rows}])\n")
    return "".join([*lines, BODY.format(commands=", changes" if changes else "")])


def in_terminal(recording: Recording) -> str:
    """A command that does the same."""
    words = ["python", "-m", "ipcore", "train"]
    for name, value in _settings(recording).items():
        words += [f"--{name.replace('_', '-')}", ",".join(value) if isinstance(value, tuple) else str(value)]
    for step, setting, value in _changes(recording):
        words += ["--change", f"{step}:{setting}={value}"]
    return shlex.join(words)


def differing(config: RunConfig) -> dict[str, Any]:
    """Settings that differ from their defaults."""
    usual = RunConfig()
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    return {name: value for name, value in values.items() if value != getattr(usual, name)}


def _settings(recording: Recording) -> dict[str, Any]:
    """The same of a run; of one that ended early, the steps that it did."""
    config = recording.config
    if recording.over and 0 < recording.step < config.steps:
        config = config.replace(steps=recording.step)
    return differing(config)


def _changes(recording: Recording) -> list[tuple[int, str, float]]:
    return [(mark.step, mark.setting, mark.value) for mark in recording.marks]


def literal(value: Any) -> str:
    """A value as Python, in double quotes."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return json.dumps(value) if isinstance(value, str) else repr(value)
