"""Runs side by side, on a page: table, choices and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app import comparison_charts as charts
from app import comparison_lines as lines
from app.comparison import Compared, caveats, compare, differing, ending, in_words, methods_of, one_line, shared_methods
from app.palette import DARK, LIGHT, LOOKS, RUNS
from app.picture import picture
from ipcore.recording import Recording

STYLE = """<style>
.compare-note { margin: 0 0 .25rem; overflow-wrap: anywhere; }
.compare-note.trouble { color: light-dark(#b3261e, #ff8a80); }
.compare-table { overflow-x: auto; margin: .75rem 0 .25rem; font-size: .92rem; }
.compare-table table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.compare-table :is(th, td) {
  padding: .4rem .7rem; text-align: right; white-space: nowrap; font-weight: 400;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent);
}
.compare-table thead th { font-weight: 600; vertical-align: bottom; }
.compare-table .group { text-align: left; border-bottom: 0; opacity: .75; font-weight: 400; }
.compare-table .first { border-left: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
.compare-table th:first-child { position: sticky; left: 0; background: var(--paper); text-align: left; }
.compare-table tbody th { white-space: normal; min-width: 11rem; max-width: 22rem; overflow-wrap: anywhere; }
.compare-table .many { white-space: normal; min-width: 7rem; }
.compare-table i { display: inline-block; width: 1.1rem; height: .3rem; margin-right: .5rem; vertical-align: middle; }
@media (max-width: 640px) {
  .compare-table :is(th, td) { padding: .35rem .5rem; }
  .compare-table tbody th { min-width: 7rem; }
}
</style>"""


def show(named: Sequence[tuple[str, Recording]], dark: bool) -> None:
    """Draws a comparison.

    Args:
        named: name and recording of each run, two to six; what is no recording of a race is left out, and named.
        dark: whether the page is.
    """
    st.html(STYLE)
    races = [(name, recording) for name, recording in named if isinstance(recording, Recording)]
    others = [one_line(name) for name, recording in named if not isinstance(recording, Recording)]
    if others:
        st.html(_note(f"Sweeps are not compared here, only races. Left out: {', '.join(others)}.", trouble=True))
    try:
        runs = compare(races)
    except ValueError as error:
        st.html(_note(f"{error}.", trouble=True))
        return
    st.html("".join(map(_note, caveats(runs))) + _table(runs, dark))
    pair, methods = _choices(runs)
    if pair and pair[0].index == pair[1].index:
        st.html(_note("Choose two different runs to see their difference.", trouble=True))
        return
    if pair:
        st.html(_note(_of_difference(*pair)))
    _pictures(lines.OVER_STEPS, runs, pair, methods, 1.0, dark)
    st.fragment(_moment)(runs, pair, methods, dark)


def _choices(runs: Sequence[Compared]) -> tuple[tuple[Compared, Compared] | None, list[str]]:
    """What is to be seen: (A, B) for B less A, None for all runs overlaid; and the methods."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        modes = ("Overlaid", "Difference")
        mode = st.segmented_control("Show", modes, default=modes[0], required=True, key="compare_mode")
        pair = None
        if mode == modes[1]:
            # By place, not by run: the choice then holds when the page brings new recordings of the same runs.
            places, label = range(len(runs)), lambda place: runs[place].label
            b = st.selectbox("Run", places, index=1, format_func=label, key="compare_b", width=260)
            a = st.selectbox("minus run", places, index=0, format_func=label, key="compare_a", width=260)
            pair = runs[a], runs[b]
        offered = methods_of(runs) if pair is None else shared_methods(*pair)
        methods = st.pills(
            "Methods", offered, selection_mode="multi", default=offered, format_func=lambda method: LOOKS[method].label,
            key=f"compare_methods_{'_'.join(offered)}",
        ) if offered else []  # fmt: skip
    return pair, methods


def _moment(runs: Sequence[Compared], pair: tuple[Compared, Compared] | None, methods: list[str], dark: bool) -> None:
    """The charts by layer, under the slider that chooses their moment; only they are drawn anew when it moves."""
    share = st.slider(
        "Moment of the charts by layer, in percent of the steps that each run has done", 0, 100, 100, format="%d%%",
        key="compare_share",
    ) / 100  # fmt: skip
    seen = pair or runs
    at = [f"{run.letter} {step:,}" for run, step in zip(seen, lines.moments(seen, share)) if step is not None]
    st.caption(f"Snapshots of step: {', '.join(at)}." if at else "No snapshots yet.")
    if pair and pair[0].recording.config.depth != pair[1].recording.config.depth:
        st.html(_note("The runs differ in depth: their layers do not correspond, so there is no difference by layer."))
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
            figure, hint = charts.overlaid(name, found, runs, dark), charts.HINTS[name]
            csv, file = lines.table(name, found, runs), f"comparison-{name}.csv"
        else:
            a, b = pair
            found = lines.difference(b, a, name, methods, share)
            figure = charts.subtracted(name, found, a, b, dark)
            hint = charts.DIFFERENCE_HINTS[name].format(a=a.letter, b=b.letter)
            csv, file = lines.table(name, found, runs, a), f"comparison-{b.letter}-{a.letter}-{name}.csv"
        with columns[place]:
            picture(charts.TITLES[name], hint, figure, f"compare_{name}", csv, file)


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


def _note(text: str, trouble: bool = False) -> str:
    return f'<p class="compare-note{" trouble" if trouble else ""}">{escape(text)}</p>'


def _table(runs: Sequence[Compared], dark: bool) -> str:
    """A row for each run: the settings that differ, and the accuracy of each method in its newest test."""
    settings, methods = differing(runs), methods_of(runs)
    heads = [(escape(LOOKS[method].label), "first" if not at else "") for at, method in enumerate(methods)]
    heads += [(escape(label), "first" if not at else "") for at, label in enumerate(settings)]
    rows = []
    for run in runs:
        cells = [in_words(ending(run, method)) for method in methods]
        cells += [values[run.index] for values in settings.values()]
        columns = "".join(
            f'<td class="{side}{" many" if len(cell) > 20 else ""}">{escape(cell)}</td>'
            for cell, (_, side) in zip(cells, heads)
        )
        chip = f'<i style="background:{RUNS[run.index][dark]}"></i>'
        name = f"<b>{run.letter}</b>&ensp;<bdi>{escape(run.name)}</bdi>"
        rows.append(f'<tr><th scope="row">{chip}{name}</th>{columns}</tr>')
    groups = f'<th class="group first" colspan="{len(methods)}">Test accuracy, mean ± sd over seeds</th>'
    groups += f'<th class="group first" colspan="{len(settings)}">Settings that differ</th>' if settings else ""
    names = "".join(f'<th scope="col" class="{side}">{label}</th>' for label, side in heads)
    same = "" if settings else _note("All settings are equal.")
    return (
        f'{same}<div class="compare-table" style="--paper:{(LIGHT, DARK)[dark]}"><table>'
        f'<thead><tr><th class="group">Run</th>{groups}</tr><tr><th></th>{names}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
