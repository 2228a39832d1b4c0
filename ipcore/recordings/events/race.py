"""The events of a race: networks of several methods, trained side by side.

``step`` counts updates of the weights. Numbers per seed are lists in the order of the seeds; numbers per layer are
lists in the order of the hidden layers, input first. ``null`` stands for a number that is not finite, or is not known.

A race has one ``start``, and nothing follows its ``end`` or ``error``. Losses come without a gap; tests and snapshots
come after the losses of their step, in ascending order; marks and divergences may come before them.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ipcore.recordings.events.base import (
    Count,
    Event,
    Number,
    NumberOrNull,
    Part,
    Share,
    ShareOrNull,
    Step,
    Text,
)

VERSION = 1
"""The newest version of a race's events; see :mod:`ipcore.recordings.upgrades` when it is raised."""
FARTHEST = 1e6
"""Absolute coordinate of a point of the data, at most."""

Coordinate = Annotated[float, Meta(ge=-FARTHEST, le=FARTHEST)]
PerSeed = list[NumberOrNull]
SharesPerSeed = list[ShareOrNull]
PerLayer = list[NumberOrNull]
SignedPerLayer = list[float | None]
SharesPerLayer = list[ShareOrNull]
Histogram = Annotated[
    list[Annotated[int, Meta(ge=0)]],
    Meta(min_length=1, title="a histogram is a list of its first bin and counts, whole numbers from 0 up"),
]
Percent = Annotated[int, Meta(ge=0, le=100)]
PerThousand = Annotated[int, Meta(ge=0, le=1000)]


class DataFacts(Part):
    """What a start event says of the data set."""

    label = "data"

    train: Annotated[Count, Meta(description="number of training examples")] | UnsetType = UNSET
    test: (
        Annotated[Count, Meta(description="number of test examples; at the end there is a test on all of them")]
        | UnsetType
    ) = UNSET
    probe: (
        Annotated[
            Count,
            Meta(
                description="number of test examples of each point of the curves of accuracy and loss: the first ones"
            ),
        ]
        | UnsetType
    ) = UNSET
    extent: (
        Annotated[
            list[Coordinate],
            Meta(
                min_length=4,
                max_length=4,
                description="[x0, x1, y0, y1], the part of the plane that is drawn; two-dimensional data only",
            ),
        ]
        | UnsetType
    ) = UNSET
    points: (
        Annotated[
            list[tuple[Coordinate, Coordinate, Annotated[int, Meta(ge=0)]]],
            Meta(description="training examples as [x, y, class]; two-dimensional data only"),
        ]
        | UnsetType
    ) = UNSET


class Start(Event, tag="start", kw_only=True):
    """A race begins."""

    grows: ClassVar[bool] = True

    kind: Annotated[Literal["race"], Meta(description="what the recording holds; may be left out")] | UnsetType = UNSET
    version: Annotated[int, Meta(ge=1, description="version of the events")]
    config: Annotated[dict[str, Any], Meta(description="the settings; those left out have their defaults")]
    data: Annotated[DataFacts, Meta(description="facts about the data set")]
    threads: (
        Annotated[
            int,
            Meta(ge=1, le=1024, description="threads that computed, on which the last digits depend; left out if one"),
        ]
        | UnsetType
    ) = UNSET
    device: (
        Annotated[
            str,
            Meta(
                pattern=r"^cuda(:[0-9]{1,3})?$",
                max_length=20,
                description="device that computed, on which the last digits depend; left out if the processor",
            ),
        ]
        | UnsetType
    ) = UNSET

    def computed_with(self, threads: int, device: str = "cpu") -> Start:
        """The same event, which says with how many threads and on which device the race is computed."""
        return msgspec.structs.replace(
            self, threads=UNSET if threads == 1 else threads, device=UNSET if device == "cpu" else device
        )


class Progress(Event, tag="progress"):
    """The data set is being fetched."""

    what: Annotated[Text, Meta(description="what is being done, in words")]
    done: Annotated[Number, Meta(description="bytes fetched so far")]
    total: Annotated[Number | None, Meta(description="bytes in all; null if that is not known")]


class Steps(Event, tag="steps"):
    """Training losses of consecutive steps."""

    grows: ClassVar[bool] = True

    first: Annotated[Count, Meta(description="step of the first entry")]
    elapsed: Annotated[Number, Meta(description="seconds of training so far, pauses left out")]
    loss: Annotated[
        dict[str, list[PerSeed]],
        Meta(description="method -> step by step, the loss of the minibatch before its update, per seed"),
    ]


class LayerInformation(Part):
    """What a test says of the outputs of one method: numbers per layer, over the replicas that have not diverged.

    They are measured on the examples of the test, and in evaluation: that is, of the function that is tested.
    """

    label = "the information of a method in event 'test'"

    entropy: Annotated[
        SharesPerLayer, Meta(description="entropy of each neuron's activity divided by ln 30, mean over the layer")
    ]
    activity: Annotated[
        list[list[PerThousand]],
        Meta(description="outputs in each of 30 equal bins over [-1, 1], in parts per thousand"),
    ]


class Test(Event, tag="test", kw_only=True):
    """Loss and accuracy on test examples.

    Every test is on the same examples, the first ones; only at the end one more is on all of them.
    """

    grows: ClassVar[bool] = True

    step: Annotated[Step, Meta(description="updates done")]
    surface: (
        Annotated[
            dict[str, list[Percent]],
            Meta(
                description="method -> probability of class 1 in percent on a grid of 40 x 40 cells, rows upward, of "
                "the first seed; two-dimensional data only, now and then"
            ),
        ]
        | UnsetType
    ) = UNSET
    examples: Annotated[Count, Meta(description="number of test examples used")]
    loss: Annotated[dict[str, PerSeed], Meta(description="method -> mean cross-entropy, per seed")]
    accuracy: Annotated[dict[str, SharesPerSeed], Meta(description="method -> share of right answers, per seed")]
    information: (
        Annotated[
            dict[str, LayerInformation],
            Meta(description="method -> how its layers used their outputs; there is a snapshot of this step before it"),
        ]
        | UnsetType
    ) = UNSET


class LayerNumbers(Part, kw_only=True):
    """What a snapshot says of one method: numbers per layer, over the replicas that have not diverged.

    Earlier programs measured ``entropy`` and ``activity`` here, on the minibatch; now tests have them.
    """

    label = "a method of event 'snapshot'"

    weight_gradient: Annotated[PerLayer, Meta(description="mean |dL/dW|")]
    error_signal: Annotated[PerLayer, Meta(description="root mean square of dL/dx")]
    slope: Annotated[SharesPerLayer, Meta(description="mean of 1 - y^2, the slope of tanh")]
    response: (
        Annotated[
            SignedPerLayer,
            Meta(description="mean of dy/dx = gain (1 - y^2), with the effective gain; not in old recordings"),
        ]
        | UnsetType
    ) = UNSET
    saturated: Annotated[SharesPerLayer, Meta(description="share of outputs with |y| > 0.97")]
    entropy: Annotated[SharesPerLayer, Meta(description="as in a test; old recordings only")] | UnsetType = UNSET
    gain: Annotated[
        list[Histogram],
        Meta(
            description="histogram of the effective gains: [index of the first bin, counts...]; "
            "120 bins, see GAIN_EDGES"
        ),
    ]
    bias: Annotated[
        list[Histogram],
        Meta(description="histogram of the effective biases in the same form; 200 bins, see BIAS_EDGES"),
    ]
    activity: Annotated[list[list[PerThousand]], Meta(description="as in a test; old recordings only")] | UnsetType = (
        UNSET
    )


class Snapshot(Event, tag="snapshot"):
    """The state of every layer, read off the minibatch that just passed."""

    grows: ClassVar[bool] = True

    step: Annotated[Step, Meta(description="updates done")]
    methods: Annotated[dict[str, LayerNumbers], Meta(description="method -> its layers")]


class Mark(Event, tag="mark"):
    """A setting was changed while the race was under way."""

    step: Annotated[Step, Meta(description="updates done before the change")]
    setting: Annotated[str, Meta(description="name of the setting: learning_rate or intrinsic_rate")]
    previous: Annotated[Number, Meta(description="its value before")]
    value: Annotated[Number, Meta(description="its value from the next step on")]


class Diverged(Event, tag="diverged"):
    """The loss of a network stopped being finite; its replica is frozen at the state before."""

    step: Annotated[Count, Meta(description="the step whose loss was not finite")]
    method: Annotated[str, Meta(description="method of the network")]
    seed: Annotated[int, Meta(description="seed of the network")]


class State(Event, tag="state"):
    """The race was paused, or goes on."""

    step: Annotated[Step, Meta(description="updates done")]
    state: Annotated[Literal["running", "paused"], Meta(description="the new state")]


class End(Event, tag="end"):
    """The race is over; the last event."""

    step: Annotated[Step, Meta(description="updates done in all")]
    state: Annotated[Literal["finished", "stopped"], Meta(description="whether all steps were done")]
    elapsed: Annotated[Number, Meta(description="seconds of training, pauses left out")]
    telemetry: Annotated[
        Share | None, Meta(description="share of the time that telemetry took; null if that is not known")
    ]
    first_layer_gradient: Annotated[
        dict[str, PerSeed],
        Meta(
            description="method -> mean |dL/dW| of the first layer over the last tenth of the steps done, per seed; "
            "empty if that is not known"
        ),
    ]


class Error(Event, tag="error"):
    """The race could not go on; the last event."""

    message: Annotated[Text, Meta(description="why, in words for a visitor")]


EVENTS: tuple[type[Event], ...] = (Start, Progress, Steps, Test, Snapshot, Mark, Diverged, State, End, Error)
