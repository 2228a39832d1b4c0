"""What comparisons of races and of sweeps share: notes, the table of the runs, and the choice of runs and methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from app.compare.comparison import Compared, R, methods_of, shared_methods
from app.ui.palette import DARK, LIGHT, LOOKS, RUNS
from app.ui.words import sentence
from ipcore.statistics.pairs import baseline


@dataclass(frozen=True)
class Group:
    """Columns of the table that belong together.

    Args:
        title: the title above the columns.
        heads: the head of each column.
        rows: for each run, a cell for each column.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def note(text: str, trouble: bool = False) -> str:
    """A sentence on a line of its own, as HTML."""
    return f'<p class="compare-note{" trouble" if trouble else ""}">{escape(text)}</p>'


def refused(error: ValueError) -> None:
    """Says why there is no comparison."""
    st.html(note(f"{sentence(str(error))}.", trouble=True))


def with_itself(pair: tuple[Compared[Any], Compared[Any]] | None) -> bool:
    """Whether a run is to be subtracted from itself; if so, a note says what to do instead."""
    alike = pair is not None and pair[0].index == pair[1].index
    if alike:
        st.html(note("Choose two different runs to see their difference.", trouble=True))
    return alike


def table(runs: Sequence[Compared[Any]], groups: Sequence[Group], dark: bool) -> str:
    """A row for each run, as HTML; groups without columns are left out."""
    groups = [group for group in groups if group.heads]
    heads = [(head, "first" if not at else "") for group in groups for at, head in enumerate(group.heads)]
    rows = []
    for run in runs:
        cells = [cell for group in groups for cell in group.rows[run.index]]
        columns = "".join(
            f'<td class="{side}{" many" if len(cell) > 20 else ""}">{escape(cell)}</td>'
            for cell, (_, side) in zip(cells, heads, strict=True)
        )
        chip = f'<i style="background:{RUNS[run.index][dark]}"></i>'
        name = f"<b>{run.letter}</b>&ensp;<bdi>{escape(run.name)}</bdi>"
        rows.append(f'<tr><th scope="row">{chip}{name}</th>{columns}</tr>')
    titles = "".join(
        f'<th class="group first" colspan="{len(group.heads)}">{escape(group.title)}</th>' for group in groups
    )
    names = "".join(f'<th scope="col" class="{side}">{escape(head)}</th>' for head, side in heads)
    return (
        f'<div class="compare-table" tabindex="0" role="region" aria-label="Runs" '  # it scrolls, also by keyboard
        f'style="--paper:{(LIGHT, DARK)[dark]}"><table>'
        f'<thead><tr><th class="group">Run</th>{titles}</tr><tr><td></td>{names}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def differing_group(settings: dict[str, tuple[str, ...]], runs: Sequence[Compared[Any]]) -> Group:
    """The settings that differ, as columns: label -> the value of each run."""
    rows = [[values[run.index] for values in settings.values()] for run in runs]
    return Group("Settings that differ", list(settings), rows)


def minus_group(runs: Sequence[Compared[Any]], methods: Sequence[str], rows: Sequence[Sequence[str]]) -> Group:
    """The accuracy of each method minus that of plain within the same run, where there is any such difference.

    Args:
        runs: the runs that are compared.
        methods: the methods of all runs.
        rows: for each run the difference of each method in words, or a dash.
    """
    minus = {name for run in runs if (name := baseline(run.recording.config.methods)) is not None}
    shown = [place for place in range(len(methods)) if any(row[place] != "–" for row in rows)]
    heads = [LOOKS[methods[place]].label for place in shown]
    name = LOOKS[minus.pop()].label if len(minus) == 1 else "the first method"
    title = f"Minus {name}, paired by seeds (% points)"
    return Group(title, heads, [[row[place] for place in shown] for row in rows])


def choices(runs: Sequence[Compared[R]]) -> tuple[tuple[Compared[R], Compared[R]] | None, list[str]]:
    """Draws the choice of what is shown; returns (A, B) for B minus A or None for all runs, and the methods."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        modes = ("Overlaid", "Difference")
        mode = st.segmented_control("Show", modes, default=modes[0], required=True, key="compare_mode")
        pair = None
        if mode == modes[1]:
            # By place, not by run: the choice then holds when the page brings new recordings of the same runs, and
            # Streamlit, which keeps what names an option as long as the page is open, keeps no recording with it.
            places, label = range(len(runs)), [run.label for run in runs].__getitem__
            b = st.selectbox("Run", places, index=1, format_func=label, key="compare_b", width=260)
            a = st.selectbox("minus run", places, index=0, format_func=label, key="compare_a", width=260)
            pair = runs[a], runs[b]
        offered = methods_of(runs) if pair is None else shared_methods(*pair)
        methods = st.pills(
            "Methods", offered, selection_mode="multi", default=offered, format_func=lambda method: LOOKS[method].label,
            key=f"compare_methods_{'_'.join(offered)}",
        ) if offered else []  # fmt: skip
    return pair, methods
