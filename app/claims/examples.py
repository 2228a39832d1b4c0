"""What shows each claim: a recording with its settings, which opens at once, and a run with the same settings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["race", "sweep", "neuron"]

NETWORKS = "methods=plain,batch-norm,ip&steps=300"
RATES = "learning_rates=0.001,0.01,0.1,0.3,1,3&seeds=3"


@dataclass(frozen=True)
class Example:
    """Settings that show a claim, or where it does not hold.

    Args:
        id: the id of its recording; unique.
        kind: a race, a sweep, or one neuron, which is not recorded: it is simulated when it is opened.
        title: what it is, in a few words.
        query: its settings, as the address of the page of its kind has them.
    """

    id: str
    kind: Kind
    title: str
    query: str


EXAMPLES: dict[str, tuple[Example, ...]] = {
    "C1": (
        Example("claim-c1", "race", "15 layers, PyTorch's start", NETWORKS),
        Example("claim-c1-xavier", "race", "15 layers, Xavier start", f"{NETWORKS}&initialization=xavier"),
    ),
    "C2": (
        Example("claim-c2", "sweep", "5 layers, PyTorch's start", f"{NETWORKS}&depth=5&{RATES}"),
        Example(
            "claim-c2-xavier", "sweep", "5 layers, Xavier start", f"{NETWORKS}&depth=5&initialization=xavier&{RATES}"
        ),
    ),
    "C3": (
        Example("claim-c3", "race", "30 layers, PyTorch's start", f"{NETWORKS}&depth=30"),
        Example("claim-c3-xavier", "race", "30 layers, Xavier start", f"{NETWORKS}&depth=30&initialization=xavier"),
    ),
    "C4": (
        Example("claim-c4", "neuron", "exponential input", "distribution=exponential&methods=ip&speed=200"),
        Example(
            "claim-c4-lognormal", "neuron", "long-tailed input",
            "distribution=lognormal&mu=-2&sigma=1.7&methods=ip&speed=200",
        ),
    ),
    "C5": (
        Example(
            "claim-c5", "neuron", "normal input far from 0",
            "distribution=normal&mean=3&sd=0.1&methods=infomax,ip&speed=200",
        ),
        Example("claim-c5-exponential", "neuron", "exponential input", "distribution=exponential&methods=infomax,ip"),
    ),
    "C6": (
        Example(
            "claim-c6", "neuron", "normal input far from 0",
            "distribution=normal&mean=3&sd=0.1&methods=plain,batch-norm,ip&speed=200",
        ),
        Example(
            "claim-c6-lognormal", "neuron", "long-tailed input, where it fails",
            "distribution=lognormal&mu=-2&sigma=1.7&methods=plain,batch-norm,ip&speed=200",
        ),
    ),
    "C7": (
        Example(
            "claim-c7-two", "race", "batch size 2, 5 layers",
            "methods=plain,batch-norm,ip,running-batch-norm&depth=5&batch_size=2&intrinsic_rate=0.001&steps=1500",
        ),
        Example(
            "claim-c7-one", "race", "batch size 1, 5 layers",
            "methods=plain,ip,running-batch-norm&depth=5&batch_size=1&intrinsic_rate=0.0005&steps=1500",
        ),
    ),
}  # fmt: skip
"""Claim -> what shows it, the most telling first."""

BY_ID: dict[str, Example] = {example.id: example for examples in EXAMPLES.values() for example in examples}
"""Every example by its id."""
