"""Finds a run by its id, for commands: a recording that is shipped, or a run in the store. No Streamlit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.store.schema import FILE, StoreError, default_place
from app.store.store import Store
from ipcore.messages import shorten
from ipcore.recordings.files import events_from_file
from ipcore.recordings.lines import CutOff
from ipcore.recordings.reading import Sent

RACE, SWEEP = "default-race", "default-sweep"
"""Ids of the shipped recordings. They are too short for ids of the store."""
RECORDINGS = Path(__file__).parents[1] / "recordings"
CLAIMS = {
    "claim-c1": "C1: 15 layers, PyTorch's start",
    "claim-c1-xavier": "C1: 15 layers, Xavier start",
    "claim-c2": "C2: 5 layers, PyTorch's start",
    "claim-c2-xavier": "C2: 5 layers, Xavier start",
    "claim-c3": "C3: 30 layers, PyTorch's start",
    "claim-c3-xavier": "C3: 30 layers, Xavier start",
    "claim-c7-two": "C7: batch size 2, 5 layers",
    "claim-c7-one": "C7: batch size 1, 5 layers",
}
"""Id of a shipped recording that shows a claim -> its name."""
LESSONS = {"lesson-where-ip-loses": "Lesson: where IP loses, and why"}
"""Id of a shipped recording that a lesson needs beside those of the claims -> its name."""
SHIPPED = {
    RACE: ("The default race (shipped)", RECORDINGS / "default-race.jsonl.gz"),
    SWEEP: ("The default sweep (shipped)", RECORDINGS / "default-sweep.jsonl.gz"),
    **{id: (f"{name} (shipped)", RECORDINGS / "claims" / f"{id}.jsonl.gz") for id, name in CLAIMS.items()},
    **{id: (f"{name} (shipped)", RECORDINGS / "lessons" / f"{id}.jsonl.gz") for id, name in LESSONS.items()},
}
"""Id of a shipped recording -> its name and file."""


def recorded(id: str) -> tuple[Iterator[Sent], str, datetime | None]:
    """The run with an id.

    Args:
        id: the id as somebody typed it; it may be anything.

    Returns:
        Its events, its name, and the time at which it was made, which is None for a shipped recording.

    Raises:
        ValueError: if there is no such run.
        OSError: in words, if the store cannot be used. Reading the events may raise it too.
    """
    if id in SHIPPED:
        name, file = SHIPPED[id]
        return events_from_file(file), name, None
    place = default_place()
    saved = None
    if not isinstance(place, Path) or (place / FILE).is_file():  # to look for a run, no store is made
        store = Store(place)
        try:
            saved = store.get(id)
        except StoreError as error:
            raise _unreachable(error) from error
    if saved is None:
        raise ValueError(f"there is neither a file nor a saved run {shorten(id)}")
    return _events(store, id), saved.name, datetime.fromtimestamp(saved.created, UTC)


def _events(store: Store, id: str) -> Iterator[dict[str, Any]]:
    try:
        yield from store.events(id)
    except KeyError:
        raise ValueError(f"the run {shorten(id)} was just removed") from None
    except ValueError as error:  # a damaged chunk: what is before it is whole
        raise CutOff(f"the run {shorten(id)} is damaged: {error}") from None
    except StoreError as error:
        raise _unreachable(error) from error


def _unreachable(error: StoreError) -> OSError:
    return OSError(f"saved runs cannot be reached: {error}")
