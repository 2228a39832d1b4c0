"""The lines of compared races: those of all runs, or the difference of two runs; and their CSV. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from app.compare.comparison import Compared, shared_methods
from app.compare.lines import Line, lines_csv, paired_seeds, seeds
from app.race.digest import POINTS, digest
from app.ui.frames import horizon, last_steps, summarised
from ipcore.methods import get
from ipcore.recordings.moments import LayerStatistics
from ipcore.recordings.race import GAIN_EDGES, Recording, Snapshot

OVER_STEPS = ("loss", "accuracy")
BY_LAYER = ("gradient", "response", "information", "gain")
CHARTS = (*OVER_STEPS, *BY_LAYER)
"""The charts of a comparison, in the order of the page."""
RATIOS = ("gradient", "response", "gain")
"""The charts whose quantity spans decades: two runs are divided there, not subtracted."""
COLUMNS = {
    "loss": "train_loss",
    "accuracy": "test_accuracy",
    "gradient": "mean_abs_weight_gradient",
    "response": "mean_dy_dx",
    "information": "entropy_over_ln_30",
    "gain": "gain",
}
"""Chart -> the name of its quantity in the CSV."""

Race = Compared[Recording]

_GAIN_CENTRES = np.sqrt(GAIN_EDGES[:-1] * GAIN_EDGES[1:])


def overlay(runs: Iterable[Race], chart: str, methods: Sequence[str], share: float = 1.0) -> list[Line]:
    """The lines of every run and method.

    Args:
        runs: what :func:`~app.compare.comparison.compare` gave, or some of them.
        chart: one of :data:`CHARTS`.
        methods: the wanted methods; a run need not have all of them.
        share: which snapshot a chart by layer shows, as a share of the steps that a run has done, 0 to 1.
    """
    runs, lines = list(runs), []
    bucket = steps_per_point(runs)
    for run in runs:
        wanted = [method for method in run.recording.config.methods if method in methods]
        lines += (
            _over_steps(run, chart, wanted, bucket) if chart in OVER_STEPS else _by_layer(run, chart, wanted, share)
        )
    return lines


def steps_per_point(runs: Iterable[Race]) -> int:
    """How many steps a point of a curve stands for: as many for all runs in one chart, so that all look as rough."""
    ends = [horizon(run.recording.config.steps, run.recording.step) for run in runs]
    return -(-max(ends, default=1) // POINTS)


def difference(b: Race, a: Race, chart: str, methods: Sequence[str], share: float = 1.0) -> list[Line]:
    """Run B minus run A, or B divided by A in :data:`RATIOS`, for the methods that both have.

    Seeds are paired where both runs have them (:func:`app.compare.lines.paired_seeds`); otherwise each seed of B is
    compared with each seed of A.

    * Training loss: at the steps that both have done.
    * Test accuracy: at the tests of the run with fewer tests, as far as both have come. The other run's accuracy is
      interpolated linearly between its tests.
    * By layer: there is none if the depths differ, since layers then do not correspond. Snapshots are means over
      seeds. Where a recording was made before dy/dx was measured, its slope is not known.
    """
    wanted = [method for method in shared_methods(a, b) if method in methods]
    if chart in BY_LAYER:
        if a.recording.config.depth != b.recording.config.depth:
            return []
        # A run may have no snapshot yet, and so no line.
        pairs = zip(*(_by_layer(run, chart, wanted, share) for run in (b, a)), strict=False)
        return [_layer_difference(chart, *pair) for pair in pairs]
    subtract = _loss_difference if chart == "loss" else _accuracy_difference
    bucket = steps_per_point((a, b))
    lines = []
    for method in wanted:
        x, mean, low, high = subtract(b, a, method, bucket)
        lines.append(Line(b.index, method, x, mean, low, high, bucket=bucket))
    return lines


def moments(runs: Iterable[Race], share: float) -> list[int | None]:
    """The step of each run's snapshot at a share of its steps; None before its first snapshot."""
    snapshots = [_moment(run.recording, share) for run in runs]
    return [None if snapshot is None else snapshot.step for snapshot in snapshots]


def table(chart: str, lines: Iterable[Line], runs: Sequence[Race], minus: Race | None = None) -> str:
    """The points of a chart as CSV.

    Args:
        chart: one of :data:`CHARTS`.
        lines: the lines of the chart.
        runs: all runs that are compared.
        minus: the run that was subtracted, if the lines are of a difference.
    """
    value = COLUMNS[chart] + ("" if minus is None else "_ratio" if chart in RATIOS else "_difference")
    by_layer = chart in BY_LAYER
    other = ["over" if chart in RATIOS else "minus"] if minus else []
    numbers = ["step", "layer", value] if by_layer else ["step", value, "lowest", "highest", "steps_per_point"]

    def points(line: Line) -> list[Any]:
        x = line.x.round().astype(int)
        if by_layer:
            return [[line.step] * len(x), x, line.mean]
        return [x, line.mean, line.low, line.high, [line.bucket] * len(x)]

    return lines_csv(["run", *other, "method", *numbers], lines, points, runs, minus)


def _over_steps(run: Race, chart: str, methods: Sequence[str], bucket: int) -> list[Line]:
    """The curves of one run, from the digest that its replay draws from too where it has as many points."""
    state, recording = digest(run.recording), run.recording
    with state.lock:
        state.update(recording)
        step = recording.step
        if chart == "accuracy":
            steps, by_method = state.accuracy(bucket)
            curves = {method: (steps, rows) for method, rows in zip(recording.config.methods, by_method, strict=True)}
        elif bucket == state.bucket:
            curves = {method: state.loss(recording, method, step) for method in methods}
        else:
            ends = last_steps(step, bucket)
            curves = {method: (ends, summarised(recording.loss(method)[:step], ends)) for method in methods}
    lines = []
    for method in methods:
        steps, (mean, low, high) = curves[method]
        lines.append(Line(run.index, method, steps, mean, low, high, bucket=bucket))
    return lines


def _moment(recording: Recording, share: float, chart: str = "") -> Snapshot | None:
    """The snapshot that a chart shows; information is known at the steps of tests only."""
    step = round(share * recording.step)
    return recording.informed(step) if chart == "information" else recording.moment(step)


def _by_layer(run: Race, chart: str, methods: Sequence[str], share: float) -> list[Line]:
    snapshot = _moment(run.recording, share, chart)
    if snapshot is None:
        return []
    layers = np.arange(1, run.recording.config.depth + 1)
    lines = []
    for method in methods:
        values = _layer_values(chart, method, snapshot.methods[method])
        lines.append(Line(run.index, method, layers, values, values, values, snapshot.step))
    return lines


def _layer_values(chart: str, method: str, layers: LayerStatistics) -> np.ndarray:
    if chart == "gradient":
        return layers.weight_gradient
    if chart == "information":
        return layers.entropy
    if chart == "response":
        return layers.response
    known = get(method)
    if known.constant_gain:
        return np.full(len(layers.slope), known.initial[0])  # its bin, from there upward, has its centre higher
    counts = layers.gain.astype(float)
    total = counts.sum(1)
    logs = np.divide(counts @ np.log(_GAIN_CENTRES), total, out=np.full(len(counts), np.nan), where=total > 0)
    return np.exp(logs)


def _layer_difference(chart: str, b: Line, a: Line) -> Line:
    if chart in RATIOS:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where((a.mean > 0) & (b.mean > 0), b.mean / a.mean, np.nan)
    else:
        values = b.mean - a.mean
    return Line(b.run, b.method, b.x, values, values, values, b.step)


def _loss_difference(b: Race, a: Race, method: str, bucket: int) -> tuple[np.ndarray, ...]:
    """Steps, shape (points,), and the mean, lowest and highest loss of B minus that of A, each of that shape."""
    step = min(a.recording.step, b.recording.step)
    ends = last_steps(step, bucket)
    per_pair = _subtract_seeds(b, a, *(run.recording.loss(method)[:step] for run in (b, a)))
    return ends, *summarised(per_pair, ends)


def _accuracy_difference(b: Race, a: Race, method: str, bucket: int) -> tuple[np.ndarray, ...]:
    """Steps, shape (points,), and the mean, lowest and highest test accuracy of B minus that of A, likewise."""
    (b_steps, b_values), (a_steps, a_values) = _tests(b.recording, method), _tests(a.recording, method)
    if not (len(a_steps) and len(b_steps)):
        return np.zeros(0), *np.zeros((3, 0))
    first, last = max(a_steps[0], b_steps[0]), min(a_steps[-1], b_steps[-1])
    steps = min((steps[(steps >= first) & (steps <= last)] for steps in (a_steps, b_steps)), key=len)
    if not len(steps):
        return np.zeros(0), *np.zeros((3, 0))
    values = (_interpolate(steps, b_steps, b_values), _interpolate(steps, a_steps, a_values))
    places = np.ceil(steps / bucket)
    ends = np.append(np.flatnonzero(np.diff(places)) + 1, len(steps))  # tests before the end of each bucket
    return steps[ends - 1], *summarised(_subtract_seeds(b, a, *values), ends)


def _tests(recording: Recording, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps of the tests and accuracies, shape (tests, seeds), all on the same examples; the later of a step counts."""
    last = {test.step: test.accuracy[method] for test in recording.curve()}
    return np.array(list(last), float), np.array(list(last.values()), float)


def _interpolate(at: np.ndarray, steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values of each seed at other steps; NaN beside a NaN."""
    return np.stack([np.interp(at, steps, column) for column in values.T], 1)


def _subtract_seeds(b: Race, a: Race, b_values: np.ndarray, a_values: np.ndarray) -> np.ndarray:
    """B minus A for each pair of seeds.

    Args:
        b, a: the two runs.
        b_values, a_values: shape (points, seeds of that run).

    Returns:
        shape (points, pairs of seeds).
    """
    pairs = paired_seeds(a, b)
    if pairs:
        b_columns, a_columns = ([seeds(run).index(seed) for seed in pairs] for run in (b, a))
        return b_values[:, b_columns] - a_values[:, a_columns]
    return (b_values[:, :, None] - a_values[:, None, :]).reshape(len(b_values), -1)
