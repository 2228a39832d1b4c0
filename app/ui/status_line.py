"""The status line of a run: its state in words, a few facts, and a bar."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.ui.words import Status

STYLE = """
.race-status { display: grid; grid-template-columns: minmax(0, 1fr) repeat(3, auto); column-gap: 1.5rem;
  align-items: baseline; font-variant-numeric: tabular-nums; min-height: 2.25rem; }
.race-status b { font-weight: 600; }
.race-status .fact { min-width: 7.5rem; text-align: right; opacity: .8; }
.race-status .bar { grid-column: 1 / -1; height: 4px; margin-top: .4rem; border-radius: 2px; overflow: hidden;
  background: color-mix(in srgb, currentColor 15%, transparent); }
.race-status .bar i { display: block; height: 100%; background: #178a92; transition: width .2s linear; }
.race-status.trouble b { color: light-dark(#b3261e, #ff8a80); }
@media (max-width: 640px) {
  .race-status { display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: .5rem; font-size: .9rem;
    min-height: 4.4rem; }
  .race-status b, .race-status .bar { flex: 1 0 100%; }
  .race-status b { min-height: 2.6em; }
  .race-status .fact { min-width: 0; text-align: left; white-space: nowrap; }
  .race-status .fact:empty { display: none; }
}
"""
"""Of the page that shows it."""


def status_line(now: Status) -> None:
    """Draws it.

    Args:
        now: what it says.
    """
    facts = "".join(f'<span class="fact">{escape(fact)}</span>' for fact in now.facts)
    width = 0 if now.share is None else 100 * now.share
    st.html(
        f'<div class="race-status {now.tone}"><b>{escape(now.headline)}</b>{facts}'
        f'<div class="bar"><i style="width:{width:.1f}%"></i></div></div>'
    )
