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

PROGRAM = """\
import ipcore

config = ipcore.RunConfig({settings})
{changes}recording = ipcore.train(config{changed})
print(recording.to_frame("summary").to_string(index=False))
curves = recording.to_frame("curves")
# In a notebook, the last line shows a picture.
curves.pivot_table("train_loss", "step", "method").plot(backend="plotly")
"""


def in_python(recording: Recording) -> str:
    """A program that trains the steps of a run again, with the changes in flight that it had."""
    settings = "".join(f"    {name}={literal(value)},\n" for name, value in _settings(recording).items())
    rows = "".join(f"    {literal(change)},\n" for change in _changes(recording))
    return PROGRAM.format(
        settings=f"\n{settings}" if settings else "",
        changes=f"changes = [  # after which step, which setting, to which value\n{rows}]\n" if rows else "",
        changed=(", changes=changes" if rows else "")
        + (f", threads={recording.threads}" if recording.threads != 1 else ""),
    )


def in_terminal(recording: Recording) -> str:
    """A command that does the same."""
    words = ["python", "-m", "ipcore", "train"]
    for name, value in _settings(recording).items():
        words += [f"--{name.replace('_', '-')}", ",".join(value) if isinstance(value, tuple) else str(value)]
    for step, setting, value in _changes(recording):
        words += ["--change", f"{step}:{setting}={value}"]
    words += ["--threads", str(recording.threads)] if recording.threads != 1 else []
    words += ["--device", recording.device] if recording.device != "cpu" else []
    return shlex.join(words)


def differing(config: RunConfig) -> dict[str, Any]:
    """Settings that differ from their defaults."""
    usual = RunConfig()
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    return {name: value for name, value in values.items() if value != getattr(usual, name)}


def _settings(recording: Recording) -> dict[str, Any]:
    """Settings of a run that differ from their defaults; if it ended early, it has the steps that were done."""
    config = recording.config
    if recording.over and 0 < recording.step < config.steps:
        config = config.replace(steps=recording.step)
    return differing(config)


def _changes(recording: Recording) -> list[tuple[int, str, float]]:
    """The changes in flight after which there was a step."""
    steps = recording.step if recording.over else recording.config.steps
    return [(mark.step, mark.setting, mark.value) for mark in recording.marks if mark.step < steps]


def literal(value: Any) -> str:
    """A value as Python, in double quotes."""
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return json.dumps(value) if isinstance(value, str) else repr(value)
