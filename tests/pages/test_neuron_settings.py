"""The settings of "One neuron" in a link."""

from __future__ import annotations

import pytest

from app.neuron import settings as neuron_controls
from app.neuron.settings import DEFAULTS


def test_settings_survive_the_url() -> None:
    values = {
        **DEFAULTS,
        "distribution": "mixture",
        "means": (-3.0, 4.5),
        "weight": 0.0,
        "methods": ("ip",),
        "speed": 600,
    }
    parameters = neuron_controls.to_url(values)
    assert parameters == {"distribution": "mixture", "means": "-3,4.5", "weight": "0", "methods": "ip", "speed": "600"}
    assert neuron_controls.from_url(parameters) == ({name: values[name] for name in parameters}, [])


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [("sd", "0", "0.001"), ("distribution", "cauchy", "laplace"), ("means", "1", "two numbers"), ("speed", "7", "200"),
     ("methods", "magic", "infomax"), ("depth", "3", "not a setting"), ("batch_size", "1.5", "whole")],
)  # fmt: skip
def test_nonsense_in_the_url_is_named(name: str, text: str, allowed: str) -> None:
    values, (notice,) = neuron_controls.from_url({name: text})
    assert values == {} and name in notice and allowed in notice
