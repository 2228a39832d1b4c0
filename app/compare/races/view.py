"""Runs side by side, on a page: table, choices and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from app.compare.comparison import Compared, caveats, compare, differing, ending, in_words, methods_of, shared_methods
from app.compare.parts import STYLE, Group, choices, differing_group, note, refused, table, with_itself
from app.compare.races import charts, lines
from app.ui.palette import LOOKS
from app.ui.picture import picture
from ipcore.recordings.race import Recording
from ipcore.recordings.sweep import SweepRecording

Find = Callable[[], Sequence[tuple[str, Recording | SweepRecording]]]
"""Brings name and recording of each run."""


def show(find: Find, dark: bool) -> None:
    """Draws a comparison. What stays of it while the page is open holds no recording: they are found again.

    Args:
        find: two to six runs of one kind; otherwise it says why not.
        dark: whether the page is.
    """
    st.html(STYLE)
    try:
        runs = compare(find())
    except ValueError as error:
        refused(error)
        return
    if isinstance(runs[0].recording, SweepRecording):
        from app.compare.sweeps import (
            view as sweep_comparison_view,  # here: it loads SciPy, which a page of races need not wait for
        )

        sweep_comparison_view.show(runs, dark)
    else:
        _races(runs, find, dark)


def _races(runs: Sequence[Compared], find: Find, dark: bool) -> None:
    settings, methods = differing(runs), methods_of(runs)
    accuracy = [[in_words(ending(run, method)) for method in methods] for run in runs]
    labels = [LOOKS[method].label for method in methods]
    groups = [Group("Test accuracy, mean ± sd over seeds", labels, accuracy), differing_group(settings, runs)]
    same = "" if settings else note("All settings are equal.")
    st.html("".join(map(note, caveats(runs))) + same + table(runs, groups, dark))
    pair, methods = choices(runs)
    if with_itself(pair):
        return
    if pair:
        st.html(note(_of_difference(*pair)))
    _pictures(lines.OVER_STEPS, runs, pair, methods, 1.0, dark)
    places = [run.index for run in pair or runs]
    st.fragment(_moment)([runs], find, len(runs), places, pair is not None, methods, dark)


def _moment(
    drawn: list[Sequence[Compared]], find: Find, count: int, places: list[int], subtracted: bool, methods: list[str],
    dark: bool,
) -> None:  # fmt: skip
    """The charts by layer, under the slider that chooses their moment; only they are drawn anew when it moves.

    Args:
        drawn: the runs, to be taken out when the whole page is drawn; later it is empty.
        find: brings them then.
        count: of the runs that the page around it shows.
        places: of those that are seen.
        subtracted: whether they are two, of which the first is subtracted from the second.
        methods: that are seen.
        dark: whether the page is.
    """
    named = [] if drawn else find()
    if not drawn and len(named) != count:  # one is gone since: the whole page says so
        st.rerun()
    runs = drawn.pop() if drawn else compare(named)
    share = st.slider(
        "Moment of the charts by layer, in percent of the steps that each run has done", 0, 100, 100, format="%d%%",
        key="compare_share",
    ) / 100  # fmt: skip
    seen = [runs[place] for place in places]
    pair = (seen[0], seen[1]) if subtracted else None
    at = [
        f"{run.letter} {step:,}" for run, step in zip(seen, lines.moments(seen, share), strict=True) if step is not None
    ]
    st.caption(f"Snapshots of step: {', '.join(at)}." if at else "No snapshots yet.")
    if pair and pair[0].recording.config.depth != pair[1].recording.config.depth:
        st.html(note("The runs differ in depth: their layers do not correspond, so there is no difference by layer."))
        return
    _pictures(lines.BY_LAYER, runs, pair, methods, share, dark)


def _pictures(
    names: Sequence[str], runs: Sequence[Compared], pair: tuple[Compared, Compared] | None, methods: list[str],
    share: float, dark: bool,
) -> None:  # fmt: skip
    columns = st.columns(len(names))
    for place, name in enumerate(names):
        if pair is None:
            found = lines.overlay(runs, name, methods, share)
            draw, hint = partial(charts.overlaid, name, found, runs), charts.HINTS[name]
            csv, file = lines.table(name, found, runs), f"comparison-{name}.csv"
        else:
            a, b = pair
            found = lines.difference(b, a, name, methods, share)
            draw = partial(charts.subtracted, name, found, a, b)
            hint = charts.DIFFERENCE_HINTS[name].format(a=a.letter, b=b.letter)
            csv, file = lines.table(name, found, runs, a), f"comparison-{b.letter}-{a.letter}-{name}.csv"
        with columns[place]:
            light = draw(False) if dark else None
            picture(charts.TITLES[name], hint, draw(dark), f"compare_{name}", csv, file, light)


def _of_difference(a: Compared, b: Compared) -> str:
    """How a difference is taken, in words."""
    if not shared_methods(a, b):
        return f"{a.letter} and {b.letter} have no method in common: there is nothing to subtract."
    seeds = lines.paired(a.recording, b.recording)
    if len(seeds) == 1:
        how = "one seed, the same in both."
    elif seeds:
        how = f"paired by the seeds that both have ({', '.join(map(str, seeds))}); band: lowest to highest pair."
    else:
        how = "their seeds differ, so each seed of one is set against each of the other; band: all pairs."
    return (
        f"{b.letter} minus {a.letter}: {how} Accuracies are compared where the run with fewer tests was tested; "
        "the other's are interpolated between its tests."
    )
