"""C2: whether IP tolerates high learning rates."""

from __future__ import annotations

import numpy as np

from ipcore.claims.evidence import Evidence, difference, number
from ipcore.claims.experiments import COMPARED, STARTS
from ipcore.claims.findings.learning import picture
from ipcore.claims.findings.words import NOT_MEASURED, by_verdict, label, place_words, rates_words, signed, span
from ipcore.claims.results import Condition, Finding, Number, Outcome
from ipcore.claims.verdicts import ACCURACY_MARGIN, ahead, at_place, of_claim
from ipcore.sweeps.values import format_number

HIGH = 0.3
"""Learning rates from this on are high."""


def high_rates(evidence: Evidence) -> Finding:
    """Judges C2.

    At each start and depth the accuracy of IP minus that of plain counts, at each rate from 0.3 on at which one of them
    still learns nearly as well as the best method does at its best. Where plain learns at no rate at all, a comparison
    says nothing of high rates, and the place does not decide. Batch norm is said beside it.
    """
    numbers: list[Number] = []
    conditions = [_at(evidence, start, depth, numbers) for start in STARTS for depth in evidence.plan.size.depths]
    found = f"{by_verdict(conditions)} {span(numbers, 'accuracy, IP - plain')}".strip()
    return Finding(
        verdict=of_claim(conditions),
        summary=f"At learning rates from {HIGH} on: {found}",
        conditions=conditions,
        numbers=numbers,
        picture=picture(evidence, min(evidence.plan.size.depths)),
    )


def _at(evidence: Evidence, start: str, depth: int, numbers: list[Number]) -> Condition:
    keys = {method: (method, start, depth, 100) for method in COMPARED}
    if not evidence.known(keys["ip"], keys["plain"]):
        return Condition(where=place_words(start, depth), verdict="not measured", words=NOT_MEASURED)
    rates = evidence.rates(keys["ip"])
    usable = evidence.usable(list(keys.values()))
    accuracy = {method: evidence.accuracy(key) for method, key in keys.items()}
    plain_learns = bool(evidence.learns(keys["plain"]).any())
    place: dict[str, str | float] = {"start": start, "depth": depth}
    outcomes: list[Outcome] = []
    words, nobody = [], []
    for index, rate in enumerate(rates):
        if rate < HIGH:
            continue
        for other in ("plain", "batch-norm"):
            if len(accuracy["ip"]) <= index or len(accuracy[other]) <= index:
                continue
            found = difference(accuracy["ip"][index], accuracy[other][index])
            outcome = ahead(found, ACCURACY_MARGIN)
            link = evidence.live(evidence.plan.networks[keys["ip"]], float(rate), (other, "ip"))
            at = {**place, "learning_rate": float(rate)}
            counts = other == "plain" and any(usable[keys[method]][index] for method in ("ip", "plain"))
            name = f"accuracy, IP - {label(other)}"
            numbers.append(number(name, at, found, "accuracy", outcome, link, counts and plain_learns))
            if other != "plain":
                continue
            if counts:
                outcomes.append(outcome)
                words.append(f"At rate {format_number(rate)} IP - plain is {signed(found)}.")
            elif found.known:
                nobody.append(rate)
    if nobody:
        words.append(f"At {rates_words(nobody)} neither still learns.")
    highest = {method: _highest(rates, usable[key]) for method, key in keys.items()}
    words.append("Highest rate that is still usable: " + ", ".join(f"{label(m)} {r}" for m, r in highest.items()) + ".")
    if not plain_learns:
        words.append("Plain learns at no rate from this start, so that the place says nothing of high rates.")
    verdict = at_place(outcomes) if outcomes or not nobody else "not seen"
    return Condition(where=place_words(start, depth), verdict=verdict, words=" ".join(words), decides=plain_learns)


def _highest(rates: np.ndarray, usable: np.ndarray) -> str:
    """The highest usable rate in words; "at least" if it is the highest rate tried."""
    if not len(usable) or not usable.any():
        return "none"
    index = int(np.flatnonzero(usable)[-1])
    return ("≥ " if index == len(rates) - 1 else "") + format_number(rates[index])
