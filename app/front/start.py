"""What the server needs of Streamlit's settings, wherever and however it was started.

``streamlit run`` reads ``.streamlit/config.toml`` beside the main file. Another way to start, such as an ASGI server or
a link to the main file, may not; then this sets what nobody else has set.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config

SETTINGS = Path(__file__).resolve().parents[1] / ".streamlit" / "config.toml"


def options(found: Mapping[str, Any], section: str = "") -> Iterator[tuple[str, Any]]:
    """The options in a file of settings: the full name of each, and its value.

    Args:
        found: what the file holds.
        section: the full name of the section that holds them.
    """
    for name, value in found.items():
        full = f"{section}.{name}" if section else name
        if isinstance(value, Mapping):
            yield from options(value, full)
        else:
            yield full, value


def prepare() -> None:
    """Sets those options of our file that were not set in any way."""
    for name, value in options(tomllib.loads(SETTINGS.read_text("utf-8"))):
        if not config.is_manually_set(name):
            config.set_option(name, value, str(SETTINGS))


def check() -> None:
    """Checks that an option has not been set to a value with which the dashboard cannot work.

    Raises:
        ValueError: that one has, and how to mend it.
    """
    if not st.get_option("server.enableStaticServing"):
        raise ValueError(
            "Streamlit's option server.enableStaticServing is off, so that charts cannot be loaded; remove what sets "
            "it: a flag of the command, STREAMLIT_SERVER_ENABLE_STATIC_SERVING or a file .streamlit/config.toml"
        )
