"""The events of a stack: networks of one method that are trained together as a part of a sweep.

Numbers per replica are lists in the order of the replicas that the sweep's start event gives the stack. ``sequence``
counts the events of a stack's training from 0. Everything but ``seconds`` is the same to the last bit whenever the
stack is trained on the same kind of machine, so that a stack that was lost can be trained again and its events joined
to those that came before.

A stack whose plan says ``measured`` also reports gradients of its first layer and information by layer.

The events of a stack come in this order: ``begun``, ``curve`` repeatedly, ``done``. After a worker died ``lost`` says
so, and the stack is trained once more. ``done``, ``failed`` and ``cancelled`` are the last event of their stack.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ipcore.recordings.events.base import Event, Number, NumberOrNull, ShareOrNull, Step, StepOrNull, Text

Id = Annotated[str, Meta(description="id of the stack")]
Sequence = Annotated[int, Meta(ge=0, description="number of this event in the training of the stack")]
Replicas = list[NumberOrNull]
Shares = list[ShareOrNull]


class Begun(Event, tag="begun"):
    """A worker has taken the stack up; said once, even if the stack is trained again."""

    stack: Id


class Curve(Event, tag="curve"):
    """Loss and accuracy so far."""

    grows: ClassVar[bool] = True

    stack: Id
    sequence: Sequence
    step: Annotated[Step, Meta(description="updates done")]
    loss: Annotated[
        Replicas,
        Meta(
            description="mean loss of the minibatches since the last curve, each before its update; null once the "
            "replica diverged"
        ),
    ]
    accuracy: Annotated[Shares, Meta(description="share of right answers on the first test examples")]
    first_layer_gradient: (
        Annotated[
            Replicas,
            Meta(
                description="mean |dL/dW| of the first layer for the latest minibatch; null once the replica diverged; "
                "of a stack that is measured only"
            ),
        ]
        | UnsetType
    ) = UNSET


class Done(Event, tag="done"):
    """The stack is trained; its last event."""

    grows: ClassVar[bool] = True

    stack: Id
    sequence: Sequence
    step: Annotated[Step, Meta(description="updates done")]
    test_accuracy: Annotated[Shares, Meta(description="share of right answers on all test examples")]
    test_loss: Annotated[Replicas, Meta(description="mean cross-entropy on all test examples")]
    diverged: Annotated[
        list[StepOrNull], Meta(description="step at which the loss stopped being finite; null if it never did")
    ]
    seconds: Annotated[Number, Meta(description="processor seconds of the training")]
    information: (
        Annotated[
            list[list[ShareOrNull]],
            Meta(
                description="for each replica, layer by layer, the entropy of each neuron's outputs divided by ln 30, "
                "mean over the layer; of a stack that is measured only"
            ),
        ]
        | UnsetType
    ) = UNSET
    first_half_accuracy: (
        Annotated[
            Shares,
            Meta(description="share of right answers on one half of the test examples: the 1st, the 3rd, the 5th …"),
        ]
        | UnsetType
    ) = UNSET
    second_half_accuracy: (
        Annotated[Shares, Meta(description="share of right answers on the other half: the 2nd, the 4th, the 6th …")]
        | UnsetType
    ) = UNSET


class Lost(Event, tag="lost"):
    """The worker died; the stack is trained once more, and what was said of it stands."""

    stack: Id
    message: Annotated[Text, Meta(description="what happened, in words")]


class Cancelled(Event, tag="cancelled"):
    """The stack was given up, as asked; its last event."""

    stack: Id


class Failed(Event, tag="failed"):
    """The stack could not be trained; its last event."""

    stack: Id
    message: Annotated[Text, Meta(description="why, in words for a visitor")]


EVENTS: tuple[type[Event], ...] = (Begun, Curve, Done, Lost, Cancelled, Failed)
