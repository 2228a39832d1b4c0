"""The status line of a run: its state in words, a few facts, and a bar."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.ui.words import Status


def status_line(now: Status) -> None:
    """Draws the status line.

    Args:
        now: its texts and the length of its bar.
    """
    facts = "".join(f'<span class="fact">{escape(fact)}</span>' for fact in now.facts)
    width = 0 if now.share is None else 100 * now.share
    st.html(
        f'<div class="race-status {now.tone}"><b>{escape(now.headline)}</b>{facts}'
        f'<div class="bar"><i style="width:{width:.1f}%"></i></div></div>'
    )
