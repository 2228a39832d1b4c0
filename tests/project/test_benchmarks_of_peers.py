"""The benchmarks that compare a step with its peers, and that say where its time goes."""

from __future__ import annotations

import pytest

from benchmarks import peers
from benchmarks.profile import Stopwatch, profile, table
from ipcore.config import RunConfig
from ipcore.data.sets import load


def test_a_part_of_a_step_does_not_count_the_parts_within_it():
    class Step:
        def whole(self) -> str:
            return self.part() + "d"

        def part(self) -> str:
            return "1s"

    times = iter([0.0, 1.0, 3.0, 10.0])  # the whole begins, its part begins and ends, the whole ends
    watch, step = Stopwatch(lambda: next(times)), Step()
    watch.watch(step, "whole", "outer")
    watch.watch(step, "part", "inner")
    assert step.whole() == "1sd"
    assert watch.lap() == {"inner": 2.0, "outer": 8.0}
    assert watch.lap() == {}


@pytest.mark.parametrize("method", ["plain", "batch-norm", "ip"])
def test_a_profile_has_every_part_of_a_step(method):
    config = RunConfig(dataset="moons", methods=method, depth=2, width=4, batch_size=8, seeds=2)
    found = profile(config, load("moons"), steps=4)
    assert len(found) == 10 and all(seconds >= 0 for seconds in found.values())
    *_, last = table({"a": {"x": 0.001, "y": 0.002}, "b": {"x": 0.0, "y": 0.004}})
    assert last == "| sum | 3.000 | 4.000 |"


def test_a_peer_that_is_not_there_is_left_out_and_named(monkeypatch):
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    monkeypatch.setattr(peers.shutil, "which", lambda _: None)
    jax, compiler = peers.missing()
    assert "JAX is not installed" in jax and "no C++ compiler" in compiler
    data = load("mnist-5k")
    config = RunConfig(methods="plain", depth=2, width=4, batch_size=8, seeds=1)
    assert list(peers.contenders(config, peers.Ours(config, data), data)) == ["ours", "limit", "bare"]


def test_ratios_above_one_mean_that_ours_is_faster():
    line = peers.row(
        {"ours": [0.002, 0.004], "jax": [0.004, 0.008], "bare": [0.006, 0.012], "limit": [0.001, 0.002]}, "a"
    )
    assert line == "| a | 3.000 | 2.00 |  | 3.00 | 2.00 |"
