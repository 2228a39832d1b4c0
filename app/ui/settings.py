"""Settings of any page: from the URL to widgets, and back to the URL.

The URL holds every setting that differs from its default, so that a pasted link restores them all. It never names a
live run: a link can neither start nor steer one. Streamlit's own binding of widgets to the URL drops bad values
silently and cannot offer a value that is not among those of a slider. These functions
can; ipcore.config checks all values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from app.ui import method_texts, teacher_link, words
from ipcore.config import CHOICES, METHODS, SETTINGS, RunConfig, limit
from ipcore.datasets import DATASETS
from ipcore.methods import get


def clipped(name: str, value: float) -> float:
    """The value of a setting, or its upper bound on this server if that is lower."""
    return min(value, type(value)(limit(name, SETTINGS[name].high)))


DEFAULTS: dict[str, Any] = {
    name: clipped(name, value) if name in SETTINGS else value for name, value in asdict(RunConfig()).items()
}
"""Name of each setting -> its default, within the bounds of this server."""


NO_METHOD = "Choose at least one method."
"""The reason why settings without a method are refused."""


@dataclass(frozen=True)
class RunChoice:
    """The settings in the widgets: a valid ``config``, or None and the ``problem``, a sentence for the visitor."""

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
    """The values that a setting offers on its slider: its own, within the bounds of this server, and ``value``."""
    setting = SETTINGS[name]
    high = limit(name, setting.high)
    whole = int if setting.whole else float
    return sorted({whole(each) for each in (*setting.ladder, value) if setting.low <= each <= high})


def control(
    name: str, draw: Callable[..., Any], label: str, *args: Any, help: str = "", title: str = "", **more: Any
) -> None:
    """Draws a widget of a setting as the link of the page says: as usual, locked at its value, or not at all.

    All widgets of settings that a teacher's link can name are drawn by this.

    Args:
        name: the name of the setting.
        draw: what draws the widget, such as ``st.slider``, with a label first.
        label: the label.
        args: what it takes after the label.
        help: what the widget explains.
        title: what the setting is called in the list of a teacher, if not as its label.
        more: what else it takes.
    """
    if not teacher_link.offer(name, title or label):
        return
    if teacher_link.current().locks(name):
        label, help = f"{label} :small[({teacher_link.LOCKED})]", f"{teacher_link.WHY}\n\n{help}"
        more["disabled"] = True
    draw(label, *args, help=help or None, **more)


def drawn(names: Iterable[str]) -> bool:
    """Whether the link of the page has any of these settings drawn."""
    return any(map(teacher_link.current().draws, names))


FOLDED = ("train_examples", "biases", "optimizer")
"""Settings that are seldom used, which :func:`network_widgets` folds away."""


def network_widgets(
    values: Mapping[str, Any], key: Callable[[str], str], without: Collection[str], unfolded: bool
) -> None:
    """Draws widgets of all settings but data set and methods.

    Args:
        values: the current settings; a slider also offers a value that is not among its own.
        key: gives the key of the widget of a setting.
        without: the names of settings that are left out.
        unfolded: whether the settings that are seldom used are unfolded, until the visitor folds them.
    """
    for name in SETTINGS:
        if name == "weight_scale":
            choice("initialization", key)
        if name not in (*without, *FOLDED):
            widget(name, values, key)
    with st.expander("More settings", expanded=unfolded) if drawn(FOLDED) else nullcontext():
        for name in FOLDED:
            if name in CHOICES:
                choice(name, key)
            else:
                widget(name, values, key)


STEPS = {"train_examples": 500}
"""Setting -> by how much the buttons of its box change it, if not by 1."""

LONGEST_SLIDER = 1000
"""The largest range of whole numbers on a slider; on a longer one no single number could be chosen."""


def widget(name: str, values: Mapping[str, Any], key: Callable[[str], str] = str) -> None:
    """Draws the widget of a numeric setting: a slider of chosen values or of whole numbers, or a box to type in.

    Args:
        name: the name of the setting.
        values: the current settings; a slider also offers a value that is not among its own.
        key: gives the key of the widget of a setting.
    """
    setting = SETTINGS[name]
    if setting.ladder:
        ladder(name, values, key)
    elif setting.whole and setting.high - setting.low <= LONGEST_SLIDER:
        slider(name, key)
    else:
        box(name, key)


def choice(name: str, key: Callable[[str], str] = str) -> None:
    """Draws the widget of a setting whose values are names.

    Args:
        name: the name of the setting.
        key: gives the key of the widget of a setting.
    """
    known = CHOICES[name]
    control(
        name,
        st.selectbox,
        known.label,
        list(known.options),
        key=key(name),
        format_func=lambda option: words.sentence(known.options[option]),
        help=known.help,
    )


def methods(key: Callable[[str], str] = str) -> None:
    """Draws the widget of the methods.

    Args:
        key: gives the key of the widget of a setting.
    """
    control(
        "methods",
        st.pills,
        "Methods",
        METHODS,
        key=key("methods"),
        selection_mode="multi",
        format_func=lambda name: get(name).heading,
        help="The method sets gain and bias of each neuron. All methods share initial weights and minibatches.\n\n"
        + method_texts.descriptions(),
    )


def slider(name: str, key: Callable[[str], str] = str) -> None:
    """Draws the slider of a whole number.

    Args:
        name: the name of the setting.
        key: gives the key of the widget of a setting.
    """
    setting = SETTINGS[name]
    low, high = int(setting.low), int(limit(name, setting.high))
    control(name, st.slider, setting.label, low, high, key=key(name), help=setting.help)


def _dataset_label(name: str) -> str:
    data = DATASETS[name]
    return f"{data.label} (downloads once)" if data.kind == "download" else data.label


def dataset(key: Callable[[str], str]) -> None:
    """Draws the widget of the data set."""
    control("dataset", st.selectbox, "Data set", list(DATASETS), key=key("dataset"), format_func=_dataset_label)


def box(name: str, key: Callable[[str], str] = str) -> None:
    """Draws a box in which the number of a setting is typed.

    Args:
        name: the name of the setting.
        key: gives the key of the widget of a setting.
    """
    setting = SETTINGS[name]
    kind, step = (int, STEPS.get(name, 1)) if setting.whole else (float, None)
    low, high = kind(setting.low), kind(limit(name, setting.high))
    label = f"{setting.label} (0: all)" if name == "train_examples" else setting.label
    control(name, st.number_input, label, low, high, key=key(name), step=step, help=setting.help)


def ladder(name: str, values: Mapping[str, Any], key: Callable[[str], str] = str, **on_change: Any) -> None:
    """Draws a slider of chosen values."""
    setting, offered = SETTINGS[name], ladder_values(name, values[name])
    control(
        name,
        st.select_slider,
        setting.label,
        offered,
        key=key(name),
        format_func=words.number,
        help=setting.help,
        **on_change,
    )
