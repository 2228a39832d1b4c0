"""What the worker does when things go wrong: faults, stray prints, lost data, and the end of its input."""

import os
import signal
import subprocess
import sys
import time

import pytest
from serving import ROOT
from worker_talk import PATIENCE, SMALL, STAND_IN, Talk

from ipcore.config import RunConfig
from ipcore.jsonlines import decode
from ipcore.worker.loop import FAULT, NO_MEMORY, PROGRESS_INTERVAL


def test_stray_prints_do_not_touch_the_stream(stand_in):
    stand_in.start(first_seed=1)
    assert [event["event"] for event in stand_in.until("end")] == ["ready", "start", "end"]
    stand_in.process.stdin.close()
    stand_in.ended()
    stand_in.threads[1].join(PATIENCE)
    for stray in (b"a stray print", b"a stray write", b"a stray child"):
        assert stray in stand_in.errors


@pytest.mark.parametrize(
    ("seed", "message", "detail"),
    [(2, FAULT, b"IndexError: a bug"), (3, NO_MEMORY, b"alloc"), (4, FAULT, b"TypeError")],
)
def test_a_fault_is_one_error_in_words_and_the_worker_serves_on(stand_in, seed, message, detail):
    stand_in.start(first_seed=seed)
    assert stand_in.until("error")[1:] == [
        {"event": "start", "config": RunConfig(first_seed=seed).to_dict(), "data": "mnist-5k"},
        {"event": "error", "message": message},
    ]
    stand_in.start()
    assert [event["event"] for event in stand_in.until("end")] == ["start", "end"]
    stand_in.process.stdin.close()
    stand_in.ended()
    stand_in.threads[1].join(PATIENCE)
    assert detail in stand_in.errors


def test_data_that_are_not_there_are_an_error_in_words(stand_in):
    stand_in.start(dataset="cifar10")
    assert stand_in.until("error")[-1]["message"] == "CIFAR-10 is not in the cache, and there is no network"


def test_progress_is_throttled_and_a_download_can_be_stopped(stand_in):
    stand_in.until("ready")
    began = time.monotonic()
    stand_in.start(dataset="mnist")
    reports = [stand_in.event() for _ in range(4)]
    assert time.monotonic() - began > 3 * PROGRESS_INTERVAL * 0.9
    assert {report["event"] for report in reports} == {"progress"}
    assert reports[0] == {"event": "progress", "what": "Fetching", "done": 1, "total": None}
    stand_in.write(b"nonsense")
    stand_in.until("refused")
    stand_in.say("stop")
    end = stand_in.until("end")[-1]
    assert (end["state"], end["step"]) == ("stopped", 0)
    assert end["first_layer_gradient"] == {"plain": [None], "batch-norm": [None], "ip": [None]}


@pytest.mark.parametrize("seed", [None, 5, 6], ids=["idle", "computing", "waiting"])
def test_the_end_of_input_ends_the_process_whatever_it_is_doing(stand_in, seed):
    stand_in.until("ready")
    if seed is not None:
        stand_in.start(first_seed=seed)
        stand_in.until("start")
    stand_in.process.stdin.close()
    assert stand_in.ended() == 0


def test_the_end_of_input_ends_a_real_run_even_before_it_is_warm():
    talk = Talk("-m", "ipcore.worker")
    talk.start(**SMALL)
    talk.process.stdin.close()
    assert talk.ended() == 0
    assert talk.errors == b""
    talk.close()


def test_a_reader_that_is_gone_ends_the_process():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", STAND_IN], cwd=ROOT, **pipes) as process:
        assert decode(process.stdout.readline()) == {"event": "ready"}
        process.stdout.close()
        process.stdin.write(b"anything\n")
        process.stdin.flush()
        assert process.wait(PATIENCE) == 0  # its input is still open


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("seed", [None, 5], ids=["idle", "computing"])
def test_ctrl_c_is_quiet(stand_in, seed):
    stand_in.until("ready")
    if seed is not None:
        stand_in.start(first_seed=seed)
        stand_in.until("start")
    stand_in.process.send_signal(signal.SIGINT)
    assert stand_in.ended() == 130
    stand_in.threads[1].join(PATIENCE)
    assert stand_in.errors == b""
