"""Two to six runs to be laid side by side: their letters and names, and the methods that they have in common. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ipcore.config import METHODS
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

R = TypeVar("R", bound=Recording | SweepRecording)
Named = Sequence[tuple[str, Recording | SweepRecording]]
"""Name and recording of each run."""
Find = Callable[[], Named]
"""Finds the runs again."""

LEAST, MOST = 2, 6
"""How many runs can be compared."""
LONGEST = 40
"""The most characters of a run's name that are shown."""


@dataclass(frozen=True)
class Compared(Generic[R]):
    """One of the runs that are compared.

    Args:
        index: its place among them, counted from 0; the place decides the colour.
        name: one line of at most :data:`LONGEST` characters; it is text, never markup.
        recording: the run so far.
    """

    index: int
    name: str
    recording: R

    @property
    def letter(self) -> str:
        """A to F, by place: the short name of a run, since names may be alike."""
        return "ABCDEF"[self.index]

    @property
    def label(self) -> str:
        """The letter and the name."""
        return f"{self.letter}  {self.name}" if self.name else self.letter


def compare(named: Named) -> tuple[Compared[Any], ...]:
    """Gives each run its place and letter, in their order. All of them are races, or all are sweeps.

    Args:
        named: name and recording of each run.

    Raises:
        ValueError: if there are too few or too many runs, one comes twice, or there are both races and sweeps.
    """
    if not LEAST <= len(named) <= MOST:
        raise ValueError(f"{LEAST} to {MOST} runs can be compared, not {len(named)}")
    runs = tuple(Compared(index, one_line(name), recording) for index, (name, recording) in enumerate(named))
    for run in runs:
        if any(run.recording is other.recording for other in runs[: run.index]):
            raise ValueError(f"{run.name!r} is chosen twice: a run cannot be compared with itself")
    races = ", ".join(run.letter for run in of_kind(runs, Recording))
    sweeps = ", ".join(run.letter for run in of_kind(runs, SweepRecording))
    if races and sweeps:
        why = "races have curves over steps, sweeps have accuracies over a setting"
        raise ValueError(f"races ({races}) and sweeps ({sweeps}) cannot be compared: {why}")
    return runs


def of_kind(runs: Sequence[Compared[Any]], kind: type[R]) -> tuple[Compared[R], ...]:
    """Those of the runs whose recording is of this class."""
    return tuple(run for run in runs if isinstance(run.recording, kind))


def one_line(name: str) -> str:
    """A name on one line, shortened, without control characters and marks of writing direction."""
    start = name[: 20 * LONGEST]  # a name of any length costs little
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in start).split())
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1].rstrip() + "…"


def methods_of(runs: Sequence[Compared[Any]]) -> tuple[str, ...]:
    """Methods that at least one of the runs has, in their fixed order."""
    return tuple(method for method in METHODS if any(method in run.recording.config.methods for run in runs))


def shared_methods(a: Compared[Any], b: Compared[Any]) -> tuple[str, ...]:
    """Methods that both runs have."""
    return tuple(method for method in a.recording.config.methods if method in b.recording.config.methods)
