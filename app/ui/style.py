"""Style sheets of pages: they lie with those of the components, in app/static, a room for each feature."""

from __future__ import annotations

from functools import cache

import streamlit as st

from app.ui.modules import STATIC


def style(*sheets: str) -> None:
    """Gives the page its look. The sheets go with the page, as text: they are small, and it never stands without them.

    Args:
        sheets: their paths below app/static, the most general first.
    """
    st.html(f"<style>\n{_text(*sheets)}</style>")


@cache
def _text(*sheets: str) -> str:
    return "".join((STATIC / sheet).read_text("utf-8") for sheet in sheets)
