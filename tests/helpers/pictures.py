"""Pictures of charts that a browser saves: how large they are."""

from __future__ import annotations

import re
import struct

SLIDE = (1600, 900)
"""Width and height in px of a picture that is fit for a slide."""


def size_of_png(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG in px."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def size_of_svg(text: str) -> tuple[int, int]:
    """Width and height of an SVG in px, as its first element says."""
    found = re.search(r'<svg[^>]* width="(\d+)" height="(\d+)"', text)
    assert found is not None
    return int(found[1]), int(found[2])
