"""Results of the claims in words and numbers. Pure."""

from __future__ import annotations

import re

from ipcore.claims.claims import CLAIMS
from ipcore.claims.results import Number, Place, Result, Word

VERDICTS: dict[Word, str] = {
    "holds": "Holds",
    "holds in part": "Holds in part",
    "not seen": "Not seen",
    "not measured": "Not measured",
}
"""Each verdict as the page writes it."""
OUTCOMES = {"for": "for", "against": "against", "level": "neither", "unknown": "not known"}
"""What a number says of its claim, as the page writes it."""
STARTS = {"pytorch": "PyTorch's start", "xavier": "Xavier start", "orthogonal": "orthogonal start"}
"""Each start of the weights, as the page writes it."""


def verdict_class(verdict: Word) -> str:
    """The verdict as the name of a CSS class."""
    return verdict.replace(" ", "-")


def about(result: Result) -> str:
    """One sentence: what was done to come to these verdicts."""
    settings = result.settings
    last = settings.first_seed + settings.seeds - 1
    kind = "a quick run: " if settings.quick else ""
    examples = f", {settings.train_examples:,} training examples" if settings.train_examples else ""
    return (
        f"{kind}{settings.networks:,} networks trained on {settings.dataset}{examples}, {settings.seeds} seeds "
        f"({settings.first_seed} to {last}), {settings.width} neurons in each hidden layer, {settings.steps:,} steps."
    )


def versions(result: Result) -> str:
    """The versions of the result, such as ``"program 0123456789ab, torch 2.13.0"``."""
    return ", ".join(
        f"{'program' if name == 'measured' else name} {version}" for name, version in result.versions.items()
    )


def missing(result: Result) -> str:
    """A sentence on the claims that were not asked for; empty if all were."""
    names = [name for name in CLAIMS if name not in result.findings]
    return f"Not part of this result: {', '.join(names)}." if names else ""


def place(where: Place) -> str:
    """A place of a number in words, such as ``"Xavier start, 5 layers, learning rate 0.01"``."""
    return ", ".join(_setting(name, value) for name, value in where.items())


def _setting(name: str, value: str | float) -> str:
    shown = f"{value:g}" if isinstance(value, float | int) else value
    match name:
        case "start":
            return STARTS.get(shown, shown)
        case "depth":
            return f"{shown} layers"
        case "input":
            return shown
    return f"{name.replace('_', ' ')} {shown}"


def number(each: Number) -> str:
    """A number with its interval, such as ``"+0.700 [+0.680, +0.720]"`` or ``"× 3.1 [2.5, 4.0]"``."""
    if each.mean is None:
        return "not known"
    if each.unit == "factor":
        mean, *ends = ("?" if value is None else f"{value:.2g}" for value in (each.mean, each.low, each.high))
        mean = f"× {mean}"
    else:
        mean, *ends = ("?" if value is None else f"{value:+.3f}" for value in (each.mean, each.low, each.high))
    if not each.seeds:
        return f"{mean}, exact"
    return mean if each.low is None or each.high is None else f"{mean} [{', '.join(ends)}]"


def typeset(text: str) -> str:
    """A text with minus signs where hyphens stand for them, and with ``27,000`` for ``2.7e+04``."""
    text = re.sub(r"(?<![\w.])\d(?:\.\d+)?e\+\d\d\b", lambda found: f"{float(found[0]):,.0f}", text)
    return re.sub(r"(?<=\s)-(?=[\s\d])|(?<=[\[(])-(?=\d)|^-(?=\d)", "−", text)
