"""The data of each picture of a sweep as CSV. No Streamlit."""

from __future__ import annotations

from ipcore.recordings.frames.sweep import curves, export_csv
from ipcore.recordings.sweep import SweepRecording
from ipcore.tables import to_csv

CHARTS = ("lines", "map", "loss", "accuracy")
"""Pictures whose data can be downloaded; the last two show the learning curves of a point."""


def table(recording: SweepRecording, chart: str, point: int) -> str:
    """The data of a picture as CSV; the first line names the columns.

    Args:
        recording: the sweep so far.
        chart: one of :data:`CHARTS`.
        point: index of the point whose learning curves are shown.

    Raises:
        ValueError: if there is no such picture.
    """
    if chart not in CHARTS:
        raise ValueError(f"chart must be one of {', '.join(CHARTS)}, not {str(chart)[:60]!r}")
    return export_csv(recording) if chart in ("lines", "map") else to_csv(curves(recording, [point]))
