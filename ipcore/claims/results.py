"""The result of a run of the claims: what ``python -m ipcore claims --json`` prints and a page reads. No torch.

One JSON object::

    {
      "format": 1,
      "settings": {"dataset": "mnist-5k", "quick": false, "seeds": 5, "first_seed": 0, "steps": 500, "width": 64, ...},
      "versions": {"measured": "0123456789ab", "torch": "2.13.0", "numpy": "2.3.5"},
      "C1": {
        "verdict": "holds in part",        one of VERDICTS
        "summary": "one or two sentences with the numbers that carry the verdict",
        "conditions": [                     the places at which the claim was tried, and what was found at each
          {"where": "Xavier start, 5 layers", "verdict": "holds", "words": "...", "decides": true}, ...
        ],
        "numbers": [                        differences and ratios with their 95 % intervals
          {"name": "accuracy, IP - plain", "place": {"start": "xavier", "depth": 5, "learning_rate": 0.01},
           "mean": 0.1, "low": 0.05, "high": 0.15, "seeds": 5, "unit": "accuracy", "outcome": "for", "decides": true,
           "page": "live", "query": "methods=plain,ip&depth=5&..."}, ...
        ],
        "picture": {"x": "learning rate", "y": "test accuracy", "log_x": true, "log_y": false, "title": "...",
                    "series": [{"name": "IP", "method": "ip", "x": [...], "y": [...], "low": [...], "high": [...]}]}
      },
      ... "C7": {...}                       those that were asked for
      "cells": [                            what was trained: accuracy by method, start, depth, batch size and rate
        {"method": "ip", "start": "xavier", "depth": 5, "batch_size": 100, "learning_rate": 0.01,
         "accuracy": [0.9, ...], "mean": 0.9, "low": 0.89, "high": 0.91, "diverged": 0, "at_chance": false,
         "page": "live", "query": "..."}, ...
      ],
      "failures": {"the cell in words": "why it could not be measured"}
    }

The same seeds on the same kind of machine with the same versions give the same object to the last bit: times are not
in it. ``null`` stands for a number that is not known; an interval needs three seeds. ``page`` is the last part of the
address of a page ("" for the live race) and ``query`` what follows the question mark; both are empty if no page shows
it. A number whose ``seeds`` is 0 is exact and its interval has no width.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ipcore.claims.claims import CLAIMS

FORMAT = 1
"""The number of this format; it rises when older programs cannot read newer results."""

Word = Literal["holds", "holds in part", "not seen", "not measured"]
VERDICTS: tuple[Word, ...] = ("holds", "holds in part", "not seen", "not measured")
"""Every verdict. ``not measured``: too few cells are done, or too few seeds."""
Outcome = Literal["for", "against", "level", "unknown"]
"""What a number says of its claim. ``level``: no difference beyond its interval and its margin."""

Place = dict[str, str | float]


class Number(Struct, frozen=True, kw_only=True):
    """A difference or a ratio over seeds, with its 95 % interval (Student's t).

    Args:
        name: what is compared, in words.
        place: where: names of settings -> values.
        mean: the mean over seeds (for a ratio the geometric mean).
        low: the lower end of the interval.
        high: the upper end of the interval.
        seeds: the number of seeds; 0 for a number that is exact.
        unit: ``accuracy``, ``factor``, ``information`` or ``share``.
        outcome: what it says of the claim.
        decides: whether it counts for the verdict; if not, it is only said beside it.
        page: the page that shows it.
        query: the settings in that page's address.
    """

    name: str
    place: Place
    mean: float | None
    low: float | None
    high: float | None
    seeds: int
    unit: str
    outcome: Outcome
    decides: bool = True
    page: str = ""
    query: str = ""


class Condition(Struct, frozen=True, kw_only=True):
    """What was found at one place, such as one start and depth.

    Args:
        where: the place in words.
        verdict: the claim's verdict at this place.
        words: what was found there, a sentence or two with numbers.
        decides: whether it counts for the verdict of the claim; if not, it is only said beside it.
    """

    where: str
    verdict: Word
    words: str
    decides: bool = True


class Series(Struct, frozen=True, kw_only=True):
    """One line, or one row of marks, of a picture; ``low`` and ``high`` may be empty."""

    name: str
    x: Sequence[float | str]
    y: list[float | None]
    low: list[float | None] = []
    high: list[float | None] = []
    method: str = ""


class Picture(Struct, frozen=True, kw_only=True):
    """One small picture of a claim: lines if ``x`` are numbers, marks if they are names."""

    title: str
    x: str
    y: str
    series: list[Series]
    log_x: bool = False
    log_y: bool = False


class Finding(Struct, frozen=True, kw_only=True):
    """What a run found of one claim."""

    verdict: Word
    summary: str
    conditions: list[Condition]
    numbers: list[Number]
    picture: Picture | None = None

    def counted(self) -> str:
        """At how many of the places that decide it holds, such as ``"fully at 3 of 6 places, in part at 2"``."""
        deciding = [each.verdict for each in self.conditions if each.decides and each.verdict != "not measured"]
        if not deciding:
            return ""
        some = deciding.count("holds in part")
        return f"fully at {deciding.count('holds')} of {len(deciding)} places{f', in part at {some}' if some else ''}"


class Cell(Struct, frozen=True, kw_only=True):
    """Networks of one method at one point, with their accuracy on all test examples over seeds."""

    method: str
    start: str
    depth: int
    batch_size: int
    learning_rate: float
    accuracy: list[float | None]
    mean: float | None
    low: float | None
    high: float | None
    diverged: int
    at_chance: bool
    page: str
    query: str


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of a run."""

    dataset: str
    quick: bool
    seeds: int
    first_seed: int
    claims: list[str]
    width: int
    steps: int
    train_examples: int
    learning_rates: list[float]
    depths: list[int]
    networks: int


class Result(Struct, frozen=True, kw_only=True):
    """The result of a run of the claims; see the head of this file."""

    format: Annotated[int, Meta(ge=1, le=FORMAT)] = FORMAT
    settings: Settings
    versions: dict[str, str]
    C1: Finding | UnsetType = UNSET
    C2: Finding | UnsetType = UNSET
    C3: Finding | UnsetType = UNSET
    C4: Finding | UnsetType = UNSET
    C5: Finding | UnsetType = UNSET
    C6: Finding | UnsetType = UNSET
    C7: Finding | UnsetType = UNSET
    cells: list[Cell] = []
    failures: dict[str, str] = {}

    @property
    def findings(self) -> dict[str, Finding]:
        """Id of each claim that was asked for -> what was found."""
        found = {name: getattr(self, name) for name in CLAIMS}
        return {name: each for name, each in found.items() if each is not UNSET}

    def having(self, findings: dict[str, Finding]) -> Result:
        """This result with these findings, by the ids of their claims."""
        return msgspec.structs.replace(self, **findings)

    def to_json(self, indent: int = 0) -> str:
        """The result as one JSON object; numbers that are not finite are null."""
        text = msgspec.json.encode(self)
        return (msgspec.json.format(text, indent=indent) if indent else text).decode()


def parse(text: str | bytes) -> Result:
    """The result that this JSON is.

    Raises:
        ValueError: if it is no result of the claims, or one that a newer program wrote.
    """
    try:
        return msgspec.json.decode(text, type=Result)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not a result of the claims: {error}") from None


def read(path: Path) -> Result:
    """The result in a file.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no result of the claims.
    """
    return parse(path.read_bytes())
