"""The data of each picture of one neuron as tidy pandas frames, and as CSV. No Streamlit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from app.neuron.frames import density_of
from app.neuron.play import QUANTITIES, Moment, Play
from ipcore.tables import to_csv
from ipcore.theory.drift import Moved
from ipcore.theory.equilibria import BINS
from ipcore.theory.neuron import ONE_NEURON

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, Any]
"""Name of each column -> its values."""


def table(play: Play, chart: str, now: float) -> str:
    """The data of a picture as CSV, up to the moment on screen; the first line names the columns.

    Args:
        play: the neuron.
        chart: one of :data:`CHARTS`.
        now: the time in seconds, on the clock of the play.

    Raises:
        ValueError: if there is no such picture.
    """
    return to_csv(to_frame(play, chart, now))


def to_frame(play: Play, chart: str, now: float) -> pd.DataFrame:
    """The data of a picture as a frame; arguments and errors are those of :func:`table`."""
    import pandas as pd  # here, since only a download needs it

    if chart not in _CHARTS:
        raise ValueError(f"chart must be one of {', '.join(CHARTS)}, not {str(chart)[:60]!r}")
    return pd.DataFrame(_CHARTS[chart](play, _until(play, now)))


def _until(play: Play, now: float) -> list[Moment]:
    """The moments up to the one on screen."""
    return list(itertools.islice(play.moments, max(1, len(play.moments) - play.last + math.floor(play.shown(now)))))


def _places(play: Play) -> list[int]:
    """The places of the shown methods in the arrays of a moment."""
    return [ONE_NEURON.index(method) for method in play.setup.methods]


def _input(play: Play, moments: list[Moment]) -> Columns:
    """The density of the input, and the output of each neuron for each input."""
    newest, (x, _) = moments[-1], density_of(play.setup.distribution)
    x = newest.shift + newest.stretch * x
    columns = {"input": x, "density": Moved(play.setup.distribution, newest.shift, newest.stretch).pdf(x)}
    for method, place in zip(play.setup.methods, _places(play), strict=True):
        gain, bias = newest.now[place, [QUANTITIES.index("gain"), QUANTITIES.index("bias")]]
        columns[f"tanh_{method}"] = np.tanh(gain * x + bias)
    return columns


def _output(play: Play, moments: list[Moment]) -> Columns:
    """The density of each neuron's output, averaged over bins."""
    edges = np.linspace(-1, 1, BINS + 1)
    densities = moments[-1].bins[_places(play)] * BINS / 2
    columns = {"output_from": edges[:-1], "output_to": edges[1:], "density_uniform": np.full(BINS, 0.5)}
    return columns | {f"density_{method}": row for method, row in zip(play.setup.methods, densities, strict=True)}


def _over_updates(*quantities: str) -> Callable[[Play, list[Moment]], Columns]:
    """Quantities at each moment, and where theory says that they come to rest."""
    places = [QUANTITIES.index(quantity) for quantity in quantities]

    def made(play: Play, moments: list[Moment]) -> Columns:
        methods, shown = play.setup.methods, _places(play)
        columns: Columns = {
            "update": np.repeat([moment.step for moment in moments], len(methods)),
            "rule": list(methods) * len(moments),
        }
        for suffix, field in (("", "now"), ("_at_rest", "rest")):
            values = np.concatenate([getattr(moment, field)[shown][:, places] for moment in moments])
            columns |= {f"{name}{suffix}": column for name, column in zip(quantities, values.T, strict=True)}
        return columns

    return made


def _numbers(play: Play, moments: list[Moment]) -> Columns:
    """Every quantity at the moment on screen: predicted at rest, simulated, and their difference."""
    predicted, simulated = moments[-1].rest[_places(play)], moments[-1].now[_places(play)]
    columns: Columns = {"rule": list(play.setup.methods)}
    for place, name in enumerate(QUANTITIES):
        columns[f"{name}_predicted"] = predicted[:, place]
        columns[f"{name}_simulated"] = simulated[:, place]
        columns[f"{name}_difference"] = simulated[:, place] - predicted[:, place]
    return columns


_CHARTS: dict[str, Callable[[Play, list[Moment]], Columns]] = {
    "input": _input,
    "output": _output,
    "plane": _over_updates("gain", "bias"),
    "gain": _over_updates("gain"),
    "bias": _over_updates("bias"),
    "information": _over_updates("information", "quadratic_information_potential"),
    "numbers": _numbers,
}
CHARTS = tuple(_CHARTS)
"""Pictures whose data can be downloaded."""
