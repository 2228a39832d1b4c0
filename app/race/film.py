"""A film: everything that a page without a server needs to show the charts of a race at chosen moments.

A film is packed as a frame is (app/ui/frames.py). Its header holds ``moments``, a list of
``{"header", "arrays", "layers"}``: the header of the frame of that moment, a mapping from the name of each array to its
number in the film, and such a mapping for the histograms of each layer. An array that several moments share, such as
the curves, is stored once. No Streamlit.
"""

from __future__ import annotations

import numpy as np

from app.race.csv import short_table
from app.race.digest import pooled
from app.race.frames import CHARTS, frame
from app.ui.frames import ArrayPool, pack, unpack
from ipcore.recordings.race import Recording

MOMENTS = 100
"""The most moments that a film has."""
HISTOGRAM_BYTES = 32_000_000
"""The most bytes of the histograms of all layers at all moments. Compression shrinks them to about a tenth."""
TABLE_CHARACTERS = 1_000_000
"""The most characters of a chart's table. A longer one is left out: the recording, which goes along, holds its data."""
OF_THE_RUN = ("moments", "loss_steps", "loss", "accuracy_steps", "accuracy", "gradient_map", "points")
"""Arrays of a frame that do not depend on the moment."""
OF_THE_MOMENT = ("step", "snapshot", "drawn", "information", "responds", "finding", "reached")
"""Parts of a frame's header that depend on it."""


def film(recording: Recording, *, moments: int = MOMENTS) -> bytes:
    """The film of a recording: its frames at some moments of its slider, the first and the newest among them.

    Args:
        recording: the run, which may still be growing; the film shows what it holds now.
        moments: the most moments that the film has.
    """
    newest, shared = unpack(frame(recording))
    newest = {name: value for name, value in newest.items() if name not in ("arrays", "length")} | {"run": 1}
    pool = ArrayPool()
    config = recording.config
    steps = shared["moments"].tolist()
    histograms = 4 * 350 * len(config.methods) * (config.depth + 1)
    most = min(len(steps), max(10, min(moments, HISTOGRAM_BYTES // histograms)))
    chosen = [steps[index] for index in np.linspace(0, len(steps) - 1, most).round().astype(int)] if steps else []
    shared["moments"] = np.array(chosen, np.int32)
    frames = []
    of_layers: dict[tuple[int, int], list[dict[str, int]]] = {}  # several moments show the same snapshot
    for step in [*chosen[:-1], None]:
        arrays = dict(shared)
        header = {**newest, "asked": step}
        if step is not None:
            own_header, own_arrays = unpack(frame(recording, step=step))
            arrays |= {name: array for name, array in own_arrays.items() if name not in OF_THE_RUN}
            header |= {name: own_header[name] for name in OF_THE_MOMENT}
        moment = recording.moment(header["snapshot"])  # by its step, since a run that grows has newer ones
        informed = recording.informed(header["information"][0]) if header["information"] else None
        sources = {"gain": moment, "bias": moment, "activity": informed} if chosen else {}
        known = {name: source for name, source in sources.items() if source is not None}
        shot = moment.step if moment else -1, informed.step if informed else -1
        layers = of_layers.setdefault(shot, [])
        for layer in range(config.depth) if known and config.depth > 1 and not layers else ():
            each = {
                name: [pooled(getattr(source.methods[method], name), layer) for method in config.methods]
                for name, source in known.items()
            }
            layers.append({name: pool.add(np.stack(shares)) for name, shares in each.items()})
        numbers = {name: pool.add(array) for name, array in arrays.items()}
        frames.append({"header": header, "arrays": numbers, "layers": layers})
    return pack({"moments": frames}, pool.arrays)


def tables(recording: Recording) -> dict[str, str]:
    """Chart -> its table as CSV, for the charts whose table has at most :data:`TABLE_CHARACTERS` characters."""
    texts = {chart: short_table(recording, chart, TABLE_CHARACTERS) for chart in CHARTS}
    return {chart: text for chart, text in texts.items() if text is not None}
