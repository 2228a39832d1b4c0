"""Frames and tables: what the charts of a page show at one moment, and their data as CSV."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import struct
import threading
from typing import Any

import numpy as np
import pytest
from colours import VISION, contrast, lab, linear
from hypothesis import given
from hypothesis import strategies as st
from recordings import events, recording

from app.race.frames import CHARTS, frame, table
from app.ui.frames import TYPES, decades, every, horizon, pack, quantise
from app.ui.palette import DARK, GREY, LIGHT, LOOKS
from ipcore.config import IN_FLIGHT, METHODS, RunConfig
from ipcore.recordings.race import Recording
from ipcore.theory.depth import gradient_multiplier, signal_through_depth

LIMIT = 100_000
"""Bytes that a frame may have at any length of a run."""


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a frame, read as app/frames.py describes it."""
    (size,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + size])
    body = data[4 + size :]
    assert len(body) == header["length"]
    assert size % 4 == 0
    arrays = {}
    for name, (kind, offset, shape) in header["arrays"].items():
        assert offset % 4 == 0
        arrays[name] = np.frombuffer(body, TYPES[kind], math.prod(shape), offset).reshape(shape)
    return header, arrays


@pytest.fixture(scope="module")
def short() -> Recording:
    return recording(RunConfig(steps=100, depth=4, width=8, seeds=2), snapshots=11)


def lossy(config: RunConfig, rows: dict[str, Any]) -> Recording:
    """A run of which only training losses are known."""
    made = Recording(config)
    made.add(next(events(config)))
    made.add({"event": "steps", "first": 1, "elapsed": 1.0, "loss": rows})
    return made


def test_what_is_packed_comes_back() -> None:
    arrays = {
        "bytes": np.arange(5, dtype=np.uint8),
        "numbers": np.array([[1.5, np.nan], [-np.inf, 3]], np.float32),
        "empty": np.zeros((3, 0), np.float32),
        "steps": np.array([1, 2, 70_000], np.int32),
    }
    header, back = unpack(pack({"state": "läuft"}, arrays))
    assert header["state"] == "läuft"
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


def test_packing_refuses_what_a_browser_could_not_read() -> None:
    with pytest.raises(ValueError, match="array 'x' is of float64"):
        pack({}, {"x": np.zeros(3)})
    with pytest.raises(ValueError):
        pack({"x": math.nan}, {})


@given(count=st.integers(1, 5_000), at_most=st.integers(4, 400))
def test_thinning_keeps_both_ends_and_stays_small(count: int, at_most: int) -> None:
    kept = every(count, at_most)
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert len(kept) <= at_most
    assert np.all(np.diff(kept) > 0)


@given(total=st.integers(1, 100_000), share=st.floats(0, 1))
def test_the_axis_of_steps_holds_the_curve_and_never_shrinks(total: int, share: float) -> None:
    step = int(share * total)
    assert min(total, 500) <= horizon(total, step) <= total
    assert horizon(total, step) >= step
    assert horizon(total, min(total, step + 1)) >= horizon(total, step)


def test_numbers_in_254_levels() -> None:
    levels = quantise(np.array([-9.0, -4, -2, 0, 9, np.nan]), -4, 0)
    assert levels.tolist() == [0, 0, 127, 254, 254, 255]
    assert decades([3e-5, 0.2], least=2) == (-5, 0)
    assert decades([0.02, 0.03], least=2) == (-2, 0)
    assert decades([1e-30, 0.2], least=2) == (-12, 0)


@pytest.mark.parametrize("dataset", ["cifar10", "spirals"])
def test_the_longest_and_widest_run_fits_into_a_frame(dataset: str) -> None:
    config = RunConfig(dataset=dataset, methods=METHODS, depth=50, width=2, steps=100_000, seeds=16, batch_size=10)
    made = Recording(config)
    start, *rest = events(config.replace(steps=1), snapshots=2)
    made.add({**start, "config": config.to_dict()})
    test, snapshot = next(rest[at : at + 2] for at, event in enumerate(rest) if event["event"] == "test")
    row = np.linspace(0.1, 2, 16).tolist()
    for index, step in enumerate(range(0, config.steps, 250)):
        losses = {name: [row] * 250 for name in METHODS}
        if index < 16:
            for name in METHODS:
                made.add({"event": "diverged", "step": step + 1, "method": name, "seed": index})
            for setting in IN_FLIGHT:
                made.add({"event": "mark", "step": step, "setting": setting, "previous": 0.1, "value": 0.123456})
        made.add({**test, "step": step})
        if index % 4 == 0:
            made.add({**snapshot, "step": step})
        made.add({"event": "steps", "first": step + 1, "elapsed": 1.0, "loss": losses})
    for layer in (None, 49):
        assert len(frame(made, layer=layer)) < LIMIT


def test_a_default_race_takes_a_quarter_of_that() -> None:
    assert len(frame(recording(RunConfig()))) < LIMIT / 4


def test_a_run_that_has_not_started_has_empty_charts() -> None:
    header, arrays = unpack(frame(Recording(RunConfig())))
    assert (header["state"], header["step"], header["snapshot"]) == ("starting", 0, None)
    assert arrays["loss"].shape == (3, 1, 0)
    assert (arrays["gradient_map"] == 255).all()
    assert "gain" not in arrays


def test_points_of_the_loss_are_means_of_the_steps_before_them() -> None:
    config = RunConfig(methods="ip", steps=1_000, seeds=3)
    values = np.random.default_rng(1).random((703, 3)).astype(np.float32)
    header, arrays = unpack(frame(lossy(config, {"ip": values.tolist()})))
    ends = arrays["loss_steps"].astype(int)
    assert header["bucket"] == 5
    assert ends.tolist() == [1, *range(5, 701, 5), 703]
    for start, end, point in zip([0, *ends[:-1]], ends, arrays["loss"][0].T, strict=True):
        seeds = values[start:end].mean(0)
        np.testing.assert_allclose(point, [seeds.mean(), seeds.min(), seeds.max()], rtol=1e-5)


def test_points_once_drawn_stay_while_the_run_goes_on() -> None:
    config = RunConfig(methods="ip", steps=1_000)
    values = np.random.default_rng(2).random((900, 1)).tolist()
    made = lossy(config, {"ip": values[:301]})
    _, early = unpack(frame(made))
    made.add({"event": "steps", "first": 302, "elapsed": 2.0, "loss": {"ip": values[301:]}})
    _, late = unpack(frame(made))
    _, fresh = unpack(frame(lossy(config, {"ip": values})))
    np.testing.assert_array_equal(late["loss"], fresh["loss"])
    np.testing.assert_array_equal(late["loss_steps"], fresh["loss_steps"])
    np.testing.assert_array_equal(late["loss"][..., : early["loss"].shape[-1] - 1], early["loss"][..., :-1])


def test_one_seed_has_no_band(short: Recording) -> None:
    _, arrays = unpack(frame(short))
    assert arrays["loss"].shape[:2] == arrays["accuracy"].shape[:2] == (3, 3)
    _, arrays = unpack(frame(recording(RunConfig(steps=20, depth=2, width=4))))
    assert arrays["loss"].shape[:2] == arrays["accuracy"].shape[:2] == (3, 1)


def test_diverged_replicas_leave_the_mean_and_are_named() -> None:
    config = RunConfig(methods=("plain", "ip"), steps=100, seeds=2, first_seed=7)
    one = [[1.0, 3.0]] * 40 + [[1.0, None]] * 60
    both = [[1.0, 3.0]] * 40 + [[None, None]] * 60
    made = Recording(config)
    made.add(next(events(config)))
    made.add({"event": "diverged", "step": 41, "method": "plain", "seed": 8})
    made.add({"event": "steps", "first": 1, "elapsed": 1.0, "loss": {"plain": one, "ip": both}})
    header, arrays = unpack(frame(made))
    assert header["diverged"] == [[41, "plain", 8]]
    np.testing.assert_array_equal(arrays["loss"][0][:, [0, -1]], [[2, 1], [1, 1], [3, 1]])
    assert arrays["loss"][1][0, 39] == 2
    assert np.isnan(arrays["loss"][1][:, -1]).all()


def test_one_moment_for_all_charts(short: Recording) -> None:
    header, arrays = unpack(frame(short, step=47))
    assert (header["asked"], header["step"], header["snapshot"], header["newest"]) == (47, 40, 40, 100)
    assert arrays["moments"].tolist() == list(range(0, 101, 10))
    there = short.moment(47).methods["ip"]
    np.testing.assert_allclose(arrays["weight_gradient"][2], there.weight_gradient)
    np.testing.assert_allclose(arrays["entropy"][2], there.entropy)
    assert arrays["loss_steps"][-1] == 100, "the curves go on to the newest step"
    header, _ = unpack(frame(short))
    assert (header["asked"], header["step"]) == (None, 100)
    header, _ = unpack(frame(short, step=10_000))
    assert header["step"] == 100


def test_histograms_of_one_layer_or_all(short: Recording) -> None:
    layers = short.moment(None).methods["batch-norm"]
    for name in ("gain", "bias", "activity"):
        for layer, counts in ((2, getattr(layers, name)[2]), (None, getattr(layers, name).sum(0))):
            header, arrays = unpack(frame(short, layer=layer))
            assert header["layer"] == layer
            np.testing.assert_allclose(arrays[name][1], counts / counts.sum(), rtol=1e-4)
    header, arrays = unpack(frame(short, layer=4))
    assert header["layer"] is None, "a layer that this run does not have"


def test_the_map_holds_the_last_snapshot_of_its_column_and_nothing_ahead() -> None:
    config = RunConfig(steps=200, depth=3, width=4)
    made = recording(config, steps=100, snapshots=3, end=False)
    header, arrays = unpack(frame(made))
    low, high = header["decades"]["weight_gradient"]
    cells = arrays["gradient_map"].astype(float)
    assert cells.shape == (3, 3, 100)
    assert (cells[:, :, 51:] == 255).all()
    for columns, step in ((slice(0, 25), 0), (slice(25, 50), 50), (slice(50, 51), 100)):
        for index, layers in enumerate(made.moment(step).methods.values()):
            drawn = low + (high - low) * cells[index, :, columns] / 254
            wanted = np.log10(np.maximum(layers.weight_gradient, 10.0**low))
            assert np.abs(drawn - wanted[:, None]).max() <= (high - low) / 254


def test_axes_only_widen() -> None:
    config = RunConfig(steps=100, depth=6, width=8)
    made = Recording(config)
    seen: list[dict[str, Any]] = []
    for event in events(config, snapshots=20, batch=10):
        made.add(event)
        seen.append(unpack(frame(made))[0])
    for before, after in itertools.pairwise(seen[1:]):
        for ends in (lambda header: header["gain"], lambda header: header["decades"]["error_signal"]):
            if before["snapshot"] is not None:
                assert ends(after)[0] <= ends(before)[0]
                assert ends(after)[1] >= ends(before)[1]
        assert after["bias"] >= before["bias"]


def test_surfaces_only_of_two_dimensional_data(short: Recording) -> None:
    assert not {"surface", "points"} & set(unpack(frame(short))[1])
    made = recording(RunConfig(dataset="moons", steps=30, depth=2, width=4), snapshots=4)
    header, arrays = unpack(frame(made, step=20))
    assert header["extent"] == made.data["extent"]
    assert set(arrays["points"][:, 2]) == {0, 1}
    np.testing.assert_array_equal(arrays["surface"][0], np.round(100 * made.tested(20).surface["plain"]))


def test_marks_are_named_by_what_was_changed() -> None:
    made = recording(RunConfig(steps=20, depth=1, width=2), steps=7, end=False)
    made.add({"event": "mark", "step": 7, "setting": "learning_rate", "previous": 0.01, "value": 0.03})
    assert unpack(frame(made))[0]["marks"] == [[7, "learning rate", "0.03"]]


def test_each_run_is_told_from_the_others(short: Recording) -> None:
    other = recording(RunConfig(steps=5, depth=1, width=2))
    first, again, second = (unpack(frame(each))[0]["run"] for each in (short, short, other))
    assert first == again != second


def test_frames_may_be_packed_while_events_arrive() -> None:
    config = RunConfig(steps=400, depth=2, width=4)
    made = Recording(config)
    adding = threading.Thread(target=lambda: [made.add(event) for event in events(config, snapshots=80, batch=5)])
    adding.start()
    packed = []
    while adding.is_alive():
        packed.append(unpack(frame(made, layer=1)))
    adding.join()
    for header, arrays in packed:
        if header["newest"]:
            assert arrays["loss_steps"][-1] == header["newest"]
    assert unpack(frame(made))[0]["newest"] == 400


def rows(made: Recording, chart: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table(made, chart))))


def test_tables_are_whole(short: Recording) -> None:
    loss = rows(short, "loss")
    assert list(loss[0]) == [
        "step",
        "method",
        "learning_rate",
        "intrinsic_rate",
        "train_loss_seed_0",
        "train_loss_seed_1",
    ]
    assert len(loss) == 100 * 3
    assert float(loss[-1]["train_loss_seed_1"]) == pytest.approx(short.loss("ip")[99, 1])
    accuracy = rows(short, "accuracy")
    assert len(accuracy) == 11 * 3
    assert float(accuracy[-1]["test_accuracy_seed_0"]) == pytest.approx(short.tests[-1].accuracy["ip"][0])
    gradient = rows(short, "gradient")
    assert len(gradient) == len(rows(short, "information")) == len(rows(short, "gradient_map")) == 11 * 3 * 4
    layers = short.snapshots[-1].methods["ip"]
    assert float(gradient[-1]["rms_error_signal"]) == pytest.approx(layers.error_signal[-1])
    assert gradient[-1]["layer"] == "4"
    information = rows(short, "information")[-1]
    for column, numbers in (("mean_slope_of_tanh", layers.slope), ("share_saturated", layers.saturated)):
        assert float(information[column]) == pytest.approx(numbers[-1])


def test_tables_of_histograms_count_every_neuron(short: Recording) -> None:
    for chart in ("gain", "bias"):
        last = [
            row for row in rows(short, chart) if row["step"] == "100" and row["method"] == "ip" and row["layer"] == "2"
        ]
        assert sum(int(row["neurons"]) for row in last) == 8 * 2
        assert all(float(row[f"{chart}_from"]) < float(row[f"{chart}_to"]) for row in last)
    last = [
        row for row in rows(short, "activity") if row["step"] == "100" and row["method"] == "ip" and row["layer"] == "2"
    ]
    assert sum(float(row["share"]) for row in last) == pytest.approx(1)


def test_a_diverged_loss_is_an_empty_cell() -> None:
    made = lossy(RunConfig(methods="ip", steps=2), {"ip": [[0.5], [None]]})
    assert (
        table(made, "loss")
        == "step,method,learning_rate,intrinsic_rate,train_loss_seed_0\n1,ip,0.01,0.05,0.5\n2,ip,0.01,0.05,\n"
    )


def test_the_table_of_the_loss_has_the_rates_of_every_step() -> None:
    made = recording(RunConfig(methods="plain,ip", steps=10, depth=1, width=2), steps=9, end=False)
    at = made.step
    for setting, value in (("learning_rate", 0.03), ("intrinsic_rate", 0.1), ("learning_rate", 0.3)):
        made.add({"event": "mark", "step": at, "setting": setting, "previous": 0.01, "value": value})
    made.add({"event": "steps", "first": at + 1, "elapsed": 9, "loss": {method: [[1.0]] for method in ("plain", "ip")}})
    for method in ("plain", "ip"):
        found = [(row["learning_rate"], row["intrinsic_rate"]) for row in rows(made, "loss") if row["method"] == method]
        assert found == [("0.01", "0.05")] * at + [("0.3", "0.1")]


def test_every_divergence_reaches_the_legend() -> None:
    config = RunConfig(methods="plain,batch-norm,infomax,ip", steps=9, depth=1, width=2, seeds=16)
    made = recording(config, snapshots=4, end=False)
    for method in config.methods:
        for seed in range(16):
            made.add({"event": "diverged", "step": made.step, "method": method, "seed": seed})
    told = [method for _, method, _ in unpack(frame(made))[0]["diverged"]]
    assert {method: told.count(method) for method in config.methods} == dict.fromkeys(config.methods, 16)


def test_every_chart_has_a_table_even_before_the_start() -> None:
    flat = recording(RunConfig(dataset="circles", steps=10, depth=1, width=2), snapshots=2)
    assert len(rows(flat, "surface")) == 2 * 3 * 40 * 40
    for chart in CHARTS:
        assert table(Recording(RunConfig()), chart).count("\n") == 1
        assert table(flat, chart).count("\n") > 1
    with pytest.raises(ValueError, match=r"chart must be one of loss, .*, not 'secrets'"):
        table(flat, "secrets")


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


def test_theory_is_left_out_where_it_has_no_bounds(monkeypatch):
    monkeypatch.setenv("IPCORE_LIMITS", "weight_scale=1e9")
    _, arrays = unpack(frame(recording(RunConfig(steps=20, depth=3, width=4, weight_scale=1e6))))
    assert all(np.isnan(arrays[f"{name}_theory"]).all() for name in ("weight_gradient", "error_signal"))
