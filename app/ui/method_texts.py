"""The texts about methods that pages show, in Markdown, made from the records of the methods. Pure; no Streamlit."""

from __future__ import annotations

from ipcore.config import METHODS
from ipcore.methods import Method, get


def descriptions() -> str:
    """Who sets gain and bias under each method, as a list."""
    return "\n".join(f"- **{get(name).heading}**: {get(name).description}" for name in METHODS)


def descriptions_for_one_neuron() -> str:
    """The same list for one neuron by itself, and why a method is not in it."""
    known = "\n".join(f"- **{method.heading}**: {method.description}" for method in _of_one_neuron())
    return f"{known}\n\n{not_for_one_neuron()}"


def descriptions_for_depth() -> str:
    """The list of the methods that the page Depth measures, and which it does not."""
    known = "\n".join(f"- **{get(name).heading}**: {get(name).description}" for name in METHODS if get(name).measurable)
    others = [get(name).label for name in METHODS if not get(name).measurable]
    left = f"It does not measure {', '.join(others)}: they come to rest only at some scales of the weights."
    return f"{known}\n\n{left}" if others else known


def not_for_one_neuron() -> str:
    """Which methods have no meaning for one neuron by itself, and why, a sentence each."""
    return " ".join(filter(None, (get(name).not_for_one_neuron for name in METHODS)))


def table() -> str:
    """One update of each method of one neuron, as a table, local rules first."""
    rows = [f"| {method.heading} | {_inline(method.formula)} |" for method in reversed(_of_one_neuron())]
    return "\n".join(["| rule | one update |", "|---|---|", *rows])


def remarks() -> str:
    """Remarks on each method of one neuron and its source, a paragraph each."""
    paragraphs = []
    for method in _of_one_neuron():
        source = f"{method.heading}: {method.source}." if method.source else ""
        paragraphs.append("\n".join(filter(None, (method.remarks, source))))
    return "\n\n".join(filter(None, paragraphs))


def rules() -> str:
    """Each local rule at length, controls left out: who sets gain and bias, its equations, and remarks."""
    texts = (
        (f"**{method.heading}.** {method.description}", _aligned(method.formula), method.remarks)
        for method in map(get, METHODS)
        if method.local and not method.control
    )
    return "\n\n".join(part for parts in texts for part in parts if part)


def _of_one_neuron() -> list[Method]:
    return [method for method in map(get, METHODS) if not method.single_neuron_reason]


def _inline(formula: tuple[str, ...]) -> str:
    """Equations on one line."""
    return "$" + r",\quad ".join(formula) + "$" if formula else "see its file"


def _aligned(formula: tuple[str, ...]) -> str:
    """Equations one below another."""
    lines = r"\\ ".join(f"&{equation}" for equation in formula)
    return f"$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$" if formula else ""
