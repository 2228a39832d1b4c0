"""What a race shows at one moment, as a sentence whose numbers are those of the recording. Pure; no Streamlit."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from app.race.blank import Blank
from app.race.start import in_words
from app.ui.palette import LOOKS
from ipcore.config import RunConfig
from ipcore.recordings.moments import Test, latest
from ipcore.recordings.race import Recording
from ipcore.statistics.chance import chance_bound

WAITING = "The first test is still to come."
BESIDE = {"ip": "which each neuron does by itself"}
"""Method -> what a newcomer needs to know of it in the midst of a sentence."""

_rooms: weakref.WeakKeyDictionary[Recording, str] = weakref.WeakKeyDictionary()
"""A race that is over -> the longest of its sentences."""

Part = tuple[str, str]
"""Some words, and the method whose name they are; empty if they are not a name."""


def finding(recording: Recording, step: int | None = None) -> list[Part]:
    """What the last test up to a moment found: which networks do no better than guessing, and how well the others do.

    Args:
        recording: the run so far.
        step: the moment, as a number of steps done; None for the newest.

    Returns:
        The sentences in parts; joined, their words are the text.
    """
    test = last_test(recording, step)
    if test is None:
        return [(recording.says if isinstance(recording, Blank) else WAITING, "")]
    reached = {method: mean(test, method) for method in recording.config.methods}
    if test.step == 0:
        known = {method: share for method, share in reached.items() if share is not None}
        who = "this network knows" if len(reached) == 1 else "these networks know"
        return [(f"Before training {who} nothing: ", ""), *shares(known), (" of answers are right.", "")]
    return found(test.step, reached, chance_bound(test.examples, recording.config.data.classes))


def found(step: int, reached: dict[str, float | None], bound: float) -> list[Part]:
    """What one test found.

    The step is that of the test, since the moment on screen may be later. An accuracy that is not above chance may well
    be below it: a network that always gives the same answer is right as often as that answer is.

    Args:
        step: number of steps that were done before the test.
        reached: method -> its mean accuracy; None if its networks have diverged.
        bound: the highest accuracy that is no better than guessing.
    """
    lost = [method for method, share in reached.items() if share is None]
    known = {method: share for method, share in reached.items() if share is not None}
    guessing = {method: share for method, share in known.items() if share <= bound}
    learning = {method: share for method, share in known.items() if share > bound}
    parts: list[Part] = [(f"Tested after {step:,} step{'' if step == 1 else 's'}, ", "")]
    if guessing:
        who = [[(LOOKS[method].label, method)] for method in guessing]
        are = f" {'is' if len(guessing) == 1 else 'are'} no better than guessing ("
        parts += [*joined(who), (are, ""), *shares(guessing), (" right).", "")]
    if learning:
        first = "" if not guessing else " "
        parts += [*([(first, "")] if first else []), *reaching(learning, begins=bool(guessing)), (".", "")]
    if lost:
        who = [[(LOOKS[method].label, method)] for method in lost]
        alone = not (guessing or learning)
        begin = [] if alone else [(" ", "")]
        has = "has" if len(lost) == 1 else "have"
        parts += [*begin, *capital(joined(who), not alone), (f" {has} diverged.", "")]
    return parts


def room(recording: Recording) -> str:
    """The longest sentence of a race, for which the page leaves room, so that nothing below it moves."""
    if not recording.over or not recording.tests:
        return longest(recording.config.methods, recording.config.steps)
    if recording not in _rooms:
        _rooms[recording] = max((text(finding(recording, test.step)) for test in recording.curve()), key=len)
    return _rooms[recording]


@lru_cache(maxsize=256)
def longest(methods: tuple[str, ...], steps: int) -> str:
    """The longest sentence that a race may come to need for what its tests find.

    Any of the methods may learn and any be no better than guessing. That a network diverges is rare: no room is kept.

    Args:
        methods: the methods of the race.
        steps: its number of steps.
    """
    guesses = (0.1 + place / 100 for place in range(len(methods)))  # all of them differ, so each is named
    both = [(guess, 0.9) for guess in guesses]
    sentences = (text(found(steps, dict(zip(methods, each, strict=True)), 0.5)) for each in product(*both))
    return max(sentences, key=len)


def condition(config: RunConfig) -> str:
    """Under which condition the finding holds: the networks, their seeds, and the start of their weights."""
    layers = f"{config.depth} hidden layer{'' if config.depth == 1 else 's'} of {config.width} neurons"
    last = config.first_seed + config.seeds - 1
    seeds = f"seeds {config.first_seed} to {last}" if config.seeds > 1 else f"seed {config.first_seed}"
    return f"{layers}, {seeds}. {in_words(config)}"


def last_test(recording: Recording, step: int | None) -> Test | None:
    """The last point of the curve of accuracy up to a moment; None before the first."""
    return latest(recording.curve(), step)


def mean(test: Test, method: str) -> float | None:
    """The mean accuracy of the networks of a method that have not diverged; None if all have."""
    shares = np.asarray(test.accuracy[method], np.float64)
    shares = shares[np.isfinite(shares)]
    return float(shares.mean()) if shares.size else None


def reaching(learning: dict[str, float], begins: bool) -> list[Part]:
    """Such as "IP, which each neuron does by itself, reaches 89 % and batch norm 92 %": a word beside puts it first."""
    order = sorted(learning, key=lambda method: method not in BESIDE)
    clauses: list[list[Part]] = []
    for place, method in enumerate(order):
        beside = f", {BESIDE[method]}," if method in BESIDE else ""
        verb = " reaches" if place == 0 else ""
        clauses.append([(LOOKS[method].label, method), (f"{beside}{verb} {percent(learning[method])}", "")])
    return capital(joined(clauses), begins)


def shares(known: dict[str, float]) -> list[Part]:
    """ "10 % and 9 %", or "10 %" if they all are the same."""
    texts = [percent(share) for share in known.values()]
    return joined([[(text, "")] for text in (texts if len(set(texts)) > 1 else texts[:1])])


def percent(share: float) -> str:
    """A share as whole percent, with a space that does not break."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def joined(clauses: list[list[Part]]) -> list[Part]:
    """Clauses with commas between them, and "and" before the last."""
    parts: list[Part] = []
    for place, clause in enumerate(clauses):
        if place:
            parts.append((" and " if place == len(clauses) - 1 else ", ", ""))
        parts += clause
    return parts


def capital(parts: list[Part], begins: bool) -> list[Part]:
    """The parts, the first with a capital letter if they begin a sentence."""
    if not (begins and parts):
        return parts
    (text, method), *rest = parts
    return [(text[:1].upper() + text[1:], method), *rest]


def text(parts: Iterable[Part]) -> str:
    """The parts as one text."""
    return "".join(words for words, _ in parts)


def facts(recording: Recording, step: int | None) -> dict[str, Any]:
    """What the first part of the page says, for the header of a frame.

    Args:
        recording: the run so far.
        step: the moment, as a number of steps done; None for the newest.
    """
    test = last_test(recording, step)
    refused = isinstance(recording, Blank) and recording.refused
    return {
        "reached": {method: test and mean(test, method) for method in recording.config.methods},
        "finding": [list(part) for part in finding(recording, step)],
        "longest": room(recording),
        "condition": "" if refused else condition(recording.config),
        "blank": recording.on_charts if isinstance(recording, Blank) else None,
    }
