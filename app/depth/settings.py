"""Settings of the page "Depth": from the URL to widgets to the settings of a measurement, and back to the URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from app.ui import method_texts, words
from app.ui.settings import RunChoice, clipped, control, from_parameters, ladder_values
from ipcore.config import SETTINGS, RunConfig, limit
from ipcore.methods import get
from ipcore.recordings.measurement import MEASURABLE, measurable

RECORDED: dict[str, Any] = {"depth": 20, "width": 256, "weight_scale": 1.0}
"""Settings of the measurement that comes with the project."""

SHOWN = tuple(name for name in MEASURABLE if not get(name).control)
"""The methods that a first visit shows."""

DEFAULTS: dict[str, Any] = {"methods": SHOWN, **{name: clipped(name, value) for name, value in RECORDED.items()}}
"""Name of each setting of the page -> its default, within the bounds of this server."""

WIDTHS = (32, 64, 128, 256)
"""The widths that the page offers; a link may name another."""

SETTLE: dict[str, Any] = {"batch_size": 100, "steps": 60, "intrinsic_rate": 0.02}
"""The settings with which the rules settle before a measurement."""

SEEDS = (3, 2, 1)
"""Numbers of seeds to try, the largest first: a measurement has as many as the bounds allow."""


def key(name: str) -> str:
    """Key of the widget of a setting."""
    return f"depth_page_{name}"


def from_url(parameters: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Settings named in a URL, and a sentence on each parameter that was ignored.

    Args:
        parameters: names and values after the question mark.
    """
    return from_parameters(parameters, DEFAULTS, _parse)


def _parse(name: str, text: str) -> Any:
    return measurable(text) if name == "methods" else SETTINGS[name].parse(name, text)


def to_url(values: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of the URL that restores ``values``; settings at their default are left out."""
    changed = {name: value for name, value in _values(values).items() if value != DEFAULTS[name]}
    return {
        name: ",".join(value) if name == "methods" else str(value).removesuffix(".0") for name, value in changed.items()
    }


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the page, the methods in their order; if none is chosen, those of a first visit."""
    chosen = tuple(method for method in MEASURABLE if method in values["methods"]) or SHOWN
    return {**{name: values[name] for name in DEFAULTS}, "methods": chosen}


def choose(values: Mapping[str, Any]) -> RunChoice:
    """The settings of a measurement with as many seeds as the bounds allow; or the reason why they are refused."""
    if not values["methods"]:
        return RunChoice(None, "Choose at least one method.")
    problem = ""
    for seeds in SEEDS:
        try:
            return RunChoice(RunConfig(seeds=seeds, **SETTLE, **_values(values)).allowed())
        except ValueError as error:
            problem = words.refusal(error)
    return RunChoice(None, problem)


def recorded(methods: Iterable[str] = SHOWN) -> RunConfig:
    """Settings of the measurement that comes with the project, which a first visit shows.

    Args:
        methods: the methods that were measured; unless given, those that a first visit shows.
    """
    return RunConfig(methods=tuple(methods), seeds=SEEDS[0], **SETTLE, **RECORDED)


def widgets(values: Mapping[str, Any]) -> None:
    """Draws the widgets of all settings.

    Args:
        values: the current settings; a slider also offers a value that is not among its own.
    """
    control(
        "methods",
        st.pills,
        "Methods",
        MEASURABLE,
        key=key("methods"),
        selection_mode="multi",
        format_func=lambda name: get(name).heading,
        help=method_texts.descriptions_for_depth(),
    )
    depth, width, scale = (SETTINGS[name] for name in RECORDED)
    high = int(limit("depth", depth.high))
    control("depth", st.slider, depth.label, int(depth.low), high, key=key("depth"), help=depth.help)
    offered = sorted({*(each for each in WIDTHS if each == clipped("width", each)), values["width"]})
    about = f"{width.help} Theory holds for very wide layers."
    control("width", st.select_slider, width.label, offered, key=key("width"), help=about)
    control(
        "weight_scale",
        st.select_slider,
        scale.label,
        ladder_values("weight_scale", values["weight_scale"]),
        key=key("weight_scale"),
        format_func=words.number,
        help="Multiplies PyTorch's default range of initial weights, ±1/√fan-in. At √3, about 1.7, weights between "
        "hidden layers have the variance of Xavier weights.",
    )
