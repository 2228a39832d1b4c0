"""Text for error messages about values that somebody sent."""

from __future__ import annotations

from typing import Any


def shorten(value: Any) -> str:
    """A value as text for an error message, shortened to 60 characters."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write a whole number of more than some thousand digits
        text = f"{type(value).__name__} of very many digits"
    return text if len(text) <= 60 else text[:57] + "..."
