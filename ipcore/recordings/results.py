"""The results of a race by method and seed, for the terminal, tables and exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.jsonlines import finite

if TYPE_CHECKING:
    from ipcore.recordings.race import Recording


def results(recording: Recording) -> dict[str, dict[str, list[Any]]]:
    """The results of a race so far, by method and seed, with null where a result is not known.

    ``test_accuracy`` of the last test: on all test examples, once the run has ended; ``train_loss``, mean minibatch
    loss over the last tenth of the steps done (null once diverged); ``first_layer_gradient``, mean |dL/dW| of the first
    layer over the same steps, known at the end; ``diverged``, the step at which the loss stopped being finite, or null.
    """
    config, steps = recording.config, recording.step
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    unknown = [None] * config.seeds
    diverged_at = {(each.method, each.seed): each.step for each in recording.diverged}
    late = max(1, steps - int(0.9 * steps))
    test = recording.tests[-1] if recording.tests else None
    return {
        method: {
            "test_accuracy": finite(test.accuracy[method].astype(float).round(6).tolist()) if test else unknown,
            "train_loss": finite(recording.loss(method)[-late:].astype(float).mean(0).tolist()) if steps else unknown,
            "first_layer_gradient": recording.first_layer_gradient.get(method, unknown),
            "diverged": [diverged_at.get((method, seed)) for seed in seeds],
        }
        for method in config.methods
    }


def cell(values: list[Any], form: str) -> str:
    """The mean of the values that are known and, if there are several, their standard deviation. A dash if none is."""
    numbers = [value for value in values if value is not None]
    if not numbers:
        return "–"
    spread = f" ± {np.std(numbers, ddof=1):{form}}" if len(numbers) > 1 else ""
    return f"{np.mean(numbers):{form}}{spread}"


def table(found: dict[str, dict[str, list[Any]]]) -> str:
    """Results as lines of text: a row for each method, with means over seeds and, for several, standard deviations."""
    rows = [("method", "test accuracy", "train loss", "first-layer |dL/dW|", "diverged")]
    for method, here in found.items():
        diverged = sum(step is not None for step in here["diverged"])
        numbers = cell(here["test_accuracy"], ".3f"), cell(here["train_loss"], ".3f")
        rows.append((method, *numbers, cell(here["first_layer_gradient"], ".2e"), str(diverged or "none")))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:4], widths[1:4]), row[4]]) for row in rows
    )
