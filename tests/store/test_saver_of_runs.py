"""The saver wired to the runs of a server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql
from saving import PATIENCE, Case
from stand_in_worker import FAILING, LONG, MISFIT, SHORT, config, program, until, until_state

from app.background.run import BROKEN, DIED
from app.background.runs import SHUT_DOWN, Runs
from app.store.races import race_saver
from app.store.schema import chunks
from ipcore.recordings.race import from_events


@pytest.fixture
def raced(tmp_path: Path, make) -> Iterator[tuple[Runs, Case]]:
    """Runs with stand-ins for workers (see test_runs.py), saved."""
    case = make(tmp_path)
    runs = Runs(slots=1, share=1, command=program(), **race_saver(case.saver))
    yield runs, case
    runs.close()


@pytest.mark.parametrize(
    ("kind", "steps", "state", "message"),
    [(0, SHORT, "finished", ""), (FAILING, LONG, "failed", "the data are not there"), (MISFIT, LONG, "failed", BROKEN)],
)
def test_a_race_is_saved_to_its_end(raced, kind: int, steps: int, state: str, message: str):
    runs, case = raced
    run = until_state(runs.start(config(steps, kind), "ada"), state)
    assert case.saver.flush(PATIENCE)
    saved = case.store.get(run.id)
    assert (saved.state, saved.message, saved.step) == (state, message, run.recording.step)
    assert saved.name.startswith("Two spirals, depth 1, width 2") and saved.name.endswith(": plain")
    assert saved.config == run.config.to_dict()
    replayed = from_events(case.store.events(run.id))
    assert (replayed.state, replayed.step, replayed.message) == (run.recording.state, run.recording.step, message)


def test_a_race_whose_worker_dies_is_saved_with_all_it_had(raced):
    runs, case = raced
    run = until(runs.start(config(), "ada"), lambda run: run.recording.step > 5)
    for _ in range(3):  # twice it is trained again
        for pid in (*runs.scheduler.pids, *runs.apart.pids):
            os.kill(pid, signal.SIGKILL)
        step = run.recording.step
        until(run, lambda run, step=step: run.over or (run.recording.step > step and not run.training.restoring))
    until_state(run, "failed")
    assert case.saver.flush(PATIENCE)
    saved, replayed = case.store.get(run.id), from_events(case.store.events(run.id))
    assert (saved.state, saved.message, saved.step) == ("failed", DIED, run.recording.step)
    assert (replayed.state, replayed.message, replayed.step) == ("failed", DIED, run.recording.step)


def test_races_that_were_under_way_when_the_server_ended(raced):
    runs, case = raced
    run = until(runs.start(config(), "ada"), lambda run: run.recording.step > 5)
    waiting = runs.start(config(), "bob")
    runs.close()
    assert case.saver.flush(PATIENCE)
    saved, replayed = case.store.get(run.id), from_events(case.store.events(run.id))
    assert (saved.state, saved.message) == ("interrupted", SHUT_DOWN) and replayed.over
    assert replayed.step == saved.step == run.recording.step
    assert case.store.get(waiting.id) is None  # it never began


def test_a_measurement_is_not_saved_and_a_listener_that_fails_hurts_nobody(tmp_path: Path, make, caplog):
    case, heard = make(tmp_path), []

    def fail(run, event=None) -> None:
        heard.append((run.kind, event and event.name))
        raise OSError("no")

    runs = Runs(slots=1, share=1, command=program(), on_event=fail, on_end=fail)
    until_state(runs.start(config(SHORT), "ada"), "finished")
    runs.close()
    assert heard == [("race", kind) for kind in ("start", "steps", "steps", "steps", "end", None)]
    assert "a listener to runs fails" in caplog.text
    runs = Runs(slots=1, share=1, command=program(), **race_saver(case.saver))
    blocking = until_state(runs.start(config(), "bob"), "running")
    measuring = runs.measure(config(SHORT), "ada")
    measuring.stop()
    blocking.stop()
    runs.close()
    assert case.saver.flush(PATIENCE) and case.store.get(measuring.id) is None and case.store.get(blocking.id)
    with case.store.engine.begin() as connection:
        assert set(connection.execute(sql.select(chunks.c.run)).scalars()) == {blocking.id}
