"""Numbers as a person writes them; app/static/ui/numbers.js writes the same ones in the browser. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

PLAIN = (-6, 8)
"""The powers of ten of numbers that are written out; smaller and larger ones are written as in 1.5×10⁻⁷."""
MOST_DIGITS = 17
"""With so many digits each number of double precision differs from every other."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int | None = None, padded: bool = False) -> str:
    """A number such as ``"10,000"``, ``"0.0003"``, ``"−2.5"`` or ``"1.5×10⁻⁷"``; a dash if it is not finite.

    Args:
        value: the number.
        digits: how many significant digits it is rounded to; None for as many as it has.
        padded: whether digits that are 0 at the end are written, too, so that numbers that change keep their width.
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    exact = abs(Decimal(repr(value)) if digits is None else Decimal(value))
    if digits is not None:
        exact = Context(prec=digits, rounding=ROUND_HALF_UP).plus(exact)
    power = exact.adjusted()
    figures = "".join(map(str, exact.as_tuple().digits)).rstrip("0")
    if padded and digits is not None:
        figures = figures.ljust(digits, "0")
    return ("−" if value < 0 else "") + _written(figures, power)


def numbers(values: Sequence[float], digits: int = 3) -> list[str]:
    """The numbers of a list, with so many digits that different ones read differently.

    Args:
        values: the numbers.
        digits: how many significant digits each has at least, but for those that are 0 at the end.
    """
    different = len({value for value in values if math.isfinite(value)})
    for count in range(digits, MOST_DIGITS + 1):
        texts = [number(value, count) for value in values]
        if len(set(texts) - {"–"}) == different:
            return texts
    return [number(value) for value in values]


def _written(figures: str, power: int) -> str:
    """Digits, the first of which stands for so many times a power of ten, as a number."""
    if not PLAIN[0] <= power <= PLAIN[1]:
        rest = f".{figures[1:]}" if len(figures) > 1 else ""
        return f"{figures[0]}{rest}×10{str(power).translate(_SUPERSCRIPT)}"
    if power < 0:
        return f"0.{'0' * (-power - 1)}{figures}"
    whole, rest = figures[: power + 1].ljust(power + 1, "0"), figures[power + 1 :]
    return f"{int(whole):,}{f'.{rest}' if rest else ''}"
