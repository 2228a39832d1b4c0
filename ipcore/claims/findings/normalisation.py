"""C6: whether batch norm, too, makes outputs more informative."""

from __future__ import annotations

from ipcore.claims.evidence import Evidence, number
from ipcore.claims.experiments import INPUTS, STARTS
from ipcore.claims.findings.by_rate import by_rate
from ipcore.claims.findings.equilibria import link
from ipcore.claims.findings.words import NOT_MEASURED, at_rates, by_verdict, place_words, rates_words, signed, span
from ipcore.claims.results import Condition, Finding, Number, Picture, Series
from ipcore.claims.verdicts import INFORMATION_MARGIN, ahead, at_place, of_claim
from ipcore.statistics.intervals import Interval
from ipcore.theory.distributions import Distribution
from ipcore.theory.equilibria import at_rest, bin_probabilities, information

SHOWN = ("plain", "batch-norm", "ip")
"""The methods of the picture."""


def normalisation(evidence: Evidence) -> Finding:
    """Judges C6.

    For each input the exact information of batch norm at rest (gamma 1, beta 0) minus that of plain counts; and for
    trained networks, at each start and depth, the difference at each learning rate at which one of them learns.
    """
    numbers: list[Number] = []
    conditions = [_input(name, numbers) for name in INPUTS]
    depths = evidence.plan.size.depths
    conditions += [_networks(evidence, start, depth, numbers) for start in STARTS for depth in depths]
    return Finding(
        verdict=of_claim(conditions),
        summary=f"{by_verdict(conditions)} {span(numbers, 'information, batch norm - plain')}".strip(),
        conditions=conditions,
        numbers=numbers,
        picture=_picture(),
    )


def rest_information(method: str, distribution: Distribution) -> float:
    """The exact information in the output of a neuron that this method has brought to rest."""
    gain, bias = at_rest(method, distribution)
    return float(information(bin_probabilities(distribution, gain, bias)))


def _input(name: str, numbers: list[Number]) -> Condition:
    found = {method: rest_information(method, INPUTS[name]) for method in SHOWN}
    exact = found["batch-norm"] - found["plain"]
    interval = Interval(exact, exact, exact, 0)
    outcome = ahead(interval, INFORMATION_MARGIN)
    address = link(name, "plain", "batch-norm", "ip")
    numbers.append(
        number("information, batch norm - plain", {"input": name}, interval, "information", outcome, address)
    )
    does = {"for": "improves", "against": "lowers", "level": "does not change", "unknown": ""}[outcome]
    words = (
        f"Batch norm {does} it: plain {found['plain']:.3f}, batch norm {found['batch-norm']:.3f}, IP {found['ip']:.3f} "
        "(exact)."
    )
    return Condition(where=name, verdict=at_place([outcome]), words=words)


def _networks(evidence: Evidence, start: str, depth: int, numbers: list[Number]) -> Condition:
    ours, theirs = ("batch-norm", start, depth, 100), ("plain", start, depth, 100)
    where_words = f"trained networks, {place_words(start, depth)}"
    if not evidence.known(ours, theirs):
        return Condition(where=where_words, verdict="not measured", words=NOT_MEASURED)
    found = by_rate(
        evidence, ours, theirs, evidence.information, lambda gap: ahead(gap, INFORMATION_MARGIN),
        "information of a trained network, batch norm - plain", "information",
    )  # fmt: skip
    numbers += found.numbers
    less, largest = found.where("against"), max(found.found.values(), key=lambda gap: gap.mean, default=None)
    words = f"More informative with batch norm {at_rates(found.where('for'))}"
    words += f", less at {rates_words(less)}" if less else ""
    words += f"; at most {signed(largest)}." if largest is not None else "."
    return Condition(where=where_words, verdict=at_place(found.said()), words=words)


def _picture() -> Picture:
    names: list[float | str] = list(INPUTS)
    series = [
        Series(
            name=label,
            x=names,
            y=[rest_information(method, distribution) for distribution in INPUTS.values()],
            method=method,
        )
        for method, label in zip(SHOWN, ("plain", "batch norm", "IP"), strict=True)
    ]
    return Picture(title="Information of one neuron at rest", x="input", y="information", series=series)
