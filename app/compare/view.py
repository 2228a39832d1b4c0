"""Two to six runs side by side, on a page: races or sweeps."""

from __future__ import annotations

from app.compare.comparison import Find, compare, of_kind
from app.compare.parts import refused
from app.compare.races import view as races
from app.ui.style import style
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording


def show(find: Find, dark: bool) -> None:
    """Draws a comparison, or says why there is none.

    Args:
        find: finds two to six runs of one kind.
        dark: whether the page is dark.
    """
    style("compare/page.css")
    try:
        runs = compare(find())
    except ValueError as error:
        refused(error)
        return
    if isinstance(runs[0].recording, SweepRecording):
        from app.compare.sweeps import view as sweeps  # only here: it loads SciPy, and a page of races does not wait

        sweeps.show(of_kind(runs, SweepRecording), dark)
    else:
        races.show(of_kind(runs, Recording), find, dark)
