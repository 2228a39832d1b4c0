"""The commands that a worker takes, each a JSON object on a line of its own.

Several runs may be under way at once, by turns. Each command then has one field more, ``run``: the name of the run that
it begins or steers. All events of that run have the same field. A run without a name has no such field.

A ``start`` or a ``measure`` is answered by the events of a run and closed by exactly one ``end`` or ``error``; a
``stack`` is closed by ``done``, by ``cancelled`` if it was stopped, or by ``error``. Then the worker waits, warm, for
the next. While a run is under way a bad line, or another beginning of the same name, is ``refused`` and the run goes
on. With none of that name under way a bad line is an ``error``; a good command that came too late, such as a ``stop``
that crossed the ``end``, is ``refused``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta, Struct

from ipcore.config import IN_FLIGHT, SETTINGS, SWEEP_TOTALS, RunConfig, limit, parse_field
from ipcore.messages import shorten
from ipcore.recordings.events.base import Number, Part
from ipcore.recordings.events.explanation import explain
from ipcore.recordings.measurement import check_measurable
from ipcore.sweeps import plan

RUN = "run"
"""The field of commands and events that names the run, if several are under way."""
LONGEST_NAME = 100
"""Characters of the name of a run, at most."""
COUNT = "count must be a whole number"
SETTING = f"setting must be one of {', '.join(IN_FLIGHT)}"

Config = Annotated[
    dict[str, Any],
    Meta(
        title="config must be an object of settings",
        description="the settings; those left out have their defaults, and text is read as a number",
    ),
]


class Command(Struct, tag_field="command", forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One command: a JSON object on a line of its own, whose field ``command`` names it."""

    @property
    def name(self) -> str:
        """The name of the command, as its field ``command`` has it."""
        return str(self.__struct_config__.tag)

    def validated(self) -> Self:
        """This command, with text replaced by the number in it.

        Raises:
            ValueError: naming the field whose value is not allowed, and what is.
        """
        return self

    def plain(self) -> dict[str, Any]:
        """The command as plain values, ready for JSON."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values


class Beginning(Command, frozen=True, kw_only=True):
    """A command that begins a run. One run of each name at a time is under way."""


class Start(Beginning, tag="start", frozen=True, kw_only=True):
    """Begins a race."""

    config: Config = {}
    paused: Annotated[bool, Meta(description="whether to wait at step 0, false if left out")] = False
    changes: Annotated[
        list[tuple[int, str, float | str]],
        Meta(
            title="changes must be a list of [steps done, setting, value]",
            description="changes of settings that come after given numbers of steps, none if left out",
        ),
    ] = []

    @property
    def settings(self) -> RunConfig:
        """The settings of the race.

        Raises:
            ValueError: if they are not allowed on this machine.
        """
        return RunConfig.from_dict(self.config).allowed()

    def validated(self) -> Self:
        """This command. Raises a ValueError if its settings or changes are not allowed."""
        Schedule(self.changes, self.settings.steps)
        return self


class Fork(Beginning, tag="fork", frozen=True, kw_only=True):
    """Begins a race as a copy of another at its present step, with the same commands behind it.

    The copy begins with a ``state`` and goes on by itself. It is an ``error`` if the other race is not being trained.
    """

    of: Annotated[str, Meta(description="the name of the other race, which goes on undisturbed")]


class Pause(Command, tag="pause", frozen=True, kw_only=True):
    """Pauses the race after the step under way. Has no effect on one that is paused."""


class Resume(Command, tag="resume", frozen=True, kw_only=True):
    """Lets a paused race go on. Has no effect on one that runs."""


class Step(Command, tag="step", frozen=True, kw_only=True):
    """Does some steps of the race, then pauses it. Steps that are still to be done are done as well."""

    count: Annotated[int | str, Meta(title=COUNT, description="number of steps, 1 if left out")] = 1

    def validated(self) -> Self:
        """This command, with a number of steps from 1 to the most that a race may have."""
        return msgspec.structs.replace(self, count=SETTINGS["steps"].parse("count", self.count))


class Set(Command, tag="set", frozen=True, kw_only=True):
    """Changes a setting of the race from the next step on. The race says so by a ``mark``."""

    setting: Annotated[str, Meta(title=SETTING, description=f"one of {', '.join(IN_FLIGHT)}")]
    value: Annotated[float | str, Meta(description="its new value, within the bounds of the setting")]

    def validated(self) -> Self:
        """This command, with a value that the setting may have."""
        if self.setting not in IN_FLIGHT:
            raise ValueError(f"{SETTING}, not {shorten(self.setting)}")
        return msgspec.structs.replace(self, value=parse_field(self.setting, self.value))


class Stop(Command, tag="stop", frozen=True, kw_only=True):
    """Ends the run at once. What it has found so far stands."""


class Measure(Beginning, tag="measure", frozen=True, kw_only=True):
    """Begins a measurement: of gradients of untrained networks. It can only be stopped."""

    config: Config = {}

    @property
    def settings(self) -> RunConfig:
        """The settings of the measurement.

        Raises:
            ValueError: if they are not allowed on this machine, or a method cannot be measured.
        """
        return check_measurable(RunConfig.from_dict(self.config).allowed())

    def validated(self) -> Self:
        """This command. Raises a ValueError if its settings are not allowed."""
        _ = self.settings
        return self


class ReplicaValues(Part, frozen=True):
    """One network of a stack."""

    label = "a replica"

    point: Annotated[str, Meta(description="values of the settings that are swept, as text: its point in the sweep")]
    seed: Annotated[int, Meta(description="of its initial weights and minibatches")]
    learning_rate: Annotated[Number, Meta(description="its own learning rate")]
    intrinsic_rate: Annotated[Number, Meta(description="its own intrinsic rate")]
    weight_scale: Annotated[Number, Meta(description="its own weight scale")]


class StackValues(Part, frozen=True):
    """Networks of one method and one shape that are trained together."""

    label = "a stack"

    id: Annotated[str, Meta(description="names the stack; unique in its sweep")]
    config: Annotated[
        dict[str, Any],
        Meta(description="the settings that the networks share: all but those of each replica"),
    ]
    replicas: Annotated[list[ReplicaValues], Meta(min_length=1, description="its networks; equal seeds are neighbours")]
    measured: Annotated[
        bool,
        Meta(description="whether to report first-layer gradients and information by layer, false if left out"),
    ] = False


class Stack(Beginning, tag="stack", frozen=True, kw_only=True):
    """Begins the training of a stack of a sweep. It can only be stopped."""

    stack: Annotated[
        StackValues,
        Meta(
            title="stack must be an object with id, config and replicas, as a sweep cuts it",
            description="the networks, as a sweep cuts them",
        ),
    ]

    @property
    def planned(self) -> plan.Stack:
        """The stack.

        Raises:
            ValueError: if its settings, or those of a network in it, are not allowed on this machine.
        """
        values: dict[str, Any] = msgspec.to_builtins(self.stack)
        most = limit("sweep_networks", SWEEP_TOTALS["sweep_networks"])
        if len(self.stack.replicas) > most:
            raise ValueError(f"a stack has at most {most:,.0f} networks, not {len(self.stack.replicas):,}")
        stack = plan.Stack.from_dict(values)
        stack.config.allowed()
        for replica in stack.replicas:
            SETTINGS["first_seed"].parse("seed", replica.seed)
            for name in plan.STACKED:
                parse_field(name, getattr(replica, name))
        return stack

    def validated(self) -> Self:
        """This command. Raises a ValueError if the settings of the stack are not allowed."""
        _ = self.planned
        return self


COMMANDS: tuple[type[Command], ...] = (Start, Fork, Pause, Resume, Step, Set, Stop, Measure, Stack)
_BY_NAME = {str(each.__struct_config__.tag): each for each in COMMANDS}


class Schedule:
    """Changes that come after given numbers of steps: steers a run in the same way each time it is trained.

    Args:
        changes: steps done, setting (one of IN_FLIGHT) and its new value; in any order.
        steps: of the run, if a change that comes too late for it is not allowed.

    Raises:
        ValueError: naming what is not allowed.
    """

    def __init__(self, changes: Iterable[tuple[int, str, float | str]], steps: int | None = None) -> None:
        checked = [(step, Set(setting=setting, value=value).validated()) for step, setting, value in changes]
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
            return self._waiting.pop(0)[1].plain()
        self._step += 1
        return None


def decode(line: str | bytes) -> Command:
    """The command on a line to a run without a name, validated as by :func:`check`.

    Raises:
        ValueError: if the line is no JSON object, or no command.
    """
    return check(_values(line))


def unwrap(line: str | bytes) -> tuple[str, Any]:
    """The name of the run that a line is for, and the command on the line, not yet validated.

    The name is empty if the line has none, or is not JSON, in which case the command is the line.
    """
    try:
        values = _values(line)
    except ValueError:
        return "", line
    name = values.pop(RUN, "") if isinstance(values, dict) else ""
    return (name, values) if isinstance(name, str) and len(name) <= LONGEST_NAME else ("", values)


def _values(line: str | bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a line of JSON: {error}") from None


def check(values: Any) -> Command:
    """The command that these plain values, or a line of JSON, are, with every value allowed.

    Raises:
        ValueError: naming what is wrong and what is allowed.
    """
    if isinstance(values, (str, bytes)):
        values = _values(values)
    if not isinstance(values, Mapping):
        raise ValueError('a command is a JSON object such as {"command": "pause"}')
    name = values.get("command")
    definition = _BY_NAME.get(name) if isinstance(name, str) else None
    if definition is None:
        raise ValueError(f"command must be one of {', '.join(_BY_NAME)}, not {str(name)[:60]!r}")
    try:
        command: Command = msgspec.convert(values, definition)
    except (ValueError, RecursionError) as error:
        raise ValueError(explain(definition, values) or str(error)) from None
    return command.validated()
