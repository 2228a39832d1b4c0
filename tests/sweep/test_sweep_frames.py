"""What the pictures of "Robustness" get, and what they say back: frames, theory's line, the point that is picked."""

import math

import numpy as np
import pytest
from frames import unpacked
from small_sweeps import MAP, RATES, SHAPE
from stub_executor import accuracy, recorded

from app.sweep.component import view
from app.sweep.frames import best_of, frame, signal_depth
from ipcore.config import RunConfig
from ipcore.datasets import DATASETS
from ipcore.recordings.sweep import SweepRecording, from_events
from ipcore.statistics.intervals import band
from ipcore.sweeps.plan import Sweep
from ipcore.theory.depth import signal_through_depth


def shown(recording: SweepRecording, picked: int | None = None) -> tuple[dict, dict[str, np.ndarray]]:
    return unpacked(frame(recording, "run", picked, "running"))


def test_a_frame_holds_every_network_its_mean_and_its_band():
    recording = from_events(recorded(RATES))
    header, arrays = shown(recording)
    assert [method["name"] for method in header["methods"]] == ["plain", "ip"]
    for index, method in enumerate(RATES.config.methods):
        wanted = np.array([[accuracy(method, rate, seed) for rate in (0.01, 0.05, 1)] for seed in range(3)])
        assert arrays["seeds"][index] == pytest.approx(wanted)
        assert arrays["band"][index] == pytest.approx(np.stack(band(wanted.T)), abs=1e-6)
    assert np.isnan(arrays["newest"]).all(), "nothing is in training any more"
    assert header["over"] == [
        {"name": "learning_rate", "label": "learning rate", "places": [-2, -1.30103, 0], "texts": ["0.01", "0.05", "1"]}
    ]
    assert header["chance"] == {"accuracy": 0.5, "loss": math.log(2)} and header["theory"] is None
    assert header["probe"] == 250, "of the 500 that the accuracy at the end is on"


def test_a_band_ends_where_accuracy_does():
    events = recorded(RATES)
    for event in events:
        if event["event"] == "done":
            event["test_accuracy"] = [0.99 - 0.4 * (replica % 2) for replica in range(len(event["test_accuracy"]))]
    _, arrays = shown(from_events(events))
    assert arrays["band"][:, 2].max() == 1 and arrays["band"][:, 1].min() >= 0


def test_the_best_point_is_shown_until_another_is_picked():
    recording = from_events(recorded(RATES))
    header, arrays = shown(recording)
    assert (header["picked"], header["best"], header["followed"]) == (1, 1, True) and best_of(recording) == 1
    header, other = shown(recording, picked=2)
    assert (header["picked"], header["best"], header["followed"]) == (2, 1, False)
    assert arrays["accuracy"][1, 0, -1] == pytest.approx(np.mean([accuracy("ip", 0.05, seed) for seed in range(3)]))
    assert other["accuracy"][1, 0, -1] == pytest.approx(np.mean([accuracy("ip", 1, seed) for seed in range(3)]))
    assert other["loss_steps"].tolist() == list(range(2, 41, 2)) and header["horizon"] == 40
    assert shown(recording, picked=99)[0]["picked"] == 1, "a place of another sweep"


def test_before_anything_is_done_there_is_a_frame():
    recording = SweepRecording(RATES)
    header, arrays = shown(recording)
    assert np.isnan(arrays["band"]).all() and header["edge"] is None and header["picked"] == 1
    recording.add(recorded(RATES, stacks=0)[0])
    assert shown(recording)[0]["done"] == 0


def test_networks_in_training_show_how_far_they_are():
    first = RATES.stacks()[0]
    told = recorded(RATES, stacks=1)
    at_work = [event for event in told if event["event"] != "done"][:12]
    _, arrays = shown(from_events(at_work))
    index = RATES.config.methods.index(first.method)
    assert np.isnan(arrays["seeds"]).all()
    assert np.isfinite(arrays["newest"][index]).sum() == len(first.replicas)
    one = first.replicas[0]
    place = [point.key for point in RATES.points()].index(one.point)
    assert arrays["newest"][index, one.seed, place] == pytest.approx(at_work[-1]["accuracy"][0])


def test_diverged_networks_are_marked_on_the_curves_of_their_point():
    events = recorded(RATES)
    done = next(event for event in events if event["event"] == "done")
    stack = next(stack for stack in RATES.stacks() if stack.id == done["stack"])
    done["diverged"][0] = 17
    point = [each.key for each in RATES.points()].index(stack.replicas[0].point)
    recording = from_events(events)
    assert shown(recording, point)[0]["diverged"] == [[17, stack.method, stack.replicas[0].seed]]
    assert shown(recording, (point + 1) % 3)[0]["diverged"] == []


def test_zero_has_a_place_on_a_logarithmic_axis():
    sweep = Sweep(SHAPE, {"intrinsic_rate": (0, 0.01, 0.1)})
    (axis,) = shown(SweepRecording(sweep))[0]["over"]
    assert axis["places"] == [-2.5, -2, -1] and axis["texts"] == ["0", "0.01", "0.1"]


def test_a_map_has_its_edge_half_way_from_guessing_to_the_best():
    header, arrays = shown(from_events(recorded(MAP)))
    assert [axis["label"] for axis in header["over"]] == ["depth", "weight scale"]
    assert header["over"][0]["places"] == [2, 10, 30] and arrays["band"].shape == (2, 3, 6)
    assert header["edge"] == pytest.approx((0.5 + arrays["band"][:, 0].max()) / 2, abs=1e-4)


def test_theory_says_at_which_depth_a_plain_signal_is_down_to_a_share():
    config = RunConfig()
    reached = signal_depth("plain", config, 0.01, 50)
    activity = np.sqrt(signal_through_depth("plain", 50, 1 / 3, DATASETS["mnist-5k"].second_moment).activity)
    share = np.exp(np.interp(reached, np.arange(1, 51), np.log(activity / activity[0])))
    assert share == pytest.approx(0.01, rel=1e-3)
    assert 8 < reached < 1 + math.log(0.01) / math.log(math.sqrt(1 / 3)), "tanh takes some more"
    stronger, strong, weak = (config.replace(weight_scale=scale) for scale in (1.5, 3.0, 0.01))
    assert signal_depth("plain", config, 0.1, 50) < reached < signal_depth("plain", stronger, 0.01, 50)
    assert signal_depth("plain", strong, 0.1, 50) is None, "a strong one never fades"
    assert signal_depth("plain", weak, 0.01, 50) <= 2
    xavier = config.replace(initialization="xavier")
    assert signal_depth("plain", xavier, 0.01, 50) is None, "it fades more slowly than by any factor"
    assert signal_depth("plain", xavier.replace(weight_scale=3**-0.5), 0.01, 50) == pytest.approx(reached, abs=0.2)


def test_theory_is_drawn_where_there_is_one():
    theory = shown(SweepRecording(MAP))[0]["theory"]
    assert theory["method"] == "plain" and [line["share"] for line in theory["lines"]] == [0.1, 0.01]
    for line in theory["lines"]:
        known = [depth for depth in line["depths"] if depth is not None]
        assert known == sorted(known) and len(known) > 10
    for other in (
        Sweep(SHAPE.replace(methods="ip"), MAP.over),
        Sweep(SHAPE.replace(biases="drawn"), MAP.over),
        Sweep(SHAPE, {"depth": (2, 3), "width": (2, 3)}),
    ):
        assert shown(SweepRecording(other))[0]["theory"] is None


@pytest.mark.parametrize(
    "said", [None, {}, {"picked": 3}, {"picked": {"run": 1, "point": 2}}, {"picked": {"run": "a", "point": True}},
             {"picked": {"run": "a", "point": -1}}, {"picked": {"run": "a"}}]
)  # fmt: skip
def test_nonsense_from_a_browser_is_left_out(said):
    found = view(said)
    assert (found.run, found.point) == ("", None)


def test_what_a_browser_says_is_heard():
    found = view({"picked": {"run": "a", "point": 2}})
    assert (found.run, found.point) == ("a", 2)
