"""A lesson as it is written in its file, checked. Pure; no Streamlit."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

from app.lessons.numbers import Number, parse_number

FOLDER = Path(__file__).parent / "files"
Kind = Literal["race", "sweep", "neuron"]
KINDS: tuple[str, ...] = get_args(Kind)
_NAME = re.compile(r"(\d+)-([a-z0-9-]+)\.toml")
_PARTS = {"title", "question", "choices", "answer", "run", "numbers", "happened", "try", "expect"}
_RUN = {"kind", "settings", "methods", "charts", "drift"}
_EXPECT = {"number", "minus", "over", "at_least", "at_most"}


@dataclass(frozen=True)
class Expectation:
    """What a number of a lesson must be, whatever the seed.

    Args:
        number: its name.
        minus: the name of a number that is taken off it; empty for none.
        over: the name of a number by which it is divided; empty for none.
        at_least, at_most: its bounds; None for none.
    """

    number: str
    minus: str = ""
    over: str = ""
    at_least: float | None = None
    at_most: float | None = None

    def of(self, numbers: Mapping[str, float]) -> float:
        """The value that is compared with the bounds."""
        value = numbers[self.number] - (numbers[self.minus] if self.minus else 0.0)
        return value / numbers[self.over] if self.over else value

    def holds(self, numbers: Mapping[str, float]) -> bool:
        """Whether it is so; not if a number is not known."""
        value = self.of(numbers)
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        return not math.isnan(value) and low and high

    def __str__(self) -> str:
        name = self.number + (f" - {self.minus}" if self.minus else "") + (f" / {self.over}" if self.over else "")
        low = "" if self.at_least is None else f"{self.at_least:g} <= "
        high = "" if self.at_most is None else f" <= {self.at_most:g}"
        return f"{low}{name}{high}"


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Args:
        id: its name in links.
        place: its place among the lessons, from 1.
        title: what it is about, in a few words.
        question: what is asked before anything is shown; Markdown.
        choices: the answers on offer.
        answer: the index of the one that is right.
        kind: what is run.
        settings: the settings of the run, as the address of the page of its kind has them.
        methods: those of them that are shown; all if empty.
        charts: the names of the charts that are shown.
        drift: whether the input of a neuron drifts.
        numbers: name -> the number of the run that the words and expectations use.
        happened: what the run shows, with names of numbers in braces; Markdown.
        try_next: one thing to try; Markdown.
        expect: what must hold whatever the seed.
    """

    id: str
    place: int
    title: str
    question: str
    choices: tuple[str, ...]
    answer: int
    kind: Kind
    settings: str
    happened: str
    try_next: str
    methods: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    drift: bool = False
    numbers: Mapping[str, Number] = field(default_factory=dict)
    expect: tuple[Expectation, ...] = ()

    @property
    def query(self) -> dict[str, str]:
        """The parameters of its link to the page of its kind."""
        return dict(parse_qsl(self.settings))

    def told(self, numbers: Mapping[str, float]) -> str:
        """What the run shows, with its numbers filled in."""
        return self.happened.format_map({name: self.numbers[name].in_words(value) for name, value in numbers.items()})


def parse(name: str, text: str) -> Lesson:
    """A lesson from the text of its file.

    Args:
        name: the name of the file: its place among the lessons, and its id.
        text: TOML.

    Raises:
        ValueError: in words, what is wrong with it.
    """
    try:
        return _parsed(name, tomllib.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        why = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{name}: {why}") from None


def _parsed(name: str, parts: dict[str, Any]) -> Lesson:
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError("the name must be a number, a hyphen, small letters, and .toml")
    _check_names("the lesson", parts, _PARTS)
    run = parts["run"]
    _check_names("[run]", run, _RUN)
    if run["kind"] not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {run['kind']!r}")
    choices, answer = tuple(parts["choices"]), parts["answer"]
    if len(choices) < 2 or answer not in range(1, len(choices) + 1):
        raise ValueError("answer must be the number of one of at least two choices, from 1")
    numbers = {key: parse_number(spec) for key, spec in parts.get("numbers", {}).items()}
    lesson = Lesson(
        id=found[2], place=int(found[1]), title=parts["title"], question=parts["question"], choices=choices,
        answer=answer - 1, kind=run["kind"], settings=run["settings"], methods=tuple(run.get("methods", ())),
        charts=tuple(run.get("charts", ())), drift=run.get("drift", False), numbers=numbers,
        happened=parts["happened"], try_next=parts["try"],
        expect=tuple(_expectation(each, numbers) for each in parts.get("expect", ())),
    )  # fmt: skip
    unknown = {field for _, field, _, _ in Formatter().parse(lesson.happened) if field is not None} - set(numbers)
    if unknown:
        raise ValueError(f"{{{unknown.pop()}}} is not one of its numbers")
    if not lesson.expect:
        raise ValueError("it expects nothing, so nobody can check it")
    return lesson


def _expectation(parts: dict[str, Any], numbers: Mapping[str, Number]) -> Expectation:
    _check_names("[[expect]]", parts, _EXPECT)
    made = Expectation(**parts)
    for name in filter(None, (made.number, made.minus, made.over)):
        if name not in numbers:
            raise ValueError(f"{name!r} is not one of its numbers")
    if made.at_least is None and made.at_most is None:
        raise ValueError(f"what is expected of {made.number!r} has no bound")
    return made


def _check_names(where: str, parts: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(parts) - known)
    if unknown:
        raise ValueError(f"{where} has no part {unknown[0]!r}")


@cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons, in their order.

    Raises:
        ValueError: if a file cannot be read as a lesson, or two have the same id or place.
    """
    found = [parse(path.name, path.read_text("utf-8")) for path in FOLDER.glob("*.toml")]
    found.sort(key=lambda lesson: lesson.place)
    for what in ("id", "place"):
        values = [getattr(lesson, what) for lesson in found]
        if len(set(values)) < len(values):
            raise ValueError(f"two lessons have the same {what}")
    return tuple(found)
