"""Settings of any page: from the URL to widgets, and back to the URL.

The URL holds every setting that differs from its default, so that a pasted link restores them all. It never holds a
run: a link can neither start nor steer one. Streamlit's own binding of widgets to the URL drops bad values without a
word and cannot offer a value that lies off a ladder; hence these functions, which leave all judgement to ipcore.config.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from app.ui import method_texts, words
from ipcore.config import METHODS, SETTINGS, RunConfig, limit
from ipcore.datasets import DATASETS
from ipcore.methods import get


def within(name: str, value: float) -> float:
    """The value of a setting, or the upper bound in force if that is lower: what a page can offer."""
    return min(value, type(value)(limit(name, SETTINGS[name].high)))


DEFAULTS: dict[str, Any] = {
    name: within(name, value) if name in SETTINGS else value for name, value in asdict(RunConfig()).items()
}
"""Every setting by name, as a fresh RunConfig has it, as far as the bounds in force allow it."""


NO_METHOD = "Choose at least one method."
"""Said where none is chosen."""


@dataclass(frozen=True)
class Choice:
    """What the widgets say: a valid ``config``, or None and the ``problem`` with it in words."""

    config: RunConfig | None
    problem: str = ""


def from_parameters(
    parameters: Mapping[str, str], allowed: Collection[str], parse: Callable[[str, str], Any]
) -> tuple[dict[str, Any], list[str]]:
    """Settings named in a URL of any page, and a sentence on each parameter that was ignored.

    Args:
        parameters: names and values after the question mark.
        allowed: names of the page's settings.
        parse: value of the setting of that name, from its text; ValueError if that is not allowed.
    """
    values, notices = {}, []
    for name, text in parameters.items():
        if name not in allowed:
            notices.append(f"{name[:40]!r} is not a setting of this page (its settings are {', '.join(allowed)})")
            continue
        try:
            values[name] = parse(name, text)
        except ValueError as error:
            notices.append(str(error))
    return values, notices


def ladder_values(name: str, value: float) -> list[float]:
    """The values that the ladder of a setting offers: its own within the bounds in force, and ``value``."""
    setting = SETTINGS[name]
    high = limit(name, setting.high)
    whole = int if setting.whole else float
    return sorted({whole(each) for each in (*setting.ladder, value) if setting.low <= each <= high})


def of_a_network(values: Mapping[str, Any], key: Callable[[str], str], without: Collection[str]) -> None:
    """Widgets of all settings but methods and seeds, for a page where none takes effect at once.

    Args:
        values: the settings now, for the values of the ladders.
        key: key of the widget of a setting.
        without: settings that are left out.
    """
    dataset(key)
    for name in SETTINGS:
        if name != "seeds" and name not in without:
            widget(name, values, key)


LONGEST_SLIDER = 1000
"""Largest range of whole numbers that a slider offers: beyond it, no single number can be hit."""


def widget(name: str, values: Mapping[str, Any], key: Callable[[str], str] = str) -> None:
    """The widget of a numeric setting: chosen values on a slider, every whole number on a slider, or a box to type in.

    Args:
        name: of the setting.
        values: the settings now, for the values of the ladders.
        key: key of the widget of a setting.
    """
    setting = SETTINGS[name]
    if setting.ladder:
        ladder(name, values, key)
    elif setting.whole and setting.high - setting.low <= LONGEST_SLIDER:
        slider(name, key)
    else:
        box(name, key)


def methods(key: Callable[[str], str] = str) -> None:
    """The widget of the methods.

    Args:
        key: key of the widget of a setting.
    """
    st.pills(
        "Methods",
        METHODS,
        key=key("methods"),
        selection_mode="multi",
        format_func=lambda name: get(name).heading,
        help="The method sets gain and bias of each neuron. All methods share initial weights and minibatches.\n\n"
        + method_texts.descriptions(),
    )


def slider(name: str, key: Callable[[str], str] = str) -> None:
    """The widget of a whole number.

    Args:
        name: of the setting.
        key: key of the widget of a setting.
    """
    setting = SETTINGS[name]
    st.slider(setting.label, int(setting.low), int(limit(name, setting.high)), key=key(name), help=setting.help)


def _dataset_label(name: str) -> str:
    data = DATASETS[name]
    return f"{data.label} (downloads once)" if data.kind == "download" else data.label


def dataset(key: Callable[[str], str]) -> None:
    st.selectbox("Data set", list(DATASETS), key=key("dataset"), format_func=_dataset_label)


def box(name: str, key: Callable[[str], str] = str) -> None:
    """A widget to type the number of a setting in.

    Args:
        name: of the setting.
        key: key of the widget of a setting.
    """
    setting = SETTINGS[name]
    kind, step = (int, 1) if setting.whole else (float, None)
    low, high = kind(setting.low), kind(limit(name, setting.high))
    st.number_input(setting.label, low, high, key=key(name), step=step, help=setting.help)


def ladder(name: str, values: Mapping[str, Any], key: Callable[[str], str] = str, **on_change: Any) -> None:
    setting, offered = SETTINGS[name], ladder_values(name, values[name])
    st.select_slider(setting.label, offered, key=key(name), format_func=words.number, help=setting.help, **on_change)
