"""How each method looks, on every page: one colour, one dash, one marker. Grey is left for theory and for chance.

The hues follow Okabe & Ito, Color Universal Design (2008), told apart with any colour vision; each has a shade for light
and one for dark backgrounds, so that even its text has the contrast that WCAG 2.1 asks of text (4.5 to 1).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

LIGHT, DARK = "#ffffff", "#10181d"
"""Backgrounds the shades are checked against: those of the two themes."""

GREY = ("#6b7280", "#9aa3af")
"""Theory and chance: on light, on dark."""


@dataclass(frozen=True)
class Look:
    """How one method is drawn.

    Args:
        label: its name in words.
        color: on light and on dark backgrounds.
        dash: of its lines, as Plotly and SVG spell it; ``"solid"`` for none.
        symbol: of its markers, as Plotly spells it.
    """

    label: str
    color: tuple[str, str]
    dash: str
    symbol: str

    def to_dict(self) -> dict[str, Any]:
        """The look as plain values, ready for JSON."""
        return asdict(self)


LOOKS: dict[str, Look] = {
    "plain": Look("plain", ("#b34a00", "#f0823a"), "3px,3px", "circle"),
    "batch-norm": Look("batch norm", ("#0067a5", "#56b4e9"), "10px,4px", "square"),
    "infomax": Look("Infomax", ("#00785a", "#2fc79b"), "10px,3px,2px,3px", "diamond"),
    "ip": Look("IP", ("#9b2c7e", "#e58ac0"), "solid", "triangle-up"),
}
"""Method -> its look."""
