"""Saves a recording from a visitor's file as a run of theirs, whole or not at all. No Streamlit, no torch."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import PurePosixPath
from typing import BinaryIO

from app.store import races, sweeps
from app.store.chunks import CHUNK, pack
from app.store.run_names import LONGEST_NAME, check_name
from app.store.schema import StoreError
from app.store.store import Store
from ipcore.recordings.importing import Imported, read

DEFAULT_NAMES = {"race": races.default_name, "sweep": sweeps.default_name}
"""Kind of a recording -> function from its settings to what a run with them is called."""


def import_file(store: Store, owner: str, file: BinaryIO, file_name: str) -> str:
    """Saves the race or sweep in a file.

    Args:
        store: where the run is saved.
        owner: the token of the visitor whose run it will be.
        file: a file of bytes, at its start.
        file_name: the name of the file, which becomes the name of the run if it is allowed.

    Returns:
        The id of the run.

    Raises:
        ValueError: in words for the visitor, if the file holds no recording.
        StoreError: if the store cannot save it.
    """
    imported = read(file)
    kind, settings = imported.recording.kind, imported.recording.settings()
    id = secrets.token_urlsafe(16)
    store.create(id, owner, kind, name_for(file_name, DEFAULT_NAMES[kind](settings)), settings)
    try:
        _fill(store, id, imported)
    except BaseException:
        with suppress(StoreError, PermissionError):  # then it is interrupted when this server ends
            store.finish(id, "interrupted", "the import failed")
            store.delete(id, owner)
        raise
    return id


def name_for(file_name: str, otherwise: str) -> str:
    """The name of a run from a file of that name; ``otherwise`` if the file's name is not allowed for a run."""
    stem = PurePosixPath(file_name.replace("\\", "/")).name
    for ending in (".gz", ".jsonl"):
        stem = stem.removesuffix(ending)
    try:
        return check_name(stem[: LONGEST_NAME + 1])
    except ValueError:
        return otherwise


def _fill(store: Store, id: str, imported: Imported) -> None:
    """Appends all events to a run, chunk by chunk, and ends it."""
    recording = imported.recording
    step, accuracy = recording.done, recording.accuracies()
    lines: list[bytes] = []
    size = number = 0
    for line in imported.lines():
        lines.append(line)
        size += len(line)
        if size >= CHUNK:
            store.append(id, number, pack(lines), step, accuracy)
            lines, size, number = [], 0, number + 1
    if lines:
        store.append(id, number, pack(lines), step, accuracy)
    state = "interrupted" if recording.cut_off else recording.state
    store.finish(id, state, recording.message, step=step, accuracy=accuracy)
