"""C4: whether gain and bias of a neuron under IP come to rest at the equilibrium derived from its input."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlencode

import numpy as np

from ipcore.claims.evidence import Evidence, number
from ipcore.claims.experiments import INPUTS, NEURON_STARTS
from ipcore.claims.findings.words import by_verdict, line, signed, span
from ipcore.claims.results import Condition, Finding, Number, Outcome, Picture
from ipcore.claims.verdicts import REST_MARGIN, at_place, of_claim, similar
from ipcore.statistics.intervals import t_interval
from ipcore.theory.equilibria import equilibrium


def equilibria(evidence: Evidence) -> Finding:
    """Judges C4.

    For each input and each start of the neuron two numbers count: the relative error of the gain at rest, and the error
    of the bias in units of the potential. Both must be within 5 % over seeds.
    """
    numbers: list[Number] = []
    conditions = [_at(evidence, name, numbers) for name in INPUTS]
    return Finding(
        verdict=of_claim(conditions),
        summary=f"{by_verdict(conditions)} {span(numbers, 'relative error of the gain at rest')}".strip(),
        conditions=conditions,
        numbers=numbers,
        picture=_picture(evidence),
    )


def _at(evidence: Evidence, name: str, numbers: list[Number]) -> Condition:
    rest = equilibrium(INPUTS[name])
    outcomes: list[Outcome] = []
    words = [f"Derived: gain {rest.gain:.4g}, bias {rest.bias:.4g}."]
    for start in NEURON_STARTS:
        gain, bias = (evidence.neuron((name, "ip", start), part) for part in ("gain", "bias"))
        if not gain.shape[1]:
            continue
        errors = {
            "relative error of the gain at rest": t_interval(gain[:, 0] / rest.gain - 1),
            "error of the bias at rest": t_interval(bias[:, 0] - rest.bias * gain[:, 0] / rest.gain),
        }
        for what, found in errors.items():
            outcome = similar(found, REST_MARGIN)
            outcomes.append(outcome)
            numbers.append(number(what, {"input": name, "start": start}, found, "share", outcome, link(name, "ip")))
        of_gain, of_bias = errors.values()
        words.append(f"From {start}: gain off by {signed(of_gain)} of it, bias by {signed(of_bias)}.")
    return Condition(where=name, verdict=at_place(outcomes, outcomes), words=" ".join(words))


def link(name: str, *methods: str) -> tuple[str, str]:
    """The page of one neuron, and the address with which it shows these methods on this input."""
    distribution = INPUTS[name]
    values = {"distribution": type(distribution).__name__.lower(), **asdict(distribution), "methods": ",".join(methods)}
    texts = {key: f"{value:g}" if isinstance(value, float) else value for key, value in values.items()}
    return "neuron", urlencode(texts, safe=",")


def _picture(evidence: Evidence) -> Picture:
    """The gain at rest over the derived gain, for each input; both logarithmic."""
    derived = np.array([equilibrium(distribution).gain for distribution in INPUTS.values()])
    order = np.argsort(derived)
    series = []
    for start in NEURON_STARTS:
        gains = [evidence.neuron((name, "ip", start), "gain")[:, :1] for name in INPUTS]
        if all(each.shape[1] for each in gains):
            series.append(line(f"from {start}", derived[order], np.array([each[:, 0] for each in gains])[order], "ip"))
    return Picture(
        title="Gain at rest of one neuron", x="derived", y="simulated", series=series, log_x=True, log_y=True
    )
