"""Settings of the page "One neuron": from the URL to widgets to a setup, and back to the URL.

Bounds are those of ipcore.theory.distributions and ipcore.config. A slider spans the part of them where there is
something to see, and more if a link asks for a value beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import streamlit as st

from app.neuron.play import Setup
from app.ui import method_texts, teacher_link, words
from app.ui.palette import LOOKS
from app.ui.settings import clipped, control, drawn, from_parameters, ladder
from ipcore.config import SETTINGS, usual_intrinsic_rate
from ipcore.methods import get
from ipcore.theory.distributions import FAMILIES, PARAMETERS, Mixture, distribution
from ipcore.theory.neuron import ONE_NEURON, rules_of_one_neuron

SPEEDS = (20, 60, 200, 600)
"""The speeds on offer, in updates of gain and bias per second of the animation."""

DEFAULTS: dict[str, Any] = {
    "distribution": "normal",
    "mean": 1.5,
    "sd": 0.5,
    "scale": 0.5,
    "low": 0.0,
    "high": 2.0,
    "rate": 1.0,
    "mu": 0.0,
    "sigma": 0.5,
    "means": (-0.5, 2.0),
    "sds": (0.4, 0.4),
    "weight": 0.5,
    "methods": tuple(name for name in ONE_NEURON if not get(name).control),
    **{name: clipped(name, SETTINGS[name].default) for name in ("intrinsic_rate", "batch_size")},
    "speed": SPEEDS[0],
}
"""Every setting of the page as a first visit has it; the input lies where tanh, at its start, is nearly flat."""
DEFAULTS |= {name: bounds.default for name, bounds in PARAMETERS.items() if name not in DEFAULTS}

PAIRS = {"means": "mean", "sds": "sd"}
"""Settings that hold two numbers, and the parameter that bounds each."""

SPANS = {
    "mean": (-5.0, 5.0, 0.05),
    "sd": (0.05, 3.0, 0.05),
    "scale": (0.05, 3.0, 0.05),
    "low": (-5.0, 5.0, 0.05),
    "high": (-5.0, 5.0, 0.05),
    "rate": (0.1, 5.0, 0.05),
    "mu": (-2.0, 2.0, 0.05),
    "sigma": (0.05, 1.5, 0.05),
    "weight": (0.0, 1.0, 0.05),
}
"""Parameter -> ends and step of its slider, unless the slider spans all allowed values in a hundred steps."""


_LABELS = {**words.LABELS, **{name: setting.label for name, setting in PARAMETERS.items()}}


def key(name: str, index: int | None = None) -> str:
    """Key of the widget of a setting; with an index, of one number of a pair."""
    return f"neuron_{name}" if index is None else f"neuron_{name}_{index}"


def parse(name: str, value: Any) -> Any:
    """One setting, checked.

    Raises:
        ValueError: naming it, the value and what is allowed.
    """
    if name == "distribution":
        return type(distribution(value)).__name__.lower()
    if name == "methods":
        return rules_of_one_neuron(value)
    if name in PAIRS:
        return getattr(Mixture(**{name: value}), name)
    if name == "speed":
        offered = {str(speed): speed for speed in SPEEDS}
        if str(value) not in offered:
            raise ValueError(f"speed must be one of {', '.join(offered)}, not {str(value)[:60]!r}")
        return offered[str(value)]
    return (PARAMETERS.get(name) or SETTINGS[name]).parse(name, value)


def from_url(parameters: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Settings named in a URL, and a sentence on each parameter that was ignored."""
    return from_parameters(parameters, DEFAULTS, parse)


def to_url(values: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of the URL that restores ``values``: what this distribution uses, and defaults left out."""
    unused = (set(PARAMETERS) | set(PAIRS)) - set(parameters(values["distribution"]))
    texts = {}
    for name, default in DEFAULTS.items():
        value = values[name]
        if name == "methods":
            value = tuple(method for method in ONE_NEURON if method in value) or default  # none at all is no setting
        if name not in unused and value != default:
            texts[name] = ",".join(value) if name == "methods" else _text(value)
    return texts


def parameters(family: str) -> list[str]:
    """Names of a distribution's parameters."""
    return [field.name for field in fields(FAMILIES[family])]


def choose(values: Mapping[str, Any]) -> tuple[Setup | None, str]:
    """The setup of these values and a note about it, which may be empty; or None and why they are refused."""
    family, size = values["distribution"], values["batch_size"]
    if not values["methods"]:
        return None, "Choose at least one rule."
    try:
        methods = rules_of_one_neuron(values["methods"])
        chosen = distribution(family, {name: values[name] for name in parameters(family)})
    except ValueError as error:
        return None, words.refusal(error, _LABELS)
    note = " ".join(filter(None, (get(method).left_out(size) for method in methods)))
    methods = tuple(method for method in methods if not get(method).too_small(size))
    if not methods:
        return None, " ".join(get(method).needs_larger_batch(size) for method in rules_of_one_neuron(values["methods"]))
    return Setup(chosen, methods, values["intrinsic_rate"], size, values["speed"]), note


def shown(setup: Setup) -> str:
    """A sentence on what the charts show while other settings are refused."""
    family = type(setup.distribution).__name__.lower()
    values = [f"{name} {_text(getattr(setup.distribution, name))}" for name in parameters(family)]
    rules = ", ".join(LOOKS[method].label for method in setup.methods)
    return (
        f"Shown instead: {_family_label(family)}, {', '.join(values)}; {rules}; "
        f"batch size {words.number(setup.batch_size)}, intrinsic rate {words.number(setup.rate)}."
    )


def widgets(values: Mapping[str, Any], on_usual: Any) -> None:
    """Draws all widgets.

    Args:
        values: the current settings.
        on_usual: called with the usual intrinsic rate, if the visitor asks for it.
    """
    inputs = parameters(values["distribution"])
    if drawn(["distribution", *inputs]):
        st.subheader("Input", anchor=False)
    families = list(FAMILIES)
    control("distribution", st.selectbox, "Distribution", families, key=key("distribution"), format_func=_family_label)
    for name in inputs:
        for index in (0, 1) if name in PAIRS else (None,):
            _slider(name, index, values[name] if index is None else values[name][index])
    if drawn(["methods", "intrinsic_rate", "batch_size", "speed"]):
        st.subheader("Learning", anchor=False)
    control(
        "methods",
        st.pills,
        "Rules",
        ONE_NEURON,
        key=key("methods"),
        selection_mode="multi",
        format_func=lambda name: get(name).heading,
        help=method_texts.descriptions_for_one_neuron(),
    )
    for name in ("intrinsic_rate", "batch_size"):
        ladder(name, values, key)
    usual = usual_intrinsic_rate(values["batch_size"])
    if teacher_link.free(["intrinsic_rate"]):
        st.button(
            f"Usual for batch size {words.number(values['batch_size'])}: {words.number(usual)}",
            key="usual_neuron_rate",
            type="tertiary",
            on_click=on_usual,
            args=(usual,),
            disabled=values["intrinsic_rate"] == usual,
            help="A mean over few samples is noisy, so a smaller batch needs a smaller intrinsic rate.",
        )
    control("speed", st.select_slider, "Speed", SPEEDS, key=key("speed"), format_func=lambda each: f"{each} updates/s")


def _slider(control_name: str, index: int | None, value: float) -> None:
    name = PAIRS.get(control_name, control_name)
    setting = PARAMETERS[name]
    low, high, step = SPANS.get(name) or (float(setting.low), float(setting.high), (setting.high - setting.low) / 100)
    low, high = min(low, value), max(high, value)
    form = None if round(value, 2) == value else "%.4g"  # else a small value from a link would read 0.00
    control(
        control_name,
        st.slider,
        setting.label if index is None else f"{setting.label} {index + 1}",
        low,
        high,
        key=key(control_name, index),
        step=step,
        help=setting.help,
        title=setting.label if index is None else f"{setting.label} 1 and 2",
        format=form,
    )


def _family_label(name: str) -> str:
    return {"laplace": "Laplace", "mixture": "Mixture of two normals"}.get(name, name.capitalize())


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return str(value).removesuffix(".0")
