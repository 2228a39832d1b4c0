"""C3: whether IP enlarges the error gradients over the course of learning."""

from __future__ import annotations

import math

import numpy as np

from ipcore.claims.evidence import Evidence, number
from ipcore.claims.experiments import MIDDLE, STARTS
from ipcore.claims.findings.words import NOT_MEASURED, at_rates, by_verdict, compared, factor, line, place_words, span
from ipcore.claims.results import Condition, Finding, Number, Outcome, Picture
from ipcore.claims.verdicts import RATIO_MARGIN, ahead, at_place, of_claim
from ipcore.statistics.intervals import t_interval
from ipcore.sweeps.stack_size import moments
from ipcore.sweeps.values import format_number

PHASES = {"over the course": slice(None), "in the first quarter": slice(0, 5), "in the last quarter": slice(-5, None)}
"""Part of the course in words -> its moments, of twenty."""
SHOWN_RATE = 0.01
"""The learning rate of the picture."""


def gradients(evidence: Evidence) -> Finding:
    """Judges C3.

    At each start and depth the ratio of the first layer's mean |dL/dW|, IP over plain, counts: its geometric mean over
    the course, at every learning rate at which one of them learns. Its first and last quarters are said beside it.
    """
    numbers: list[Number] = []
    conditions = [_at(evidence, start, depth, numbers) for start in STARTS for depth in evidence.plan.size.depths]
    return Finding(
        verdict=of_claim(conditions),
        summary=f"{by_verdict(conditions)} {span(numbers, 'first-layer gradient over the course, IP / plain')}".strip(),
        conditions=conditions,
        numbers=numbers,
        picture=_picture(evidence),
    )


def _at(evidence: Evidence, start: str, depth: int, numbers: list[Number]) -> Condition:
    ours, theirs = ("ip", start, depth, 100), ("plain", start, depth, 100)
    if not evidence.known(ours, theirs):
        return Condition(where=place_words(start, depth), verdict="not measured", words=NOT_MEASURED)
    gradient = {key: evidence.gradient(key) for key in (ours, theirs)}
    either = evidence.either_learns(ours, theirs)
    rates = evidence.rates(ours)
    outcomes: list[Outcome] = []
    where: dict[Outcome, list[float]] = {"for": [], "against": [], "level": [], "unknown": []}
    ratios, neither = [], []
    for index, rate in enumerate(rates):
        if any(len(each) <= index for each in gradient.values()):
            continue
        ratio = gradient[ours][index] - gradient[theirs][index]  # (M, S)
        place: dict[str, str | float] = {"start": start, "depth": depth, "learning_rate": float(rate)}
        link = evidence.live(evidence.plan.networks[ours], float(rate), ("plain", "ip"))
        for phase, part in PHASES.items():
            found = t_interval(ratio[part].mean(0))
            outcome = ahead(found, RATIO_MARGIN)
            name = f"first-layer gradient {phase}, IP / plain"
            whole = phase == "over the course"
            numbers.append(number(name, place, found, "factor", outcome, link, whole and bool(either[index])))
            if not whole:
                continue
            if found.known and not either[index]:
                neither.append(rate)
                continue
            outcomes.append(outcome)
            where[outcome].append(rate)
            ratios.append(f"{factor(found)} at {format_number(rate)}")
    text = compared(f"Larger with IP {at_rates(where['for'])}", "smaller", where, neither)
    if ratios:
        text += f" IP / plain: {', '.join(ratios)}."
    return Condition(where=place_words(start, depth), verdict=at_place(outcomes, outcomes), words=text)


def _picture(evidence: Evidence) -> Picture:
    series = []
    for start, name in STARTS.items():
        ours, theirs = (evidence.gradient((method, start, MIDDLE, 100)) for method in ("ip", "plain"))
        rates = evidence.rates(("ip", start, MIDDLE, 100))
        index = int(np.argmin(np.abs(np.log(rates / SHOWN_RATE))))
        if len(ours) <= index or len(theirs) <= index:
            continue
        drawn = line(name, moments(evidence.plan.size.steps), ours[index] - theirs[index], "ip")
        exponentials = {
            part: [None if value is None else math.exp(value) for value in getattr(drawn, part)]
            for part in ("y", "low", "high")
        }
        series.append(type(drawn)(name=name, x=drawn.x, method="ip", **exponentials))
    return Picture(
        title=f"Gradient of the first of {MIDDLE} layers at rate {SHOWN_RATE}, IP / plain",
        x="step",
        y="ratio",
        series=series,
        log_y=True,
    )
