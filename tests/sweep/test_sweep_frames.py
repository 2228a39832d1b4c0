"""What the pictures of "Robustness" get: frames, theory's line, CSV, and the words beside them."""

import csv
import io
import math
import re

import numpy as np
import pytest
from frames import unpacked
from stub_executor import accuracy, recorded

from app.background.places import Place
from app.sweep import settings as sweep_controls
from app.sweep import words as sweep_words
from app.sweep.component import view
from app.sweep.csv import table
from app.sweep.frames import best_of, frame, signal_depth
from ipcore.config import RunConfig
from ipcore.datasets import DATASETS
from ipcore.recordings.sweep import SweepRecording, from_events
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.summary import band, summaries
from ipcore.theory.depth import signal_through_depth

SHAPE = RunConfig(dataset="spirals", methods="plain,ip", depth=2, width=4, steps=40, seeds=3)
RATES = Sweep(SHAPE, {"learning_rate": (0.01, 0.05, 1)})
MAP = Sweep(SHAPE, {"depth": (2, 10, 30), "weight_scale": (0.3, 1)})


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
    reached = signal_depth("plain", 1.0, 0.01, "mnist-5k", 50)
    activity = np.sqrt(signal_through_depth("plain", 50, 1 / 3, DATASETS["mnist-5k"].second_moment).activity)
    share = np.exp(np.interp(reached, np.arange(1, 51), np.log(activity / activity[0])))
    assert share == pytest.approx(0.01, rel=1e-3)
    assert 8 < reached < 1 + math.log(0.01) / math.log(math.sqrt(1 / 3)), "tanh takes some more"
    assert signal_depth("plain", 1.0, 0.1, "mnist-5k", 50) < reached < signal_depth("plain", 1.5, 0.01, "mnist-5k", 50)
    assert signal_depth("plain", 3.0, 0.1, "mnist-5k", 50) is None, "a strong one never fades"
    assert signal_depth("plain", 0.01, 0.01, "mnist-5k", 50) <= 2


def test_theory_is_drawn_where_there_is_one():
    theory = shown(SweepRecording(MAP))[0]["theory"]
    assert theory["method"] == "plain" and [line["share"] for line in theory["lines"]] == [0.1, 0.01]
    for line in theory["lines"]:
        known = [depth for depth in line["depths"] if depth is not None]
        assert known == sorted(known) and len(known) > 10
    for other in (Sweep(SHAPE.replace(methods="ip"), MAP.over), Sweep(SHAPE, {"depth": (2, 3), "width": (2, 3)})):
        assert shown(SweepRecording(other))[0]["theory"] is None


# -- CSV --------------------------------------------------------------------------------------------------------------


def rows(recording: SweepRecording, chart: str, point: int = 0) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table(recording, chart, point))))


@pytest.mark.parametrize("chart", ["lines", "map"])
def test_results_as_csv(chart):
    found = rows(from_events(recorded(MAP)), chart)
    assert len(found) == 2 * 6 * 3
    assert list(found[0]) == ["method", "depth", "weight_scale", "seed", "test_accuracy", "diverged_at_step"]
    assert found[-1]["method"] == "ip" and (found[-1]["depth"], found[-1]["weight_scale"]) == ("30", "1")
    assert float(found[-1]["test_accuracy"]) == pytest.approx(accuracy("ip", SHAPE.learning_rate, 2))
    assert found[-1]["diverged_at_step"] == ""
    assert rows(SweepRecording(MAP), chart)[0]["test_accuracy"] == ""


def test_curves_as_csv():
    found = rows(from_events(recorded(RATES)), "loss", 2)
    assert len(found) == 2 * 3 * 20 and {row["learning_rate"] for row in found} == {"1"}
    last = found[-1]
    assert (last["method"], last["seed"], last["step"]) == ("ip", "2", "40")
    assert float(last["test_accuracy_on_first_examples"]) == pytest.approx(accuracy("ip", 1, 2), rel=1e-4)
    with pytest.raises(ValueError, match="chart must be one of lines, map, loss, accuracy"):
        table(from_events(recorded(RATES)), "gradient", 0)


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


# -- words ------------------------------------------------------------------------------------------------------------


def recording_of(stacks: int | None) -> SweepRecording:
    return from_events(recorded(RATES, stacks))


def status(state: str, stacks: int | None = 1, **more) -> sweep_words.Status:
    recording = recording_of(stacks)
    given = {"elapsed": 10.0, "estimate": 40.0, "under_way": 0, "message": ""}
    return sweep_words.of_run(state, recording, **{**given, **more})


def test_states_in_words():
    assert status("running", 0).headline == "Waiting for a worker"
    done = len(RATES.stacks()[0].replicas)
    some = status("running")
    assert (some.headline, some.tone) == ("Training", "busy") and 0 < some.share < 1
    left = round(10 / some.share - 10)  # 10 s have gone by
    assert some.facts == (f"{done} of 18 networks", "", f"about {left} s left")
    assert status("paused", under_way=1).headline == "Paused: 1 network under way will finish, no more begin"
    assert status("paused").headline == "Paused" and status("stopping").headline == "Stopping"
    assert status("stopped").headline == f"Stopped; {done} networks are done"
    assert status("stopped", 0).headline == "Stopped; nothing was done"
    assert status("stopped", message="stopped because you were away").headline == "Stopped because you were away"
    all_done = status("finished", None)
    assert (all_done.headline, all_done.facts[2], all_done.tone) == ("Finished", "took 10 s", "calm")
    assert status("finished").headline == f"Finished but for {18 - done} networks"
    failed = status("failed", message="no scheduler answers")
    assert (failed.headline, failed.tone) == ("No scheduler answers", "trouble")


def test_the_time_left_is_at_the_pace_since_it_goes_on():
    """Neither what a stop cancelled nor what was done before says how fast it is now."""
    recording = recording_of(1)
    before = recording.progress
    at_once = status("running", before=(100.0, before), elapsed=100.0, estimate=40.0).facts[2]
    assert at_once == f"about {sweep_words.roughly(40 * (1 - before))} left"
    now = recording_of(2).progress
    said = status("running", 2, before=(100.0, before), elapsed=110.0).facts[2]
    assert said == f"about {sweep_words.roughly(10 * (1 - now) / (now - before))} left"


def test_a_sweep_that_lost_its_cluster_says_so_in_the_headline():
    recording = from_events(recorded(RATES, stacks=1))
    left = RATES.stacks()[1:]
    for stack in left:
        recording.add({"event": "failed", "stack": stack.id, "message": "the connection is lost"})
    assert "could not be trained: the connection is lost." in sweep_words.troubles(recording)[0]
    recording.add({"event": "end", "state": "finished", "elapsed": 9.0})
    missing = sum(len(stack.replicas) for stack in left)
    said = sweep_words.of_run("finished", recording, elapsed=9.0, estimate=9.0, under_way=0, message="")
    assert said.headline == f"Finished but for {missing} networks: the connection is lost" and said.tone == "trouble"
    assert sweep_words.troubles(recording) == [], "said once"
    recording.failures[left[0].id] = "no memory"
    assert len(sweep_words.troubles(recording)) == 2


def test_rough_times():
    assert [sweep_words.roughly(seconds) for seconds in (0, 1.4, 59.6, 90, 400, 9000)] == [
        "1 s", "1 s", "1 min 00 s", "1 min 30 s", "7 min", "2 h 30 min",
    ]  # fmt: skip


def test_troubles_in_words():
    recording = from_events(recorded(RATES, stacks=0))
    first, second = RATES.stacks()[:2]
    assert sweep_words.troubles(recording) == []
    recording.add({"event": "begun", "stack": first.id})
    recording.add({"event": "lost", "stack": first.id, "message": "its worker stopped unexpectedly"})
    recording.add({"event": "failed", "stack": second.id, "message": "the data are not there"})
    lost, failed = sweep_words.troubles(recording)
    assert "once; what it was training was run again" in lost
    assert failed == f"{len(second.replicas)} networks could not be trained: the data are not there."


def test_a_size_says_where_and_how_long():
    def said(*place, **more) -> str:
        return sweep_words.size(RATES, Place(*place, **more))

    assert said(False, 2) == f"18 networks, about {sweep_words.roughly(RATES.seconds(2))} on this server."
    on_four = f"18 networks, about {sweep_words.roughly(RATES.seconds(4))} on the cluster (4 workers now)."
    assert said(True, 4) == on_four
    assert said(True, 1).endswith("on the cluster (1 worker now).")
    assert said(True, 0) == "18 networks, as soon as the cluster has a worker."
    assert said(True) == "18 networks. Asking the cluster how many workers it has …"
    assert said(True, trouble="the scheduler does not answer") == "18 networks. The scheduler does not answer."


def test_what_is_left_out_is_said():
    sizes = Sweep(SHAPE.replace(methods="batch-norm,ip"), {"batch_size": (1, 2)})
    assert "Batch norm is left out at batch size 1" in sweep_words.left_out(sizes)
    assert sweep_words.caption(sizes).endswith(sweep_words.left_out(sizes)), "also of the sweep on screen"
    assert sweep_words.left_out(RATES) == ""


def test_what_changed_is_said():
    def said(sweep: Sweep) -> str:
        return sweep_words.pending(sweep, RATES)

    assert said(RATES) == ""
    assert said(Sweep(SHAPE.replace(width=8), RATES.over)) == "Changed: width. Takes effect at the next start."
    assert "values of learning rate and seeds" in said(Sweep(SHAPE.replace(seeds=1), {"learning_rate": (0.1,)}))
    assert "values of depth" in said(MAP)
    assert "the settings that vary" in sweep_words.pending(Sweep(SHAPE, {"depth": (2, 10, 30)}), MAP)


def test_the_summary_is_a_table():
    def html(sweep: Sweep) -> str:
        recording = from_events(recorded(sweep))
        found = summaries(sweep, {method: recording.accuracy(method) for method in ("plain", "ip")})
        return sweep_words.summary(sweep, found)

    rates = html(RATES)
    assert rates.count("<tr data-method") == 2 and "learning rate 0.05" in rates and "Usable range" in rates
    both = html(Sweep(SHAPE, {"depth": (2, 3), "learning_rate": (0.01, 0.1, 1)}))
    assert "depth 3" in both and 'colspan="2"' in both
    assert both.count('data-label="Usable range of learning rates (factors of 10) at depth 3"') == 2
    with_intervals = re.findall(r"<td[^>]*>\d\.\d\d \(\d\.\d\d to \d\.\d\d\)</td>", both)
    assert len(with_intervals) == 4, "of each method at each depth"
    assert "Decades" not in html(MAP)
    nothing = summaries(RATES, {method: np.full((3, 3), np.nan) for method in ("plain", "ip")})
    assert sweep_words.summary(RATES, nothing).count("–") >= 8


# -- settings ---------------------------------------------------------------------------------------------------------


def test_a_link_restores_every_setting():
    changed = {
        "over": ("depth", "weight_scale"), "depths": (1, 4), "weight_scales": (0.5, 2.5), "equal_examples": False,
        "methods": ("ip",), "seeds": 2, "width": 8, "dataset": "moons", "steps": 30,
    }  # fmt: skip
    values = {**sweep_controls.DEFAULTS, **changed}
    written = sweep_controls.to_url(values)
    assert written["over"] == "depth,weight_scale" and written["weight_scales"] == "0.5,2.5"
    assert sweep_controls.from_url(written) == (changed, [])
    assert sweep_controls.to_url(sweep_controls.DEFAULTS) == {}


@pytest.mark.parametrize(
    ("parameter", "text", "said"),
    [
        ("over", "seeds", "over must name one or two different of learning_rate"),
        ("over", "depth,depth", "not depth, depth"),
        ("depths", "1,900", "depth must be a whole number from 1 to 50"),
        ("equal_examples", "perhaps", "true or false"),
        ("bogus", "1", "no setting of this page"),
    ],
)
def test_what_is_wrong_in_a_link_is_named(parameter, text, said):
    values, (notice,) = sweep_controls.from_url({parameter: text})
    assert values == {} and said in notice


def test_the_settings_of_a_sweep_give_it_again():
    for sweep in (RATES, MAP, Sweep(SHAPE.replace(batch_size=8), {"batch_size": (2, 8)}, True, True)):
        values = sweep_controls.values_of(sweep)
        assert sweep_controls.choose(values).sweep == sweep
        unused = set(sweep.over)
        assert all(values[name] == sweep_controls.DEFAULTS[name] for name in unused), "as a first visit has it"


def test_choices_are_sweeps_or_reasons():
    def choose(**changes) -> sweep_controls.Choice:
        return sweep_controls.choose({**sweep_controls.DEFAULTS, **changes})

    assert choose().sweep == sweep_controls.default() and sweep_controls.default().networks == 63
    sizes = choose(over=("batch_size", "")).sweep
    assert sizes.config.batch_size == 64 and sizes.equal_examples and sizes.usual_rates
    assert not choose(usual_rates=True).sweep.usual_rates, "without batch sizes each has the rate that is set"
    assert "not 'x'" in choose(learning_rates=[0.1, "x"]).problem
    assert "learning_rate must have" in choose(learning_rates=[]).problem
    assert "this sweep is too large" in choose(over=("learning_rate", "depth"), steps=100_000, seeds=16).problem
    large = choose(seeds=16, methods=("plain", "batch-norm", "infomax", "ip"), width=256)
    assert large.sweep.networks == 7 * 4 * 16, "too large for one race, not for a sweep"
    sizes = choose(over=("batch_size", ""), batch_sizes=(1, 1024)).problem
    assert "at batch size 1 as many examples as 600 minibatches of 1,024 take 614,400 steps" in sizes
    assert choose(over=("depth", ""), depth=50, width=256, seeds=16, depths=(1, 2)).sweep, "a depth that is not used"
    assert choose(methods=[]).problem == "Choose at least one method."
