"""What a race shows at one moment, as a sentence whose numbers are those of the recording. Pure; no Streamlit."""

from __future__ import annotations

from collections.abc import Iterable
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

Part = tuple[str, str]
"""Some words, and the method whose name they are; empty if they are not a name."""


def finding(recording: Recording, step: int | None = None) -> list[Part]:
    """What the last test up to a moment found: which networks still guess, and how well the others do.

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
    bound = chance_bound(test.examples, recording.config.data.classes)
    lost = [method for method, share in reached.items() if share is None]
    known = {method: share for method, share in reached.items() if share is not None}
    guessing = {method: share for method, share in known.items() if share <= bound}
    learning = {method: share for method, share in known.items() if share > bound}
    if test.step == 0:
        return [("Before training all of these networks guess: ", ""), *shares(known), (" of answers are right.", "")]
    parts: list[Part] = [(f"After {test.step:,} step{'' if test.step == 1 else 's'} ", "")]
    if guessing:
        who = [[(LOOKS[method].label, method)] for method in guessing]
        still = "is still guessing" if len(guessing) == 1 else "are still guessing"
        parts += [*joined(who), (f" {still} (", ""), *shares(guessing), (" right).", "")]
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
        "condition": "" if refused else condition(recording.config),
        "blank": recording.on_charts if isinstance(recording, Blank) else None,
    }
