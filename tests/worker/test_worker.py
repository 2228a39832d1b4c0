"""The worker as a process: its protocol on real pipes, and what it does when things go wrong.

Most tests need no network that learns: a stand-in for data and training makes the process start in milliseconds.
"""

import dataclasses
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ipcore.config import RunConfig
from ipcore.jsonlines import decode
from ipcore.recordings.race import from_events
from ipcore.sweeps.plan import Sweep
from ipcore.worker import commands
from ipcore.worker.child import FAULT, NO_MEMORY, PROGRESS_INTERVAL

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 40  # s; a bound on failure, not a time that anything takes

STAND_IN = """
import os, sys, time, types

class DataUnavailable(RuntimeError):
    pass

def load(name, progress=None):
    if name == "cifar10":
        raise DataUnavailable("CIFAR-10 is not in the cache, and there is no network")
    if name == "mnist":
        done = 0
        while True:
            done += 1
            progress("Fetching", done, None)
            time.sleep(0.002)
    return name

def train(config, data, commands, *, paused=False):
    yield {"event": "start", "config": config.to_dict(), "paused": paused, "data": data}
    if config.first_seed == 1:
        print("a stray print"); sys.stdout.flush(); os.write(1, b"a stray write"); os.system("echo a stray child")
    if config.first_seed == 2:
        raise IndexError("a bug")
    if config.first_seed == 3:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:116] DefaultCPUAllocator: can't allocate memory")
    if config.first_seed == 4:
        yield {"event": "steps", "loss": object()}
    if config.first_seed == 5:
        while True:
            sum(range(1000))
    if config.first_seed == 6:
        while (command := commands.get(True))["command"] != "stop":
            yield {"event": "told", **command}
    yield {"event": "end", "state": "finished"}

sys.modules["torch"] = types.SimpleNamespace(set_num_threads=lambda count: None)
sys.modules["ipcore.data"] = types.SimpleNamespace(load=load, DataUnavailable=DataUnavailable)
sys.modules["ipcore.networks.training"] = types.SimpleNamespace(train=train)
from ipcore.worker import child
os._exit(child.main())
"""


class Talk:
    """A worker process, its events in a queue."""

    def __init__(self, *program: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.errors = b""
        self.threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self.threads:
            thread.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(b"")

    def _read_errors(self) -> None:
        while chunk := self.process.stderr.read1():
            self.errors += chunk

    def write(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def say(self, command: str, **fields) -> None:
        self.write(json.dumps({"command": command, **fields}).encode())

    def start(self, paused: bool = False, **settings) -> None:
        self.say("start", config=settings, paused=paused)

    def event(self) -> dict:
        line = self.lines.get(timeout=PATIENCE)
        assert line, f"the worker ended: {self.errors.decode()}"
        return decode(line)

    def until(self, kind: str, **fields) -> list[dict]:
        """All events up to one of that kind, with those fields."""
        events = [self.event()]
        while not (events[-1]["event"] == kind and fields.items() <= events[-1].items()):
            events.append(self.event())
        return events

    def ended(self) -> int:
        """The exit status, once it has ended by itself."""
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        for thread in self.threads:
            thread.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()
        self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def real():
    talk = Talk("-m", "ipcore.worker")
    talk.until("ready")
    yield talk
    talk.close()


@pytest.fixture
def stand_in():
    talk = Talk("-c", STAND_IN)
    yield talk
    talk.close()


SMALL = {"dataset": "spirals", "methods": ["plain", "ip"], "depth": 2, "width": 4, "batch_size": 16, "steps": 300}


def steps(events: list[dict]) -> int:
    """How many steps events report."""
    return sum(len(event["loss"]["plain"]) for event in events if event["event"] == "steps")


def test_a_run_from_start_to_end_is_a_recording(real):
    real.start(**SMALL)
    events = real.until("end")
    assert events[0]["event"] == "start"
    recording = from_events(events)
    assert recording.state == "finished" and recording.step == 300
    assert recording.config == RunConfig.from_dict(SMALL)


def test_pause_step_set_resume(real):
    real.start(paused=True, **SMALL | {"steps": 100_000})
    assert steps(real.until("state", state="paused")) == 0
    real.say("step", count=10)
    assert steps(real.until("state", state="paused", step=10)) == 10
    real.say("set", setting="learning_rate", value=0.03)
    assert real.until("mark")[-1] == {
        "event": "mark", "step": 10, "setting": "learning_rate", "previous": 0.01, "value": 0.03
    }  # fmt: skip
    real.say("resume")
    real.until("state", state="running")
    real.say("pause")
    paused = real.until("state", state="paused")[-1]["step"]
    assert 10 <= paused < 100_000
    real.say("step")  # had it not paused, more steps than this one would follow
    assert steps(real.until("state", state="paused", step=paused + 1)) == 1
    real.say("stop")
    end = real.until("end")[-1]
    assert (end["state"], end["step"]) == ("stopped", paused + 1)


def test_bad_lines_are_refused_while_a_run_goes_on_and_are_errors_without(real):
    def errors(expected: str) -> None:
        for line, words in BAD_LINES:
            real.write(line)
            answer = real.event()
            assert answer["event"] == expected and words in answer["message"], line

    errors("error")
    real.start(paused=True, **SMALL)
    real.until("state", state="paused")
    errors("refused")
    real.start(**SMALL)
    assert "under way" in real.until("refused")[-1]["message"]
    real.say("resume")
    assert steps(real.until("end", state="finished")) == 300


BAD_LINES = [
    (b"pause", "JSON"),
    (b"[" * 100_000, "JSON"),
    (b"\xff\xfe", "JSON"),
    (b"[1, 2]", "object"),
    (b'{"command": "dance"}', "dance"),
    (b'{"command": ["stop"]}', "stop"),
    (b'{"command": "start", "config": 5}', "config"),
    (b'{"command": "start", "config": {"depth": "deep"}}', "depth must be a whole number from 1 to 50"),
    (b'{"command": "start", "config": {"depht": 5}}', "depht"),
    (b'{"command": "start", "config": {"methods": ["batch-norm"], "batch_size": 1}}', "variance"),
    (b'{"command": "start", "paused": "yes"}', "paused must be true or false"),
    (b'{"command": "start", "pased": true}', "start has no field 'pased'; it has config, paused"),
    (b'{"command": "step", "count": 1.5}', "count must be a whole number"),
    (b'{"command": "step", "count": null}', "count must be a whole number"),
    (b'{"command": "set", "setting": "depth", "value": 3}', "setting must be one of learning_rate"),
    (b'{"command": "set", "setting": {}, "value": 3}', "setting must be one of learning_rate"),
    (b'{"command": "set", "setting": "learning_rate", "value": 1e999}', "learning_rate must be a number"),
    (b'{"command": "set", "setting": "learning_rate", "value": "x"}', "learning_rate must be a number"),
    (b'{"command": "set", "setting": "learning_rate", "value": true}', "value must be a number, not True"),
    (b'{"command": "set", "setting": "learning_rate"}', "value is missing"),
    (b'{"command": "stop", "why": 1}', "stop has no field 'why'; it has none"),
    (b'{"command": "stack", "stack": {"id": "0", "config": {}, "replicas": [1]}}', "stack must be an object"),
    (b'{"command": "stack", "stack": {"id": "0", "config": {}, "replicas": []}}', "stack must be an object"),
]


def test_a_command_that_comes_too_late_is_refused_and_does_not_touch_the_next_run(stand_in):
    stand_in.until("ready")
    stand_in.start()
    stand_in.say("stop")
    stand_in.start(first_seed=6)
    stand_in.say("step", count=3)
    events = stand_in.until("told")
    assert [event["event"] for event in events] == ["start", "end", "refused", "start", "told"]
    assert events[-1] == {"event": "told", "command": "step", "count": 3}


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
        {"event": "start", "config": RunConfig(first_seed=seed).to_dict(), "paused": False, "data": "mnist-5k"},
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


def test_commands_come_out_whole():
    assert commands.check({"command": "step"}).plain() == {"command": "step", "count": 1}
    assert commands.check({"command": "step", "count": "3"}).plain() == {"command": "step", "count": 3}
    start = commands.check({"command": "start"})
    assert start == commands.Start(config={}, paused=False) and start.settings == RunConfig()
    change = commands.decode(b'{"command":"set","setting":"learning_rate","value":"0.03"}')
    assert change.plain() == {"command": "set", "setting": "learning_rate", "value": 0.03}


def test_a_beginning_comes_out_as_it_was_sent():
    (stack,) = Sweep(RunConfig(methods="ip", steps=5), {"learning_rate": (0.1, 1)}).stacks()
    assert commands.check({"command": "stack", "stack": stack.to_dict()}).planned == stack
    sent = {"command": "start", "config": RunConfig(depth=3).to_dict(), "paused": True}
    assert commands.decode(json.dumps(sent)).plain() == sent


def test_a_stack_is_trained_and_another_stopped(real):
    over = Sweep(
        RunConfig(dataset="moons", methods="ip", depth=10, width=64, steps=50_000), {"learning_rate": (0.1, 1)}
    )
    (stack,) = over.stacks()
    short = dataclasses.replace(stack, config=stack.config.replace(steps=3))
    real.say("stack", stack=short.to_dict())
    kinds = [event["event"] for event in real.until("done", stack=stack.id, step=3)]
    assert kinds == ["curve"] * 3 + ["done"]
    real.say("stack", stack=stack.to_dict())
    real.say("pause")
    assert real.event() == {"event": "refused", "message": "a stack cannot pause; it can only be stopped"}
    real.say("stop")
    assert real.event() == {"event": "cancelled", "stack": stack.id}
    real.say("stack", stack={"id": "incomplete"})
    assert "stack must be an object with id, config and replicas" in real.until("error")[0]["message"]
