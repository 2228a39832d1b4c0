"""The events of a measurement of untrained networks. A measurement has exactly one last event, ``end`` or ``error``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ipcore.recordings.events.base import Count, Event, Number, NumberOrNull, Part, Step
from ipcore.recordings.events.race import Error, Progress

PerLayer = list[NumberOrNull]


class MeasuredNumbers(Part):
    """What was measured of one method; numbers per hidden layer, input first, over all seeds."""

    label = "a method of event 'measured'"

    activity: Annotated[PerLayer, Meta(description="root mean square of the outputs y")]
    error_signal: Annotated[PerLayer, Meta(description="root mean square of dL/dx")]
    weight_gradient: Annotated[PerLayer, Meta(description="mean |dL/dW|")]
    multiplier: Annotated[
        list[NumberOrNull], Meta(description="measured chi, per seed; null if the network has too few layers for one")
    ]


class Settling(Event, tag="settling"):
    """The rules settle on minibatches while the weights stand still."""

    done: Annotated[Step, Meta(description="minibatches that the rules have seen")]
    total: Annotated[Count, Meta(description="minibatches in all")]


class Measured(Event, tag="measured"):
    """What was measured."""

    second_moment: Annotated[Number, Meta(description="mean square of the inputs")]
    variance: Annotated[Number, Meta(description="variance of the inputs over examples, mean over inputs")]
    methods: Annotated[dict[str, MeasuredNumbers], Meta(description="method -> what was measured")]


class End(Event, tag="end"):
    """The measurement is over; the last event."""

    state: Annotated[Literal["finished", "stopped"], Meta(description="whether it came to its end")]
    elapsed: Annotated[Number, Meta(description="seconds that it took")]


EVENTS: tuple[type[Event], ...] = (Progress, Settling, Measured, End, Error)
