"""The lines of a comparison: every run's over one another, or one run's less another's; and their CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.compare.comparison import Compared, shared_methods
from app.race.digest import POINTS, TESTS, digest
from app.ui.frames import ends, every, over_seeds, over_steps
from ipcore.recordings.race import GAIN_EDGES, LayerStatistics, Recording, Snapshot

OVER_STEPS = ("loss", "accuracy")
BY_LAYER = ("gradient", "information", "gain")
CHARTS = (*OVER_STEPS, *BY_LAYER)
"""The charts of a comparison, in the order of the page."""
RATIOS = ("gradient", "gain")
"""What is divided, not subtracted: magnitudes that span decades."""

_GAIN_CENTRES = np.sqrt(GAIN_EDGES[:-1] * GAIN_EDGES[1:])


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Args:
        run: index of the :class:`~app.compare.comparison.Compared` run; in a difference, of the run subtracted from.
        method: of it.
        x: steps, or hidden layers from 1 at the input side; shape (points,).
        mean: over seeds, at most 400 points; NaN where it is not known.
        low, high: lowest and highest seed; equal to the mean where seeds are not told apart.
        step: of the snapshot it was read from; None for a curve over steps.
    """

    run: int
    method: str
    x: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    step: int | None = None

    @property
    def banded(self) -> bool:
        """Whether there is more than one seed to it."""
        return not np.array_equal(self.low, self.high, equal_nan=True)


def overlay(runs: Iterable[Compared], chart: str, methods: Sequence[str], share: float = 1.0) -> list[Line]:
    """The lines of every run and method.

    Args:
        runs: what :func:`~app.compare.comparison.compare` gave, or some of them.
        chart: one of :data:`CHARTS`.
        methods: that are wanted; a run need not have all.
        share: of a chart by layer: at which share of the steps done, 0 to 1.
    """
    lines = []
    for run in runs:
        wanted = [method for method in run.recording.config.methods if method in methods]
        lines += _over_steps(run, chart, wanted) if chart in OVER_STEPS else _by_layer(run, chart, wanted, share)
    return lines


def difference(b: Compared, a: Compared, chart: str, methods: Sequence[str], share: float = 1.0) -> list[Line]:
    """Run B less run A, for the methods that both have; of :data:`RATIOS` B over A.

    Seeds are paired where both runs have them (see :func:`paired`); otherwise each of B is set against each of A.

    * Training loss: on the steps that both have done.
    * Test accuracy: on the steps at which the run with fewer tests was tested, as far as both have come. The other is
      interpolated on a straight line between its tests before and after.
    * By layer: nothing if the depths differ, since layers then do not correspond. Snapshots do not tell seeds apart.
    """
    wanted = [method for method in shared_methods(a, b) if method in methods]
    if chart in BY_LAYER:
        if a.recording.config.depth != b.recording.config.depth:
            return []
        ours, theirs = (_by_layer(run, chart, wanted, share) for run in (b, a))
        return [_of_layers(chart, *pair) for pair in zip(ours, theirs, strict=False)]  # a run may have no snapshot yet
    of = _loss_difference if chart == "loss" else _accuracy_difference
    lines = []
    for method in wanted:
        steps, per_pair = of(b.recording, a.recording, method)
        lines.append(Line(b.index, method, steps, *over_seeds(per_pair)))
    return lines


def paired(a: Recording, b: Recording) -> tuple[int, ...]:
    """The seeds by which two runs are paired: all that both have; none if that is one of several."""
    ours, theirs = _seeds(a), _seeds(b)
    common = tuple(seed for seed in ours if seed in theirs)
    return common if len(common) > 1 or len(ours) == len(theirs) == len(common) else ()


def moments(runs: Iterable[Compared], share: float) -> list[int | None]:
    """The step of each run's snapshot at a share of its steps; None before the first."""
    found = [_moment(run.recording, share) for run in runs]
    return [snapshot and snapshot.step for snapshot in found]


def table(chart: str, lines: Iterable[Line], runs: Sequence[Compared], minus: Compared | None = None) -> str:
    """The points of a chart as CSV.

    Args:
        chart: one of :data:`CHARTS`.
        lines: of it.
        runs: all that are compared.
        minus: of a difference, the run that was subtracted.
    """
    columns = ("train_loss", "test_accuracy", "mean_abs_weight_gradient", "entropy_over_ln_30", "gain")
    value = columns[CHARTS.index(chart)] + ("" if minus is None else "_ratio" if chart in RATIOS else "_difference")
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    by_layer = chart in BY_LAYER
    other = ["over" if chart in RATIOS else "minus"] if minus else []
    numbers = ["step", "layer", value] if by_layer else ["step", value, "lowest_seed", "highest_seed"]
    rows.writerow(["run", *other, "method", *numbers])
    for line in lines:
        # The letter before a name also keeps spreadsheets from reading it as a formula.
        head = [runs[line.run].label, *([minus.label] if minus else []), line.method]
        if by_layer:
            rows.writerows(
                [*head, line.step, layer, cell(mean)] for layer, mean in zip(line.x.tolist(), line.mean, strict=True)
            )
        else:
            points = zip(line.x.tolist(), line.mean, line.low, line.high, strict=True)
            rows.writerows([*head, f"{step:.0f}", *map(cell, numbers)] for step, *numbers in points)
    return text.getvalue()


def cell(number: float) -> str:
    """A number as a table has it: nothing for NaN."""
    return "" if np.isnan(number) else f"{number:.7g}"


def _over_steps(run: Compared, chart: str, methods: Sequence[str]) -> list[Line]:
    """From the digest that the replay draws from too: reading a long run again costs nothing."""
    state = digest(run.recording)
    with state.lock:
        state.update(run.recording)
        if chart == "loss":
            curves = {method: state.loss(run.recording, method, run.recording.step) for method in methods}
        else:
            steps, every_method = state.accuracy()
            curves = {
                method: (steps, rows) for method, rows in zip(run.recording.config.methods, every_method, strict=True)
            }
    return [Line(run.index, method, *_flat(curves[method])) for method in methods]


def _flat(curve: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    return curve[0], *curve[1]


def _moment(recording: Recording, share: float) -> Snapshot | None:
    return recording.moment(round(share * recording.step))


def _by_layer(run: Compared, chart: str, methods: Sequence[str], share: float) -> list[Line]:
    snapshot = _moment(run.recording, share)
    if snapshot is None:
        return []
    layers = np.arange(1, run.recording.config.depth + 1)
    lines = []
    for method in methods:
        values = _of_layer(chart, method, snapshot.methods[method])
        lines.append(Line(run.index, method, layers, values, values, values, snapshot.step))
    return lines


def _of_layer(chart: str, method: str, layers: LayerStatistics) -> np.ndarray:
    if chart == "gradient":
        return layers.weight_gradient
    if chart == "information":
        return layers.entropy
    if method == "plain":
        return np.ones(len(layers.gain))  # always; its bin, from 1 upward, has its centre higher
    counts = layers.gain.astype(float)
    total = counts.sum(1)
    logs = np.divide(counts @ np.log(_GAIN_CENTRES), total, out=np.full(len(counts), np.nan), where=total > 0)
    return np.exp(logs)


def _of_layers(chart: str, b: Line, a: Line) -> Line:
    if chart in RATIOS:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where((a.mean > 0) & (b.mean > 0), b.mean / a.mean, np.nan)
    else:
        values = b.mean - a.mean
    return Line(b.run, b.method, b.x, values, values, values, b.step)


def _loss_difference(b: Recording, a: Recording, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps, shape (points,), and the loss of B less that of A, shape (points, pairs of seeds)."""
    step = min(a.step, b.step)
    steps = ends(step, -(-step // POINTS) or 1)
    means = [over_steps(recording.loss(method)[:step], steps) for recording in (b, a)]
    return steps, _minus(b, a, *means)


def _accuracy_difference(b: Recording, a: Recording, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Likewise of the test accuracy."""
    (b_steps, b_values), (a_steps, a_values) = _tests(b, method), _tests(a, method)
    if not (len(a_steps) and len(b_steps)):
        return np.zeros(0), np.zeros((0, 1))
    first, last = max(a_steps[0], b_steps[0]), min(a_steps[-1], b_steps[-1])
    sparse = min((steps[(steps >= first) & (steps <= last)] for steps in (a_steps, b_steps)), key=len)
    steps = sparse[every(len(sparse), TESTS)]
    return steps, _minus(b, a, _between(steps, b_steps, b_values), _between(steps, a_steps, a_values))


def _tests(recording: Recording, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps of the tests, each once (the last of it counts), and accuracies, shape (tests, seeds)."""
    last = {test.step: test.accuracy[method] for test in list(recording.tests)}
    return np.array(list(last), float), np.array(list(last.values()), float)


def _between(at: np.ndarray, steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Each seed at other steps; NaN where a neighbour is."""
    return np.stack([np.interp(at, steps, column) for column in values.T], 1)


def _minus(b: Recording, a: Recording, b_values: np.ndarray, a_values: np.ndarray) -> np.ndarray:
    """Shape (points, pairs of seeds), of two arrays of shape (points, seeds)."""
    seeds = paired(a, b)
    if seeds:
        ours, theirs = _seeds(b), _seeds(a)
        return b_values[:, [ours.index(seed) for seed in seeds]] - a_values[:, [theirs.index(seed) for seed in seeds]]
    return (b_values[:, :, None] - a_values[:, None, :]).reshape(len(b_values), -1)


def _seeds(recording: Recording) -> range:
    first = recording.config.first_seed
    return range(first, first + recording.config.seeds)
