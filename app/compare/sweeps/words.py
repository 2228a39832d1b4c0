"""Texts about compared sweeps: their setting, others that differ, and what makes a comparison unfair. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from app.compare.comparison import Compared
from app.sweep.export import settings
from app.sweep.summary import best_in_words
from app.ui.words import difference_in_words, number
from ipcore.config import SETTINGS
from ipcore.recordings.sweep import SweepRecording

ComparedSweep = Compared[SweepRecording]


def common_setting(runs: Sequence[ComparedSweep]) -> str:
    """The one setting over which all of the sweeps are.

    Raises:
        ValueError: if a sweep is over two settings, or the sweeps are over different ones.
    """
    for run in runs:
        if len(run.recording.sweep.over) > 1:
            raise ValueError(
                f"{run.letter} varies two settings, {_settings(run)}: only sweeps that vary one can be compared"
            )
    names = {name for run in runs for name in run.recording.sweep.over}
    if len(names) > 1:
        each = ", ".join(f"{run.letter} {_settings(run)}" for run in runs)
        raise ValueError(
            f"these sweeps vary different settings ({each}): only those that vary the same can be compared"
        )
    return names.pop()


def differing(runs: Sequence[ComparedSweep]) -> dict[str, tuple[str, ...]]:
    """The settings and lists of values that are not the same in all: label -> the value in each, in words."""
    facts = [settings(run.recording.sweep).facts for run in runs]
    rows = {label: tuple(each[label] for each in facts) for label in facts[0]}
    differ = {label: values for label, values in rows.items() if len(set(values)) > 1}
    name = common_setting(runs)
    label = SETTINGS[name].label
    short = tuple(_span(run.recording.sweep.over[name]) for run in runs)
    if label in differ and len(set(short)) == len(set(differ[label])):  # the short form tells them apart as well
        differ[label] = short
    return differ


def _span(values: Sequence[float]) -> str:
    """The values of a setting in few characters, such as ``"0.001 to 1 (7)"``."""
    return f"{number(values[0])} to {number(values[-1])} ({len(values)})"


def caveats(runs: Sequence[ComparedSweep]) -> list[str]:
    """Sentences on what makes the comparison unfair, the gravest first; empty if nothing does."""
    sentences = []
    if len({run.recording.config.dataset for run in runs}) > 1:
        sentences.append("The sweeps learn different data sets: their accuracies cannot be compared.")
    unfinished = [run for run in runs if run.recording.done_networks < run.recording.networks]
    if unfinished:
        counts = [(run.letter, run.recording.done_networks, run.recording.networks) for run in unfinished]
        each = ", ".join(f"{letter} {done:,} of {total:,}" for letter, done, total in counts)
        sentences.append(f"Not all networks are done ({each}): the results so far are shown.")
    if common_setting(runs) == "learning_rate" and len({run.recording.sweep.over["learning_rate"] for run in runs}) > 1:
        sentences.append(
            "The learning rates tried differ: a usable range counts only those between the lowest and the highest."
        )
    return sentences


def bests(run: ComparedSweep, methods: Sequence[str]) -> list[str]:
    """The best mean accuracy of each method and its value of the setting, in words; a dash if there is none."""
    summaries, points = run.recording.summaries(), run.recording.sweep.points()
    cells = []
    for method in methods:
        summary = summaries.get(method)
        if summary is None or summary.best_point is None:
            cells.append("–")
        else:
            (value,) = points[summary.best_point].values.values()
            best = best_in_words(summary)
            cells.append(best if best == "diverged" else f"{best} at {number(value)}")
    return cells


def decades(run: ComparedSweep, methods: Sequence[str]) -> list[str]:
    """The usable range of learning rates of each method, in decades, for a sweep over learning rates."""
    summaries = run.recording.summaries()
    spans = [summaries[method].ranges[0] if method in summaries else None for method in methods]
    return ["–" if span is None else span.in_words for span in spans]


def minus_baseline(run: ComparedSweep, methods: Sequence[str]) -> list[str]:
    """The best accuracy of each method minus that of plain in the same sweep, in percentage points with its interval.

    A dash stands where there is none: for plain itself, for one method alone, and for fewer than three seeds.
    """
    found = run.recording.differences()
    return [difference_in_words(found.best.get(method) if found else None) for method in methods]


def _settings(run: ComparedSweep) -> str:
    return " and ".join(SETTINGS[name].label.lower() for name in run.recording.sweep.over)
