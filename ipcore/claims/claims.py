"""The claims C1 to C7: what the paper's abstract says in our words, and what is whose.

Of the paper and of the thesis this project holds the public abstracts, not the bodies. So their figures and exact
updates cannot be compared; the field ``cannot_compare`` says for each claim what that leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass

PAPER = "Shaw, Jackson & Orchard 2020, PLoS ONE 15(9): e0238454"
PAPER_URL = "https://doi.org/10.1371/journal.pone.0238454"
THESIS = "Shaw 2019, MMath thesis, University of Waterloo"
THESIS_URL = "https://hdl.handle.net/10012/15206"


@dataclass(frozen=True)
class Claim:
    """One claim of the paper.

    Args:
        id: ``C1`` to ``C7``.
        title: the claim in a few words.
        paper: what the paper's abstract says, in our words.
        thesis: what the abstract of the first author's thesis adds; may be empty.
        ours: what is measured here, and which of it is ours alone.
        cannot_compare: what cannot be compared with the paper, because only its abstract is at hand.
    """

    id: str
    title: str
    paper: str
    thesis: str
    ours: str
    cannot_compare: str


CLAIMS: dict[str, Claim] = {
    claim.id: claim
    for claim in (
        Claim(
            "C1",
            "IP improves learning",
            "The intrinsic plasticity (IP) rule improves learning in deep neural networks.",
            "",
            "Final test accuracy of IP and of batch norm minus that of plain, paired over seeds, from two starts of "
            "the weights (PyTorch's default and Xavier) at several depths, at each learning rate and at each method's "
            "best. That the outcome depends on the start is a finding of ours.",
            "The paper's networks, data sets, optimizer and accuracies.",
        ),
        Claim(
            "C2",
            "IP tolerates high learning rates",
            "With IP, learning is considerably robust to increases of the synaptic learning rate.",
            "A second rule, which averages the statistics of the input, is more robust still.",
            "Accuracy at the learning rates 0.3, 1 and 3, and the highest rate at which a method still learns nearly "
            "as well as the best one does at its best, against plain and batch norm from the same starts.",
            "The range of rates in the paper's figures, and the scale of weights that it goes with.",
        ),
        Claim(
            "C3",
            "IP enlarges the error gradients",
            "IP substantially increases the size of the error gradients over the course of learning, so that they "
            "vanish less.",
            "Its second rule has larger gradients of the activation.",
            "Mean |dL/dW| of the first layer with IP divided by that of plain, from the same start and minibatches, at "
            "twenty moments of the training. The theory of why, by depth, is ours.",
            "The size of the gradients in the paper's figures.",
        ),
        Claim(
            "C4",
            "Gain and bias reach derived equilibria",
            "Gain and bias converge to equilibrium solutions that can be derived.",
            "IP, Infomax and batch norm share their family of solutions.",
            "One neuron under the IP rule, simulated on samples of several inputs from several starts, against the "
            "equilibrium computed from the distribution. The rule is derived here from the Infomax principle; the "
            "paper's own printed update may differ in form.",
            "The paper's printed update and its formulas of the equilibria.",
        ),
        Claim(
            "C5",
            "IP is as informative as Infomax",
            "On a fixed input distribution, the neuronal information potential of IP is similar to that of Infomax.",
            "IP, Infomax and batch norm share their family of solutions.",
            "The entropy of the output of one neuron under both rules: at rest, where the two are equal by "
            "construction, since our rules share one equilibrium; on the way there; and for the neurons of trained "
            "networks.",
            "The paper's own measure of the information potential.",
        ),
        Claim(
            "C6",
            "Batch norm improves information, too",
            "Batch normalisation also improves the neuronal information potential.",
            "IP, Infomax and batch norm share their family of solutions.",
            "The entropy of the output of one neuron with batch norm minus that of plain, exact for several inputs, "
            "some of which refute the claim; and for the neurons of trained networks.",
            "The paper's own measure of the information potential, and its inputs.",
        ),
        Claim(
            "C7",
            "A local rule, level with batch norm",
            "The rule uses only what a neuron itself has at hand, so it is biologically plausible; it is compared with "
            "batch normalisation.",
            "A second rule outperforms Infomax and a moving-average version of batch normalisation.",
            "Whether the rule is local; accuracy against batch norm at depth, and at batch sizes 1, 2 and 4; and the "
            "controls that say why: batch norm with running statistics, batch norm whose statistics are constants to "
            "backprop, IP by moving averages, layer norm. The controls are ours.",
            "The paper's comparison in numbers, and the exact form of the thesis's second rule.",
        ),
    )
}
"""Every claim by its id, in order."""


def parse_claims(ids: list[str] | None) -> tuple[str, ...]:
    """Validates ids of claims and returns them in order, each once; all claims if None or empty.

    Args:
        ids: such as ``["C2"]``, in either case; an item may be several, separated by commas.

    Raises:
        ValueError: if there is no such claim.
    """
    if not ids:
        return tuple(CLAIMS)
    asked = [each.strip().upper() for item in ids for each in item.split(",")]
    for each in asked:
        if each not in CLAIMS:
            raise ValueError(f"claim must be one of {', '.join(CLAIMS)}, not {each[:60]!r}")
    return tuple(each for each in CLAIMS if each in asked)
