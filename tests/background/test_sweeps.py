"""Sweeps on the server: what is handed over when, pauses, stops, going on, visitors. A stub plays the executor."""

import threading
import time

import pytest
from stub_executor import StubExecutor

from app.background import sweep_run
from app.background import sweeps as module
from app.background.sweep_run import BROKEN, SweepRun
from app.background.sweeps import AWAY, SHUT_DOWN, Sweeps
from ipcore.config import RunConfig
from ipcore.executors.base import ExecutorUnavailable
from ipcore.recordings.events.stack import Curve
from ipcore.recordings.sweep import from_events
from ipcore.sweeps.plan import Sweep

PATIENCE = 40  # s; a bound on failure, not a time that anything takes
SHAPE = RunConfig(dataset="spirals", methods="plain,ip", depth=1, width=2, steps=40, seeds=2)
SWEEP = Sweep(SHAPE, {"depth": (1, 2, 3, 4)})
"""A stack for each method and depth."""


@pytest.fixture
def make():
    """Makes Sweeps on stubs, which it also gives; at the end closes them."""
    made = []

    def make(grace=30.0, on_event=lambda run, event: None, **stub):
        stubs = []

        def opened(owner):
            stubs.append(StubExecutor(**stub))
            return stubs[-1]

        made.append(Sweeps(opened, grace, on_event))
        return made[-1], stubs

    yield make
    for sweeps in made:
        sweeps.close()


def until(run: SweepRun, condition) -> SweepRun:
    """Waits for a condition on a sweep, as a page does: by waiting for news of it."""
    deadline = time.monotonic() + PATIENCE
    while not condition(run):
        assert time.monotonic() < deadline, (run.state, run.message, run.recording.done_networks)
        run.wait(run.recording.revision, 0.01)
    return run


def done(networks: int):
    return lambda run: run.recording.done_networks >= networks


def handed_over(stacks: int):
    return lambda run: len(run._under_way) == stacks


def over(run: SweepRun) -> bool:
    return run.over


def test_it_runs_to_its_end_with_few_stacks_ahead(make):
    sweeps, stubs = make(workers=2)
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    assert (run.state, run.workers, run.under_way, run.missing) == ("running", 2, 6, 16)
    (stub,) = stubs
    for count in range(1, 9):
        stub.finish()
        until(run, done(2 * count))
        until(run, handed_over(min(3, 8 - count)))
    until(run, over)
    assert (run.state, run.missing, run.message) == ("finished", 0, "")
    assert stub.ever == [stack.id for stack in SWEEP.stacks()], "each once, the biggest first"
    run.join(PATIENCE)
    assert stub.closed
    assert from_events(run.events).accuracy("ip").tolist() == run.recording.accuracy("ip").tolist()


def test_workers_that_a_cluster_gains_or_loses_count_at_once(make, monkeypatch):
    monkeypatch.setattr(sweep_run, "COUNT_EVERY", 0.01)
    sweeps, stubs = make(workers=1)
    run = until(sweeps.start(SWEEP, "ann"), handed_over(2))
    (stub,) = stubs
    stub.count = 4
    until(run, handed_over(5))
    assert run.workers == 4
    stub.count = 0
    until(run, lambda run: run.workers == 0)
    stub.finish(5)
    until(run, lambda run: run.recording.done_networks == 10)
    assert len(until(run, handed_over(1))._under_way) == 1, "one waits for the first worker that comes"


def test_an_executor_that_takes_long_to_count_holds_nobody_up(make, monkeypatch):
    monkeypatch.setattr(sweep_run, "COUNT_EVERY", 0.01)
    sweeps, _stubs = make()
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    asked, answer = threading.Event(), threading.Event()

    def count() -> int:
        asked.set()
        answer.wait(PATIENCE)
        return 2

    monkeypatch.setattr(StubExecutor, "workers", property(lambda stub: count()))
    assert asked.wait(PATIENCE)
    run.pause()
    assert run.state == "paused"
    answer.set()


def test_a_pause_lets_what_is_under_way_finish_and_begins_no_more(make):
    sweeps, stubs = make(workers=1)
    run = until(sweeps.start(SWEEP, "ann"), handed_over(2))
    (stub,) = stubs
    run.pause()
    run.pause()
    assert (run.state, run.under_way) == ("paused", 4)
    stub.finish(2)
    until(run, lambda run: run.under_way == 0)
    assert (run.state, run.recording.done_networks, len(stub.ever)) == ("paused", 4, 2)
    stood = run.elapsed
    assert run.elapsed == stood, "while nothing is trained, no time is counted"
    run.resume()
    assert (run.state, len(stub.ever)) == ("running", 4)
    assert [event.state for event in run.events if event.name == "state"] == ["paused", "running"]


def test_a_stop_cancels_and_keeps_what_is_done(make):
    sweeps, stubs = make()
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    stubs[0].finish()
    until(run, done(2))
    run.stop()
    run.stop()
    until(run, over)
    assert (run.state, run.message, run.recording.done_networks, run.missing) == ("stopped", "", 2, 14)
    run.resume()
    assert run.state == "stopped"


def test_a_stop_while_it_stands_still(make):
    sweeps, stubs = make(workers=1)
    run = until(sweeps.start(SWEEP, "ann"), handed_over(2))
    run.pause()
    stubs[0].finish(2)
    until(run, lambda run: run.under_way == 0)
    run.stop()
    assert run.state == "stopped"


def test_an_executor_that_does_not_cancel_holds_nobody_up(make, monkeypatch):
    monkeypatch.setattr(sweep_run, "PATIENCE", 0.1)
    sweeps, stubs = make(deaf=True)
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    run.stop()
    assert run.state == "stopping"
    until(run, over)
    assert run.state == "stopped" and stubs[0].placed


def test_going_on_trains_only_what_is_missing(make):
    sweeps, stubs = make()
    first = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    stubs[0].finish(2)
    until(first, done(4))
    with pytest.raises(ValueError, match="ended early"):
        sweeps.go_on(first)
    first.stop()
    until(first, over)
    run = until(sweeps.go_on(first), handed_over(3))
    assert run.recording.done_networks == 4 and run.elapsed >= first.elapsed
    assert run.before == (first.elapsed, run.recording.progress)
    assert sweeps.get(first.id) is None and sweeps.of("ann") == [run]
    while not run.over:
        stubs[1].finish()
        run.wait(run.recording.revision, 0.01)
    assert run.state == "finished" and set(stubs[1].ever).isdisjoint(stubs[0].ever[:2])
    assert len(stubs[1].ever) == 6
    with pytest.raises(ValueError, match="ended early"):
        sweeps.go_on(run)


def test_lost_and_failed_stacks_are_reported_and_the_sweep_goes_on(make):
    sweeps, stubs = make()
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    stubs[0].lose()
    stubs[0].fail("the data are not there")
    until(run, lambda run: run.recording.failures)
    while not run.over:
        stubs[0].finish()
        run.wait(run.recording.revision, 0.01)
    assert (run.state, run.missing) == ("finished", 2)
    assert list(run.recording.failures.values()) == ["the data are not there"]
    assert sum(len(stack.losses) for stack in run.recording.stacks.values()) == 1
    assert until(sweeps.go_on(run), handed_over(1)).missing == 2, "it can be tried again"


def test_a_sweep_whose_cluster_is_lost_keeps_what_is_done_and_can_be_gone_on_with(make):
    sweeps, stubs = make()
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    stubs[0].finish(2)
    until(run, done(4))
    while not run.over:
        if stubs[0].placed:
            stubs[0].fail("the connection is lost")
        run.wait(run.recording.revision, 0.01)
    assert (run.state, run.recording.done_networks, run.missing) == ("finished", 4, 12)
    assert set(run.recording.failures.values()) == {"the connection is lost"}
    again = until(sweeps.go_on(run), handed_over(3))
    assert (again.recording.done_networks, again.recording.failures) == (4, {})


def test_a_sweep_of_which_nothing_could_be_trained_has_failed(make):
    sweeps, stubs = make()
    run = until(sweeps.start(Sweep(SHAPE.replace(methods="ip"), {"depth": (1,)}), "ann"), handed_over(1))
    stubs[0].fail("the data are not there")
    until(run, over)
    assert (run.state, run.message) == ("failed", "the data are not there")


def test_an_executor_that_is_not_there_is_told_in_its_words(make):
    def unavailable(owner):
        raise ExecutorUnavailable("no scheduler answers at tcp://example:8786")

    sweeps = Sweeps(unavailable)
    run = until(sweeps.start(SWEEP, "ann"), over)
    assert (run.state, run.message) == ("failed", "no scheduler answers at tcp://example:8786")
    sweeps.close()


UNFIT = Curve(stack="none such", sequence=0, step=1, loss=[], accuracy=[])
"""An event of a stack that the sweep does not have."""


def test_a_fault_ends_the_sweep_and_is_not_shown(make, caplog):
    sweeps, stubs = make()
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    stubs[0]._receive(next(iter(stubs[0].placed.values())), UNFIT)
    until(run, over)
    assert (run.state, run.message) == ("failed", BROKEN)
    assert "no such" in caplog.text or "none such" in caplog.text
    run.join(PATIENCE)
    assert stubs[0].closed


def test_one_live_sweep_for_each_visitor(make):
    sweeps, _stubs = make()
    first, other = sweeps.start(SWEEP, "ann"), sweeps.start(SWEEP, "bob")
    second = sweeps.start(SWEEP, "ann")
    until(first, over)
    assert (first.state, other.over, second.over) == ("stopped", False, False)
    assert sweeps.of("ann") == [first, second] and sweeps.get(other.id) is other


def test_finished_sweeps_are_bounded(make, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 2)
    sweeps, _stubs = make()
    runs = []
    for _ in range(5):
        runs.append(sweeps.start(SWEEP, "ann"))
        runs[-1].stop()
        until(runs[-1], over)
    assert sweeps.of("ann") == runs[-3:], "two, and the newest"


def test_who_left_and_does_not_come_back_loses_a_live_sweep(make, monkeypatch):
    sweeps, _stubs = make(grace=0)
    run, other = sweeps.start(SWEEP, "ann"), sweeps.start(SWEEP, "bob")
    sweeps.left("ann")
    until(run, over)
    assert (run.state, run.message, other.over) == ("stopped", AWAY, False)
    assert sweeps.of("ann") == [run]
    monkeypatch.setattr(module, "FORGET", 0)
    until(other, lambda _: not sweeps.of("ann"))


def test_who_comes_back_in_time_keeps_it(make):
    sweeps, _stubs = make(grace=30)
    run = sweeps.start(SWEEP, "ann")
    sweeps.left("ann")
    sweeps.present("ann")
    assert sweeps._absences.beyond_grace() == [] and not run.over


def test_a_listener_hears_every_event_in_order_and_harms_nobody(make):
    heard = []

    def listen(run, event):
        heard.append((run.owner, event))
        raise RuntimeError("the store is full")

    sweeps, stubs = make(on_event=listen)
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    while not run.over:
        stubs[0].finish()
        run.wait(run.recording.revision, 0.01)
    assert run.state == "finished"
    assert heard == [("ann", event) for event in run.events]


def test_a_close_ends_everything(make):
    sweeps, stubs = make()
    run = until(sweeps.start(SWEEP, "ann"), handed_over(3))
    sweeps.close()
    assert (run.state, run.message) == ("stopped", SHUT_DOWN) and stubs[0].closed
    with pytest.raises(RuntimeError, match="shut down"):
        sweeps.start(SWEEP, "ann")


def test_a_stop_before_the_executor_is_there(make):
    ready = threading.Event()

    def slow(owner):
        ready.wait(PATIENCE)
        return StubExecutor()

    sweeps = Sweeps(slow)
    run = sweeps.start(SWEEP, "ann")
    run.stop()
    assert run.state == "stopped"
    ready.set()
    sweeps.close()
