"""Words for messages about values that somebody sent."""

from __future__ import annotations

from typing import Any


def shorten(value: Any) -> str:
    """A value for a message, short whatever was sent."""
    try:
        text = repr(value)
    except ValueError:  # Python writes out no whole number of more than some thousand digits
        text = f"{type(value).__name__} of very many digits"
    return text if len(text) <= 60 else text[:57] + "..."
