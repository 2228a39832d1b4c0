"""The run of all claims on this server, with a process that only talks."""

from __future__ import annotations

import sys
import time

import pytest
from claims_results import made_up

from app.background.claims import ClaimsRun
from ipcore.claims.judging import judge

WAIT = 20.0
SAYS = "import sys; print('nonsense'); print('{\"done\": 1, \"total\": 4}', flush=True); "


def until(run: ClaimsRun, state: str) -> ClaimsRun:
    deadline = time.monotonic() + WAIT
    while run.state != state and time.monotonic() < deadline:
        time.sleep(0.01)
    assert run.state == state
    return run


@pytest.fixture
def runs():
    made: list[ClaimsRun] = []

    def make(program: str) -> ClaimsRun:
        made.append(ClaimsRun((sys.executable, "-c", program)))
        return made[-1]

    yield make
    for run in made:
        run.close()


def test_its_result_is_kept(runs, tmp_path):
    result = judge(made_up(claims=("C6",), quick=True))
    file = tmp_path / "line"
    file.write_text(f'{{"result": {result.to_json()}}}\n')
    run = runs(f"{SAYS} print(open({str(file)!r}).read())")
    assert run.state == "idle" and run.result is None
    run.start()
    assert until(run, "finished").result == result and run.share == 0.25


def test_it_stops_when_its_input_ends_and_keeps_the_record(runs):
    """A second start while it runs starts nothing; one after a stop goes on from the same file."""
    run = runs(f"{SAYS} open(sys.argv[1], 'a').write('x'); sys.stdin.read()")
    run.start()
    deadline = time.monotonic() + WAIT
    while run.share == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    process, folder = run._process, run._folder
    run.start()
    assert run._process is process and run.share == 0.25 and run.seconds_left > 0
    run.stop()
    assert run.state == "stopped" and process.returncode == 0 and run.seconds_left is None
    run.start()
    assert run._folder is folder and run._process is not process
    run.close()
    assert run._process.returncode == 0 and run.result is None


def test_a_process_that_fails_says_so(runs):
    run = runs("import sys; sys.exit(3)")
    run.start()
    assert until(run, "failed").message.endswith("status 3") and run.result is None
    run.start()
    until(run, "failed")
