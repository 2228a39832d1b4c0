"""The frames of a race: everything that the charts of a page show at one moment. No Streamlit.

The charts themselves are drawn in the browser (app/static/race); what each one needs is decided here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from app.race.csv import CHARTS, table
from app.race.digest import Digest, digest, pooled
from app.race.finding import facts
from app.ui.frames import pack, thinned
from app.ui.numbers import number
from app.ui.palette import GREY, LOOKS
from ipcore.config import SETTINGS, RunConfig
from ipcore.methods import get
from ipcore.recordings.moments import LayerStatistics
from ipcore.recordings.race import BIAS_EDGES, GAIN_EDGES, Recording, Snapshot
from ipcore.recordings.results import networks_at_chance
from ipcore.theory.depth import has_theory, signal_through_depth, start_variances

__all__ = ["CHARTS", "frame", "table"]

DOTS = 300
"""The most data points drawn over a decision surface."""
LOSSES = 3
"""How many times the loss of guessing the axis of the loss reaches at most (app/static/ui/curves.js)."""
MARKS = 40
"""The most changes in flight that are drawn on the curves, the newest of all; the table of the loss has every one."""


def frame(
    recording: Recording, *, step: int | None = None, layer: int | None = None, span: tuple[int, int] | None = None
) -> bytes:
    """Everything that the charts show at one moment, thinned to under 100 kB whatever the length of the run.

    Args:
        recording: the run so far.
        step: the moment, as a number of steps done; of the layers, the last snapshot up to it is shown. None for the
            newest.
        layer: the index of the layer in the histograms, from 0 at the input side. None, or an index that the run does
            not have, for all layers.
        span: the first and the last step that a visitor has zoomed in on, where the curves have more points.

    Returns:
        a frame (see app/ui/frames.py) with these arrays:

        ====================  ================  =================================================================
        name                  shape             meaning
        ====================  ================  =================================================================
        moments               (n,)              steps of the slider
        loss_steps            (points,)         last step of each bucket
        loss                  (methods, 3, …)   mean, lowest and highest training loss of the bucket and of all seeds
        accuracy_steps        (points,)         step of the last test of each bucket
        accuracy              (methods, 3, …)   mean, lowest and highest test accuracy, likewise
        weight_gradient …     (methods, depth)  at the moment; also error_signal and response
        entropy               (methods, depth)  at the last test up to the moment
        …_theory              (methods, depth)  weight_gradient and error_signal in theory, for an untrained network
                                                that has the same ones in its last layer
        gradient_map          (methods, depth,  log10 of mean |dL/dW|, 0-254 between ``decades``, 255 for none
                              columns)
        gain, bias            (methods, bins)   shares of the chosen layer at the moment
        activity              (methods, bins)   likewise, at the last test up to the moment
        surface               (methods, side,   probability of class 1 in percent; two-dimensional data only
                              side)
        points                (n, 3)            x, y, class; likewise
        ====================  ================  =================================================================
    """
    state = digest(recording)
    with state.lock:
        state.update(recording)
        newest = recording.step
        curves, bucket = _curves(recording, state, newest, span)
        arrays = {"moments": state.moments(newest), **curves}
        arrays["gradient_map"] = state.gradient_map(newest)
        moment, informed = recording.moment(step), recording.informed(step)
        if layer is not None and not 0 <= layer < recording.config.depth:
            layer = None
        arrays |= _layers(recording, moment, layer) | _information(recording, informed, layer)
        arrays |= _surface(recording, step)
        header = _header(recording, state, newest)
    shown = newest if step is None or moment is None else min(step, newest)
    drawn = recording.drawn(step)
    moment_facts = {
        "asked": step,
        "step": shown,
        "bucket": bucket,
        "tests": state.tests_per_point,
        "beyond": _beyond(recording, curves),
        "layer": layer,
        "snapshot": moment and moment.step,
        "drawn": drawn and drawn.step,
        "information": informed and [informed.step, informed.examples, informed.of_minibatch],
        "responds": moment is None or any(np.isfinite(each.response).any() for each in moment.methods.values()),
    }
    return pack({**header, **moment_facts, **facts(recording, step)}, arrays)


def _header(recording: Recording, state: Digest, newest: int) -> dict[str, Any]:
    """The part of a frame that is words and single numbers."""
    config = recording.config
    chance_loss = math.log(config.data.classes)
    return {
        "run": state.run,
        "grey": GREY,
        "methods": [{"name": method, **LOOKS[method].to_dict()} for method in config.methods],
        "state": recording.state,
        "newest": newest,
        "total": config.steps,
        "horizon": state.horizon,
        "depth": config.depth,
        "seeds": config.seeds,
        "chance": {"accuracy": config.data.chance, "loss": round(chance_loss, 5)},
        "decades": state.gradient_decades,
        "edges": {"gain": np.log10(GAIN_EDGES[[0, -1]]).round(6).tolist(), "bias": BIAS_EDGES[[0, -1]].tolist()},
        "gain": state.gain_decades,
        "bias": state.bias_bound,
        "response": state.response_bounds,
        "marks": [
            [mark.step, SETTINGS[mark.setting].label.lower(), number(mark.value, 6)]
            for mark in recording.marks[-MARKS:]
        ],
        "at_chance": _at_chance(recording),
        "diverged": [[entry.step, entry.method, entry.seed] for entry in recording.diverged],
        "examples": recording.tests[0].examples if recording.tests else None,
        "noun": config.data.noun,
        "extent": recording.data.get("extent"),
    }


def _at_chance(recording: Recording) -> dict[str, int]:
    """Method -> how many of its networks have learned nothing; said when a run is over, since all begin at chance."""
    if not (recording.over and recording.tests):
        return {}
    test, config = recording.tests[-1], recording.config
    counts = {method: networks_at_chance(test, method, config.data.classes).count(True) for method in config.methods}
    return {method: count for method, count in counts.items() if count}


def _curves(
    recording: Recording, state: Digest, newest: int, span: tuple[int, int] | None
) -> tuple[dict[str, np.ndarray], int]:
    """Loss and accuracy over steps, and how many steps a point stands for where a visitor looks.

    They are the mean, the lowest and the highest; the mean alone where a point is one step of one seed.
    """
    methods, bucket = recording.config.methods, state.bucket
    if span is None:
        losses = [state.loss(recording, method, newest) for method in methods]
        tests, accuracy = state.accuracy()
    else:
        found = [state.finer(recording, method, newest, span) for method in methods]
        losses, bucket = [(steps, curve) for steps, curve, _ in found], found[0][2]
        tests, accuracy = state.finer_accuracy(span, bucket)
    rows = slice(0, 3 if recording.config.seeds > 1 or state.bucket > 1 else 1)
    curves = {
        "loss_steps": losses[0][0].astype(np.float32),
        "loss": np.stack([curve[rows] for _, curve in losses]),
        "accuracy_steps": tests,
        "accuracy": accuracy[:, rows],
    }
    return curves, bucket


def _beyond(recording: Recording, curves: dict[str, np.ndarray]) -> list[float] | None:
    """The highest loss and about where it is, if the axis of the chart leaves it out."""
    losses = curves["loss"]
    if not np.isfinite(losses).any() or np.nanmax(losses) <= LOSSES * math.log(recording.config.data.classes):
        return None
    place = np.unravel_index(np.nanargmax(losses), losses.shape)
    return [float(losses[place]), int(curves["loss_steps"][place[-1]])]


def _layers(recording: Recording, moment: Snapshot | None, layer: int | None) -> dict[str, np.ndarray]:
    """The quantities of each layer at a moment; nothing before the first snapshot."""
    if moment is None:
        return {}
    methods = [moment.methods[method] for method in recording.config.methods]
    names = ("weight_gradient", "error_signal", "response")
    numbers = {name: np.stack([getattr(each, name) for each in methods]) for name in names}
    numbers |= {f"{name}_theory": numbers[name][:, -1:] * line for name, line in _theory(recording.config).items()}
    return numbers | _pooled(methods, layer, ("gain", "bias"))


def _information(recording: Recording, informed: Snapshot | None, layer: int | None) -> dict[str, np.ndarray]:
    """How the layers use their outputs, at the last snapshot that knows it; nothing before the first."""
    if informed is None:
        return {}
    methods = [informed.methods[method] for method in recording.config.methods]
    return {"entropy": np.stack([each.entropy for each in methods])} | _pooled(methods, layer, ("activity",))


def _pooled(methods: Sequence[LayerStatistics], layer: int | None, names: Sequence[str]) -> dict[str, np.ndarray]:
    return {name: np.stack([pooled(getattr(each, name), layer) for each in methods]) for name in names}


@lru_cache(maxsize=64)
def _theory(config: RunConfig) -> dict[str, np.ndarray]:
    """Gradients of each layer divided by those of the last layer, in theory (ipcore/theory/depth.py).

    The first layer is NaN where theory does not know what it depends on: the gain that a rule sets there depends on how
    much the inputs vary, and the gradient of its weights on how unevenly they do.

    Returns:
        name -> array of shape (methods, depth).
    """
    shape = len(config.methods), config.depth
    lines = {name: np.full(shape, np.nan, np.float32) for name in ("weight_gradient", "error_signal")}
    start = start_variances(config)
    if not start.covered:
        return lines  # a server that allows any scale; theory's quadrature does not
    for index, method in enumerate(config.methods):
        if not has_theory(method):
            continue
        signal = signal_through_depth(method, config.depth, input_second_moment=config.data.second_moment, start=start)
        for name, line in lines.items():
            line[index] = getattr(signal, name)
            if name == "weight_gradient" or not get(method).constant_gain:
                line[index, 0] = np.nan
    return lines


def _surface(recording: Recording, step: int | None) -> dict[str, np.ndarray]:
    """Decision surfaces at a moment and some points of the data; nothing unless the data have two dimensions."""
    test = recording.drawn(step)
    if test is None or "extent" not in recording.data:
        return {}
    percent = np.stack([test.surface[method] for method in recording.config.methods]) * 100
    points = recording.data.get("points") or []
    dots = np.array([points[index] for index in thinned(len(points), DOTS)], np.float32).reshape(-1, 3)
    return {"surface": np.round(percent).astype(np.uint8), "points": dots}
