"""Upgrades recordings of older versions to the newest one, event by event, while they are read.

A change of the form of a recording takes three steps: change the definitions, raise ``VERSION`` in
:mod:`ipcore.recordings.events.race` or :mod:`~ipcore.recordings.events.sweep`, and register here the function that
turns an event of the version before into one of the new version. Whatever reads recordings - files, imports, the store,
replays, exports - applies it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ipcore.messages import shorten
from ipcore.recordings.events import race, sweep

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: dict[tuple[str, int], Upgrade] = {}
"""(kind of recording, version) -> function from an event of that version, as plain values, to one of the next."""


def newest(kind: str) -> int:
    """The version in which recordings of a kind are written. Measurements are not stored, so theirs is always 1."""
    return {"race": race.VERSION, "sweep": sweep.VERSION}.get(kind, 1)


def version_of(kind: str, start: Mapping[str, Any]) -> int:
    """The version of a recording.

    Args:
        kind: ``race`` or ``sweep``.
        start: its first event.

    Raises:
        ValueError: if the program cannot read it.
    """
    version, known = start.get("version"), newest(kind)
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= known:
        readable = "version 1" if known == 1 else f"versions 1 to {known}"
        raise ValueError(f"recording has version {shorten(version)}; this program reads {readable}")
    return version


def upgraded(kind: str, version: int, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event of an older version, in the form of the newest one.

    Args:
        kind: ``race`` or ``sweep``.
        version: the version of the recording.
        event: the event as plain values, which are not changed.

    Raises:
        ValueError: if the event does not even fit its own version.
    """
    for older in range(version, newest(kind)):
        try:
            event = UPGRADES[kind, older](dict(event))
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            if (kind, older) not in UPGRADES:
                raise
            raise ValueError(f"event {shorten(event.get('event'))} does not fit version {older}: {error}") from None
        if event.get("event") == "start":
            event = {**event, "version": older + 1}
    return event
