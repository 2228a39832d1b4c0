"""What was found of each claim: a file for each claim or family, from evidence to verdict, words and picture."""

from __future__ import annotations

from collections.abc import Callable

from ipcore.claims.evidence import Evidence
from ipcore.claims.findings.equilibria import equilibria
from ipcore.claims.findings.gradients import gradients
from ipcore.claims.findings.high_rates import high_rates
from ipcore.claims.findings.infomax import infomax
from ipcore.claims.findings.learning import learning
from ipcore.claims.findings.locality import locality
from ipcore.claims.findings.normalisation import normalisation
from ipcore.claims.results import Finding

FINDINGS: dict[str, Callable[[Evidence], Finding]] = {
    "C1": learning,
    "C2": high_rates,
    "C3": gradients,
    "C4": equilibria,
    "C5": infomax,
    "C6": normalisation,
    "C7": locality,
}
"""Id of each claim -> the function that judges it."""
