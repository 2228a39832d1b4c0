"""How a page begins: its style sheets, its title, and a sentence on what it is about.

Style sheets of pages are kept beside those of the components in app/static, a folder for each feature.
"""

from __future__ import annotations

from functools import cache

import streamlit as st

from app.ui.headings import HEADINGS
from app.ui.modules import STATIC


def begin(page: str, *sheets: str) -> None:
    """Begins a page with its style sheets, its title and what it is about.

    Args:
        page: its name in :data:`app.ui.headings.HEADINGS`.
        sheets: the paths of its style sheets below app/static, the most general first.
    """
    style(*sheets)
    st.title(HEADINGS[page].title, anchor=False)
    st.markdown(HEADINGS[page].lead)


def style(*sheets: str) -> None:
    """Adds style sheets to the page. They are sent with it as text, so that it is never drawn without them.

    Args:
        sheets: their paths below app/static, the most general first.
    """
    st.html(f"<style>\n{_text(*sheets)}</style>")


@cache
def _text(*sheets: str) -> str:
    return "".join((STATIC / sheet).read_text("utf-8") for sheet in sheets)
