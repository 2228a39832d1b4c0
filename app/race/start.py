"""How the weights of a race start, in words, and whether plain could have a better start. Pure; no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.ui.words import number
from ipcore.config import RunConfig

BEST: dict[str, Any] = {"initialization": "xavier", "weight_scale": 1.0}
"""The settings from which plain networks learn best: each layer of weights then passes on the signal in its size."""


def in_words(config: RunConfig) -> str:
    """A sentence that says how the weights of these settings start, and with which variance.

    >>> in_words(RunConfig())
    "Weights start in PyTorch's default range (variance 1/(3 fan-in))."
    """
    scale, square = config.weight_scale, f"{config.weight_scale**2:.3g}"
    twice = f"{2 * config.weight_scale**2:.3g}"
    times = "" if scale == 1 else f"{number(scale)} times "
    how = {
        "pytorch": f"in {times}PyTorch's default range (variance {square}/(3 fan-in))",
        "xavier": f"in {times}Xavier's range (variance {twice}/(fan-in + fan-out))",
        "orthogonal": f"as {times}orthogonal matrices",
    }[config.initialization]
    biases = " Biases are drawn as in PyTorch's nn.Linear." if config.biases == "drawn" else ""
    return f"Weights start {how}.{biases}"


def improvable(values: Mapping[str, Any]) -> bool:
    """Whether plain takes part with a start that :data:`BEST` would improve: PyTorch's.

    Args:
        values: the settings as they are on the page.
    """
    return "plain" in values["methods"] and values["initialization"] == "pytorch"
