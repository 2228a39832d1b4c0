"""Which worker gets which job: functions of the workers as they stand."""

import pytest
from stub_jobs import Record

from ipcore.worker.slots import Worker, missing_spares, next_worker


def worker(ready: bool = True, jobs: int = 0, **state) -> Worker:
    """A worker without a process: decisions need none."""
    return Worker(None, ready, {str(number): Record("any") for number in range(jobs)}, **state)  # type: ignore[arg-type]


def test_the_next_worker_is_a_free_one_and_a_ready_one_if_there_is_one():
    starting, ready, busy, dismissed = worker(ready=False), worker(), worker(jobs=1), worker(dismissed=True)
    assert next_worker([busy, starting, dismissed, ready], 4, 1) is ready
    assert next_worker([busy, starting, dismissed], 4, 1) is starting
    assert next_worker([busy, dismissed, worker(killed=True)], 4, 1) is None
    assert next_worker([], 4, 1) is None


def test_a_job_begins_only_while_fewer_workers_are_busy_than_there_are_slots():
    free = worker()
    assert next_worker([worker(jobs=1), free], 2, 1) is free
    assert next_worker([worker(jobs=1), worker(dismissed=True), free], 2, 1) is None
    assert next_worker([worker(jobs=1), worker(jobs=1), free], 1, 1) is None


def test_a_worker_that_shares_takes_jobs_until_it_is_full_and_the_one_with_the_fewest_is_next():
    three, two, free = worker(jobs=3), worker(jobs=2), worker()
    assert next_worker([three, two, free], 3, 4) is free
    assert next_worker([three, two, free], 2, 4) is two, "no more workers than slots have jobs"
    assert next_worker([three], 1, 4) is three
    assert next_worker([three], 1, 3) is None


def test_a_job_does_not_wait_for_a_cold_worker_unless_the_warm_ones_have_many():
    cold = worker(ready=False)
    assert next_worker([few := worker(jobs=2), cold], 2, 64) is few
    assert next_worker([worker(jobs=20), cold], 2, 64) is cold


@pytest.mark.parametrize(
    ("busy", "free", "slots", "spares", "missing"),
    [
        (0, 0, 4, 2, 2),
        (0, 0, 1, 2, 1),
        (1, 0, 4, 2, 2),
        (3, 0, 4, 2, 1),
        (4, 0, 4, 2, 0),
        (0, 3, 4, 2, 0),
        (1, 0, 4, 0, 0),
    ],
)
def test_spares_are_kept_as_far_as_slots_allow(busy: int, free: int, slots: int, spares: int, missing: int):
    workers = [worker(jobs=1)] * busy + [worker()] * free
    assert missing_spares(workers, slots, spares) == missing


def test_overdue_is_who_has_not_become_ready_not_obeyed_or_not_given_a_sign_of_life():
    cold = worker(ready=False, ready_by=3)
    assert not cold.overdue(2, 10) and "ready" in cold.overdue(3, 10)
    assert not worker(ready_by=3).overdue(4, 10)
    stopping = worker(jobs=2, stopping={"1": 3})
    assert not stopping.overdue(2, 10) and "told to" in stopping.overdue(3, 10)
    beating = worker(beats=True, heard=5)
    assert not beating.overdue(14, 10) and "sign of life" in beating.overdue(15, 10)
    assert not worker(heard=5).overdue(15, 10), "it never gave any"
    assert not worker(beats=True, heard=5, killed=True).overdue(15, 10)
