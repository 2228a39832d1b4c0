"""C1: whether IP improves learning, over starts, depths and learning rates."""

from __future__ import annotations

import numpy as np

from ipcore.claims.evidence import Evidence, difference, number
from ipcore.claims.experiments import COMPARED, MIDDLE, STARTS, NetworkKey
from ipcore.claims.findings.by_rate import by_rate
from ipcore.claims.findings.words import (
    NOT_MEASURED,
    at_rates,
    by_verdict,
    compared,
    label,
    line,
    place_words,
    rates_words,
    signed,
    span,
)
from ipcore.claims.results import Condition, Finding, Number, Outcome, Picture, Place
from ipcore.claims.verdicts import ACCURACY_MARGIN, ahead, at_place, of_claim
from ipcore.statistics.intervals import Interval

AT_BEST = "accuracy at each one's best rate, IP - plain"
"""The name of the number without which the claim does not hold at a place."""


def learning(evidence: Evidence) -> Finding:
    """Judges C1.

    At each start and depth the final accuracy of IP minus that of plain counts, at each learning rate at which one of
    them learns, and at each one's best rate. It holds at a place if IP is ahead at the best rates and behind at no
    rate. Batch norm minus plain, and IP minus batch norm, are said beside it.
    """
    numbers: list[Number] = []
    conditions = [_at(evidence, start, depth, numbers) for start in STARTS for depth in evidence.plan.size.depths]
    verdict = of_claim(conditions)
    return Finding(
        verdict=verdict,
        summary=f"{by_verdict(conditions)} {span(numbers, AT_BEST)}".strip(),
        conditions=conditions,
        numbers=numbers,
        picture=picture(evidence, MIDDLE),
    )


def _at(evidence: Evidence, start: str, depth: int, numbers: list[Number]) -> Condition:
    """The verdict at one start and depth; its numbers are added to ``numbers``."""
    ours, theirs, norm = ((method, start, depth, 100) for method in ("ip", "plain", "batch-norm"))
    if not evidence.known(ours, theirs):
        return Condition(where=place_words(start, depth), verdict="not measured", words=NOT_MEASURED)
    pairs = [(ours, theirs), (norm, theirs), (ours, norm)]
    found = [
        by_rate(
            evidence, first, second, evidence.accuracy, lambda gap: ahead(gap, ACCURACY_MARGIN),
            f"accuracy, {label(first[0])} - {label(second[0])}", decides=(first, second) == pairs[0],
        )
        for first, second in pairs
    ]  # fmt: skip
    numbers += [each for comparison in found for each in comparison.numbers]
    place: Place = {"start": start, "depth": depth}
    best, _, behind_norm = (
        _at_best(evidence, first, second, place, numbers, decides=(first, second) == pairs[0])
        for first, second in pairs
    )
    required: list[Outcome] = [] if best is None else [ahead(best, ACCURACY_MARGIN)]
    learns = {key: evidence.learns(key) for key in (ours, theirs)}
    if not learns[theirs].any() and learns[ours].any():
        better = f"Plain learns at no rate, IP at {rates_words(evidence.rates(ours)[learns[ours]])}"
    else:
        better = f"IP is ahead of plain {at_rates(found[0].where('for'))}"
    text = compared(better, "behind", found[0])
    if best is not None:
        text += f" At each one's best rate IP - plain is {signed(best)}"
        text += "." if behind_norm is None else f", IP - batch norm {signed(behind_norm)}."
    verdict = at_place([*found[0].said(), *required], required)
    return Condition(where=place_words(start, depth), verdict=verdict, words=text)


def _at_best(
    evidence: Evidence,
    first: NetworkKey,
    second: NetworkKey,
    place: Place,
    numbers: list[Number],
    decides: bool,
) -> Interval | None:
    """The difference at each one's best rate, chosen on one half of the test examples and reported on the other."""
    ours, theirs = evidence.best(first), evidence.best(second)
    if ours is None or theirs is None:
        return None
    found = difference(ours[1], theirs[1])
    rates = {each[0]: float(evidence.rates(each)[chosen[0]]) for each, chosen in ((first, ours), (second, theirs))}
    at: Place = {f"learning_rate_{method.replace('-', '_')}": rate for method, rate in rates.items()}
    link = evidence.robustness(evidence.plan.networks[first], (second[0], first[0]))
    name = f"accuracy at each one's best rate, {label(first[0])} - {label(second[0])}"
    numbers.append(number(name, {**place, **at}, found, "accuracy", ahead(found, ACCURACY_MARGIN), link, decides))
    return found


def picture(evidence: Evidence, depth: int) -> Picture:
    """Accuracy over learning rate of the three methods from both starts, at one depth."""
    series = []
    for start, name in STARTS.items():
        for method in COMPARED:
            key = (method, start, depth, 100)
            accuracy = evidence.accuracy(key)
            if np.isfinite(accuracy).any():
                series.append(line(f"{label(method)}, {name}", evidence.rates(key), accuracy, method))
    return Picture(
        title=f"Accuracy at {depth} layers, by start", x="learning rate", y="test accuracy", series=series, log_x=True
    )
