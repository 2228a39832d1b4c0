"""The title and the first sentence of each page but the front page, for the page and for what stands there before it.

Pure; no Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """How a page begins.

    Args:
        title: its title.
        lead: what it is about, in plain words; empty if the page says that in another way.
    """

    title: str
    lead: str = ""


HEADINGS = {
    "lessons": Heading("Lessons"),
    "claims": Heading(
        "Claims",
        "What the abstract of the paper claims about intrinsic plasticity (IP), and what networks trained here say of "
        "it, each time from the same first weights and minibatches.",
    ),
    "neuron": Heading(
        "One neuron",
        "One neuron, one input, and each rule that sets its gain and bias. Grey shows where theory says each rule "
        "settles.",
    ),
    "depth": Heading(
        "Depth",
        "How signals and errors change from layer to layer in a network before training. Grey lines are theory for "
        "very wide layers; marks are measurements of networks with random weights, taken when their rules had settled.",
    ),
    "robustness": Heading(
        "Robustness",
        "How far can a setting be changed before networks no longer learn? Every value is tried with each method and "
        "seed.",
    ),
    "runs": Heading(
        "Runs",
        "Every race and sweep is saved as it goes. Open one to replay it, or choose two to six to compare them.",
    ),
    "guide": Heading(
        "Guide",
        "Deep networks whose neurons keep themselves informative: how that works, and where these pages show it.",
    ),
}
"""The last part of the address of a page -> how it begins."""
