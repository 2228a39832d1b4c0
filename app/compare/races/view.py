"""Races side by side, on a page: the table, the choice of what is seen, and the charts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.compare.comparison import Find, compare, methods_of, of_kind, shared_methods
from app.compare.lines import paired_seeds
from app.compare.parts import Group, choices, differing_group, minus_group, note, table, with_itself
from app.compare.races import charts, lines
from app.compare.races.differences import differences_at_the_end, minus_baseline
from app.compare.races.lines import Race
from app.compare.races.words import caveats, differing, ending, in_words, information_shown, points
from app.ui.palette import LOOKS
from app.ui.picture import picture
from ipcore.recordings.race import Recording


def show(runs: Sequence[Race], find: Find, dark: bool) -> None:
    """Draws a comparison of races. What the page keeps of it holds no recording: they are found again.

    Args:
        runs: the races that are compared.
        find: finds them again when only the charts by layer are drawn anew.
        dark: whether the page is dark.
    """
    settings, all_methods = differing(runs), methods_of(runs)
    accuracy = [[in_words(ending(run, method)) for method in all_methods] for run in runs]
    labels = [LOOKS[method].label for method in all_methods]
    # Settings first: beside two groups of methods, they would be out of sight on many screens.
    groups = [
        differing_group(settings, runs),
        Group("Test accuracy, mean ± sd over seeds", labels, accuracy),
        minus_group(runs, all_methods, [minus_baseline(run, all_methods) for run in runs]),
    ]
    same = "" if settings else note("All settings are equal.")
    st.html("".join(map(note, caveats(runs))) + same + table(runs, groups, dark))
    pair, methods = choices(runs)
    if with_itself(pair):
        return
    if pair:
        st.html(note(_how_subtracted(*pair)))
    _pictures(lines.OVER_STEPS, runs, pair, methods, 1.0, dark)
    places = [run.index for run in pair or runs]
    st.fragment(_moment)([runs], find, len(runs), places, pair is not None, methods, dark)


def _moment(
    drawn: list[Sequence[Race]], find: Find, count: int, places: list[int], subtracted: bool, methods: list[str],
    dark: bool,
) -> None:  # fmt: skip
    """The charts by layer, under the slider that chooses their moment; only they are drawn anew when it moves.

    Args:
        drawn: holds the runs when the whole page is drawn, and they are taken out of it; later it is empty.
        find: finds the runs later.
        count: how many runs the page around the charts shows.
        places: the places of the runs that are seen.
        subtracted: whether they are two, of which the first is subtracted from the second.
        methods: the methods that are seen.
        dark: whether the page is dark.
    """
    named = [] if drawn else find()
    if not drawn and len(named) != count:  # a run was deleted meanwhile: the whole page says so
        st.rerun()
    runs = drawn.pop() if drawn else of_kind(compare(named), Recording)
    share = st.slider(
        "Moment of the charts by layer, in percent of the steps that each run has done", 0, 100, 100, format="%d%%",
        key="compare_share",
    ) / 100  # fmt: skip
    seen = [runs[place] for place in places]
    pair = (seen[0], seen[1]) if subtracted else None
    at = [
        f"{run.letter} at step {step:,}"
        for run, step in zip(seen, lines.moments(seen, share), strict=True)
        if step is not None
    ]
    st.caption(f"Snapshots shown: {', '.join(at)}." if at else "There are no snapshots yet.")
    if pair and pair[0].recording.config.depth != pair[1].recording.config.depth:
        st.html(note("The runs differ in depth: their layers do not correspond, so there is no difference by layer."))
        return
    _pictures(lines.BY_LAYER, runs, pair, methods, share, dark)


def _pictures(
    names: Sequence[str], runs: Sequence[Race], pair: tuple[Race, Race] | None, methods: list[str],
    share: float, dark: bool,
) -> None:  # fmt: skip
    columns = [column for _ in range(0, len(names), 2) for column in st.columns(2)]
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
        if name in lines.OVER_STEPS:
            hint += points(found)
        if name == "information":
            hint += information_shown(pair or runs, share)
        with columns[place]:
            light = draw(False) if dark else None
            picture(charts.TITLES[name], hint, draw(dark), f"compare_{name}", csv, file, light)


def _how_subtracted(a: Race, b: Race) -> str:
    """How the difference of two races is taken, in words."""
    if not shared_methods(a, b):
        return f"{a.letter} and {b.letter} have no method in common: there is nothing to subtract."
    seeds = paired_seeds(a, b)
    if len(seeds) == 1:
        how = "one seed, the same in both."
    elif seeds:
        how = f"paired by the seeds that both have ({', '.join(map(str, seeds))}); band: lowest to highest pair."
    else:
        how = "their seeds differ, so each seed of one is set against each of the other; band: all pairs."
    return (
        f"{b.letter} minus {a.letter}: {how}{differences_at_the_end(b, a)} "
        "Accuracies are compared where the run with fewer tests was tested; "
        "the other's are interpolated between its tests."
    )
