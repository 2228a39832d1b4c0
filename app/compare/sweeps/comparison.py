"""Two to six sweeps over the same setting beside one another: which settings differ, and what a comparison cannot say.

Pure; no Streamlit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.compare.comparison import Compared
from app.sweep.export import settings
from app.ui import words
from ipcore.config import SETTINGS


def swept(runs: Sequence[Compared]) -> str:
    """The one setting that all of the sweeps are over.

    Args:
        runs: sweeps, of :func:`app.compare.comparison.compare`.

    Raises:
        ValueError: if one is over two settings, or they are over different ones.
    """
    for run in runs:
        if len(run.recording.sweep.over) > 1:
            raise ValueError(
                f"{run.letter} is over two settings, {_over(run)}: only sweeps over one can be laid over one another"
            )
    names = {name for run in runs for name in run.recording.sweep.over}
    if len(names) > 1:
        each = ", ".join(f"{run.letter} {_over(run)}" for run in runs)
        raise ValueError(f"these sweeps are over different settings ({each}): only those over the same can be compared")
    return names.pop()


def differing(runs: Sequence[Compared]) -> dict[str, tuple[str, ...]]:
    """Settings, and values of the one that is swept, that are not the same in all: label -> each in words."""
    facts = [settings(run.recording.sweep).facts for run in runs]
    rows = {label: tuple(each[label] for each in facts) for label in facts[0]}
    differ = {label: values for label, values in rows.items() if len(set(values)) > 1}
    name, label = swept(runs), SETTINGS[swept(runs)].label
    short = tuple(_span(run.recording.sweep.over[name]) for run in runs)
    if label in differ and len(set(short)) == len(set(differ[label])):  # as many tell them apart
        differ[label] = short
    return differ


def _span(values: Sequence[float]) -> str:
    """Values of a setting in few characters: ``"0.001 to 1 (7)"``."""
    return f"{words.number(values[0])} to {words.number(values[-1])} ({len(values)})"


def caveats(runs: Sequence[Compared]) -> list[str]:
    """What keeps the sweeps from being like and like, a sentence each, gravest first; empty if nothing does."""
    said = []
    if len({run.recording.config.dataset for run in runs}) > 1:
        said.append("The sweeps learn different data sets: their accuracies cannot be compared.")
    partly = [run for run in runs if run.recording.done_networks < run.recording.networks]
    if partly:
        counts = [(run.letter, run.recording.done_networks, run.recording.networks) for run in partly]
        each = ", ".join(f"{letter} {done:,} of {total:,}" for letter, done, total in counts)
        said.append(f"Not all networks are done ({each}): what is known is shown.")
    if swept(runs) == "learning_rate" and len({run.recording.sweep.over["learning_rate"] for run in runs}) > 1:
        said.append("The learning rates tried differ: decades count only those between the lowest and the highest.")
    return said


def bests(run: Compared, methods: Sequence[str]) -> list[str]:
    """For each method its best mean accuracy, and at which value, in words; a dash if there is none."""
    found, points = run.recording.summaries(), run.recording.sweep.points()
    said = []
    for method in methods:
        best = found.get(method)
        if best is None or best.best_point is None:
            said.append("–")
        else:
            (value,) = points[best.best_point].values.values()
            said.append(f"{100 * best.best:.1f} % at {words.number(value)}")
    return said


def decades(run: Compared, methods: Sequence[str]) -> list[str]:
    """For each method its decades of learning rate that serve; of sweeps over learning rates only."""
    found = run.recording.summaries()
    spans = [found[method].decades[0] if method in found else math.nan for method in methods]
    return ["–" if math.isnan(span) else f"{span:.2f}" for span in spans]


def _over(run: Compared) -> str:
    return " and ".join(SETTINGS[name].label.lower() for name in run.recording.sweep.over)
