"""Files that a visitor saves from a live component: each is made when it is asked for, and sent once."""

from __future__ import annotations

from collections.abc import Callable, Container

import streamlit as st

from app.ui.files import Answer, Request, requested, send

KEY = "files"
"""The key of the component that brings files to the browser."""
_MADE = "file_made"
"""The key in the session state of the answer that the browser has not confirmed yet."""


def offer(charts: Container[str], make: Callable[[str], tuple[str, str]]) -> None:
    """Lets the browser ask for files, in a part of the page that is drawn anew only when it does.

    Args:
        charts: the charts that have data.
        make: takes the name of a chart and returns the name and the text of a file; raises ValueError with a reason.
    """
    st.fragment(_deliver)(charts, make)


def _deliver(charts: Container[str], make: Callable[[str], tuple[str, str]]) -> None:
    request = requested(st.session_state.get(KEY), charts)
    if request is None:  # the browser has saved what it asked for
        st.session_state.pop(_MADE, None)
    send(_answer(request, make) if request else None, key=KEY)


def _answer(request: Request, make: Callable[[str], tuple[str, str]]) -> Answer:
    """The same answer to the same request, also where the page is drawn anew before the browser confirms it."""
    made: Answer | None = st.session_state.get(_MADE)
    if made is None or made.id != request.id:
        try:
            made = Answer(request.id, *make(request.chart))
        except ValueError as error:
            made = Answer(request.id, problem=str(error))
        st.session_state[_MADE] = made
    return made
