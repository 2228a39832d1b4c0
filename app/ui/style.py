"""Style sheets of pages, which are kept beside those of the components in app/static, a folder for each feature."""

from __future__ import annotations

from functools import cache

import streamlit as st

from app.ui.modules import STATIC


def style(*sheets: str) -> None:
    """Adds style sheets to the page. They are sent with it as text, so that it is never drawn without them.

    Args:
        sheets: their paths below app/static, the most general first.
    """
    st.html(f"<style>\n{_text(*sheets)}</style>")


@cache
def _text(*sheets: str) -> str:
    return "".join((STATIC / sheet).read_text("utf-8") for sheet in sheets)
