"""A film: all that a page of charts needs to show a recording at any of some moments, for who cannot ask the server.

A film is a frame (app/frames.py) itself. Its header holds ``moments``, a list of ``{"header", "arrays", "layers"}``:
the header of a frame, name -> number of an array of the film, and a list of the same for the histograms of each layer.
An array that moments have in common, as the curves, is there once. Pure; no Streamlit.
"""

from __future__ import annotations

import numpy as np

from app.race.csv import short_table
from app.race.digest import pooled
from app.race.frames import CHARTS, frame
from app.ui.frames import Pool, every, pack, unpack
from ipcore.recordings.race import Recording

MOMENTS = 100
"""Moments of a film, at most."""
HISTOGRAM_BYTES = 32_000_000
"""Bytes that the histograms of all layers at all moments may take, before they are compressed (to a tenth or so)."""
TABLE_LETTERS = 1_000_000
"""A chart's table that is longer does not come along: writing it out takes seconds, and the recording holds it all."""
OF_THE_RUN = ("moments", "loss_steps", "loss", "accuracy_steps", "accuracy", "gradient_map", "points")
"""Arrays of a frame that do not depend on the moment."""


def film(recording: Recording, *, moments: int = MOMENTS) -> bytes:
    """The film of a recording: its frames at evenly chosen snapshots, the first and the newest among them.

    Args:
        recording: a run; what it had when this was called is what the film shows.
        moments: that it may have.
    """
    newest, shared = unpack(frame(recording))
    newest = {name: value for name, value in newest.items() if name not in ("arrays", "length")} | {"run": 1}
    pool = Pool()
    config = recording.config
    steps = [snapshot.step for snapshot in recording.snapshots if snapshot.step <= newest["newest"]]
    histograms = 4 * 350 * len(config.methods) * (config.depth + 1)
    chosen = [steps[index] for index in every(len(steps), max(10, min(moments, HISTOGRAM_BYTES // histograms)))]
    shared["moments"] = np.array(chosen, np.int32)
    shots = []
    for step in [*chosen[:-1], None]:
        arrays = dict(shared)
        header = {**newest, "asked": step}
        if step is not None:
            said, there = unpack(frame(recording, step=step))
            arrays |= {name: array for name, array in there.items() if name not in OF_THE_RUN}
            header |= {name: said[name] for name in ("step", "snapshot", "drawn")}
        snapshot = recording.moment(header["snapshot"]) if chosen else None
        layers = []
        for layer in range(config.depth if snapshot and config.depth > 1 else 0):
            each = [pooled(snapshot.methods[method], layer) for method in config.methods]
            layers.append({name: pool.add(np.stack([one[name] for one in each])) for name in each[0]})
        numbers = {name: pool.add(array) for name, array in arrays.items()}
        shots.append({"header": header, "arrays": numbers, "layers": layers})
    return pack({"moments": shots}, pool.arrays)


def tables(recording: Recording) -> dict[str, str]:
    """The CSV of each chart to go with its film, but for those that are too long."""
    texts = {chart: short_table(recording, chart, TABLE_LETTERS) for chart in CHARTS}
    return {chart: text for chart, text in texts.items() if text is not None}
