"""Differences of test accuracy, paired by seeds: between the methods of a race, and between two races. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.compare.comparison import shared_methods
from app.compare.lines import paired_seeds, seeds
from app.compare.races.words import Race
from app.ui.palette import LOOKS
from app.ui.words import difference_in_words
from ipcore.recordings.results import compared, results
from ipcore.statistics.intervals import paired_difference


def minus_baseline(run: Race, methods: Sequence[str]) -> list[str]:
    """The test accuracy of each method minus that of plain in the same run, in percentage points with its interval.

    A dash stands where there is none: for plain itself, for one method alone, and for fewer than three seeds.
    """
    _, found = compared(results(run.recording)) or ("", {})
    return [difference_in_words(found.get(method)) for method in methods]


def differences_at_the_end(b: Race, a: Race) -> str:
    """The test accuracy of run B minus that of run A for each method that both have, paired by seeds, as a sentence.

    It is empty if they share fewer than three seeds.
    """
    pairs, said = paired_seeds(a, b), []
    for method in shared_methods(a, b):
        ours, theirs = (_last_accuracy(run, method, pairs) for run in (b, a))
        found = paired_difference(ours, theirs)
        if found.known:
            said.append(f"{LOOKS[method].label} {difference_in_words(found)}")
    return f" Newest test accuracies, in percentage points with 95 % intervals: {', '.join(said)}." if said else ""


def _last_accuracy(run: Race, method: str, chosen: Sequence[int]) -> np.ndarray:
    """Newest test accuracy of the seeds that are chosen; NaN where it is not known or the network diverged."""
    test = run.recording.tested(None)
    if test is None:
        return np.full(len(chosen), np.nan)
    accuracy = test.accuracy[method].astype(float).copy()
    for each in run.recording.diverged:
        if each.method == method:
            accuracy[each.seed - run.recording.config.first_seed] = np.nan
    return accuracy[[seeds(run).index(seed) for seed in chosen]]
