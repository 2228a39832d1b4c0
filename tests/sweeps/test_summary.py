"""The summary of a sweep: best points, usable ranges and paired differences, against closed forms."""

from __future__ import annotations

import json

import numpy as np
import pytest
from serving import ROOT

from ipcore.config import RunConfig
from ipcore.recordings.files import events_from_file
from ipcore.recordings.sweep import from_events
from ipcore.statistics.intervals import TOO_FEW, paired_difference, t_interval
from ipcore.statistics.ranges import NOTHING_LEARNED, usable_ranges
from ipcore.sweeps.plan import Sweep
from ipcore.sweeps.summary import Outcome, compared, plain, plain_differences, summaries

RATES = np.array([0.001, 0.01, 0.1, 1.0])
SHIPPED = ROOT / "app" / "recordings" / "default-sweep.jsonl.gz"
NAN = np.nan


def sweep_of(seeds: int, methods: str = "plain,ip") -> Sweep:
    return Sweep(RunConfig(methods=methods, seeds=seeds), {"learning_rate": RATES})


def curves(seeds: int = 5, spread: float = 0.02) -> np.ndarray:
    """Two methods over RATES, shape (2, 4, S): one serves everywhere, the other near its peak."""
    mean = np.array([[0.85, 0.9, 0.9, 0.8], [0.1, 0.8, 0.3, 0.1]])
    return mean[..., None] + np.random.RandomState(3).normal(0, spread, (2, 4, seeds))


def outcomes(accuracy: np.ndarray, **more: np.ndarray) -> dict[str, Outcome]:
    return {
        method: Outcome(accuracy[place], **{name: each[place] for name, each in more.items()})
        for place, method in enumerate(("plain", "ip"))
    }


def test_a_summary_says_the_best_and_where():
    accuracy = curves()
    found = summaries(sweep_of(5), outcomes(accuracy))
    for place, method in enumerate(("plain", "ip")):
        best = int(accuracy[place].mean(-1).argmax())
        assert found[method].best_point == best and found[method].best == t_interval(accuracy[place, best])
        assert found[method].learned and not found[method].on_half
    ranges = usable_ranges(RATES, accuracy[:, None], 0.1)
    assert [found[method].ranges for method in ("plain", "ip")] == [tuple(each) for each in ranges]


def test_a_best_point_is_chosen_on_one_half_and_reported_on_the_other():
    accuracy = curves(3)
    first, second = np.full((2, 4, 3), 0.5), np.full((2, 4, 3), 0.6)
    first[:, 2], second[:, 1] = 0.9, 0.95
    second[:, 2] = [0.7, 0.8, 0.75]
    halves = np.stack([first, second], 1)
    found = summaries(sweep_of(3), outcomes(accuracy, halves=halves))
    for each in found.values():
        assert each.on_half and each.best_point == 2 and each.best == t_interval([0.7, 0.8, 0.75])
    halves[0, 1, 3, 2] = NAN
    partly = summaries(sweep_of(3), outcomes(accuracy, halves=halves))
    for each, all_examples in zip(partly.values(), summaries(sweep_of(3), outcomes(accuracy)).values(), strict=True):
        assert each.best == all_examples.best and not each.on_half, "if they are not known of all, they serve for none"


def test_a_network_that_diverged_is_in_no_mean():
    accuracy = np.full((2, 4, 4), 0.8)
    accuracy[0, 2] = [0.9, 0.9, 0.2, 0.9]
    diverged = np.zeros((2, 4, 4), bool)
    diverged[0, 2, 2] = True
    found = summaries(sweep_of(4), outcomes(accuracy, diverged=diverged))
    assert outcomes(accuracy, diverged=diverged)["plain"].surviving[2].tolist() == pytest.approx(
        [0.9, 0.9, NAN, 0.9], nan_ok=True
    )
    assert found["plain"].best.mean == pytest.approx(0.8) and found["plain"].best_point == 0, "0.7 with one guessing"
    accuracy[0, 2, [0, 1, 3]] = diverged[0, 3] = 1
    found = summaries(sweep_of(4), outcomes(accuracy, diverged=diverged))["plain"]
    assert (found.best_point, found.best.mean, found.best.count) == (0, pytest.approx(0.8), 4)
    assert found.ranges[0].open_low and not found.ranges[0].open_high, "all diverged there: they count as guessing"


def test_one_seed_has_no_interval_and_nothing_done_no_best():
    accuracy = curves(1)
    accuracy[1] = NAN
    one, none = summaries(sweep_of(1), outcomes(accuracy)).values()
    assert np.isfinite(one.best.mean) and one.best.reason == one.ranges[0].decades.reason == TOO_FEW and one.learned
    assert np.isnan(none.best.mean) and none.best_point is None and none.learned is None
    assert np.isnan(none.ranges[0].decades.mean) and none.ranges[0].in_words == "–"


def test_where_no_method_learned_there_is_no_range():
    accuracy = 0.1 + np.random.RandomState(0).normal(0, 0.01, (2, 4, 3))
    for each in summaries(sweep_of(3), outcomes(accuracy)).values():
        assert each.learned is False and each.ranges[0].decades.reason == NOTHING_LEARNED and not each.ranges[0].open
        assert each.ranges[0].in_words == "no method learned"
    accuracy[1, 1] = 0.9
    found = summaries(sweep_of(3), outcomes(accuracy))
    assert found["plain"].learned is False and found["ip"].learned is True
    assert found["plain"].ranges[0].in_words == "0.00", "of those that learned"


def test_differences_are_paired_by_seeds():
    accuracy = curves()
    accuracy[1, 0, 2] = NAN
    diverged = np.zeros(accuracy.shape, bool)
    diverged[0, 0, 1] = True
    sweep, given = sweep_of(5), outcomes(accuracy, diverged=diverged)
    found = summaries(sweep, given)
    made = compared(sweep, given, found)
    assert made is not None and made.minus == "plain" and list(made.best) == list(made.points) == ["ip"]
    places = [found[method].best_point for method in ("ip", "plain")]
    assert made.best["ip"] == paired_difference(accuracy[1, places[0]], accuracy[0, places[1]])
    assert made.points["ip"][3] == paired_difference(accuracy[1, 3], accuracy[0, 3])
    assert made.points["ip"][0] == t_interval((accuracy[1, 0] - accuracy[0, 0])[[0, 3, 4]])
    written = plain_differences(sweep, made)
    assert written is not None and list(written["points"]["ip"]) == ["0.001", "0.01", "0.1", "1"]
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    alone = sweep_of(5, "ip")
    assert compared(alone, {"ip": given["ip"]}, {"ip": found["ip"]}) is None
    assert plain_differences(alone, None) is None


def test_a_sweep_that_is_stopped_gives_a_network_at_chance_no_decades():
    """The shipped sweep, cut wherever it may be stopped."""
    events = list(events_from_file(SHIPPED))
    ends = [number for number, event in enumerate(events) if event.name == "done"]
    known = 0
    for end in ends:
        recording = from_events(events[: end + 1])
        found = recording.summaries()
        if found["plain"].best_point is None:
            continue
        decades = found["plain"].ranges[0].decades
        known += decades.low == decades.high == 0
        assert not decades.mean > 0 and not decades.high > 0, f"{recording.done_networks} done"
    assert known


def test_a_map_has_decades_for_each_value_of_the_other_setting():
    config = RunConfig(methods="ip,plain", seeds=3)
    accuracy = curves(3)
    for over, arrange in (
        ({"depth": (5, 15), "learning_rate": RATES}, lambda each: each),
        ({"learning_rate": RATES, "depth": (5, 15)}, lambda each: each.swapaxes(0, 1)),
    ):
        sweep = Sweep(config, over)
        grid = arrange(accuracy).reshape(8, 3)  # depth 5: the wide curve, depth 15: the narrow one
        found = plain(sweep, summaries(sweep, {"plain": Outcome(grid), "ip": Outcome(grid / 2)}))
        assert list(found["plain"]["decades"]) == ["5", "15"]
        (wide,), (narrow,) = usable_ranges(RATES, accuracy[:, None], 0.1)
        assert list(found["plain"]["decades"].values()) == pytest.approx([wide.decades.mean, narrow.decades.mean])
        assert found["ip"]["decades"] == {"5": 0, "15": 0}
        assert found["plain"]["decades_open"]["5"] == {"low": True, "high": True}
        assert found["plain"]["best_at"]["depth"] == 5
        assert all(len(ends) == 2 for ends in found["plain"]["decades_interval"].values())


def test_plain_values_are_json():
    sweep = sweep_of(1, "ip")
    found = plain(sweep, summaries(sweep, {"ip": Outcome(np.full((4, 1), NAN))}))
    nothing = {
        "best": None,
        "best_interval": [None, None],
        "best_at": None,
        "best_examples": "all",
        "no_interval": "nothing is done yet",
        "learned": None,
        "decades": None,
        "decades_interval": [None, None],
        "decades_open": None,
    }
    assert json.loads(json.dumps(found, allow_nan=False)) == {"ip": nothing}
    depths = Sweep(RunConfig(methods="ip", seeds=1), {"depth": (1, 2)})
    best = plain(depths, summaries(depths, {"ip": Outcome(np.array([[0.5], [0.25]]))}))["ip"]
    assert best == {
        "best": 0.5,
        "best_interval": [None, None],
        "best_at": {"depth": 1},
        "best_examples": "all",
        "no_interval": "fewer than 3 seeds",
        "learned": True,
    }
