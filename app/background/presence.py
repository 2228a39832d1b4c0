"""Which visitors have left, and how long ago. No Streamlit."""

from __future__ import annotations

import time


class Presence:
    """Visitors who left, since when. Every method may be called from any thread, and takes no lock.

    Args:
        grace: s that a visitor may be away before it counts: connections drop, pages are loaded anew.
    """

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self._left: dict[str, float] = {}  # visitor -> when; one atomic operation at a time

    def present(self, visitor: str) -> None:
        """The visitor is here, or back."""
        self._left.pop(visitor, None)

    def left(self, visitor: str) -> None:
        """The visitor's connection is gone. Only notes the time: an event loop calls this."""
        self._left.setdefault(visitor, time.monotonic())

    def gone(self) -> list[tuple[str, float]]:
        """Those who have been away for longer than the grace, and for how many seconds beyond it."""
        now = time.monotonic()
        return [
            (visitor, now - since - self.grace)
            for visitor, since in self._left.copy().items()
            if now - since >= self.grace
        ]

    def forget(self, visitor: str) -> None:
        """Nothing of the visitor is left to look after."""
        self._left.pop(visitor, None)
