"""Texts about compared races: settings that differ, how each race ended, and what makes a comparison unfair. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.compare.comparison import Compared
from app.compare.lines import Line
from app.ui.palette import LOOKS
from app.ui.words import value
from ipcore.config import CHOICES, SETTINGS, RunConfig
from ipcore.datasets import DATASETS
from ipcore.recordings.race import Recording, Snapshot
from ipcore.statistics.chance import at_chance

Race = Compared[Recording]


@dataclass(frozen=True)
class Ending:
    """The newest test of one method in one run.

    Args:
        mean: mean test accuracy over seeds; NaN if no seed has one.
        spread: standard deviation of the accuracy over seeds; None for one seed.
        at_chance: number of replicas whose accuracy is no better than guessing.
        diverged: number of replicas that diverged.
    """

    mean: float
    spread: float | None
    at_chance: int
    diverged: int


def differing(runs: Sequence[Race]) -> dict[str, tuple[str, ...]]:
    """Settings that are not the same in all runs: label -> the value in each, in words. Empty if all are."""
    rows = {}
    for label, value_of in _SETTINGS.items():
        values = tuple(value_of(run.recording.config) for run in runs)
        if len(set(values)) > 1:
            rows[label] = values
    return rows


def _worded(name: str) -> Callable[[RunConfig], str]:
    return lambda config: value(name, getattr(config, name))


_SETTINGS: dict[str, Callable[[RunConfig], str]] = {
    "Data set": lambda config: DATASETS[config.dataset].label,
    "Methods": lambda config: ", ".join(LOOKS[method].label for method in config.methods),
    **{setting.label: _worded(name) for name, setting in (SETTINGS | CHOICES).items()},
}
"""Label of a setting -> function that gives its value in words."""


def ending(run: Race, method: str) -> Ending | None:
    """The newest test of a method in a run; None if there is none."""
    test = run.recording.tested(None)
    if test is None or method not in test.accuracy:
        return None
    known = test.accuracy[method][np.isfinite(test.accuracy[method])].astype(float)
    diverged = sum(each.method == method for each in run.recording.diverged)
    spread = float(known.std(ddof=1)) if len(known) > 1 else None
    chance = sum(at_chance(each, test.examples, run.recording.config.data.classes) for each in known.tolist())
    return Ending(float(known.mean()) if len(known) else math.nan, spread, chance, diverged)


def in_words(end: Ending | None) -> str:
    """The accuracy of an ending, such as ``"91.5 ± 1.1 %"``; a dash if it is not known."""
    if end is None or math.isnan(end.mean):
        return "diverged" if end and end.diverged else "–"
    spread = "" if end.spread is None else f" ± {100 * end.spread:.1f}"
    counts = [f"{end.at_chance} at chance"] if end.at_chance else []
    counts += [f"{end.diverged} diverged"] if end.diverged else []
    return ", ".join([f"{100 * end.mean:.1f}{spread} %", *counts])


def _examples(snapshot: Snapshot) -> str:
    """The examples on which the information of a snapshot was measured, in words."""
    many = f"{snapshot.examples:,}"
    return f"minibatches of {many}" if snapshot.of_minibatch else f"{many} test examples"


def information_shown(runs: Sequence[Race], share: float) -> str:
    """On which examples the information at a share of the steps of each run was measured, and when; in a sentence."""
    each = [
        f"{run.letter} on {_examples(snapshot)} at step {snapshot.step:,}"
        for run in runs
        if (snapshot := run.recording.informed(round(share * run.recording.step)))
    ]
    return f" Measured: {', '.join(each)}." if each else ""


def _responds(run: Race) -> bool:
    """Whether a run holds the slope dy/dx, or has no snapshot yet."""
    snapshot = run.recording.moment(None)
    return snapshot is None or any(np.isfinite(layers.response).any() for layers in snapshot.methods.values())


def caveats(runs: Sequence[Race]) -> list[str]:
    """Sentences on what makes the comparison unfair, the gravest first; empty if nothing does."""
    sentences = []
    if len({run.recording.config.dataset for run in runs}) > 1:
        sentences.append("The runs learn different data sets: their losses and accuracies cannot be compared.")
    if len({run.recording.step for run in runs}) > 1:
        steps = ", ".join(f"{run.letter} {run.recording.step:,}" for run in runs)
        sentences.append(
            f"The runs trained for different numbers of steps ({steps}): compare curves at the same step, not ends."
        )
    if len({run.recording.config.batch_size for run in runs}) > 1:
        sentences.append("Batch sizes differ: at the same step, some have seen more examples than others.")
    informed = {run.letter: snapshot for run in runs if (snapshot := run.recording.informed(None))}
    if len({_examples(snapshot) for snapshot in informed.values()}) > 1:
        each = ", ".join(f"{letter} on {_examples(snapshot)}" for letter, snapshot in informed.items())
        sentences.append(
            f"Information was measured on different examples ({each}): the fewer they are, the lower it reads."
        )
    old = [run.letter for run in runs if not _responds(run)]
    if old:
        sentences.append(f"The slope dy/dx is not in {', '.join(old)}: recorded before it was measured.")
    unfinished = [run.letter for run in runs if not run.recording.over]
    if unfinished:
        sentences.append(f"Some runs have not ended and are shown as far as they are known: {', '.join(unfinished)}.")
    steered = [run.letter for run in runs if run.recording.marks]
    if steered:
        sentences.append(
            f"Settings of {', '.join(steered)} were changed during training: the table shows those of the start."
        )
    return sentences


def points(lines: Sequence[Line]) -> str:
    """What a point of the curves over steps stands for, in a sentence after a space; empty for a single number."""
    if not any(line.banded for line in lines):
        return ""
    bucket = lines[0].bucket
    of = f"of {bucket} steps, for every run alike" if bucket > 1 else "of all seeds"
    return f" A point is the mean {of}; band: lowest to highest."
