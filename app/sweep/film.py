"""A film of a sweep: everything that a page without a server needs to show the charts of a sweep at each point.

A film is packed as a frame is (app/ui/frames.py). Its header holds ``header`` and ``shared``, the header and the arrays
(name -> number in the film) that all points share; and ``points``, index of a point -> ``{"header", "arrays"}`` with
those of that point. An array that several points share, such as the steps, is stored once. Pure; no Streamlit.
"""

from __future__ import annotations

from app.sweep.csv import table
from app.sweep.frames import at_point, frame
from app.ui.frames import ArrayPool, pack, unpack
from ipcore.recordings.sweep import SweepRecording

CURVE_BYTES = 16_000_000
"""The most bytes of the learning curves of all points. Compression shrinks them to about a third."""
TABLE_CHARACTERS = 4_000_000
"""The most characters of the tables of all learning curves together."""


def film(recording: SweepRecording) -> bytes:
    """The film of a sweep, with the learning curves of every point, or of the best point if they are too long.

    Args:
        recording: the sweep, which may still be growing; the film shows what it holds now.
    """
    header, shared = unpack(frame(recording, "film"))
    best_header, curves = at_point(recording, header["best"])
    pool = ArrayPool()
    header = {
        name: value for name, value in header.items() if name not in ("arrays", "length", "followed", *best_header)
    }
    numbers = {name: pool.add(array) for name, array in shared.items() if name not in curves}
    points = {}
    for at in range(len(recording.sweep.points())) if whole(recording) else [header["best"]]:
        of_point, arrays = at_point(recording, at)
        points[at] = {"header": of_point, "arrays": {name: pool.add(array) for name, array in arrays.items()}}
    return pack({"header": header, "shared": numbers, "points": points}, pool.arrays)


def whole(recording: SweepRecording) -> bool:
    """Whether the film has the learning curves of every point."""
    _, curves = at_point(recording, 0)
    return sum(array.nbytes for array in curves.values()) * len(recording.sweep.points()) <= CURVE_BYTES


def tables(recording: SweepRecording) -> dict[str, list[str]]:
    """The tables of the film as CSV: ``results`` of all networks, and ``curves`` of each point, or of none."""
    curves: list[str] = []
    letters = 0
    for at in range(len(recording.sweep.points())) if whole(recording) else ():
        curves.append(table(recording, "loss", at))
        letters += len(curves[-1])
        if letters > TABLE_CHARACTERS:
            curves = []
            break
    return {"results": [table(recording, "lines", 0)], "curves": curves}
