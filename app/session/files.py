"""Files that a visitor saves from a live component: each is made when it is asked for, and sent once."""

from __future__ import annotations

from collections.abc import Callable, Container

import streamlit as st

from app.ui.files import Answer, Question, asked, send

KEY = "files"
"""Of the component by which they come."""
_MADE = "file_made"
"""Where the session holds the answer that the browser has not confirmed yet."""


def offer(charts: Container[str], make: Callable[[str], tuple[str, str]]) -> None:
    """Lets the browser ask for files, in a part of the page that is drawn anew only when it does.

    Args:
        charts: those that have data.
        make: makes a file's name and text of a chart's name. A ValueError says why there is none.
    """
    st.fragment(_deliver)(charts, make)


def _deliver(charts: Container[str], make: Callable[[str], tuple[str, str]]) -> None:
    question = asked(st.session_state.get(KEY), charts)
    if question is None:  # the browser has saved what it asked for
        st.session_state.pop(_MADE, None)
    send(_answer(question, make) if question else None, key=KEY)


def _answer(question: Question, make: Callable[[str], tuple[str, str]]) -> Answer:
    """The same answer to the same question, also where the page is drawn anew before the browser confirms it."""
    made: Answer | None = st.session_state.get(_MADE)
    if made is None or made.id != question.id:
        try:
            made = Answer(question.id, *make(question.chart))
        except ValueError as error:
            made = Answer(question.id, problem=str(error))
        st.session_state[_MADE] = made
    return made
