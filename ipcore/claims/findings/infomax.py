"""C5: whether the outputs under IP are about as informative as those under Infomax."""

from __future__ import annotations

import numpy as np

from ipcore.claims.evidence import Evidence, difference, number
from ipcore.claims.experiments import INPUTS, MIDDLE, NEURON_STARTS, STARTS
from ipcore.claims.findings.by_rate import by_rate
from ipcore.claims.findings.equilibria import link
from ipcore.claims.findings.words import NOT_MEASURED, at_rates, by_verdict, line, listed, place_words, signed
from ipcore.claims.results import Condition, Finding, Number, Outcome, Picture
from ipcore.claims.verdicts import LEVEL_MARGIN, at_place, of_claim, similar
from ipcore.theory.equilibria import equilibrium

SHOWN = "Normal(3, 0.1)"
"""The input of the picture."""
BY_CONSTRUCTION = "At rest both are equal by construction, because our two rules share one equilibrium"


def infomax(evidence: Evidence) -> Finding:
    """Judges C5.

    The claim is about a fixed input. For each input the information of IP minus that of Infomax counts after the last
    update of the simulation; it must be within 0.02. At rest the two are equal by construction, so what is tried is
    whether both get there. The way there and the neurons of trained networks are said beside it.
    """
    numbers: list[Number] = []
    conditions = [
        *(_input(evidence, name, numbers) for name in INPUTS),
        _way(evidence, numbers),
        *(_networks(evidence, start, numbers) for start in STARTS),
    ]
    return Finding(
        verdict=of_claim(conditions),
        summary=f"{BY_CONSTRUCTION}; simulated, not every input lets both get there. {by_verdict(conditions)}",
        conditions=conditions,
        numbers=numbers,
        picture=_picture(evidence),
    )


def _information(evidence: Evidence, name: str) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Information of IP and of Infomax at each moment, shape (S, moments), and the moments; empty if not measured."""
    start = next(iter(NEURON_STARTS))
    ours, theirs = (evidence.neuron((name, method, start), "information") for method in ("ip", "infomax"))
    return ours, theirs, evidence.plan.neurons[name, "ip", start].moments


def _input(evidence: Evidence, name: str, numbers: list[Number]) -> Condition:
    ours, theirs, moments = _information(evidence, name)
    if not (ours.shape[1] and theirs.shape[1]):
        return Condition(where=name, verdict="not measured", words=NOT_MEASURED)
    found = difference(ours[:, -1], theirs[:, -1])
    outcome = similar(found, LEVEL_MARGIN)
    place: dict[str, str | float] = {"input": name, "updates": float(moments[-1])}
    numbers.append(
        number("information, IP - Infomax", place, found, "information", outcome, link(name, "infomax", "ip"))
    )
    words = (
        f"After {moments[-1]:,} updates: IP {np.nanmean(ours[:, -1]):.3f}, Infomax {np.nanmean(theirs[:, -1]):.3f}, "
        f"at rest {equilibrium(INPUTS[name]).information:.3f}; IP - Infomax {signed(found)}."
    )
    return Condition(where=name, verdict=at_place([outcome], [outcome]), words=words)


def _way(evidence: Evidence, numbers: list[Number]) -> Condition:
    """The way to rest: information at the moments before the last."""
    outcomes: list[Outcome] = []
    ahead: dict[str, list[str]] = {"IP": [], "Infomax": []}
    for name in INPUTS:
        ours, theirs, moments = _information(evidence, name)
        if not (ours.shape[1] and theirs.shape[1]):
            continue
        for index, moment in enumerate(moments[:-1]):
            found = difference(ours[:, index], theirs[:, index])
            outcome = similar(found, LEVEL_MARGIN)
            outcomes.append(outcome)
            place: dict[str, str | float] = {"input": name, "updates": float(moment)}
            address = link(name, "infomax", "ip")
            name_now = "information, IP - Infomax"
            numbers.append(number(name_now, place, found, "information", outcome, address, decides=False))
            if outcome == "against":
                ahead["IP" if found.mean > 0 else "Infomax"].append(f"{name} after {moment:,} ({signed(found, 2)})")
    words = " ".join(f"{who} is ahead on {listed(where)}." for who, where in ahead.items() if where)
    return Condition(
        where="the way to rest",
        verdict=at_place(outcomes, outcomes),
        words=words or "They are level on every input.",
        decides=False,
    )


def _networks(evidence: Evidence, start: str, numbers: list[Number]) -> Condition:
    """The neurons of trained networks, information as a mean over their layers."""
    ours, theirs = ("ip", start, MIDDLE, 100), ("infomax", start, MIDDLE, 100)
    where = f"trained networks, {place_words(start, MIDDLE)}"
    if not evidence.known(ours, theirs):
        return Condition(where=where, verdict="not measured", words=NOT_MEASURED, decides=False)
    found = by_rate(
        evidence, ours, theirs, evidence.information, lambda gap: similar(gap, LEVEL_MARGIN),
        "information of a trained network, IP - Infomax", "information", decides=False,
    )  # fmt: skip
    numbers += found.numbers
    level = found.where("for")
    words = f"Similar {at_rates(level)}."
    words += "".join(
        f" At {rate:g} IP - Infomax is {signed(gap)}." for rate, gap in found.found.items() if rate not in level
    )
    return Condition(where=where, verdict=at_place(found.said(), found.said()), words=words, decides=False)


def _picture(evidence: Evidence) -> Picture:
    ours, theirs, moments = _information(evidence, SHOWN)
    series = [
        line(name, list(moments), values.T, method)
        for name, method, values in (("IP", "ip", ours), ("Infomax", "infomax", theirs))
        if values.shape[1]
    ]
    return Picture(
        title=f"Information on {SHOWN}, on the way to rest", x="updates", y="information", series=series, log_x=True
    )
