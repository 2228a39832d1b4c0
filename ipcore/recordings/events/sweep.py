"""The events of a sweep: its own, and those of its stacks (:mod:`ipcore.recordings.events.stack`).

A sweep has one ``start``, and nothing follows its ``end`` or ``error``. Events of different stacks come in any order;
those of one stack come in theirs.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ipcore.recordings.events import stack
from ipcore.recordings.events.base import Event, Number, Part, Text

VERSION = 1
"""The newest version of a sweep's events; see :mod:`ipcore.recordings.upgrades` when it is raised."""


class StackPlan(Part):
    """One stack of a sweep: which networks are trained together."""

    label = "a stack"

    id: Annotated[str, Meta(description="names the stack")]
    method: Annotated[str, Meta(description="the method of its networks")]
    replicas: Annotated[
        list[tuple[int, int]],
        Meta(
            min_length=1,
            title="replicas must be a list of [index of point, seed]",
            description="its networks as [index of the point, seed]",
        ),
    ]


class Start(Event, tag="start", kw_only=True):
    """A sweep begins. The event says how the sweep was cut, for another version of the program may cut it otherwise."""

    grows: ClassVar[bool] = True

    kind: Annotated[Literal["sweep"], Meta(description="what the recording holds")]
    version: Annotated[int, Meta(ge=1, description="version of the events")]
    config: Annotated[dict[str, Any], Meta(description="the settings that are not swept")]
    over: Annotated[dict[str, Any], Meta(description="setting -> its values")]
    equal_examples: (
        Annotated[bool, Meta(description="whether all batch sizes see equally many examples")] | UnsetType
    ) = UNSET
    usual_rates: (
        Annotated[bool, Meta(description="whether each batch size has its usual intrinsic rate")] | UnsetType
    ) = UNSET
    stacks: Annotated[list[StackPlan], Meta(description="how the sweep was cut")]


class State(Event, tag="state"):
    """The sweep was paused, or goes on."""

    state: Annotated[Literal["running", "paused"], Meta(description="the new state")]


class End(Event, tag="end"):
    """The sweep is over; the last event."""

    state: Annotated[Literal["finished", "stopped"], Meta(description="whether every stack came to its end")]
    elapsed: Annotated[Number, Meta(description="seconds that the sweep took")]


class Error(Event, tag="error"):
    """The sweep could not go on; the last event."""

    message: Annotated[Text, Meta(description="why, in words for a visitor")]


EVENTS: tuple[type[Event], ...] = (Start, State, *stack.EVENTS, End, Error)
