"""Two to six runs beside one another: which settings differ, how each ended, and what a comparison cannot say. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.ui import words
from app.ui.palette import LOOKS
from ipcore.config import DATASETS, METHODS, SETTINGS, RunConfig
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

LEAST, MOST = 2, 6
"""How many runs can be compared."""
LONGEST = 40
"""Characters of a name that are shown."""


@dataclass(frozen=True)
class Compared:
    """One of the runs compared.

    Args:
        index: its place among them, from 0; it decides the colour.
        name: for a reader: one line, at most :data:`LONGEST` characters; text, never markup.
        recording: the run so far.
    """

    index: int
    name: str
    recording: Recording | SweepRecording

    @property
    def letter(self) -> str:
        """What it is called for short, A to F: names may be alike."""
        return "ABCDEF"[self.index]

    @property
    def label(self) -> str:
        """Letter and name."""
        return f"{self.letter}  {self.name}" if self.name else self.letter


@dataclass(frozen=True)
class Ending:
    """The newest test of one method in one run.

    Args:
        mean: test accuracy, a mean over seeds; NaN if none is known.
        spread: its standard deviation over seeds; None for one seed.
        diverged: replicas that did.
    """

    mean: float
    spread: float | None
    diverged: int


def compare(named: Sequence[tuple[str, Recording | SweepRecording]]) -> tuple[Compared, ...]:
    """The runs, in their order, each with its letter: all of them races, or all sweeps.

    Args:
        named: name and recording of each run.

    Raises:
        ValueError: if there are too few or too many, one comes twice, or they are of both kinds.
    """
    if not LEAST <= len(named) <= MOST:
        raise ValueError(f"{LEAST} to {MOST} runs can be compared, not {len(named)}")
    runs = tuple(Compared(index, one_line(name), recording) for index, (name, recording) in enumerate(named))
    for run in runs:
        if any(run.recording is other.recording for other in runs[: run.index]):
            raise ValueError(f"{run.name!r} is chosen twice: a run cannot be compared with itself")
    races, sweeps = (
        ", ".join(run.letter for run in runs if isinstance(run.recording, kind)) for kind in (Recording, SweepRecording)
    )
    if races and sweeps:
        why = "races have curves over steps, sweeps accuracies over a setting"
        raise ValueError(f"races ({races}) and sweeps ({sweeps}) cannot be laid over one another: {why}")
    return runs


def one_line(name: str) -> str:
    """A name without line breaks, control characters and marks of writing direction, shortened."""
    start = name[: 20 * LONGEST]  # enough of it, however long it is
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in start).split())
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1].rstrip() + "…"


def methods_of(runs: Sequence[Compared]) -> tuple[str, ...]:
    """Methods that at least one of the runs has, in their fixed order."""
    return tuple(method for method in METHODS if any(method in run.recording.config.methods for run in runs))


def shared_methods(a: Compared, b: Compared) -> tuple[str, ...]:
    """Methods that both runs have."""
    return tuple(method for method in a.recording.config.methods if method in b.recording.config.methods)


def differing(runs: Sequence[Compared]) -> dict[str, tuple[str, ...]]:
    """Settings that are not the same in all runs: label -> the value in each, in words. Empty if all are."""
    rows = {}
    for label, said in _SETTINGS.items():
        values = tuple(said(run.recording.config) for run in runs)
        if len(set(values)) > 1:
            rows[label] = values
    return rows


def _worded(name: str) -> Callable[[RunConfig], str]:
    return lambda config: words.number(getattr(config, name))


_SETTINGS: dict[str, Callable[[RunConfig], str]] = {
    "Data set": lambda config: DATASETS[config.dataset].label,
    "Methods": lambda config: ", ".join(LOOKS[method].label for method in config.methods),
    **{setting.label: _worded(name) for name, setting in SETTINGS.items()},
}
"""Label of a setting -> its value in words."""


def ending(run: Compared, method: str) -> Ending | None:
    """How a method did in the newest test of a run; None if it was not in it, or not tested."""
    test = run.recording.tested(None)
    if test is None or method not in test.accuracy:
        return None
    known = test.accuracy[method][np.isfinite(test.accuracy[method])].astype(float)
    diverged = sum(each.method == method for each in run.recording.diverged)
    spread = float(known.std(ddof=1)) if len(known) > 1 else None
    return Ending(float(known.mean()) if len(known) else math.nan, spread, diverged)


def in_words(end: Ending | None) -> str:
    """``"91.5 ± 1.1 %"``; a dash if there is nothing to say."""
    if end is None or math.isnan(end.mean):
        return "–"
    spread = "" if end.spread is None else f" ± {100 * end.spread:.1f}"
    return f"{100 * end.mean:.1f}{spread} %" + (f", {end.diverged} diverged" if end.diverged else "")


def caveats(runs: Sequence[Compared]) -> list[str]:
    """What keeps the runs from being like and like, a sentence each, gravest first; empty if nothing does."""
    said = []
    if len({run.recording.config.dataset for run in runs}) > 1:
        said.append("The runs learn different data sets: their losses and accuracies cannot be compared.")
    if len({run.recording.step for run in runs}) > 1:
        steps = _each(runs, lambda run: f"{run.recording.step:,}")
        said.append(f"They trained for different numbers of steps ({steps}): compare curves at one step, not ends.")
    if len({run.recording.config.batch_size for run in runs}) > 1:
        said.append("Batch sizes differ: at the same step, some have seen more examples than others.")
    waiting = [run.letter for run in runs if not run.recording.over]
    if waiting:
        said.append(f"Not at an end yet: {', '.join(waiting)}. It is shown as far as it is known.")
    steered = [run.letter for run in runs if run.recording.marks]
    if steered:
        said.append(f"Settings were changed in flight in {', '.join(steered)}: the table has those of the start.")
    return said


def _each(runs: Sequence[Compared], of: Callable[[Compared], str]) -> str:
    return ", ".join(f"{run.letter} {of(run)}" for run in runs)
