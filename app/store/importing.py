"""A recording that somebody brought -> a saved run of theirs, whole or not at all. No Streamlit, no torch."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from app.store import races as race_saver
from app.store import sweeps as sweep_saver
from app.store.chunks import CHUNK, pack
from app.store.run_names import LONGEST_NAME, check_name
from app.store.schema import StoreError
from app.store.store import Store
from ipcore.recordings.importing import Imported, read
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording


def bring(store: Store, owner: str, file: BinaryIO, file_name: str) -> str:
    """Saves the race or sweep in a file.

    Args:
        store: where to.
        owner: the token of the visitor whose it will be.
        file: of bytes, at its start.
        file_name: as it was called there; if it will do, the run is called so.

    Returns:
        The id of the run.

    Raises:
        ValueError: in words, if the file holds no recording.
        StoreError: if the store cannot take it.
    """
    imported = read(file)
    kind, config, name = _about(imported.recording)
    id = secrets.token_urlsafe(16)
    store.create(id, owner, kind, name_for(file_name, name), config)
    try:
        _fill(store, id, imported)
    except BaseException:
        with suppress(StoreError, PermissionError):  # then it is interrupted when this server ends
            store.finish(id, "interrupted", "the import failed")
            store.delete(id, owner)
        raise
    return id


def name_for(file_name: str, otherwise: str) -> str:
    """What a run from a file of that name is called."""
    stem = PurePosixPath(file_name.replace("\\", "/")).name
    for ending in (".gz", ".jsonl"):
        stem = stem.removesuffix(ending)
    try:
        return check_name(stem[: LONGEST_NAME + 1])
    except ValueError:
        return otherwise


def _about(recording: Recording | SweepRecording) -> tuple[str, dict[str, Any], str]:
    """Kind, settings and default name, as the list has them of what was made here."""
    if isinstance(recording, SweepRecording):
        return "sweep", recording.sweep.to_dict(), sweep_saver.default_name(recording.sweep)
    config = recording.config.to_dict()
    return "race", config, race_saver.default_name(config)


def _fill(store: Store, id: str, imported: Imported) -> None:
    recording = imported.recording
    if isinstance(recording, SweepRecording):
        step, accuracy = recording.done_networks, sweep_saver.best(recording)
    else:
        step, accuracy = recording.step, _accuracy(recording)
    lines: list[bytes] = []
    size = number = 0
    for event in imported.events():
        lines.append(event.line().encode())
        size += len(lines[-1])
        if size >= CHUNK:
            store.append(id, number, pack(lines), step, accuracy)
            lines, size, number = [], 0, number + 1
    if lines:
        store.append(id, number, pack(lines), step, accuracy)
    store.finish(id, recording.state, recording.message, step=step, accuracy=accuracy)


def _accuracy(recording: Recording) -> dict[str, float]:
    """Of the last test, by method: the mean over the seeds that are known."""
    known = {}
    for test in recording.tests[-1:]:
        for method, values in test.accuracy.items():
            finite = values[values == values]
            known[method] = float(finite.mean()) if len(finite) else 0.0
    return known
