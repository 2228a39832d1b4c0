"""The results of a sweep as plain values, ready for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ipcore.jsonlines import finite
from ipcore.statistics.chance import at_chance
from ipcore.sweeps.plan import Point
from ipcore.sweeps.summary import plain, plain_differences

if TYPE_CHECKING:
    from ipcore.recordings.sweep import SweepRecording


def results(recording: SweepRecording) -> dict[str, Any]:
    """What was found, as ``python -m ipcore sweep --json`` prints it.

    Per method and point, lists over seeds: ``test_accuracy`` and ``test_loss`` on all test examples; ``train_loss``
    over the last twentieth of the steps; ``diverged`` (a step or null); ``at_chance``, whether the accuracy is no
    better than guessing (:func:`ipcore.statistics.chance.at_chance`), null of a network that diverged; and
    ``first_half_accuracy`` and ``second_half_accuracy``, on the halves of the test examples. They are null where a
    network is not done. Where a method is impossible, ``refused`` says why. ``summary`` and ``differences`` are those
    of :mod:`ipcore.sweeps.summary`.
    """
    sweep = recording.sweep
    points = list(enumerate(sweep.points()))
    found = {
        method: {point.key: _result(recording, method, index, point) for index, point in points}
        for method in sweep.config.methods
    }
    summary = plain(sweep, recording.summaries())
    compared = plain_differences(sweep, recording.differences())
    return {**sweep.to_dict(), "results": found, "summary": summary, "differences": compared}


def _result(recording: SweepRecording, method: str, index: int, point: Point) -> dict[str, Any]:
    """What the networks of one method came to at one point."""
    if reason := recording.sweep.impossible(method, point):
        return {"refused": reason}
    _, loss, _ = recording.curves(method, point)
    first, second = recording.halves(method)[:, index]
    data = recording.config.data
    surviving = recording.surviving(method)[index].tolist()
    return {
        "test_accuracy": finite(recording.accuracy(method)[index].tolist()),
        "test_loss": finite(recording.test_loss(method)[index].tolist()),
        "train_loss": finite([float(f"{value:.6g}") for value in loss[-1]]),
        "diverged": [None if np.isnan(step) else int(step) for step in recording.diverged(method)[index]],
        "at_chance": [None if np.isnan(each) else at_chance(each, data.test, data.classes) for each in surviving],
        "first_half_accuracy": finite(first.tolist()),
        "second_half_accuracy": finite(second.tolist()),
    }
