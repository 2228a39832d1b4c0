"""A worker process to talk to, and a stand-in for data and training that makes it start in milliseconds."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading

from serving import ROOT

from ipcore.jsonlines import decode

PATIENCE = 40  # s; a bound on failure, not a time that anything takes
STAND_IN = """
import os, sys, time, types

class DataUnavailable(RuntimeError):
    pass

class Named(str):
    pass  # unlike a plain str it may be referred to weakly, as data are

def load(name, progress=None, train_examples=0):
    if name == "cifar10":
        raise DataUnavailable("CIFAR-10 is not in the cache, and there is no network")
    if name == "mnist":
        done = 0
        while True:
            done += 1
            progress("Fetching", done, None)
            time.sleep(0.002)
    return Named(name)

def start_event(config, data):
    return {"event": "start", "config": config.to_dict(), "data": str(data)}

class Training:
    def __init__(self, config, data, paused):
        self.config, self.race = config, types.SimpleNamespace(step=0)

def train_by_turns(training, commands):
    config = training.config
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
    while config.first_seed == 6:
        command = commands.get(True)
        if command is None:
            yield None
        elif command["command"] == "stop":
            break
        else:
            yield {"event": "told", **command}
    yield {"event": "end", "state": "finished"}

sys.modules["torch"] = types.SimpleNamespace(set_num_threads=lambda count: None)
sys.modules["ipcore.data"] = types.SimpleNamespace(load=load, DataUnavailable=DataUnavailable)
sys.modules["ipcore.networks.training"] = types.SimpleNamespace(
    Training=Training, start_event=start_event, train_by_turns=train_by_turns
)
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


SMALL = {"dataset": "spirals", "methods": ["plain", "ip"], "depth": 2, "width": 4, "batch_size": 16, "steps": 300}


def steps(events: list[dict]) -> int:
    """How many steps events report."""
    return sum(len(event["loss"]["plain"]) for event in events if event["event"] == "steps")
