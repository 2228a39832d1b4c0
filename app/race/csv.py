"""The data of each chart of a race as CSV, whole: every step, where the chart shows a selection. No Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ipcore.recordings.frames.race import PER_LAYER, blocks
from ipcore.recordings.race import Recording
from ipcore.tables import parts

if TYPE_CHECKING:
    import pandas as pd


def table(recording: Recording, chart: str) -> str:
    """The data of a chart as CSV, every step of it; the first line names the columns.

    Args:
        recording: the run so far.
        chart: one of :data:`CHARTS`.

    Raises:
        ValueError: if there is no such chart.
    """
    return "".join(_parts(recording, chart))


def short_table(recording: Recording, chart: str, most: int) -> str | None:
    """The same table if it has at most ``most`` characters, otherwise None; no rows are made beyond that."""
    written, left = [], most
    for part in _parts(recording, chart):
        left -= len(part)
        if left < 0:
            return None
        written.append(part)
    return "".join(written)


def _parts(recording: Recording, chart: str) -> Iterator[str]:
    if chart not in _CHARTS:
        raise ValueError(f"chart must be one of {', '.join(CHARTS)}, not {str(chart)[:60]!r}")
    return parts(_CHARTS[chart](recording))


def _loss(recording: Recording) -> Iterator[pd.DataFrame]:
    """Training loss with the rates of each step, method after method, a column for each seed."""
    rates = recording.to_frame("rates")
    for method in recording.config.methods:
        for block in blocks(recording, "curves", [method]):
            trained = _column_per_seed(recording, block[block["step"] > 0], ["step", "method"], ["train_loss"])
            yield trained[["step", "method"]].join(rates.set_index("step"), on="step").join(trained.iloc[:, 2:])


def _accuracy(recording: Recording) -> Iterator[pd.DataFrame]:
    keys = ["step", "method", "test_examples"]
    for block in blocks(recording, "tests"):
        yield _column_per_seed(recording, block, keys, ["test_accuracy", "test_loss"])


def _column_per_seed(recording: Recording, frame: pd.DataFrame, keys: list[str], values: list[str]) -> pd.DataFrame:
    """Rows in which the seeds follow one another made one row each, with columns such as ``train_loss_seed_0``."""
    count, first = recording.config.seeds, recording.config.first_seed
    wide = frame.iloc[::count][keys].reset_index(drop=True)
    columns: dict[str, Any] = {}
    for value in values:
        by_seed = frame[value].to_numpy().reshape(-1, count)
        columns |= {f"{value}_seed_{first + place}": by_seed[:, place] for place in range(count)}
    return wide.assign(**columns)


def _by_layer(*fields: str) -> Callable[[Recording], Iterator[pd.DataFrame]]:
    """Quantities of each layer, by their names in a :class:`~ipcore.recordings.race.LayerStatistics` or the frame."""
    columns = ["step", "method", "layer", *(PER_LAYER.get(field, field) for field in fields)]
    return lambda recording: (block[columns] for block in blocks(recording, "layers"))


def _histogram(quantity: str, value: str, name: str) -> Callable[[Recording], Iterator[pd.DataFrame]]:
    """Bins that hold something; ``name`` is what the column ``value`` of the frame is called here."""
    names = {"low": f"{quantity}_from", "high": f"{quantity}_to", value: name}

    def made(recording: Recording) -> Iterator[pd.DataFrame]:
        for block in blocks(recording, "histograms"):
            wanted = block[block["quantity"] == quantity]
            yield wanted[["step", "method", "layer", *names]].rename(columns=names)

    return made


_CHARTS: dict[str, Callable[[Recording], Iterator[pd.DataFrame]]] = {
    "loss": _loss,
    "accuracy": _accuracy,
    "gradient": _by_layer("weight_gradient", "error_signal"),
    "gradient_map": _by_layer("weight_gradient"),
    "response": _by_layer("response", "slope"),
    "information": _by_layer("entropy", "information_examples", "slope", "saturated"),
    "gain": _histogram("gain", "count", "neurons"),
    "bias": _histogram("bias", "count", "neurons"),
    "activity": _histogram("activity", "share", "share"),
    "surface": lambda recording: blocks(recording, "surfaces"),
}

CHARTS = tuple(_CHARTS)
"""The charts, in the order of the page."""
