"""A race as tidy pandas frames: a row for each observation, a column for each variable.

What is not known is NaN, or NA in a column of whole numbers. Methods are categories in the order of the race, so that
tables and legends have the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.config import IN_FLIGHT
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE
from ipcore.recordings.results import NUMBERS, results
from ipcore.tables import parts

if TYPE_CHECKING:
    import pandas as pd

    from ipcore.recordings.moments import LayerStatistics
    from ipcore.recordings.race import Recording

BLOCK = 20_000
"""Rows after which a block ends: a long run is written block by block, so that its table is never whole in memory."""

PER_LAYER = {
    "weight_gradient": "mean_abs_weight_gradient",
    "error_signal": "rms_error_signal",
    "entropy": "entropy_over_ln_30",
    "slope": "mean_slope_of_tanh",
    "response": "mean_dy_dx",
    "saturated": "share_saturated",
}
"""Field of a :class:`~ipcore.recordings.race.LayerStatistics` -> its column in the frame ``layers``."""

EDGES = {"gain": GAIN_EDGES, "bias": BIAS_EDGES, "activity": np.linspace(-1, 1, ACTIVITY_BINS + 1)}
"""Quantity of the frame ``histograms`` -> the edges of its bins."""

WHOLE, PERHAPS, REAL, METHOD, QUANTITY, TEXT = "int64", "Int64", "float64", "method", "quantity", "object"
YES_OR_NO = "boolean"

FRAMES: dict[str, dict[str, str]] = {
    "curves": {
        "step": WHOLE, "method": METHOD, "seed": WHOLE, "train_loss": REAL, "test_examples": PERHAPS,
        "test_loss": REAL, "test_accuracy": REAL,
    },
    "tests": {
        "step": WHOLE, "method": METHOD, "seed": WHOLE, "test_examples": WHOLE, "test_loss": REAL,
        "test_accuracy": REAL,
    },
    "layers": {"step": WHOLE, "method": METHOD, "layer": WHOLE}
    | dict.fromkeys(PER_LAYER.values(), REAL)
    | {"information_examples": PERHAPS},
    "histograms": {
        "step": WHOLE, "method": METHOD, "layer": WHOLE, "quantity": QUANTITY, "low": REAL, "high": REAL,
        "count": PERHAPS, "share": REAL,
    },
    "surfaces": {"step": WHOLE, "method": METHOD, "x": REAL, "y": REAL, "probability_of_class_1": REAL},
    "rates": {"step": WHOLE} | dict.fromkeys(IN_FLIGHT, REAL),
    "changes": {"after_step": WHOLE, "setting": TEXT, "previous": REAL, "value": REAL},
    "summary": {
        "method": METHOD, "seed": WHOLE, "test_accuracy": REAL, "train_loss": REAL, "first_layer_gradient": REAL,
        "diverged_at_step": PERHAPS, "at_chance": YES_OR_NO,
    },
}  # fmt: skip
"""Frames of a race -> their columns and what these hold.

* ``curves``: every step, method and seed; the columns of the test are known at the steps at which there was one. All
  are on the same examples, the first ones.
* ``tests``: every test, also where a step has two: one on the first test examples, one on all.
* ``layers``: numbers of each layer at each snapshot, over the replicas that have not diverged. Entropy is known at the
  steps of tests, and ``information_examples`` says on how many examples it was measured.
* ``histograms``: of effective gain and bias (``count`` of neurons) and of activity, the bins that hold something;
  ``share`` is that of the bin in its layer. Outermost bins of gain and bias also count what lies beyond them.
* ``surfaces``: probability of class 1 over the plane, in networks of the first seed, of data in two dimensions.
* ``rates``: the learning rate and the intrinsic rate with which each step was done.
* ``changes``: what was changed in flight.
* ``summary``: what each network came to, as :func:`ipcore.recordings.results.results` has it.
"""

Piece = Sequence[Any]
"""Arrays for the columns of a frame, all of one length; methods and quantities as their places in the order."""


def frame(recording: Recording, kind: str) -> pd.DataFrame:
    """A frame of a race so far.

    Args:
        recording: the race.
        kind: one of :data:`FRAMES`.

    Raises:
        ValueError: if there is no such frame.
    """
    return _frame(list(_pieces(recording, kind, recording.config.methods)), FRAMES[kind], recording)


def blocks(recording: Recording, kind: str, methods: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """The rows of :func:`frame` in blocks of some :data:`BLOCK` rows; at least one block, if an empty one.

    Args:
        recording: the race.
        kind: one of :data:`FRAMES`.
        methods: those of the race that are wanted; all by default.
    """
    waiting: list[Piece] = []
    rows, given = 0, False
    for piece in _pieces(recording, kind, methods or recording.config.methods):
        waiting.append(piece)
        rows += len(piece[0])
        if rows >= BLOCK:
            yield _frame(waiting, FRAMES[kind], recording)
            waiting, rows, given = [], 0, True
    if waiting or not given:
        yield _frame(waiting, FRAMES[kind], recording)


def export_csv(recording: Recording) -> str:
    """The curves as CSV: the table that a whole race is exported as."""
    return "".join(parts(blocks(recording, "curves")))


def _pieces(recording: Recording, kind: str, methods: Sequence[str]) -> Iterator[Piece]:
    if kind not in FRAMES:
        raise ValueError(f"a frame of a race must be one of {', '.join(FRAMES)}, not {str(kind)[:60]!r}")
    return _MAKERS[kind](recording, methods)


def _frame(pieces: list[Piece], columns: dict[str, str], recording: Recording) -> pd.DataFrame:
    """The pieces, one below the other."""
    import pandas as pd  # here, since whoever only records or replays a run needs no frame

    made: dict[str, Any] = {}
    for place, (name, kind) in enumerate(columns.items()):
        values = np.concatenate([piece[place] for piece in pieces]) if pieces else np.zeros(0)
        if kind in (METHOD, QUANTITY):
            known = recording.config.methods if kind == METHOD else tuple(EDGES)
            made[name] = pd.Categorical.from_codes(values.astype(np.int8), pd.Index(known))
        elif kind == YES_OR_NO:
            made[name] = pd.arrays.BooleanArray(values == 1, np.isnan(values))
        elif kind == PERHAPS:
            unknown = np.isnan(values)
            made[name] = pd.arrays.IntegerArray(np.where(unknown, 0, values).astype(np.int64), unknown)
        else:
            made[name] = values.astype(kind)
    return pd.DataFrame(made)


def _codes(recording: Recording, methods: Sequence[str]) -> np.ndarray:
    """The place of each of the methods among those of the race."""
    return np.array([recording.config.methods.index(method) for method in methods])


def _seeds(recording: Recording) -> np.ndarray:
    return recording.config.first_seed + np.arange(recording.config.seeds)


def _keys(steps: Sequence[int] | np.ndarray, methods: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, ...]:
    """Three columns with every combination of step, method and, fastest, seed or layer."""
    rows = np.repeat(np.asarray(steps, np.int64), len(methods) * len(last))
    return rows, np.tile(np.repeat(methods, len(last)), len(steps)), np.tile(last, len(steps) * len(methods))


def _curves(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    done, codes, seeds = recording.step, _codes(recording, methods), _seeds(recording)
    tests = {test.step: test for test in recording.curve() if test.step <= done}  # the last at a step counts
    losses = [recording.loss(method) for method in methods]
    width = max(1, BLOCK // (len(methods) * len(seeds)))
    first = 0 if 0 in tests else 1
    for begin in range(first, done + 1, width):
        steps = np.arange(begin, min(begin + width, done + 1))
        values = np.full((4, len(steps), len(methods), len(seeds)), np.nan)
        trained = steps > 0
        values[0, trained] = np.stack([loss[max(begin, 1) - 1 : steps[-1]] for loss in losses], 1)
        for step in tests.keys() & set(steps.tolist()):
            test = tests[step]
            values[1, step - begin] = test.examples
            for place, method in enumerate(methods):
                values[2:, step - begin, place] = test.loss[method], test.accuracy[method]
        yield *_keys(steps, codes, seeds), *values.reshape(4, -1)


def _tests(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    codes, seeds = _codes(recording, methods), _seeds(recording)
    for test in list(recording.tests):
        values = [np.concatenate([each[method] for method in methods]) for each in (test.loss, test.accuracy)]
        yield *_keys([test.step], codes, seeds), np.full(len(values[0]), test.examples), *values


def _layers(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    codes, layers = _codes(recording, methods), np.arange(1, recording.config.depth + 1)
    for snapshot in list(recording.snapshots):
        said = [snapshot.methods[method] for method in methods]
        values = [np.concatenate([getattr(each, name) for each in said]) for name in PER_LAYER]
        examples = np.full(len(values[0]), snapshot.examples or np.nan)
        yield *_keys([snapshot.step], codes, layers), *values, examples


def _histograms(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    codes = _codes(recording, methods)
    for snapshot in list(recording.snapshots):
        for code, method in zip(codes, methods, strict=True):
            for quantity in range(len(EDGES)):
                yield _histogram(snapshot.step, code, snapshot.methods[method], quantity)


def _histogram(step: int, code: int, layers: LayerStatistics, quantity: int) -> Piece:
    """The bins of one quantity that hold something, of one method at one step."""
    name, edges = list(EDGES.items())[quantity]
    counts = np.nan_to_num(getattr(layers, name))
    layer, place = np.nonzero(counts)
    values = counts[layer, place].astype(float)
    if name == "activity":
        count, share = np.full(len(values), np.nan), values
    else:
        count, share = values, values / counts.sum(1, dtype=float)[layer]
    head = (np.full(len(values), each) for each in (step, code))
    return *head, layer + 1, np.full(len(values), quantity), edges[place], edges[place + 1], count, share


def _surfaces(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    if "extent" not in recording.data:
        return
    x0, x1, y0, y1 = recording.data["extent"]
    xs, ys = (low + (high - low) * (np.arange(SIDE) + 0.5) / SIDE for low, high in ((x0, x1), (y0, y1)))
    cells = SIDE * SIDE
    for test in list(recording.tests):
        for code, method in zip(_codes(recording, methods), methods, strict=True):
            if method in test.surface:
                where = np.full(cells, test.step), np.full(cells, code), np.tile(xs, SIDE), np.repeat(ys, SIDE)
                yield *where, test.surface[method].ravel()


def _rates(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    done, reached = recording.step, 0
    rates = {name: np.full(done, getattr(recording.config, name), float) for name in IN_FLIGHT}
    for mark in list(recording.marks):
        reached = max(reached, mark.step)
        rates[mark.setting][reached:] = mark.value
    yield np.arange(1, done + 1), *rates.values()


def _changes(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    for mark in list(recording.marks):
        yield [mark.step], np.array([mark.setting], object), [mark.previous], [mark.value]


def _summary(recording: Recording, methods: Sequence[str]) -> Iterator[Piece]:
    found, seeds = results(recording), _seeds(recording)
    names = (*NUMBERS, "diverged", "at_chance")
    for code, method in zip(_codes(recording, methods), methods, strict=True):
        yield np.full(len(seeds), code), seeds, *(np.array(found[method][name], float) for name in names)


_MAKERS: dict[str, Callable[[Recording, Sequence[str]], Iterator[Piece]]] = {
    "curves": _curves,
    "tests": _tests,
    "layers": _layers,
    "histograms": _histograms,
    "surfaces": _surfaces,
    "rates": _rates,
    "changes": _changes,
    "summary": _summary,
}
