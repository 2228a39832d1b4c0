"""A film of a sweep: all that its pictures show, at whichever point, for who cannot ask the server.

A film is a frame (app/frames.py) itself. Its header holds ``header``, that of a frame but for the point; ``shared``,
name -> number of an array of the film, likewise; and ``points``, index of a point -> ``{"header", "arrays"}`` with the
rest. An array that points have in common, as the steps, is there once. Pure; no Streamlit.
"""

from __future__ import annotations

from app.sweep.csv import table
from app.sweep.frames import at_point, frame
from app.ui.frames import Pool, pack, unpack
from ipcore.recordings.sweep import SweepRecording

CURVE_BYTES = 16_000_000
"""Bytes that the learning curves of all points may take, before they are compressed (to a third or so)."""
TABLE_CHARACTERS = 4_000_000
"""The most characters of the tables of all learning curves together."""


def film(recording: SweepRecording) -> bytes:
    """The film of a sweep: its pictures, with the learning curves of every point, or of the best if they are too many.

    Args:
        recording: of it; what it had when this was called is what the film shows.
    """
    header, shared = unpack(frame(recording, "film"))
    of_point, curves = at_point(recording, header["best"])
    pool = Pool()
    header = {name: value for name, value in header.items() if name not in ("arrays", "length", "followed", *of_point)}
    numbers = {name: pool.add(array) for name, array in shared.items() if name not in curves}
    points = {}
    for at in range(len(recording.sweep.points())) if whole(recording) else [header["best"]]:
        said, arrays = at_point(recording, at)
        points[at] = {"header": said, "arrays": {name: pool.add(array) for name, array in arrays.items()}}
    return pack({"header": header, "shared": numbers, "points": points}, pool.arrays)


def whole(recording: SweepRecording) -> bool:
    """Whether the film has the learning curves of every point."""
    _, curves = at_point(recording, 0)
    return sum(array.nbytes for array in curves.values()) * len(recording.sweep.points()) <= CURVE_BYTES


def tables(recording: SweepRecording) -> dict[str, list[str]]:
    """CSVs to go with the film: ``results``, the one of all networks; ``curves``, one for each point, or none."""
    curves: list[str] = []
    letters = 0
    for at in range(len(recording.sweep.points())) if whole(recording) else ():
        curves.append(table(recording, "loss", at))
        letters += len(curves[-1])
        if letters > TABLE_CHARACTERS:
            curves = []
            break
    return {"results": [table(recording, "lines", 0)], "curves": curves}
