"""What "One neuron" plays: how far it runs ahead, pauses, single steps and where it comes to rest."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from one_neuron import BIAS, GAIN, IP, play

from app.neuron.play import LEAD, PACE
from app.neuron.settings import DEFAULTS, choose
from ipcore.theory.distributions import FAMILIES
from ipcore.theory.equilibria import at_rest, information
from ipcore.theory.neuron import ONE_NEURON


def test_it_runs_ahead_of_the_screen_and_no_further() -> None:
    own = play()
    own.play(100.0)
    assert own.last == LEAD * PACE and own.shown(100.0) == 0
    own.advance(101.0)
    assert own.shown(101.0) == PACE and own.last == PACE * (1 + LEAD)
    own.advance(1_000.0)
    assert own.last <= PACE * (1 + 2 * LEAD) + 1, "while nobody watches it does not run on"


def test_a_change_takes_effect_at_the_moment_on_screen() -> None:
    own, left_alone = play(), play()
    for each in (own, left_alone):
        each.play(0.0)
    own.change(0.5, choose({**DEFAULTS, "mean": -2.0})[0])
    same, other = ([moment.now for moment in each.moments] for each in (own, left_alone))
    np.testing.assert_array_equal(same[:11], other[:11])
    assert (own.moments[10].rest == left_alone.moments[10].rest).all()
    assert own.moments[11].rest[IP, BIAS] > 0 > left_alone.moments[11].rest[IP, BIAS]
    assert not np.array_equal(same[11][IP], other[11][IP])


def test_pause_holds_what_is_on_screen_and_step_takes_one_update() -> None:
    own = play(speed=200)
    own.play(0.0)
    own.pause(1.0)
    assert (own.playing, own.last, own.moments[-1].step) == (False, 20, 200)
    own.step(9.0)
    assert (own.last, own.moments[-1].step) == (21, 201)
    own.advance(50.0)
    assert own.last == 21
    own.reset()
    assert (own.last, own.moments[-1].now[IP, :2].tolist()) == (0, [1.0, 0.0])


def test_a_reset_while_another_thread_computes_is_whole() -> None:
    """As when the rerun that a click on Reset starts overtakes an update of the page."""
    own = play()
    computing, go_on = threading.Event(), threading.Event()
    compute = own._compute

    def slow(updates: int) -> None:
        compute(updates)
        computing.set()
        go_on.wait(60)

    own._compute = slow
    threads = [threading.Thread(target=own.play, args=(0.0,)), threading.Thread(target=own.reset)]
    threads[0].start()
    assert computing.wait(60)
    threads[1].start()
    threads[1].join(0.2)  # it must wait; without that it would be done by now
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert (own.playing, own.last, len(own.moments)) == (False, 0, 1)


def test_a_pause_does_not_change_the_course() -> None:
    own, without = play(), play()
    for seconds in (0.0, 3.0):
        own.play(seconds)
        own.pause(seconds + 1)
    without.play(0.0)
    without.advance(1.0)
    np.testing.assert_array_equal(
        [moment.now for moment in own.moments], [m.now for m in without.moments][: own.last + 1]
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_played_long_enough_it_rests_where_theory_says(family: str) -> None:
    own = play(distribution=family, batch_size=1024, intrinsic_rate=0.1)
    own.step(0.0, 1_500)
    newest = own.moments[-1]
    for method in ("ip", "infomax"):
        np.testing.assert_allclose(newest.now[ONE_NEURON.index(method), :2], newest.rest[IP, :2], rtol=0.05, atol=0.05)
    assert newest.rest[IP, :2] == pytest.approx(at_rest("ip", own.setup.distribution), rel=1e-6)
    assert newest.now[IP, 2] == pytest.approx(information(newest.bins[IP]), abs=1e-5)


def test_the_drift_moves_the_prediction_smoothly_and_comes_home() -> None:
    own = play()
    own.play(0.0)
    own.drift(0.0, True)
    for tick in range(1, 26):
        own.advance(0.4 * tick)
    rests = np.array([moment.rest[IP] for moment in own.moments])
    assert np.ptp(np.log(rests[:, GAIN])) > 0.5 and np.ptp(rests[:, BIAS]) > 1
    assert np.abs(np.diff(np.log(rests[:, GAIN]))).max() < 0.1
    assert np.ptp(rests[:, 2]) < 1e-6, "moving an input does not change what can be known of it"
    own.drift(10.0, False)
    for tick in range(1, 10):
        own.advance(10 + 0.4 * tick)
    assert (own.moments[-1].shift, own.moments[-1].stretch) == (0.0, 1.0)


def test_batch_norm_waits_while_there_is_one_sample() -> None:
    own = play(batch_size=1)
    assert "batch-norm" not in own.setup.methods
    own.step(0.0, 5)
    assert own.moments[-1].now[ONE_NEURON.index("batch-norm"), :2].tolist() == [1.0, 0.0]
    assert own.moments[-1].now[IP, GAIN] != 1.0
