"""Which worker gets which job: functions of the workers as they stand."""

import pytest
from stub_jobs import Record

from ipcore.worker.slots import Worker, may_begin, missing_spares, next_worker, overdue


def worker(ready: bool = True, job: bool = False, dismissed: bool = False, deadline: float = float("inf")) -> Worker:
    """A worker without a process: decisions need none."""
    return Worker(None, ready, Record("any") if job else None, dismissed=dismissed, deadline=deadline)  # type: ignore[arg-type]


def test_the_next_worker_is_a_free_one_and_a_ready_one_if_there_is_one():
    starting, ready, busy, dismissed = worker(ready=False), worker(), worker(job=True), worker(dismissed=True)
    assert next_worker([busy, starting, dismissed, ready]) is ready
    assert next_worker([busy, starting, dismissed]) is starting
    assert next_worker([busy, dismissed]) is None
    assert next_worker([]) is None


def test_a_job_begins_only_while_fewer_workers_are_busy_than_there_are_slots():
    assert may_begin([], 1)
    assert may_begin([worker(job=True), worker()], 2)
    assert not may_begin([worker(job=True), worker(dismissed=True)], 2)
    assert not may_begin([worker(job=True), worker(job=True), worker()], 1)


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
    workers = [worker(job=True)] * busy + [worker()] * free
    assert missing_spares(workers, slots, spares) == missing


def test_overdue_are_those_whose_deadline_has_passed():
    late, on_time, without = worker(deadline=1), worker(deadline=3), worker()
    assert overdue([late, on_time, without], 2) == [late]
    assert overdue([late, on_time, without], 3) == [late, on_time]
