"""Looking things up in a recording, also while another thread adds to it."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from misfits import SMALL, layers, per_method, valid
from ten_steps import begun

from ipcore.config import RunConfig
from ipcore.recordings.race import Recording


@pytest.mark.parametrize(
    ("step", "found"), [(None, 9), (0, 0), (3, 0), (4, 4), (8, 4), (9, 9), (10, 9), (10**9, 9), (-5, 0)]
)
def test_the_moment_at_a_step_is_the_last_one_up_to_it(step, found):
    recording = begun()
    assert recording.moment(step).step == recording.tested(step).step == found


def test_before_the_first_snapshot_there_is_no_moment():
    assert Recording(SMALL).moment(None) is None and Recording(SMALL).tested(5) is None


def test_of_two_tests_at_a_step_the_later_counts():
    recording = begun()
    for accuracy in (0.5, 0.75):
        recording.add({**valid()["test"], "accuracy": per_method([accuracy] * 2)})
    assert recording.tested(10).accuracy["ip"][1] == recording.tested(None).accuracy["ip"][1] == 0.75
    assert np.isnan(recording.tested(10).accuracy["ip"][0]), "seed 7 has diverged at this step"


def test_a_mark_may_come_before_the_losses_of_its_step():
    recording = begun()
    recording.add({**valid()["mark"], "step": 13})
    recording.add(valid()["steps"])
    assert recording.step == 12 and recording.marks[0].step == 13


def test_readers_on_other_threads_see_whole_events_only():
    config = RunConfig(dataset="moons", methods=("plain", "ip"), depth=1, width=2, steps=3000)
    recording, faults, seen = Recording(config), [], set()
    writer = threading.Thread(target=lambda: [recording.add(event) for event in stream(config)])
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        writer.start()
        while writer.is_alive():
            revision, step = recording.revision, recording.step
            seen.add(revision)
            for method in config.methods:
                losses = recording.loss(method)
                faults += (
                    []
                    if len(losses) >= step and (losses[:, 0] == np.arange(len(losses))).all()
                    else [(revision, method)]
                )
            moment, test = recording.moment(step), recording.tested(None)
            faults += (
                []
                if moment is None or (moment.step <= max(step, 1) and len(moment.methods) == 2)
                else [(revision, moment)]
            )
            faults += [] if test is None or len(test.accuracy) == 2 else [(revision, test)]
    finally:
        sys.setswitchinterval(interval)
        writer.join()
    assert not faults and len(seen) > 10 and recording.step == 3000


def stream(config: RunConfig):
    """One step at a time, the loss of each its number less one."""
    said = {method: layers(config) for method in config.methods}
    for step in range(config.steps):
        loss = {method: [[step]] for method in config.methods}
        yield {"event": "steps", "first": step + 1, "elapsed": step / 1000, "loss": loss}
        if step % 10 == 0:
            yield {"event": "snapshot", "step": step + 1, "methods": said}
            numbers = {method: [0.5] for method in config.methods}
            yield {"event": "test", "step": step + 1, "examples": 5, "loss": numbers, "accuracy": numbers}
