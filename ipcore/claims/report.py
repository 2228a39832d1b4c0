"""The result of the claims as lines of text."""

from __future__ import annotations

import textwrap

from ipcore.claims.claims import CLAIMS, PAPER
from ipcore.claims.results import Finding, Result

WIDTH = 100
"""Columns of a line."""


def report(result: Result) -> str:
    """A result as text: a line for each claim, then what was found of each, place by place."""
    settings = result.settings
    lines = [
        f"{name}  {CLAIMS[name].title:<40}  {each.verdict}" + (f" ({count})" if (count := each.counted()) else "")
        for name, each in result.findings.items()
    ]
    for name, finding in result.findings.items():
        lines += ["", *_claim(name, finding)]
    kind = " (--quick: fewer seeds, cells and steps)" if settings.quick else ""
    examples = f", {settings.train_examples:,} training examples" if settings.train_examples else ""
    seeds = f"seeds {settings.first_seed} to {settings.first_seed + settings.seeds - 1}"
    lines.append("")
    for text in (
        f"{settings.dataset}{examples}, width {settings.width}, {settings.steps} steps, {seeds}{kind}.",
        "In brackets: 95 % interval over seeds (Student's t), paired by seed for differences. Links: --json.",
        f"Claims: the abstract of {PAPER}, in our words; its body and figures are not at hand.",
    ):
        lines += _wrapped(text, "")
    return "\n".join(lines)


def _claim(name: str, finding: Finding) -> list[str]:
    """A claim, its verdict and its conditions."""
    head = f"{name}  {finding.verdict.upper()}: {CLAIMS[name].paper}"
    lines = [*_wrapped(head, "", "    "), *_wrapped(finding.summary, "    ")]
    for each in finding.conditions:
        beside = "" if each.decides else " (beside the claim)"
        lines += _wrapped(f"{each.where}: {each.verdict}{beside}. {each.words}".rstrip(), "    - ", "      ")
    return lines


def _wrapped(text: str, first: str, others: str | None = None) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=first if others is None else others)
