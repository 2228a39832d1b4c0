"""The results of a race by method and seed, for the terminal, tables and exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.jsonlines import finite
from ipcore.recordings.moments import Test
from ipcore.statistics.chance import at_chance
from ipcore.statistics.intervals import Interval
from ipcore.statistics.pairs import baseline, differences, plain_interval

if TYPE_CHECKING:
    from ipcore.recordings.race import Recording


NUMBERS = ("test_accuracy", "train_loss", "first_layer_gradient")
"""The results that are numbers, of which tables have means over seeds."""


def results(recording: Recording) -> dict[str, dict[str, list[Any]]]:
    """The results of a race so far, by method and seed, with null where a result is not known.

    ``test_accuracy`` of the last test: on all test examples, once the run has ended; ``train_loss``, mean minibatch
    loss over the last tenth of the steps done; ``first_layer_gradient``, mean |dL/dW| of the first layer over the same
    steps, known at the end; ``at_chance``, whether that accuracy is no better than guessing
    (:func:`ipcore.statistics.chance.at_chance`); ``diverged``, the step at which the loss stopped being finite, or
    null. Of a network that has diverged, the others are null: it is frozen, and what it answers is no result.
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
            "at_chance": networks_at_chance(test, method, config.data.classes) if test else unknown,
            "diverged": [diverged_at.get((method, seed)) for seed in seeds],
        }
        for method in config.methods
    }


def networks_at_chance(test: Test, method: str, classes: int) -> list[bool | None]:
    """Whether each network of a method is no better than guessing in a test; None if it has diverged.

    Args:
        test: the test.
        method: the method.
        classes: the number of classes of the data set.
    """
    return [
        at_chance(float(each), test.examples, classes) if np.isfinite(each) else None for each in test.accuracy[method]
    ]


def in_words(found: Mapping[str, list[Any]], name: str, form: str, factor: float = 1, unit: str = "") -> str:
    """A result of one method: its mean and standard deviation over the networks that have not diverged.

    Args:
        found: the results of the method, as :func:`results` gives them.
        name: the result, such as ``test_accuracy``.
        form: how the numbers are written.
        factor: by which they are multiplied.
        unit: written after them.

    Returns:
        The numbers; ``"diverged"`` where every network has, and a dash where nothing is known.
    """
    if all(step is not None for step in found["diverged"]):
        return "diverged"
    text = cell([None if value is None else factor * value for value in found[name]], form)
    return text if text == "–" else text + unit


def compared(found: dict[str, dict[str, list[Any]]]) -> tuple[str, dict[str, Interval]] | None:
    """The test accuracy of each method minus that of plain, or of the first method, paired by seeds.

    Networks that diverged are left out.

    Args:
        found: what :func:`results` gave.

    Returns:
        The method that is subtracted, and the difference of each other method; None if there is only one method.
    """
    minus = baseline(list(found))
    if minus is None:
        return None
    accuracy = {
        method: np.array(
            [
                np.nan if share is None or step is not None else share
                for share, step in zip(here["test_accuracy"], here["diverged"], strict=True)
            ]
        )
        for method, here in found.items()
    }
    return minus, differences(accuracy, minus)


def plain_differences(found: dict[str, dict[str, list[Any]]]) -> dict[str, Any] | None:
    """The same as plain values, ready for JSON: ``minus``, and ``test_accuracy`` by method."""
    made = compared(found)
    if made is None:
        return None
    minus, by_method = made
    return {"minus": minus, "test_accuracy": {method: plain_interval(each) for method, each in by_method.items()}}


def cell(values: list[Any], form: str) -> str:
    """The mean of the values that are known and, if there are several, their standard deviation. A dash if none is."""
    numbers = [value for value in values if value is not None]
    if not numbers:
        return "–"
    spread = f" ± {np.std(numbers, ddof=1):{form}}" if len(numbers) > 1 else ""
    return f"{np.mean(numbers):{form}}{spread}"


def table(found: dict[str, dict[str, list[Any]]]) -> str:
    """Results as lines of text: a row for each method, with means over seeds and, for several, standard deviations.

    From three seeds on there is also the difference from plain, paired by seeds, with its interval.
    """
    rows: list[tuple[str, ...]] = [
        ("method", "test accuracy", "train loss", "first-layer |dL/dW|", "at chance", "diverged")
    ]
    for method, here in found.items():
        numbers = [in_words(here, name, form) for name, form in zip(NUMBERS, (".3f", ".3f", ".2e"), strict=True)]
        counts = sum(map(bool, here["at_chance"])), sum(step is not None for step in here["diverged"])
        rows.append((method, *numbers, *(str(count or "none") for count in counts)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:4], widths[1:4]), row[4].ljust(widths[4]), row[5]])
        for row in rows
    ]
    return "\n".join([*lines, *_difference_lines(found)])


def _difference_lines(found: dict[str, dict[str, list[Any]]]) -> list[str]:
    """A line for each difference that has an interval."""
    made = compared(found)
    minus, by_method = made or ("", {})
    known = {method: each for method, each in by_method.items() if each.known}
    if not known:
        return []
    heading = f"test accuracy minus {minus}, paired by seeds, with its 95 % interval (Student's t):"
    width = max(map(len, known))
    return ["", heading] + [
        f"{method:<{width}}  {each.mean:+.3f} [{each.low:+.3f}, {each.high:+.3f}], {each.count} seeds"
        for method, each in known.items()
    ]
