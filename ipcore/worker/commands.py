"""Commands to a run: the other direction of :mod:`ipcore.recordings.race`, and like it one JSON object a line.

=======  ============================================================================================================
command  fields
=======  ============================================================================================================
start    ``config`` (RunConfig; settings left out keep their defaults), ``paused`` (optional, false: wait at step 0)
pause
resume
step     ``count`` (optional, 1): do so many steps, then pause
set      ``setting`` (one of IN_FLIGHT), ``value``: change it from the next step on; leaves a ``mark``
stop     end the run at once, keeping what it did
measure  ``config``: begin a measurement (:mod:`ipcore.recordings.measurement`) instead; it can only be stopped
stack    ``stack``: train a stack of a sweep (:class:`ipcore.sweeps.plan.Stack`) instead; it can only be stopped
=======  ============================================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ipcore.config import IN_FLIGHT, SETTINGS, RunConfig, parse_field
from ipcore.messages import shorten
from ipcore.recordings.measurement import check_measurable
from ipcore.sweeps.plan import Stack

BEGINNINGS = ("start", "measure", "stack")
"""Commands that begin a run; one at a time."""

FIELDS = {
    "start": {"config", "paused"},
    "pause": set(),
    "resume": set(),
    "step": {"count"},
    "set": {"setting", "value"},
    "stop": set(),
    "measure": {"config"},
    "stack": {"stack"},
}
"""Each command and the fields it may have."""


class Schedule:
    """Changes that come after given numbers of steps: steers a run in the same way each time it is trained.

    Args:
        changes: steps done, setting (one of IN_FLIGHT) and its new value; in any order.
        steps: of the run, if a change that comes too late for it is not allowed.

    Raises:
        ValueError: naming what is not allowed.
    """

    def __init__(self, changes: Iterable[tuple[int, str, float | str]], steps: int | None = None) -> None:
        checked = [
            (step, check({"command": "set", "setting": setting, "value": value})) for step, setting, value in changes
        ]
        for step, _ in checked:
            if not isinstance(step, int) or step < 0:
                raise ValueError(f"a change comes after a whole number of steps, not {shorten(step)}")
            if steps is not None and step >= steps:
                raise ValueError(f"change must come before the last of {steps:,} steps, not after {step:,}")
        self._waiting = sorted(checked, key=lambda change: change[0])
        self._step = 0

    def get(self, block: bool) -> dict[str, Any] | None:
        """The command for :func:`ipcore.networks.training.train`, which asks before each step until there is none."""
        if self._waiting and self._waiting[0][0] <= self._step:
            return self._waiting.pop(0)[1]
        self._step += 1
        return None


def decode(line: str | bytes) -> dict[str, Any]:
    """The command on a line, checked as by :func:`check`.

    Raises:
        ValueError: if the line is no JSON object, or no command.
    """
    try:
        command = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a line of JSON: {error}") from None
    return check(command)


def check(command: Any) -> dict[str, Any]:
    """A command with every field present and of its type; ``config`` becomes a RunConfig, ``stack`` a Stack.

    Raises:
        ValueError: naming what is wrong and what is allowed.
    """
    if not isinstance(command, Mapping):
        raise ValueError('a command is a JSON object such as {"command": "pause"}')
    name = command.get("command")
    if not isinstance(name, str) or name not in FIELDS:
        raise ValueError(f"command must be one of {', '.join(FIELDS)}, not {str(name)[:60]!r}")
    extra = command.keys() - FIELDS[name] - {"command"}
    if extra:
        allowed = f"it has {', '.join(sorted(FIELDS[name]))}" if FIELDS[name] else "it has none"
        raise ValueError(f"{name} has no field {str(min(extra, key=str))[:60]!r}; {allowed}")
    if name == "start":
        paused = command.get("paused", False)
        if not isinstance(paused, bool):
            raise ValueError(f"paused must be true or false, not {str(paused)[:60]!r}")
        return {"command": name, "config": RunConfig.from_dict(command.get("config", {})).allowed(), "paused": paused}
    if name == "measure":
        return {"command": name, "config": check_measurable(RunConfig.from_dict(command.get("config", {})).allowed())}
    if name == "stack":
        try:
            stack: Any = command.get("stack")
            return {"command": name, "stack": Stack.from_dict(stack)}
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"stack must be an object with id, config and replicas, as a Sweep cuts it: {error!r}"
            ) from None
    if name == "step":
        return {"command": name, "count": SETTINGS["steps"].parse("count", command.get("count", 1))}
    if name == "set":
        setting = command.get("setting")
        if setting not in IN_FLIGHT:
            raise ValueError(f"setting must be one of {', '.join(IN_FLIGHT)}, not {str(setting)[:60]!r}")
        return {"command": name, "setting": setting, "value": parse_field(setting, command.get("value"))}
    return {"command": name}
