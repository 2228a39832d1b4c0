"""Search and filters of the list of saved runs: from the URL to widgets, and back to the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.saved.table import KINDS, STATES
from app.ui import settings as controls
from app.ui.palette import LOOKS
from ipcore.config import METHODS
from ipcore.datasets import DATASETS

ANY, DELETED = "", "deleted"
CHOICES: dict[str, tuple[str, str, dict[str, str]]] = {
    "dataset": ("Data set", "All data sets", {name: data.label for name, data in DATASETS.items()}),
    "method": ("Method", "All methods", {name: f"With {LOOKS[name].label}" for name in METHODS}),
    "state": ("State", "All states", {**STATES, DELETED: "Recently deleted"}),
    "kind": ("Kind", "All kinds", KINDS),
}
"""Filter -> its label, the text shown without a filter, and value -> name."""
DEFAULTS: dict[str, Any] = {"text": "", **dict.fromkeys(CHOICES, ANY)}
LONGEST_TEXT = 200


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
    if text not in CHOICES[name][2]:
        raise ValueError(f"{name} must be one of {', '.join(CHOICES[name][2])}, not {text[:40]!r}")
    return text


def from_url(parameters: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Filters named in a URL, and a sentence on each parameter that was ignored."""
    return controls.from_parameters(parameters, DEFAULTS, parse)


def to_url(values: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of the URL that restores the filters; those that are not set are left out."""
    return {name: str(values[name]) for name, default in DEFAULTS.items() if values[name] != default}


def _named(names: Mapping[str, str], otherwise: str) -> Callable[[str], str]:
    return lambda value: names.get(value, otherwise)


def widgets(on_change: Callable[[], None]) -> None:
    """Draws the search and the filters in a row.

    Args:
        on_change: called when one was changed.
    """
    with st.container(key="runs_filters", horizontal=True, gap="small"):
        st.text_input(
            "Search",
            key=key("text"),
            label_visibility="collapsed",
            placeholder="Search",
            max_chars=LONGEST_TEXT,
            icon=":material/search:",
            on_change=on_change,
            width="stretch",
        )
        for name, (label, nothing, names) in CHOICES.items():
            st.selectbox(
                label,
                [ANY, *names],
                key=key(name),
                label_visibility="collapsed",
                on_change=on_change,
                format_func=_named(names, nothing),
                width=170,
            )


def pages(count: int, page: int, turn: Callable[[str], None]) -> None:
    """Draws the choice of a page of the list, if there are several.

    Args:
        count: how many pages there are.
        page: the current page, counted from 1.
        turn: called with the key of the widget when the visitor chose another page.
    """
    if count > 1:
        at = key(f"page_after_{page}")  # another one on each page: which one is shown, filters decide too
        st.pagination(count, default=page, key=at, on_change=turn, args=(at,))
