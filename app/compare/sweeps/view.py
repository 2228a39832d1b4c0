"""Sweeps side by side, on a page: the table, the choice of what is seen, and the chart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.compare.comparison import methods_of, shared_methods
from app.compare.lines import paired_seeds
from app.compare.parts import Group, choices, differing_group, minus_group, note, refused, table, with_itself
from app.compare.sweeps import charts, lines
from app.compare.sweeps.words import (
    ComparedSweep,
    bests,
    caveats,
    common_setting,
    decades,
    differing,
    minus_baseline,
)
from app.ui.palette import LOOKS
from app.ui.picture import picture
from ipcore.config import SETTINGS
from ipcore.statistics.intervals import FEWEST, TOO_FEW


def show(runs: Sequence[ComparedSweep], dark: bool) -> None:
    """Draws a comparison of sweeps, or says why there is none.

    Args:
        runs: the sweeps that are compared.
        dark: whether the page is dark.
    """
    try:
        setting = common_setting(runs)
    except ValueError as error:
        refused(error)
        return
    settings, label = differing(runs), SETTINGS[setting].label.lower()
    same = "" if settings else note("All settings are equal.")
    st.html("".join(map(note, caveats(runs))) + same + table(runs, _groups(runs, setting, settings), dark))
    if setting == "learning_rate":
        st.caption("The usable range is taken within each sweep, relative to the best mean of any method in it.")
    pair, methods = choices(runs)
    if with_itself(pair):
        return
    if pair is None:
        found = lines.overlay(runs, setting, methods)
        draw, hint = partial(charts.overlaid, found, setting, runs), charts.hint(found, label)
        csv, file = lines.table(found, setting, runs), f"comparison-{setting}.csv"
    else:
        a, b = pair
        st.html(note(_how_subtracted(a, b, setting)))
        if not (shared_methods(a, b) and lines.shared_values(a, b, setting)):
            return
        found = lines.difference(b, a, setting, methods)
        draw, hint = partial(charts.subtracted, found, setting, a, b), charts.difference_hint(a, b)
        csv, file = lines.table(found, setting, runs, a), f"comparison-{b.letter}-{a.letter}-{setting}.csv"
    light = draw(False) if dark else None
    picture(charts.TITLE, hint, draw(dark), "compare_sweeps", csv, file, light)


def _groups(runs: Sequence[ComparedSweep], setting: str, settings: dict[str, tuple[str, ...]]) -> list[Group]:
    methods = methods_of(runs)
    labels = [LOOKS[method].label for method in methods]
    # Settings first: beside two groups of methods, they would be out of sight on many screens.
    groups = [differing_group(settings, runs)]
    groups.append(Group("Best mean accuracy, and where", labels, [bests(run, methods) for run in runs]))
    if setting == "learning_rate":
        spans = [decades(run, methods) for run in runs]
        groups.append(Group("Usable range of learning rates (factors of 10)", labels, spans))
    groups.append(minus_group(runs, methods, [minus_baseline(run, methods) for run in runs]))
    return groups


def _how_subtracted(a: ComparedSweep, b: ComparedSweep, setting: str) -> str:
    """How the difference of two sweeps is taken, in words."""
    if not shared_methods(a, b):
        return f"{a.letter} and {b.letter} have no method in common: there is nothing to subtract."
    label = SETTINGS[setting].label.lower()
    if not lines.shared_values(a, b, setting):
        return f"{a.letter} and {b.letter} have no value of the {label} in common: there is nothing to subtract."
    seeds = paired_seeds(a, b)
    if len(seeds) == 1:
        how = "one seed, the same in both."
    elif seeds:
        band = f"no band, since it is from {TOO_FEW}" if len(seeds) < FEWEST else "band: 95 % interval (Student's t)"
        how = f"paired by the seeds that both have ({', '.join(map(str, seeds))}); {band}."
    else:
        fewest = min(run.recording.config.seeds for run in (a, b))
        band = f"no band, since one has {TOO_FEW}" if fewest < FEWEST else "band: 95 % interval (Welch's t)"
        how = f"their seeds differ, so it is a difference of means; {band}."
    return f"{b.letter} minus {a.letter}, at each {label} that both have: {how}"
