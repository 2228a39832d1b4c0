"""Settings of the live race: from the URL to widgets to RunConfig, and back to the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.ui import teacher_link, words
from app.ui.settings import (
    DEFAULTS,
    NO_METHOD,
    RunChoice,
    dataset,
    drawn,
    from_parameters,
    ladder,
    methods,
    network_widgets,
)
from ipcore.config import IN_FLIGHT, METHODS, RunConfig, parse_field, usual_intrinsic_rate


def from_url(parameters: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The settings that a URL names, and a sentence about each parameter that is ignored.

    Args:
        parameters: the names and values after the question mark.
    """
    return from_parameters(parameters, DEFAULTS, parse_field)


def to_url(values: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of a URL that restores ``values``; settings that have their default are left out."""
    texts = {}
    for name, default in DEFAULTS.items():
        value = values.get(name, default)
        if name == "methods":
            value = tuple(method for method in METHODS if method in value) or default  # none at all is no setting
        if value != default:
            texts[name] = ",".join(value) if name == "methods" else str(value).removesuffix(".0")
    return texts


def choose(values: Mapping[str, Any]) -> RunChoice:
    """The RunConfig that has these values, or the reason why it is refused."""
    if not values["methods"]:
        return RunChoice(None, NO_METHOD)
    try:
        return RunChoice(RunConfig.from_dict(values).allowed())
    except ValueError as error:
        return RunChoice(None, words.refusal(error))


def differing(config: RunConfig, running: RunConfig) -> list[str]:
    """The names of the settings in which two configurations differ."""
    return [name for name in DEFAULTS if getattr(config, name) != getattr(running, name)]


def in_flight(values: Mapping[str, Any], on_change: Callable[[str], None], on_usual: Callable[[float], None]) -> None:
    """Widgets of the rates, which may change while a run is trained, and a button for the usual intrinsic rate.

    Args:
        values: the settings as they are now; a widget also offers a value that is not among its usual ones.
        on_change: called with the name of the rate that the visitor changed.
        on_usual: called with the usual intrinsic rate, if the visitor asks for it.
    """
    if drawn(IN_FLIGHT):
        st.subheader("Change any time", anchor=False)
    for name in IN_FLIGHT:
        ladder(name, values, on_change=on_change, args=(name,))
    usual = usual_intrinsic_rate(values["batch_size"])
    if not teacher_link.free(["intrinsic_rate"]):
        return
    st.button(
        f"Usual for batch size {words.number(values['batch_size'])}: {words.number(usual)}",
        key="usual_rate",
        type="tertiary",
        on_click=on_usual,
        args=(usual,),
        disabled=values["intrinsic_rate"] == usual,
        help="A mean over few examples is noisy, so a smaller batch needs a smaller intrinsic rate.",
    )


def at_next_start(values: Mapping[str, Any], unfolded: bool) -> None:
    """Widgets of all other settings, which take effect when the next run starts.

    Args:
        values: the settings as they are now; a widget also offers a value that is not among its usual ones.
        unfolded: whether the settings that are seldom used are unfolded.
    """
    if drawn(name for name in DEFAULTS if name not in IN_FLIGHT):
        st.subheader("Takes effect at the next start", anchor=False)
    dataset(str)
    methods()
    network_widgets(values, str, IN_FLIGHT, unfolded)
