"""The frames of a sweep: everything that the charts of the page "Robustness" show. Pure; no Streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from app.ui import words
from app.ui.frames import over_seeds, pack
from app.ui.palette import GREY, LOOKS
from ipcore.config import PROBE, SETTINGS, RunConfig
from ipcore.methods import get
from ipcore.recordings.sweep import SweepRecording
from ipcore.statistics.intervals import band
from ipcore.sweeps.plan import Sweep
from ipcore.theory.depth import signal_through_depth, start_variances

LINEAR = ("depth",)
"""Settings on a linear axis; the others span decades and are on a logarithmic one."""
SHARES = (0.1, 0.01)
"""Shares of the first layer's signal; theory predicts the depth at which the signal has fallen to each."""
FINE = 60
"""The number of points on a line of theory."""


def frame(recording: SweepRecording, run: str, picked: int | None = None, state: str = "") -> bytes:
    """Everything the pictures show now.

    Args:
        recording: the sweep so far.
        run: an id of the sweep; the charts of another id get new axes.
        picked: index of the point whose learning curves are shown; None for the best.
        state: the state of the sweep.

    Returns:
        a frame (see app/ui/frames.py); P points in the order of ``Sweep.points()``, M methods, S seeds:

        ======================  ===============  ==================================================================
        array                   shape            meaning
        ======================  ===============  ==================================================================
        band                    (M, 3, P)        test accuracy: mean, and 95 % band (Student's t) within [0, 1]
        seeds                   (M, S, P)        test accuracy of each network; NaN where not done, or diverged
        newest                  (M, S, P)        accuracy so far of each network that is being trained, else NaN
        loss_steps, loss        (K), (M, 3, K)   learning curve at the point that is picked: mean, lowest, highest
        accuracy_steps,         (K), (M, 3, K)   likewise
        accuracy
        ======================  ===============  ==================================================================
    """
    sweep = recording.sweep
    methods, points, data = sweep.config.methods, sweep.points(), sweep.config.data
    accuracy, surviving = (
        np.stack([of(method) for method in methods]) for of in (recording.accuracy, recording.surviving)
    )
    mean, low, high = band(surviving)
    newest = np.stack([recording.newest(method) for method in methods])
    best = best_point(mean)
    at = best if picked is None or not 0 <= picked < len(points) else picked
    here, curves = at_point(recording, at)
    top = np.nanmax(mean) if np.isfinite(mean).any() else math.nan
    arrays = {
        "band": np.stack([mean, np.maximum(low, 0), np.minimum(high, 1)], 1),
        "seeds": surviving.swapaxes(1, 2),
        "newest": np.where(np.isfinite(accuracy), np.nan, newest).swapaxes(1, 2),
        **curves,
    }
    header = {
        "run": run,
        "grey": GREY,
        "methods": [{"name": method, **LOOKS[method].to_dict()} for method in methods],
        "seeds": sweep.config.seeds,
        "over": [axis(name, values) for name, values in sweep.over.items()],
        "points": [_place(point.values) for point in points],
        "chance": {"accuracy": data.chance, "loss": math.log(data.classes)},
        "probe": min(PROBE, data.test),
        "edge": None if math.isnan(top) else round((data.chance + float(top)) / 2, 4),
        "theory": theory(sweep),
        "best": best,
        "followed": at == best and picked is None,
        "state": state,
        "done": recording.done_networks,
        "left_out": int((np.isfinite(accuracy) & ~np.isfinite(surviving)).sum()),
        "newest": recording.revision,
        "asked": None,
        "marks": [],
        **here,
    }
    return pack(header, {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()})


def best_point(mean: np.ndarray) -> int:
    """Index of the point with the best mean accuracy of any method; the middle one before any is done.

    Args:
        mean: shape (methods, points).
    """
    if not np.isfinite(mean).any():
        return mean.shape[1] // 2
    return int(np.nanargmax(np.where(np.isnan(mean), -np.inf, mean).max(0)))


def best_of(recording: SweepRecording) -> int:
    """Index of the best point so far."""
    return best_point(np.stack([band(recording.surviving(method))[0] for method in recording.sweep.config.methods]))


def theory(sweep: Sweep) -> dict[str, Any] | None:
    """The depth at which a signal has fallen to a share of its size, against the weight scale, if both settings vary.

    The signal is the RMS of the outputs of a layer, and its share is that of the first layer. It falls under a method
    of constant gain, such as plain; other methods set the spread of each layer, so there it is the same at every depth.

    Returns:
        The method, and a line for each of :data:`SHARES`: logarithms of weight scales, and depths (None: deeper than
        shown). None if there is no such prediction, as with drawn biases: they give deep layers outputs of their own.
    """
    method = next((name for name in sweep.config.methods if get(name).constant_gain), None)
    if set(sweep.over) != {"depth", "weight_scale"} or method is None or sweep.config.biases == "drawn":
        return None
    lines = _theory_lines(method, sweep.config, sweep.over["weight_scale"], max(sweep.over["depth"]) + 5)
    return {"method": method, "lines": lines}


@lru_cache(maxsize=32)
def _theory_lines(method: str, config: RunConfig, scales: tuple[float, ...], deepest: int) -> list[dict[str, Any]]:
    """The lines of :func:`theory`, which are the same in every frame of a sweep."""
    places = np.linspace(math.log10(scales[0]) - 0.5, math.log10(scales[-1]) + 0.5, FINE)
    low, high = SETTINGS["weight_scale"].low, SETTINGS["weight_scale"].high
    fine = [float(place) for place in places if low <= 10**place <= high]
    starts = [config.replace(weight_scale=round(10**place, 9)) for place in fine]
    return [
        {
            "share": share,
            "places": [round(place, 4) for place in fine],
            "depths": [signal_depth(method, start, share, deepest) for start in starts],
        }
        for share in SHARES
    ]


def signal_depth(method: str, config: RunConfig, share: float, deepest: int) -> float | None:
    """The depth at which the RMS output of a network has fallen to a share of that of its first layer.

    The logarithm of the RMS output is interpolated between layers.

    Args:
        method: the method of its neurons.
        config: settings of the network, for its data set, width and initial weights.
        share: the share of the first layer's.
        deepest: hidden layers to look through, at most.

    Returns:
        The depth in layers, counted from 1; None if the output is larger up to the deepest layer, or theory does not
        cover the initial weights.
    """
    start = start_variances(config)
    if not start.covered:
        return None
    deepest = min(deepest, int(SETTINGS["depth"].high))
    signal = signal_through_depth(method, deepest, input_second_moment=config.data.second_moment, start=start)
    with np.errstate(divide="ignore"):
        level = np.log(signal.activity / signal.activity[0]) / 2 - math.log(share)
    below = np.flatnonzero(level <= 0)
    if not len(below):
        return None
    last = int(below[0])
    fall = level[last - 1] - level[last]
    return round(float(last + (level[last - 1] / fall if np.isfinite(fall) else 1)), 3)


def axis(name: str, values: tuple[float, ...]) -> dict[str, Any]:
    """An axis: the place and the text of each value. On a logarithmic axis, 0 is half a decade left of the others."""
    if name in LINEAR:
        places = [float(value) for value in values]
    else:
        places = [math.log10(value) if value > 0 else math.nan for value in values]
        if math.isnan(places[0]):
            places[0] = places[1] - 0.5 if len(places) > 1 else 0.0
    label = SETTINGS[name].label.lower()
    texts = [words.number(value) for value in values]
    return {"name": name, "label": label, "places": [round(place, 6) for place in places], "texts": texts}


def _place(values: Mapping[str, float]) -> str:
    """A point in words."""
    return " and ".join(f"{SETTINGS[name].label.lower()} {words.number(value)}" for name, value in values.items())


def at_point(recording: SweepRecording, at: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The part of a frame's header and the arrays that depend on the point that is picked.

    Args:
        recording: the sweep so far.
        at: index of the point.
    """
    sweep, point = recording.sweep, recording.sweep.points()[at]
    loss, accuracy, diverged = [], [], []
    for method in sweep.config.methods:
        steps, one, other = recording.curves(method, point)
        loss.append(over_seeds(one))
        accuracy.append(over_seeds(other))
        diverged_at = recording.diverged(method)[at]
        each = zip(diverged_at, sweep.seeds, strict=True)
        diverged += [[int(step), method, seed] for step, seed in each if np.isfinite(step)]
    last = int(steps[-1])
    header = {"picked": at, "step": last, "horizon": last, "diverged": diverged}
    curves = {"loss_steps": steps, "loss": np.stack(loss), "accuracy_steps": steps, "accuracy": np.stack(accuracy)}
    return header, {name: np.ascontiguousarray(array, np.float32) for name, array in curves.items()}
