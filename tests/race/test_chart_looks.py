"""How methods and theory look in the charts of a race."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from colours import VISION, contrast, lab, linear
from race_charts import unpack
from recordings import recording

from app.race.frames import frame
from app.ui.palette import DARK, GREY, LIGHT, LOOKS
from ipcore.config import METHODS, RunConfig
from ipcore.recordings.race import Recording
from ipcore.theory.depth import gradient_multiplier, signal_through_depth, start_variances


def test_marks_are_named_by_what_was_changed() -> None:
    made = recording(RunConfig(steps=20, depth=1, width=2), steps=7, end=False)
    made.add({"event": "mark", "step": 7, "setting": "learning_rate", "previous": 0.01, "value": 0.03})
    assert unpack(frame(made))[0]["marks"] == [[7, "learning rate", "0.03"]]


def test_each_run_is_told_from_the_others(short: Recording) -> None:
    other = recording(RunConfig(steps=5, depth=1, width=2))
    first, again, second = (unpack(frame(each))[0]["run"] for each in (short, short, other))
    assert first == again != second


def test_every_divergence_reaches_the_legend() -> None:
    config = RunConfig(methods="plain,batch-norm,infomax,ip", steps=9, depth=1, width=2, seeds=16)
    made = recording(config, snapshots=4, end=False)
    for method in config.methods:
        for seed in range(16):
            made.add({"event": "diverged", "step": made.step, "method": method, "seed": seed})
    told = [method for _, method, _ in unpack(frame(made))[0]["diverged"]]
    assert {method: told.count(method) for method in config.methods} == dict.fromkeys(config.methods, 16)


@pytest.mark.parametrize(("shade", "background"), [(0, LIGHT), (1, DARK)])
def test_methods_are_told_apart_and_read_with_any_colour_vision(shade: int, background: str) -> None:
    assert tuple(LOOKS) == METHODS
    for color in (*(look.color[shade] for look in LOOKS.values()), GREY[shade]):
        assert contrast(color, background) >= 4.5
    for a, b in itertools.combinations(LOOKS.values(), 2):
        assert a.dash != b.dash
        assert a.symbol != b.symbol
        for vision in VISION.values():
            distance = np.linalg.norm(np.subtract(*(lab(vision @ linear(look.color[shade])) for look in (a, b))))
            assert distance >= 20, (a.label, b.label)


def test_theory_hangs_on_the_last_layer():
    made = recording(RunConfig(steps=20, depth=6, width=4, weight_scale=2.0))
    _header, arrays = unpack(frame(made))
    lines = arrays["error_signal_theory"]
    for line, seen, method in zip(lines, arrays["error_signal"], made.config.methods, strict=True):
        assert line[-1] == pytest.approx(seen[-1])
        ratio = float((line[1] / line[2]) ** 2)
        if method == "plain":
            moment = made.config.data.second_moment
            expected = signal_through_depth("plain", 6, 4 / 3, moment).error_signal
            np.testing.assert_allclose(line, seen[-1] * expected, rtol=1e-5)
        else:
            assert ratio == pytest.approx(gradient_multiplier(method), rel=1e-5)
            assert np.isnan(line[0]), "the first gain depends on how much the inputs vary"
    lines = arrays["weight_gradient_theory"]
    for line, seen, method in zip(lines, arrays["weight_gradient"], made.config.methods, strict=True):
        expected = signal_through_depth(method, 6, 4 / 3, made.config.data.second_moment).weight_gradient
        np.testing.assert_allclose(line[1:], seen[-1] * expected[1:], rtol=1e-5)
        assert np.isnan(line[0]), "pixels differ in how much they vary"


def test_theory_knows_the_initialization_and_the_biases():
    config = RunConfig(methods=("plain",), depth=6, width=16, initialization="xavier", biases="drawn", steps=20)
    _, arrays = unpack(frame(recording(config)))
    expected = signal_through_depth(
        "plain", 6, input_second_moment=config.data.second_moment, start=start_variances(config)
    )
    seen = arrays["error_signal"][0, -1]
    np.testing.assert_allclose(arrays["error_signal_theory"][0], seen * expected.error_signal, rtol=1e-5)
    assert expected.error_signal[0] > 0.1 > signal_through_depth("plain", 6).error_signal[0]


def test_theory_is_left_out_where_it_has_no_bounds(monkeypatch):
    monkeypatch.setenv("IPCORE_LIMITS", "weight_scale=1e9")
    _, arrays = unpack(frame(recording(RunConfig(steps=20, depth=3, width=4, weight_scale=1e6))))
    assert all(np.isnan(arrays[f"{name}_theory"]).all() for name in ("weight_gradient", "error_signal"))
