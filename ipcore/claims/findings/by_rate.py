"""One comparison of two methods at each learning rate: what most claims about networks rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ipcore.claims.evidence import Evidence, difference, number
from ipcore.claims.experiments import NetworkKey
from ipcore.claims.results import Number, Outcome, Place
from ipcore.statistics.intervals import Interval


@dataclass
class ByRate:
    """What a comparison says at each learning rate.

    Attributes:
        found: The difference at each rate at which one of the two methods learns.
        outcomes: What it says there.
        neither: The measured rates at which neither learns; there a difference says nothing.
        numbers: Every difference, for the result.
    """

    found: dict[float, Interval] = field(default_factory=dict)
    outcomes: dict[float, Outcome] = field(default_factory=dict)
    neither: list[float] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)

    def where(self, outcome: Outcome) -> list[float]:
        """The rates at which the comparison says this."""
        return [rate for rate, said in self.outcomes.items() if said == outcome]

    def said(self) -> list[Outcome]:
        """What the comparison says, at rates in ascending order."""
        return list(self.outcomes.values())


def by_rate(
    evidence: Evidence,
    ours: NetworkKey,
    theirs: NetworkKey,
    values: Callable[[NetworkKey], np.ndarray],
    judge: Callable[[Interval], Outcome],
    name: str,
    unit: str = "accuracy",
    decides: bool = True,
) -> ByRate:
    """Ours minus theirs at each learning rate, paired over seeds.

    Args:
        evidence: what was measured.
        ours: a cell.
        theirs: another one at the same start, depth and batch size.
        values: what is compared, shape (rates, seeds); logarithms if the unit is ``factor``.
        judge: what a difference says of the claim.
        name: what is compared, in words.
        unit: see :class:`ipcore.claims.results.Number`.
        decides: whether the comparison counts for the verdict, where one of the two learns.
    """
    both, found = (values(ours), values(theirs)), ByRate()
    learns = evidence.either_learns(ours, theirs)
    for index, rate in enumerate(map(float, evidence.rates(ours))):
        if any(len(each) <= index for each in both):
            continue
        gap = difference(both[0][index], both[1][index])
        outcome, counts = judge(gap), bool(learns[index])
        place: Place = {"start": ours[1], "depth": ours[2], "learning_rate": rate}
        link = evidence.live(evidence.plan.networks[ours], rate, (theirs[0], ours[0]))
        found.numbers.append(number(name, place, gap, unit, outcome, link, decides and counts))
        if counts:
            found.found[rate], found.outcomes[rate] = gap, outcome
        elif gap.known:
            found.neither.append(rate)
    return found
