"""Settings of the page "Robustness": from the URL to widgets to a Sweep, and back to the URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.ui import settings as controls
from app.ui import words
from ipcore.config import METHODS, RATE_PER_EXAMPLE, SETTINGS, SweepConfig, limit, parse_field
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.values import SWEEPABLE, parse_names, parse_over

LADDERS: dict[str, tuple[float, ...]] = {
    "learning_rate": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
    "depth": (2, 5, 10, 15, 20, 30),
    "width": (8, 16, 32, 64, 128),
    "batch_size": (1, 2, 4, 16, 64),
    "weight_scale": (0.1, 0.3, 1.0, 1.7, 3.0, 10.0),
    "intrinsic_rate": (0.0, 0.003, 0.01, 0.03, 0.1, 0.3),
}
"""Setting -> the values over which a first visit varies it, within the bounds of this server."""
OFFERED: dict[str, tuple[float, ...]] = {
    **{name: SETTINGS[name].ladder for name in SWEEPABLE},
    "depth": (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50),
    "width": (2, 4, 8, 16, 32, 64, 128, 256, 512),
}
"""Setting -> the values that its widget offers; any other that is allowed can be typed."""

VALUES = {name: f"{name}s" for name in SWEEPABLE}
"""Setting -> name of the list of its values: in the URL ``learning_rate`` is one, ``learning_rates`` are many."""

DEFAULTS: dict[str, Any] = {
    "over": ("learning_rate", ""),
    **{
        VALUES[name]: tuple(each for each in LADDERS[name] if each == controls.clipped(name, each))
        for name in SWEEPABLE
    },
    "equal_examples": True,
    "usual_rates": True,
    **controls.DEFAULTS,
    "seeds": controls.clipped("seeds", 3),
}
"""Every setting of the page as a first visit has it. ``over``: one setting or two, then without an empty name."""
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True)
class SweepChoice:
    """The settings in the widgets: a valid ``sweep``, or None and the ``problem``, a sentence for the visitor."""

    sweep: Sweep | None
    problem: str = ""


def key(name: str, index: int | None = None) -> str:
    """Key of the widget of a setting."""
    return f"sweep_{name}" if index is None else f"sweep_{name}_{index}"


def parse(name: str, text: str) -> Any:
    """The value of a setting from its text in a URL.

    Raises:
        ValueError: naming the setting, the text and what is allowed.
    """
    if name == "over":
        names = parse_names(text.split(","))
        return (*names, "")[:2]
    for setting, plural in VALUES.items():
        if name == plural:
            return parse_over({setting: text})[setting]
    if name in ("equal_examples", "usual_rates"):
        if text not in FLAGS:
            raise ValueError(f"{name} must be true or false, not {text[:60]!r}")
        return FLAGS[text]
    return parse_field(name, text)


def from_url(parameters: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Settings named in a URL, and a sentence on each parameter that was ignored.

    Args:
        parameters: names and values after the question mark.
    """
    return controls.from_parameters(parameters, DEFAULTS, parse)


def to_url(values: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of the URL that restores ``values``; settings at their default are left out."""
    texts = {}
    for name, usual in DEFAULTS.items():
        value = values[name]
        if name == "methods":
            value = tuple(method for method in METHODS if method in value) or usual
        elif name in VALUES.values():
            value = tuple(value) or usual
        if value == usual:
            continue
        if isinstance(value, bool):
            texts[name] = str(value).lower()
        else:
            parts = value if isinstance(value, tuple) else (value,)
            texts[name] = ",".join(str(part).removesuffix(".0") for part in parts if part != "")
    return texts


def choose(values: Mapping[str, Any]) -> SweepChoice:
    """The Sweep of these values, or the reason why it is refused.

    If batch sizes vary, the steps are those of the largest; others take more if all are to see as many examples.
    """
    if not values["methods"]:
        return SweepChoice(None, controls.NO_METHOD)
    try:
        varied = parse_over({name: values[VALUES[name]] for name in values["over"] if name})
        given = {name: values[name] for name in controls.DEFAULTS}
        sizes = "batch_size" in varied
        if sizes:
            given["batch_size"] = varied["batch_size"][-1]
        flags = {name: sizes and values[name] for name in ("equal_examples", "usual_rates")}
        return SweepChoice(Sweep(SweepConfig(**given), varied, **flags).allowed())
    except ValueError as error:
        return SweepChoice(None, words.refusal(error))


def values_of(sweep: Sweep) -> dict[str, Any]:
    """The settings of the page that give this sweep; for a setting that varies, its single value is the default."""
    varied = {VALUES[name]: tuple(values) for name, values in sweep.over.items()}
    unused = {name: DEFAULTS[name] for name in sweep.over}
    values = {**DEFAULTS, **sweep.config.to_dict(), **unused, **varied, "over": (*sweep.over, "")[:2]}
    if "batch_size" in sweep.over:
        values |= {"equal_examples": sweep.equal_examples, "usual_rates": sweep.usual_rates}
    return values


def default() -> Sweep:
    """The sweep that a first visit shows."""
    sweep = choose(DEFAULTS).sweep
    assert sweep is not None
    return sweep


def tidied(name: str, given: Iterable[Any]) -> list[Any]:
    """The values of a setting as ascending numbers, each once; then the values that are refused, as they are."""
    numbers, rest = set(), []
    for each in given:
        try:
            numbers.add(SETTINGS[name].parse(name, each))
        except ValueError:
            rest.append(each)
    return [*sorted(numbers), *rest]


def widgets(
    values: Mapping[str, Any], on_first: Callable[[], None], on_values: Callable[[str], None], unfolded: bool
) -> None:
    """Draws the widgets of all settings.

    Args:
        values: the current settings.
        on_first: called when the visitor chose another first setting to vary.
        on_values: called with the setting whose values the visitor changed.
        unfolded: whether the settings that are seldom used are unfolded.
    """
    first, second = values["over"]
    if controls.drawn(["over", "methods", "seeds", *(VALUES[name] for name in values["over"] if name)]):
        st.subheader("Sweep", anchor=False)
    controls.control(
        "over",
        st.selectbox,
        "Over",
        SWEEPABLE,
        title="What varies",
        key=key("over", 0),
        format_func=_label,
        on_change=on_first,
        help="The setting whose values are compared.",
    )
    _ladder(first, values, on_values)
    controls.control(
        "over",
        st.selectbox,
        "And over",
        ["", *(name for name in SWEEPABLE if name != first)],
        key=key("over", 1),
        format_func=lambda name: _label(name) if name else "nothing else",
        help="With a second setting the results are drawn as a map.",
    )
    if second:
        _ladder(second, values, on_values)
    sizes = "batch_size" in values["over"]
    if sizes:
        controls.control(
            "equal_examples",
            st.toggle,
            "Equal numbers of examples",
            key=key("equal_examples"),
            help="The largest batch size takes the steps set below; smaller ones take more, to see as many examples.",
        )
        if "intrinsic_rate" not in values["over"]:
            most = words.number(SETTINGS["intrinsic_rate"].default)
            usual = f"The intrinsic rate is {words.number(RATE_PER_EXAMPLE)} times the batch size, at most {most}."
            controls.control("usual_rates", st.toggle, "Usual intrinsic rates", key=key("usual_rates"), help=usual)
    controls.methods(key)
    controls.slider("seeds", key)
    by_size = ["intrinsic_rate"] if sizes and values["usual_rates"] else []
    apart = {"methods", "seeds", *values["over"], *by_size}
    if controls.drawn(name for name in controls.DEFAULTS if name not in apart):
        st.subheader("Everything else", anchor=False)
    controls.dataset(key)
    controls.network_widgets(values, key, apart, unfolded)


def _ladder(name: str, values: Mapping[str, Any], on_values: Callable[[str], None]) -> None:
    setting, chosen = SETTINGS[name], values[VALUES[name]]
    kind = int if setting.whole else float
    offered = {kind(value) for value in OFFERED[name] if setting.low <= value <= limit(name, setting.high)}
    controls.control(
        VALUES[name],
        st.multiselect,
        f"{setting.label}: values",
        sorted(offered | {each for each in chosen if not isinstance(each, str)}),
        key=key(VALUES[name]),
        format_func=_written,
        accept_new_options=True,
        on_change=on_values,
        args=(name,),
        help="Choose values, or type another number and press Enter.",
    )


def _written(value: float | str) -> str:
    return value if isinstance(value, str) else words.number(value)


def _label(name: str) -> str:
    return SETTINGS[name].label
