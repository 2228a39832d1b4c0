"""C3: whether IP enlarges the error gradients over the course of learning."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from ipcore.claims.evidence import Evidence
from ipcore.claims.experiments import MIDDLE, STARTS, NetworkKey
from ipcore.claims.findings.by_rate import by_rate
from ipcore.claims.findings.words import NOT_MEASURED, at_rates, by_verdict, compared, factor, line, place_words, span
from ipcore.claims.results import Condition, Finding, Number, Picture
from ipcore.claims.verdicts import RATIO_MARGIN, ahead, at_place, of_claim
from ipcore.sweeps.stack_size import moments
from ipcore.sweeps.values import format_number

WHOLE = "over the course"
PHASES = {WHOLE: slice(None), "in the first quarter": slice(0, 5), "in the last quarter": slice(-5, None)}
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
        summary=f"{by_verdict(conditions)} {span(numbers, f'first-layer gradient {WHOLE}, IP / plain')}".strip(),
        conditions=conditions,
        numbers=numbers,
        picture=_picture(evidence),
    )


def _at(evidence: Evidence, start: str, depth: int, numbers: list[Number]) -> Condition:
    ours, theirs = ("ip", start, depth, 100), ("plain", start, depth, 100)
    if not evidence.known(ours, theirs):
        return Condition(where=place_words(start, depth), verdict="not measured", words=NOT_MEASURED)
    found = {
        phase: by_rate(
            evidence, ours, theirs, partial(_mean_over, evidence, part),
            lambda ratio: ahead(ratio, RATIO_MARGIN), f"first-layer gradient {phase}, IP / plain", "factor",
            decides=phase == WHOLE,
        )
        for phase, part in PHASES.items()
    }  # fmt: skip
    numbers += [each for comparison in found.values() for each in comparison.numbers]
    whole = found[WHOLE]
    text = compared(f"Larger with IP {at_rates(whole.where('for'))}", "smaller", whole)
    if whole.found:
        ratios = (f"{factor(ratio)} at {format_number(rate)}" for rate, ratio in whole.found.items())
        text += f" IP / plain: {', '.join(ratios)}."
    return Condition(where=place_words(start, depth), verdict=at_place(whole.said(), whole.said()), words=text)


def _mean_over(evidence: Evidence, part: slice, key: NetworkKey) -> np.ndarray:
    """The mean logarithm of the first layer's gradient over a part of the course, shape (rates, seeds)."""
    return evidence.gradient(key)[:, part].mean(1)


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
