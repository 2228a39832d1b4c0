"""What a recording is of, told by its first event: a race or a sweep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipcore.config import shown
from ipcore.recordings import race as races
from ipcore.recordings import sweep as sweeps
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

FROM_EVENTS = {"race": races.from_events, "sweep": sweeps.from_events}
"""Kind -> what makes a recording of it."""


def kind_of(start: dict[str, Any]) -> str:
    """The kind of a recording that begins with this event; a race does not say it.

    Raises:
        ValueError: if it is of another kind than :data:`FROM_EVENTS` has.
    """
    kind = start.get("kind", "race")
    if not isinstance(kind, str) or kind not in FROM_EVENTS:
        raise ValueError(f"this is a recording of kind {shown(kind)}, not of a {' or a '.join(FROM_EVENTS)}")
    return kind


def from_events(events: Iterable[dict[str, Any]]) -> Recording | SweepRecording:
    """The recording that holds these events, of the kind that the first of them says.

    Raises:
        ValueError: if the first is no start of either kind, or an event does not fit: which, counted from 1.
    """
    made: Recording | SweepRecording | None = None
    for number, event in enumerate(events, 1):
        if made is None:
            made = FROM_EVENTS[kind_of(event)]([event])
            continue
        try:
            made.add(event)
        except ValueError as error:
            raise ValueError(f"event {number:,}: {error}") from None
    if made is None:
        raise ValueError("a recording holds at least its start event")
    return made
