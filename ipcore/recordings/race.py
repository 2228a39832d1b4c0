"""A recording: the events of one run, in the one form in which they are streamed, stored, replayed and exported.

An event is a JSON object on a line of its own. ``event`` says which; ``step`` counts updates of the weights done.
Numbers per seed are lists in the order of the seeds; per layer, in the order of the hidden layers, input first.
``null`` stands for a number that is not finite, or is not known.

A run has one ``start``, and nothing follows its ``end`` or ``error``. Losses come without a gap; tests and snapshots come
after the losses of their step, in ascending order; marks and divergences may come before them.

==========  ==========================================================================================================
event       fields
==========  ==========================================================================================================
start       ``version`` (of this form), ``config`` (RunConfig), ``data``: ``train``, ``test``, ``probe`` (test examples on
            the curve; all are used at the end), ``extent`` ([x0, x1, y0, y1], two-dimensional data only), ``points``
            ([[x, y, class], ...], likewise)
progress    ``what`` (in words), ``done``, ``total`` (bytes, null if not known): the data set is being fetched
steps       ``first`` (step of the first entry), ``elapsed`` (s of training so far, pauses left out), ``loss``: method ->
            [[per seed] per step], of the minibatch before its update
test        ``step``, ``examples``, ``loss`` and ``accuracy``: method -> [per seed]; two-dimensional data, now and
            then: ``surface``: method -> SIDE*SIDE whole numbers, the probability of class 1 in percent (first seed), rows
            upward
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
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.config import IN_FLIGHT, RunConfig, shown
from ipcore.jsonlines import decode
from ipcore.recordings.fields import array, check_version, number, required, text, whole

if TYPE_CHECKING:
    import pandas as pd

VERSION = 1
ACTIVITY_BINS = 30
"""Bins of the activity over [-1, 1]."""
GAIN_EDGES = 10.0 ** np.linspace(-3, 3, 121)
"""Edges of the bins of effective gain; what lies outside is counted in the outermost."""
BIAS_EDGES = np.linspace(-10, 10, 201)
"""Edges of the bins of effective bias; what lies outside is counted in the outermost."""
SIDE = 40
"""Cells of a decision surface along each axis."""

PER_LAYER = {"weight_gradient": None, "error_signal": None, "slope": 1, "saturated": 1, "entropy": 1}
"""Numbers of a snapshot, one per layer, from 0 up -> what they are at most."""
FARTHEST = 1e6
"""Absolute coordinate of a point of the data, at most."""


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
    """Method -> probability of class 1, shape (SIDE, SIDE), rows upward; empty where there is none."""


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
    def over(self) -> bool:
        """Whether its last event has come."""
        return self.state in ("finished", "stopped", "failed")

    @property
    def step(self) -> int:
        """Steps done, for every method."""
        return min(len(rows.view()) for rows in self._loss.values())

    def cut_off(self) -> dict[str, Any]:
        """Ends it where nobody is left to say so. Returns the event that does."""
        told = {"step": self.step, "state": "stopped", "elapsed": self.elapsed}
        end = {"event": "end", **told, "telemetry": None, "first_layer_gradient": {}}
        self.add(end)
        return end

    def loss(self, method: str) -> np.ndarray:
        """Training loss, shape (steps, seeds); row 0 is step 1."""
        return self._loss[method].view()

    def moment(self, step: int | None) -> Snapshot | None:
        """The last snapshot at or before ``step`` (None: the newest), or the first there is."""
        return _latest(self.snapshots, step)

    def tested(self, step: int | None) -> Test | None:
        """The last test at or before ``step`` (None: the newest), or the first there is."""
        return _latest(self.tests, step)

    def drawn(self, step: int | None) -> Test | None:
        """The last test with decision surfaces at or before ``step`` (None: the newest), or the first there is."""
        return _latest([test for test in self.tests if test.surface], step)

    def to_frame(self, kind: str) -> pd.DataFrame:
        """The run so far as a tidy pandas frame, see :data:`ipcore.recordings.race_frames.FRAMES`.

        Args:
            kind: ``"curves"``, ``"tests"``, ``"layers"``, ``"histograms"``, ``"surfaces"``, ``"rates"``, ``"changes"``
                or ``"summary"``.

        Raises:
            ValueError: if there is no such frame.
        """
        from ipcore.recordings import race_frames  # here, since frames are made of recordings

        return race_frames.frame(self, kind)

    def to_csv(self) -> str:
        """The table that a whole race is exported as: its curves."""
        from ipcore.recordings import race_frames

        return race_frames.export_csv(self)

    def add(self, event: dict[str, Any]) -> None:
        """Takes in one event.

        Raises:
            ValueError: if the event does not fit the run; the recording is unchanged.
        """
        name = event.get("event") if isinstance(event, dict) else None
        handler = getattr(self, f"_on_{name}", None) if isinstance(name, str) else None
        if handler is None:
            raise ValueError(f"no such event: {shown(name if isinstance(event, dict) else event)}")
        if self.over:
            raise ValueError(f"event {name!r} comes after the end")
        try:
            handler(event)
        except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
            raise ValueError(f"event {name!r} is malformed: {type(error).__name__} {error}") from None
        self.revision += 1

    # Each reads all of an event before it changes anything, so that one that does not fit changes nothing.

    def _on_start(self, event: dict[str, Any]) -> None:
        if self.state != "starting" or self.step:
            raise ValueError("a run starts once")
        config = _config(event)
        data = _about(required(event, "data"), config)
        self._loss = {method: _Growing(config.seeds) for method in config.methods}
        self.config, self.data, self.progress, self.state = config, data, None, "running"

    def _on_progress(self, event: dict[str, Any]) -> None:
        what, done = text(event, "what"), number(event, "done")
        total = None if required(event, "total") is None else number(event, "total")
        self.progress = {"what": what, "done": done, "total": total}

    def _on_steps(self, event: dict[str, Any]) -> None:
        first, elapsed = whole(event, "first", 1), number(event, "elapsed", self.elapsed)
        loss = self._arrays(event, "loss", None, self.config.seeds, least=0)
        last = {first + len(rows) - 1 for rows in loss.values()}
        if first != self.step + 1 or len(last) != 1 or max(last) > self.config.steps:
            raise ValueError(f"steps {first} to {max(last)} do not follow step {self.step} of {self.config.steps}")
        for method, rows in loss.items():
            self._loss[method].append(rows)
        self.elapsed = float(elapsed)

    def _on_test(self, event: dict[str, Any]) -> None:
        step = whole(event, "step", self.tests[-1].step if self.tests else 0, self.step)
        examples = whole(event, "examples", 1)
        seeds = self.config.seeds
        loss = self._arrays(event, "loss", seeds, least=0)
        accuracy = self._arrays(event, "accuracy", seeds, most=1)
        cells = self._arrays(event, "surface", SIDE**2, most=100, nulls=False) if "surface" in event else {}
        surface = {method: each.reshape(SIDE, SIDE) / 100 for method, each in cells.items()}
        self.tests.append(Test(step, examples, loss, accuracy, surface))

    def _on_snapshot(self, event: dict[str, Any]) -> None:
        step = whole(event, "step", self.snapshots[-1].step + 1 if self.snapshots else 0, self.step)
        said = self._by_method(required(event, "methods"))
        methods = {method: self._layers(values) for method, values in said.items()}
        self.snapshots.append(Snapshot(step, methods))

    def _on_mark(self, event: dict[str, Any]) -> None:
        setting = required(event, "setting")
        if setting not in IN_FLIGHT:
            raise ValueError(f"setting must be one of {', '.join(IN_FLIGHT)}, not {shown(setting)}")
        step = whole(event, "step", self.step, self.config.steps)  # the losses before it may not have come yet
        previous, value = (float(number(event, name)) for name in ("previous", "value"))
        self.marks.append(Mark(step, setting, previous, value))

    def _on_diverged(self, event: dict[str, Any]) -> None:
        config, method = self.config, required(event, "method")
        seed = whole(event, "seed", config.first_seed, config.first_seed + config.seeds - 1)
        if method not in config.methods or (method, seed) in ((each.method, each.seed) for each in self.diverged):
            raise ValueError(f"no network of method {shown(method)} and seed {seed} was left to diverge")
        self.diverged.append(Divergence(whole(event, "step", max(1, self.step), config.steps), method, seed))

    def _on_state(self, event: dict[str, Any]) -> None:
        if required(event, "state") not in ("running", "paused"):
            raise ValueError(f"no such state: {shown(event['state'])}")
        whole(event, "step", self.step, self.config.steps)
        self.state = event["state"]

    def _on_end(self, event: dict[str, Any]) -> None:
        if required(event, "state") not in ("finished", "stopped"):
            raise ValueError(f"no such end: {shown(event['state'])}")
        step, elapsed = whole(event, "step", self.step, self.step), number(event, "elapsed", self.elapsed)
        if event["state"] == "finished" and step != self.config.steps:
            raise ValueError(f"a run of {self.config.steps:,} steps is not finished at step {step:,}")
        share = required(event, "telemetry")
        known = share is not None and share == share  # of a run whose worker died, this is not
        share = float(number(event, "telemetry", 0, 1)) if known else math.nan
        gradient = required(event, "first_layer_gradient")
        if gradient != {}:
            self._arrays(event, "first_layer_gradient", self.config.seeds, least=0)
            gradient = {method: list(gradient[method]) for method in self.config.methods}
        self.elapsed, self.telemetry_share, self.first_layer_gradient = float(elapsed), share, gradient
        self.state = event["state"]

    def _on_error(self, event: dict[str, Any]) -> None:
        self.message, self.state = text(event, "message"), "failed"

    def _by_method(self, values: Any) -> dict[str, Any]:
        """An object with one entry for each method of the race, in their order."""
        if not isinstance(values, dict) or values.keys() != set(self.config.methods):
            raise ValueError(f"an entry is needed for each of {', '.join(self.config.methods)} and for nothing else")
        return {method: values[method] for method in self.config.methods}

    def _arrays(self, event: dict[str, Any], name: str, *shape: int | None, **bounds: Any) -> dict[str, np.ndarray]:
        """A field that holds numbers of every method; the arguments are those of :func:`ipcore.recordings.fields.array`."""
        values = self._by_method(required(event, name))
        return {method: array(each, *shape, name=f"{name} of {method}", **bounds) for method, each in values.items()}

    def _layers(self, values: dict[str, Any]) -> LayerStatistics:
        depth, neurons = self.config.depth, self.config.width * self.config.seeds
        activity = array(required(values, "activity"), depth, ACTIVITY_BINS, name="activity", most=1000)
        return LayerStatistics(
            **{
                name: array(required(values, name), depth, name=name, least=0, most=most)
                for name, most in PER_LAYER.items()
            },
            gain=_histograms(required(values, "gain"), depth, len(GAIN_EDGES) - 1, neurons),
            bias=_histograms(required(values, "bias"), depth, len(BIAS_EDGES) - 1, neurons),
            activity=activity / 1000,
        )


def _config(start: dict[str, Any]) -> RunConfig:
    """The settings in a start event."""
    if not isinstance(start, dict) or start.get("event") != "start":
        raise ValueError("a recording begins with a start event")
    check_version(start, VERSION)
    return RunConfig.from_dict(start.get("config"))


def _about(data: dict[str, Any], config: RunConfig) -> dict[str, Any]:
    """What a start event says of the data, as far as it does."""
    if not isinstance(data, dict):
        raise ValueError(f"data must be an object, not {shown(data)}")
    about = {name: whole(data, name, 1) for name in ("train", "test", "probe") if name in data}
    if "extent" in data:
        x0, x1, y0, y1 = _near(data, "extent", 4).tolist()
        if not (x0 < x1 and y0 < y1):
            raise ValueError(f"extent must be [x0, x1, y0, y1] in ascending pairs, not {shown(data['extent'])}")
        about["extent"] = data["extent"]
    if "points" in data:
        labels = _near(data, "points", None, 3)[:, 2]
        if not np.isin(labels, range(config.data.classes)).all():
            raise ValueError(f"the class of a point must be below {config.data.classes}")
        about["points"] = data["points"]
    return about


def _near(data: dict[str, Any], name: str, *shape: int | None) -> np.ndarray:
    """Coordinates that can be drawn."""
    return array(data[name], *shape, name=name, least=-FARTHEST, most=FARTHEST, nulls=False)


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


def _histograms(trimmed: Any, layers: int, bins: int, neurons: int) -> np.ndarray:
    """The inverse of :func:`trim` for every layer, shape (layers, bins).

    Of the smallest type that can count the neurons: a server holds many snapshots of many visitors.
    """
    if not isinstance(trimmed, list) or len(trimmed) != layers:
        raise ValueError(f"a histogram is needed for each of {layers} layers")
    full = np.zeros((layers, bins), np.min_scalar_type(neurons))
    for row, each in zip(full, trimmed, strict=True):
        if not isinstance(each, list) or not each:
            raise ValueError(f"a histogram is a list of its first bin and counts, not {shown(each)}")
        first, *counts = each
        if set(map(type, each)) != {int} or not 0 <= first <= bins - len(counts):
            raise ValueError(f"a histogram of {len(counts)} bins from bin {shown(first)} does not fit {bins}")
        if min(counts, default=0) < 0 or sum(counts) > neurons:
            raise ValueError(f"a histogram must count from 0 to {neurons} neurons, not {shown(counts)}")
        row[first : first + len(counts)] = counts
    return full


def events_from_file(path: str | Path) -> Iterator[dict[str, Any]]:
    """The events in a file of JSON lines, plain or compressed with gzip, whatever its name.

    Raises:
        ValueError: if a line is no event, or the file is damaged.
    """
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        with gzip.open(file, "rb") if packed else file as lines:
            try:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield _decoded(line, number, path)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise ValueError(f"{path} is damaged: {error}") from None


def _decoded(line: bytes, number: int, path: str | Path) -> dict[str, Any]:
    """The event on a line of a file; if that is none, the error says where."""
    try:
        return decode(line)
    except ValueError as error:
        where = f"{path} is no recording" if number == 1 else f"{path}, line {number:,}"
        raise ValueError(f"{where}: {error}") from None


def from_events(events: Iterable[dict[str, Any]]) -> Recording:
    """The recording that holds these events; the first must be ``start``.

    Raises:
        ValueError: if it is not, or an event does not fit.
    """
    recording = None
    for event in events:
        if recording is None:
            recording = Recording(_config(event))
        recording.add(event)
    if recording is None:
        raise ValueError("a recording holds at least its start event")
    return recording
