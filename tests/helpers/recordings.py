"""Made-up recordings for tests: plausible events of any RunConfig, without training anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ipcore.config import RunConfig
from ipcore.jsonlines import finite
from ipcore.recordings.bins import ACTIVITY_BINS, BIAS_EDGES, GAIN_EDGES, SIDE, trim
from ipcore.recordings.events.race import VERSION
from ipcore.recordings.race import Recording

FALL = {
    "plain": 0.35,
    "batch-norm": 1.08,
    "infomax": 0.95,
    "ip": 1.04,
    "averaged-ip": 1.03,
    "running-batch-norm": 1.1,
    "constant-batch-norm": 1.05,
    "layer-norm": 1.02,
}
"""Factor of the gradient from one layer to the one below it."""
REST = {
    "plain": 0.05,
    "batch-norm": 1.0,
    "infomax": 0.85,
    "ip": 0.95,
    "averaged-ip": 0.93,
    "running-batch-norm": 0.97,
    "constant-batch-norm": 0.9,
    "layer-norm": 0.98,
}
"""How much of the loss is learned in the end."""


def events(
    config: RunConfig, *, steps: int | None = None, snapshots: int = 40, batch: int = 50, end: bool = True
) -> Iterator[dict[str, Any]]:
    """The events of a run.

    Args:
        config: of the run.
        steps: done so far; None for all.
        snapshots: of the steps done, as many tests.
        batch: steps in one event.
        end: whether the run is over.
    """
    steps = config.steps if steps is None else steps
    random = np.random.default_rng(config.first_seed)
    flat = config.data.features == 2
    data: dict[str, Any] = {"train": config.data.train, "test": config.data.test, "probe": min(500, config.data.test)}
    if flat:
        angles = np.linspace(0, 3 * np.pi, 200)
        data["extent"] = [-1.2, 1.2, -1.2, 1.2]
        data["points"] = [
            [
                round(float(sign * angle / 10 * np.cos(angle)), 3),
                round(float(sign * angle / 10 * np.sin(angle)), 3),
                int(sign < 0),
            ]
            for angle in angles
            for sign in (1, -1)
        ]
    yield {"event": "start", "version": VERSION, "config": config.to_dict(), "data": data}
    moments = sorted({round(at) for at in np.linspace(0, steps, snapshots)})
    yield from _moment(config, 0, random, flat)
    for first in range(1, steps + 1, batch):
        last = min(first + batch - 1, steps)
        at = np.arange(first, last + 1)
        loss = {method: _loss(config, method, at, random) for method in config.methods}
        yield {
            "event": "steps",
            "first": first,
            "elapsed": last / 200,
            "loss": {name: finite(rows.tolist()) for name, rows in loss.items()},
        }
        for moment in moments:
            if first <= moment <= last:
                yield from _moment(config, moment, random, flat)
    if end:
        gradient = {method: [1e-3] * config.seeds for method in config.methods}
        yield {
            "event": "end",
            "step": steps,
            "state": "finished" if steps == config.steps else "stopped",
            "elapsed": steps / 200,
            "telemetry": 0.03,
            "first_layer_gradient": gradient,
        }


def recording(config: RunConfig, **options: Any) -> Recording:
    """The recording of :func:`events`."""
    made = Recording(config)
    for event in events(config, **options):
        made.add(event)
    return made


def _learned(config: RunConfig, method: str, step: Any) -> Any:
    return REST[method] * (1 - np.exp(-np.asarray(step) / (0.12 * config.steps + 1)))


def _loss(config: RunConfig, method: str, at: np.ndarray, random: np.random.Generator) -> np.ndarray:
    start = np.log(config.data.classes)
    loss = start * (1 - 0.93 * _learned(config, method, at))[:, None] * (1 + 0.04 * np.arange(config.seeds))
    return np.round(np.abs(loss + random.normal(0, 0.08, loss.shape)), 4)


def _moment(config: RunConfig, step: int, random: np.random.Generator, flat: bool) -> Iterator[dict[str, Any]]:
    learned = {method: float(_learned(config, method, step)) for method in config.methods}
    chance = config.data.chance
    accuracy = {
        method: np.clip(chance + (1 - chance) * 0.93 * part - 0.01 * np.arange(config.seeds), 0, 1).round(4).tolist()
        for method, part in learned.items()
    }
    loss = {method: [round(2.3 * (1 - 0.9 * part), 4)] * config.seeds for method, part in learned.items()}
    test: dict[str, Any] = {"event": "test", "step": step, "examples": 500, "loss": loss, "accuracy": accuracy}
    if flat:
        x, y = np.meshgrid(np.linspace(-1.2, 1.2, SIDE), np.linspace(-1.2, 1.2, SIDE))
        wave = np.sin(np.arctan2(y, x) - 10 * np.hypot(x, y))
        test["surface"] = {
            method: np.round(50 + 50 * np.tanh(4 * part * wave)).astype(int).ravel().tolist()
            for method, part in learned.items()
        }
    methods = {name: _layers(config, name, learned[name], random) for name in config.methods}
    information = {
        name: {part: layers.pop(part) for part in ("entropy", "activity")} for name, layers in methods.items()
    }
    snapshot = {"event": "snapshot", "step": step, "methods": methods}
    # Before training nothing is known of the layers' use of their outputs, so that the test may come first.
    yield from (snapshot, test | {"information": information}) if step else (test, snapshot)


def _layers(config: RunConfig, method: str, learned: float, random: np.random.Generator) -> dict[str, Any]:
    depth = config.depth
    below = np.arange(depth)[::-1]
    gradient = 0.02 * np.clip(FALL[method], 0.2, 1.15) ** below * (1 - 0.6 * learned) * random.uniform(0.8, 1.25, depth)
    spread = {"plain": 0.15, "batch-norm": 1.0, "infomax": 0.9, "ip": 0.9}.get(method, 0.9)
    gain = {"plain": 0.0, "batch-norm": 0.25, "infomax": 0.3, "ip": 0.2}.get(method, 0.2)
    neurons = config.width * config.seeds
    gains = [np.exp(random.normal(2 * learned if gain else 0, gain, neurons)) for _ in range(depth)]
    biases = [random.normal(0, 0.05 + 0.3 * learned, neurons) for _ in range(depth)]
    activity = [np.histogram(np.tanh(random.normal(0, spread, 500)), ACTIVITY_BINS, (-1, 1))[0] for _ in range(depth)]
    return {
        "weight_gradient": [float(f"{value:.4g}") for value in gradient],
        "error_signal": [float(f"{value / 10:.4g}") for value in gradient],
        "slope": [round(1 - 0.4 * learned, 4)] * depth,
        "response": [round((1 - 0.4 * learned) * (1 + 4 * gain), 4)] * depth,
        "saturated": [round(0.05 * learned, 4)] * depth,
        "entropy": [
            round(float(value), 4)
            for value in np.clip(random.normal(0.6 if method == "plain" else 0.95, 0.02, depth), 0, 1)
        ],
        "gain": [trim(np.histogram(np.clip(each, 1.001e-3, 999), GAIN_EDGES)[0]) for each in gains],
        "bias": [trim(np.histogram(each, BIAS_EDGES)[0]) for each in biases],
        "activity": [(each * 2).tolist() for each in activity],
    }
