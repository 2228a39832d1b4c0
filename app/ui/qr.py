"""QR codes, computed here: neither the server nor the browser asks the network for them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import segno

LONGEST = 1500
"""Characters of an address that is drawn as a code; a longer one makes a code that no camera reads from a screen."""


@lru_cache(64)
def code(address: str) -> dict[str, Any]:
    """The code of an address.

    It corrects errors in 15 % of its area (level M), or in more where that makes it no larger.

    Args:
        address: at most :data:`LONGEST` characters, beginning with http:// or https://.

    Returns:
        ``address``; the ``size`` of the code in modules with its quiet zone of four on each side; and the ``path`` of
        its dark modules, as SVG writes it, one unit a module.

    Raises:
        ValueError: if the text is no such address.
    """
    if not address.startswith(("http://", "https://")) or len(address) > LONGEST:
        raise ValueError(f"a code is made of an address of at most {LONGEST:,} characters")
    made = segno.make(address, error="m", micro=False)
    rows = [bytes(row) for row in made.matrix_iter(border=4)]
    return {"address": address, "size": len(rows), "path": "".join(_runs(rows))}


def _runs(rows: list[bytes]) -> list[str]:
    """Runs of dark modules in each row, as rectangles of a path."""
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                parts.append(f"M{x} {y}h{end - x}v1h{x - end}z")
            x = end + 1
    return parts
