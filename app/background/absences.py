"""Which visitors have left, and how long ago. No Streamlit."""

from __future__ import annotations

import time

GRACE = 75.0
"""Seconds that a visitor may be away. A connection that drops for most of a minute, in a train or when a telephone
changes its network, costs nobody a race."""


class Absences:
    """The visitors who have left, and since when. Every method may be called from any thread, and takes no lock.

    Args:
        grace: How many seconds a visitor may be away before it counts, because connections drop and pages are reloaded.
    """

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self._left: dict[str, float] = {}  # visitor -> time of leaving; each use of it is one atomic operation

    def present(self, visitor: str) -> None:
        """The visitor is here, or has come back."""
        self._left.pop(visitor, None)

    def left(self, visitor: str) -> None:
        """The visitor's connection has ended. This only notes the time, because an event loop calls it."""
        self._left.setdefault(visitor, time.monotonic())

    def beyond_grace(self) -> list[tuple[str, float]]:
        """The visitors who have been away for longer than the grace, each with the number of seconds beyond it."""
        now = time.monotonic()
        return [
            (visitor, now - since - self.grace)
            for visitor, since in self._left.copy().items()
            if now - since >= self.grace
        ]

    def forget(self, visitor: str) -> None:
        """Nothing of the visitor is kept any more, so the absence need not be known either."""
        self._left.pop(visitor, None)
