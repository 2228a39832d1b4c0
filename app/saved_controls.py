"""What the list of saved runs shows: from the URL to widgets, and back to the URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import controls
from app.palette import LOOKS
from app.saved_table import KINDS, STATES
from ipcore.config import DATASETS, METHODS

ANY = ""
CHOICES: dict[str, tuple[str, str, dict[str, str]]] = {
    "dataset": ("Data set", "All data sets", {name: data.label for name, data in DATASETS.items()}),
    "method": ("Method", "All methods", {name: f"With {LOOKS[name].label}" for name in METHODS}),
    "state": ("State", "All states", STATES),
    "kind": ("Kind", "All kinds", KINDS),
}
"""Filter -> its label, the name of not filtering, and value -> name."""
DEFAULTS: dict[str, Any] = {"text": "", **dict.fromkeys(CHOICES, ANY), "page": 1}
LONGEST_TEXT = 200
MOST_PAGES = 100_000


def key(name: str) -> str:
    """Key of the widget of a filter."""
    return f"runs_{name}"


def parse(name: str, text: str) -> Any:
    """The value of a filter, from its text in a URL.

    Raises:
        ValueError: if it is not allowed.
    """
    if name == "text":
        return text[:LONGEST_TEXT]
    if name == "page":
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_PAGES):
            raise ValueError(f"page must be a whole number from 1 to {MOST_PAGES:,}, not {text[:40]!r}")
        return int(text[:9])
    if text not in CHOICES[name][2]:
        raise ValueError(f"{name} must be one of {', '.join(CHOICES[name][2])}, not {text[:40]!r}")
    return text


def from_url(parameters: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Filters named in a URL, and a sentence on each parameter that was ignored."""
    return controls.from_parameters(parameters, DEFAULTS, parse)


def to_url(values: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of the URL that restores the filters; those that are not set are left out."""
    return {name: str(values[name]) for name, default in DEFAULTS.items() if values[name] != default}


def back_to_first() -> None:
    """Another filter begins at its first page."""
    st.session_state[key("page")] = 1


def widgets() -> None:
    """The search and the filters, in a row."""
    with st.container(key="runs_filters", horizontal=True, gap="small"):
        st.text_input(
            "Search", key=key("text"), label_visibility="collapsed", placeholder="Search", max_chars=LONGEST_TEXT,
            icon=":material/search:", on_change=back_to_first, width="stretch",
        )
        for name, (label, nothing, names) in CHOICES.items():
            st.selectbox(
                label, [ANY, *names], key=key(name), label_visibility="collapsed", on_change=back_to_first,
                format_func=lambda value, nothing=nothing, names=names: names.get(value, nothing), width=170,
            )


def pages(count: int) -> None:
    """The pages of the list; none are offered where there is one.

    Args:
        count: how many there are.
    """
    page = st.session_state[key("page")]

    def turn() -> None:
        st.session_state[key("page")] = st.session_state[at]

    if count > 1:
        at = key(f"page_after_{page}")  # another one on each page: which one is shown, filters decide too
        st.pagination(count, default=page, key=at, on_change=turn)
