"""Visits that have ended, kept for a while so that a connection that dropped can come back, and then freed.

Streamlit keeps them too, but frees one only when the next visit ends, and what it holds, an event loop with three
descriptors and all that the page drew, only when Python happens to collect garbage.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from streamlit.runtime.session_manager import SessionInfo, SessionStorage

KEPT = 120.0
"""Seconds. A browser tries to come back for longer, and then begins a new visit."""
MOST = 128
"""How many visits are kept at a time."""


class ClosedVisits(SessionStorage):
    """Visits that have ended. Used by Streamlit on its event loop only, and freed there.

    Args:
        kept: how many seconds each is kept.
        most: how many are kept at a time.
        clock: seconds that only grow.
    """

    def __init__(self, kept: float = KEPT, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self.kept, self._most, self._clock = kept, most, clock
        self._visits: OrderedDict[str, tuple[float, SessionInfo]] = OrderedDict()  # oldest first

    def get(self, session_id: str) -> SessionInfo | None:
        """A visit that came back in time."""
        self.free()
        found = self._visits.get(session_id)
        return found[1] if found else None

    def save(self, session_info: SessionInfo) -> None:
        """Keeps a visit that has ended."""
        self._visits.pop(session_info.session.id, None)
        self._visits[session_info.session.id] = self._clock(), session_info
        self.free()

    def delete(self, session_id: str) -> None:
        """Forgets a visit, because it goes on or was shut down."""
        self._visits.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """All visits that are kept."""
        return [info for _, info in self._visits.values()]

    def __len__(self) -> int:
        return len(self._visits)

    def free(self, most: int | None = None) -> None:
        """Frees what visits hold that ended too long ago or are too many.

        Args:
            most: how many may stay; as many as usual if it is None.
        """
        most = self._most if most is None else most
        while self._visits:
            ended, info = next(iter(self._visits.values()))
            if len(self._visits) <= most and self._clock() - ended < self.kept:
                break
            self._visits.popitem(last=False)
            info.session.shutdown()
