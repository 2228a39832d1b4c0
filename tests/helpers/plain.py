"""Events as plain values, to be compared, changed and sent as a worker or a file would."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipcore.jsonlines import decode
from ipcore.recordings.events.base import Event


def plain(event: Event) -> dict[str, Any]:
    """An event as whoever reads its line gets it."""
    return decode(event.line())


def all_plain(events: Iterable[Event]) -> list[dict[str, Any]]:
    """The same of many."""
    return [plain(event) for event in events]
