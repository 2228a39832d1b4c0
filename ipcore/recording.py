"""A recording: the events of one run, in the one form in which they are streamed, stored, replayed and exported.

An event is a JSON object on a line of its own. ``event`` says which; ``step`` counts updates of the weights done.
Numbers per seed are lists in the order of the seeds; per layer, in the order of the hidden layers, input first.
``null`` stands for a number that is not finite, or is not known.

==========  ==========================================================================================================
event       fields
==========  ==========================================================================================================
start       ``version`` (of this form), ``config`` (RunConfig), ``data``: ``train``, ``test``, ``probe`` (test examples on
            the curve; all are used at the end), ``extent`` ([x0, x1, y0, y1], two-dimensional data only), ``points``
            ([[x, y, class], ...], likewise)
progress    ``what`` (in words), ``done``, ``total`` (bytes, null if not known): the data set is being fetched
steps       ``first`` (step of the first entry), ``elapsed`` (s of training so far, pauses left out), ``loss``: method ->
            [[per seed] per step], of the minibatch before its update
test        ``step``, ``examples``, ``loss`` and ``accuracy``: method -> [per seed]; two-dimensional data: ``surface``:
            method -> SIDE*SIDE whole numbers, the probability of class 1 in percent (first seed), rows upward
snapshot    ``step``, ``methods``: method -> per layer, over the replicas that have not diverged: ``weight_gradient`` (mean
            |dL/dW|), ``error_signal`` (RMS dL/dx), ``slope`` (mean 1 - y^2), ``saturated`` (share of |y| > 0.97), ``entropy``
            (of each neuron's activity, over ln 30, averaged), ``gain``, ``bias`` (histograms of the effective values,
            each [index of first bin, counts...]; bins: GAIN_EDGES, BIAS_EDGES), ``activity`` (30 parts per thousand)
mark        ``step``, ``setting``, ``previous``, ``value``: a setting was changed in flight
diverged    ``step``, ``method``, ``seed``: its loss stopped being finite; the replica is frozen at its state before
state       ``step``, ``state``: ``"running"`` or ``"paused"``
end         ``step``, ``state`` (``"finished"`` or ``"stopped"``), ``elapsed``, ``telemetry`` (share of that time spent on
            telemetry), ``first_layer_gradient``: method -> [per seed] (mean |dL/dW| of the first layer over the last
            tenth of the steps done)
error       ``message``: the run could not go on; in words for a visitor
==========  ==========================================================================================================
"""

from __future__ import annotations

import bisect
import gzip
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ipcore.config import RunConfig

VERSION = 1
ACTIVITY_BINS = 30
"""Bins of the activity over [-1, 1]."""
GAIN_EDGES = 10.0 ** np.linspace(-3, 3, 121)
"""Edges of the bins of effective gain; what lies outside is counted in the outermost."""
BIAS_EDGES = np.linspace(-10, 10, 201)
"""Edges of the bins of effective bias; what lies outside is counted in the outermost."""
SIDE = 40
"""Cells of a decision surface along each axis."""

PER_LAYER = ("weight_gradient", "error_signal", "slope", "saturated", "entropy")
"""Numbers of a snapshot, one per layer."""


def encode(event: dict[str, Any]) -> str:
    """An event as one line of JSON, without its newline. NaN and infinity must be null already."""
    return json.dumps(event, separators=(",", ":"), allow_nan=False)


def decode(line: str | bytes) -> dict[str, Any]:
    """The event on a line.

    Raises:
        ValueError: if the line is no JSON object with the name of an event.
    """
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a line of JSON: {error}") from None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise ValueError("not an event: a JSON object with the field 'event' is needed")
    return event


def finite(values: Any) -> Any:
    """Numbers of nested lists, with None for each that is not finite."""
    if isinstance(values, list):
        return [finite(value) for value in values]
    return values if values is None or math.isfinite(values) else None


class _Growing:
    """Rows of float32, appended in amortised constant time and read without a copy."""

    def __init__(self, columns: int) -> None:
        self._rows = np.empty((256, columns), np.float32)
        self._length = 0

    def append(self, rows: np.ndarray) -> None:
        needed = self._length + len(rows)
        if needed > len(self._rows):
            grown = np.empty((max(needed, 2 * len(self._rows)), self._rows.shape[1]), np.float32)
            grown[: self._length] = self._rows[: self._length]
            self._rows = grown
        self._rows[self._length : needed] = rows
        self._length = needed  # last: a reader on another thread never sees a row before it is whole

    def view(self) -> np.ndarray:
        length = self._length
        return self._rows[:length]


@dataclass(frozen=True)
class Test:
    """Loss and accuracy on test examples at one step; arrays of shape (seeds,)."""

    step: int
    examples: int
    loss: dict[str, np.ndarray]
    accuracy: dict[str, np.ndarray]
    surface: dict[str, np.ndarray] = field(default_factory=dict)
    """Method -> probability of class 1, shape (SIDE, SIDE), rows upward; empty unless data are two-dimensional."""


@dataclass(frozen=True)
class LayerStatistics:
    """What a snapshot holds of one method; the first axis is the layer."""

    weight_gradient: np.ndarray
    error_signal: np.ndarray
    slope: np.ndarray
    saturated: np.ndarray
    entropy: np.ndarray
    gain: np.ndarray
    """Counts, shape (layers, len(GAIN_EDGES) - 1)."""
    bias: np.ndarray
    """Counts, shape (layers, len(BIAS_EDGES) - 1)."""
    activity: np.ndarray
    """Shares, shape (layers, ACTIVITY_BINS)."""


@dataclass(frozen=True)
class Snapshot:
    """The state of every network at one step."""

    step: int
    methods: dict[str, LayerStatistics]


@dataclass(frozen=True)
class Mark:
    """A setting changed in flight, after ``step`` updates."""

    step: int
    setting: str
    previous: float
    value: float


@dataclass(frozen=True)
class Divergence:
    """A replica whose loss stopped being finite at ``step``."""

    step: int
    method: str
    seed: int


class Recording:
    """All events of a run so far. One thread adds, any number read; reading never blocks.

    Args:
        config: the settings of the run, until its start event says them.
    """

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.data: dict[str, Any] = {}
        self.state = "starting"
        self.message = ""
        self.progress: dict[str, Any] | None = None
        self.elapsed = 0.0
        self.telemetry_share = math.nan
        self.first_layer_gradient: dict[str, list[float]] = {}
        self.tests: list[Test] = []
        self.snapshots: list[Snapshot] = []
        self.marks: list[Mark] = []
        self.diverged: list[Divergence] = []
        self.revision = 0
        """Grows with every event: a reader that saw this number has seen all."""
        self._loss = {method: _Growing(config.seeds) for method in config.methods}

    @property
    def step(self) -> int:
        """Steps done, for every method."""
        return min(len(rows.view()) for rows in self._loss.values())

    def loss(self, method: str) -> np.ndarray:
        """Training loss, shape (steps, seeds); row 0 is step 1."""
        return self._loss[method].view()

    def moment(self, step: int | None) -> Snapshot | None:
        """The last snapshot at or before ``step`` (None: the newest), or the first there is."""
        return _latest(self.snapshots, step)

    def tested(self, step: int | None) -> Test | None:
        """The last test at or before ``step`` (None: the newest), or the first there is."""
        return _latest(self.tests, step)

    def add(self, event: dict[str, Any]) -> None:
        """Takes in one event.

        Raises:
            ValueError: if the event does not fit the run; the recording is unchanged.
        """
        handler = getattr(self, f"_on_{event.get('event')}", None)
        if handler is None:
            raise ValueError(f"no such event: {str(event.get('event'))[:60]!r}")
        try:
            handler(event)
        except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
            raise ValueError(f"event {event['event']!r} is malformed: {type(error).__name__} {error}") from None
        self.revision += 1

    def _on_start(self, event: dict[str, Any]) -> None:
        if event["version"] != VERSION:
            raise ValueError(f"recording has version {event['version']!r}; this program reads version {VERSION}")
        config = RunConfig.from_dict(event["config"])
        self._loss = {method: _Growing(config.seeds) for method in config.methods}
        self.config, self.data, self.progress, self.state = config, dict(event["data"]), None, "running"

    def _on_progress(self, event: dict[str, Any]) -> None:
        self.progress = {name: event[name] for name in ("what", "done", "total")}

    def _on_steps(self, event: dict[str, Any]) -> None:
        loss = {method: self._numbers(event["loss"][method], 2) for method in self.config.methods}
        if event["first"] != self.step + 1 or len({len(rows) for rows in loss.values()}) != 1:
            raise ValueError(f"steps from {event['first']!r} do not follow step {self.step}")
        for method, rows in loss.items():
            self._loss[method].append(rows)
        self.elapsed = float(event["elapsed"])

    def _on_test(self, event: dict[str, Any]) -> None:
        self.tests.append(
            Test(
                int(event["step"]),
                int(event["examples"]),
                *({method: self._numbers(event[name][method], 1) for method in self.config.methods} for name in ("loss", "accuracy")),
                {method: np.reshape(cells, (SIDE, SIDE)) / np.float32(100) for method, cells in event.get("surface", {}).items()},
            )
        )

    def _on_snapshot(self, event: dict[str, Any]) -> None:
        self.snapshots.append(
            Snapshot(int(event["step"]), {method: self._layers(event["methods"][method]) for method in self.config.methods})
        )

    def _on_mark(self, event: dict[str, Any]) -> None:
        self.marks.append(Mark(int(event["step"]), str(event["setting"]), float(event["previous"]), float(event["value"])))

    def _on_diverged(self, event: dict[str, Any]) -> None:
        self.diverged.append(Divergence(int(event["step"]), str(event["method"]), int(event["seed"])))

    def _on_state(self, event: dict[str, Any]) -> None:
        if event["state"] not in ("running", "paused"):
            raise ValueError(f"no such state: {event['state']!r}")
        self.state = event["state"]

    def _on_end(self, event: dict[str, Any]) -> None:
        if event["state"] not in ("finished", "stopped"):
            raise ValueError(f"no such end: {event['state']!r}")
        self.elapsed, self.telemetry_share = float(event["elapsed"]), float(event["telemetry"])
        self.first_layer_gradient = dict(event["first_layer_gradient"])
        self.state = event["state"]

    def _on_error(self, event: dict[str, Any]) -> None:
        self.message, self.state = str(event["message"]), "failed"

    def _numbers(self, values: Any, axes: int) -> np.ndarray:
        """float32 of shape (seeds,) or (steps, seeds), NaN where null."""
        array = np.array(values, np.float32)
        if array.ndim != axes or array.shape[-1] != self.config.seeds:
            raise ValueError(f"numbers of shape {array.shape} do not fit {self.config.seeds} seeds")
        return array

    def _layers(self, values: dict[str, Any]) -> LayerStatistics:
        depth = self.config.depth
        numbers = {name: np.array(values[name], np.float32) for name in PER_LAYER}
        gain, bias = (
            np.stack([_spread(counts, len(edges) - 1) for counts in values[name]])
            for name, edges in (("gain", GAIN_EDGES), ("bias", BIAS_EDGES))
        )
        activity = np.array(values["activity"], np.float32) / 1000
        for name, array in {**numbers, "gain": gain, "bias": bias, "activity": activity}.items():
            if len(array) != depth:
                raise ValueError(f"{name} has {len(array)} layers, not {depth}")
        return LayerStatistics(**numbers, gain=gain, bias=bias, activity=activity.reshape(depth, ACTIVITY_BINS))


def _latest(moments: list[Any], step: int | None) -> Any:
    count = len(moments)  # read once: another thread may append
    if not count:
        return None
    if step is None:
        return moments[count - 1]
    return moments[max(0, bisect.bisect_right(moments, step, 0, count, key=lambda moment: moment.step) - 1)]


def trim(counts: np.ndarray) -> list[int]:
    """Counts of a histogram as a snapshot holds them: ``[index of first bin, counts up to the last that is not 0]``."""
    (used,) = counts.nonzero()
    return [int(used[0]), *counts[used[0] : used[-1] + 1].tolist()] if len(used) else [0]


def _spread(trimmed: list[int], bins: int) -> np.ndarray:
    """The inverse of :func:`trim`, shape (bins,)."""
    first, *counts = trimmed
    if not 0 <= first <= bins - len(counts):
        raise ValueError(f"a histogram of {len(counts)} bins from bin {first} does not fit {bins}")
    full = np.zeros(bins, np.int32)
    full[first : first + len(counts)] = counts
    return full


def events_from_file(path: str | Path) -> Iterator[dict[str, Any]]:
    """The events in a file of JSON lines, compressed with gzip if its name ends in ``.gz``."""
    opened = gzip.open if str(path).endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as lines:
        yield from map(decode, lines)


def from_events(events: Iterable[dict[str, Any]]) -> Recording:
    """The recording that holds these events; the first must be ``start``.

    Raises:
        ValueError: if it is not, or an event does not fit.
    """
    recording = None
    for event in events:
        if recording is None:
            if event.get("event") != "start":
                raise ValueError("a recording begins with a start event")
            recording = Recording(RunConfig.from_dict(event["config"]))
        recording.add(event)
    if recording is None:
        raise ValueError("a recording holds at least its start event")
    return recording
