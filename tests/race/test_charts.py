"""Frames: what the charts of a page show at one moment."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np
import pytest
from race_charts import lossy, unpack
from recordings import events, recording

from app.race.frames import frame
from ipcore.config import IN_FLIGHT, METHODS, RunConfig
from ipcore.recordings.race import Recording

LIMIT = 100_000
"""Bytes that a frame may have at any length of a run."""


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
    assert arrays["loss"].shape[::2] == (3, 0)
    assert (arrays["gradient_map"] == 255).all()
    assert "gain" not in arrays


def test_points_of_the_loss_are_mean_lowest_and_highest_of_the_steps_before_them() -> None:
    config = RunConfig(methods="ip", steps=1_000, seeds=3)
    values = np.random.default_rng(1).random((703, 3)).astype(np.float32)
    header, arrays = unpack(frame(lossy(config, {"ip": values.tolist()})))
    ends = arrays["loss_steps"].astype(int)
    assert header["bucket"] == 5
    assert ends.tolist() == [1, *range(5, 701, 5), 703]
    for start, end, point in zip([0, *ends[:-1]], ends, arrays["loss"][0].T, strict=True):
        each = values[start:end]
        np.testing.assert_allclose(point, [each.mean(), each.min(), each.max()], rtol=1e-5)


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


def test_the_slope_is_on_an_axis_that_only_grows() -> None:
    """From 0.5 to 2 at least, and to the next of 1, 2 and 5."""
    config = RunConfig(methods=("plain", "ip"), depth=3, width=4, steps=100)
    made = Recording(config)
    bounds = []
    factors = itertools.cycle([1.0, 2.6, 0.1, 1.0])
    for event in events(config, snapshots=5):
        if event["event"] == "snapshot":
            factor = next(factors)
            for layers in event["methods"].values():
                layers["response"] = [factor, factor, factor * 1.5]
        made.add(event)
        if event["event"] == "snapshot":
            header, arrays = unpack(frame(made))
            assert header["responds"]
            np.testing.assert_allclose(arrays["response"], [[factor, factor, factor * 1.5]] * 2, rtol=1e-6)
            bounds.append(tuple(header["response"]))
    assert bounds == [(0.5, 2.0), (0.5, 5.0), (0.1, 5.0), (0.1, 5.0), (0.1, 5.0)]


def test_information_is_that_of_the_last_test_and_says_on_how_many_examples(short: Recording) -> None:
    header, arrays = unpack(frame(short, step=47))
    assert header["information"] == [40, 500, False]
    np.testing.assert_allclose(arrays["entropy"][0], short.moment(40).methods["plain"].entropy)
    header, arrays = unpack(frame(short, step=0))
    assert header["snapshot"] == 0 and header["information"] == [10, 500, False], "the first that there is"
    np.testing.assert_allclose(arrays["entropy"][0], short.moment(10).methods["plain"].entropy)


def test_networks_at_chance_are_named_when_the_race_is_over() -> None:
    config = RunConfig(methods=("plain", "ip"), steps=100, seeds=2, depth=2, width=4)
    header, _ = unpack(frame(recording(config, end=False)))
    assert header["at_chance"] == {}
    made = recording(config)
    made.tests[-1].accuracy["plain"][:] = 0.1, 0.5
    header, _ = unpack(frame(made))
    assert header["at_chance"] == {"plain": 1}


def test_one_moment_for_all_charts(short: Recording) -> None:
    header, arrays = unpack(frame(short, step=47))
    assert (header["asked"], header["step"], header["snapshot"], header["newest"]) == (47, 47, 40, 100)
    assert arrays["moments"].tolist() == list(range(101)), "every point of the curves, and every snapshot"
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
