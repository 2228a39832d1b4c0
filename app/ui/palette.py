"""How each method looks, on every page: one colour, one dash, one marker. Grey is left for theory and for chance.

The hues are those of Okabe & Ito, Color Universal Design (2008); their shades, one for light and one for dark
backgrounds, were chosen for two reasons: text in them has the contrast that WCAG 2.1 asks for (4.5 to 1), and any two
can be told apart with the common kinds of colour blindness, as Machado, Oliveira & Fernandes (2009) simulate them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ipcore.config import METHODS
from ipcore.methods import get

LIGHT, DARK = "#ffffff", "#10181d"
"""The backgrounds of the two themes."""

GREY = ("#6b7280", "#9aa3af")
"""The colour of theory and chance, on light and on dark backgrounds."""


@dataclass(frozen=True)
class Look:
    """How one method is drawn.

    Args:
        label: its name in words.
        color: on light and on dark backgrounds.
        dash: the dash of its lines, as Plotly and SVG spell it; ``"solid"`` for none.
        symbol: the symbol of its markers, as Plotly spells it.
    """

    label: str
    color: tuple[str, str]
    dash: str
    symbol: str

    def to_dict(self) -> dict[str, Any]:
        """The look as plain values, ready for JSON."""
        return asdict(self)


LOOKS: dict[str, Look] = {
    method.name: Look(method.label, method.color, method.dash, method.symbol) for method in map(get, METHODS)
}
"""Method -> its look, which its record brings, or gets from the spare ones of :mod:`ipcore.methods.registry`."""

RUNS = (
    ("#0096b4", "#78e1ff"),
    ("#5a0f0f", "#e10f1e"),
    ("#968700", "#e1e14b"),
    ("#694bd2", "#6a50ff"),
    ("#d26969", "#ff9687"),
    ("#3c0f5a", "#876996"),
)
"""Colours of compared runs, on light and on dark: their contrast is 3 to 1, and none is like that of a method."""
