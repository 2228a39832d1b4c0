"""A stand-in for the worker, and what waits for the runs that it does.

It is a script that speaks the worker's protocol, starts in milliseconds and does one "step" every few milliseconds.
The first seed of a run says what it does wrong.
"""

from __future__ import annotations

import itertools
import sys
import time

import psutil

from app.background.run import Run
from app.background.runs import Runs
from ipcore.config import RunConfig

PATIENCE = 40  # s; a bound on failure, not a time that anything takes

OBEDIENT, DEAF, GARBAGE, MISFIT, FAILING, LOUD, MALFORMED = range(7)

STAND_IN = f"""
import copy, json, os, select, sys, time

def say(**event):
    os.write(1, json.dumps(event).encode() + b"\\n")

class Race:
    def __init__(self, name, config, left, step=0):
        self.name, self.config, self.left, self.step, self.changes = name, config, left, step, []

    def say(self, **event):
        say(**event, **({{"run": self.name}} if self.name else {{}}))

    def end(self, state):
        self.say(event="end", step=self.step, state=state, elapsed=1, telemetry=0, first_layer_gradient={{}})
        del races[self.name]

    def advance(self):
        while self.changes and self.changes[0][0] <= self.step:
            _, setting, value = self.changes.pop(0)
            self.say(event="mark", step=self.step, setting=setting, previous=0.01, value=value)
        self.step, self.left = self.step + 1, self.left - 1
        rows = {{method: [[1.0]] for method in self.config["methods"]}}
        self.say(event="steps", first=self.step, elapsed=self.step / 1000, loss=rows)
        if self.step == self.config["steps"]:
            self.end("finished")
        elif not self.left:
            self.say(event="state", step=self.step, state="paused")

def begin(name, command):
    race = races[name] = Race(name, command["config"], 0 if command["paused"] else 10**9)
    race.changes = command.get("changes", [])
    race.say(event="start", version=1, config=race.config, data={{}})
    if not race.left:
        race.say(event="state", step=0, state="paused")
    kind = race.config["first_seed"]
    if kind == {GARBAGE}:
        os.write(1, b"Segmentation fault? No, garbage \\xff\\n")
    if kind == {MISFIT}:
        race.say(event="steps", first=100, elapsed=1, loss={{}})
    if kind == {MALFORMED}:
        race.say(event="steps", first="one", elapsed=1)
    if kind == {FAILING}:
        race.say(event="error", message="the data are not there")
        del races[name]
    if kind == {LOUD}:
        for _ in range(100):
            os.write(2, b"a warning " * 1000)

def obey(name, command):
    word, race = command["command"], races.get(name)
    if word == "start":
        begin(name, command)
    elif word == "fork":
        if command["of"] not in races:
            say(event="error", message="it is over", run=name)
            return
        other = races[command["of"]]
        race = races[name] = Race(name, other.config, other.left, other.step)
        race.say(event="state", step=race.step, state="running" if race.left else "paused")
    elif race is None or race.config["first_seed"] == {DEAF}:
        say(event="refused", message="no")
    elif word == "stop":
        race.end("stopped")
    elif word == "pause":
        race.left = 0
        race.say(event="state", step=race.step, state="paused")
    elif word == "resume":
        race.left = 10**9
        race.say(event="state", step=race.step, state="running")
    elif word == "step":
        race.left = command["count"]
    elif word == "set":
        value = command["value"]
        race.say(event="mark", step=race.step, setting=command["setting"], previous=0.01, value=value)

races, buffer = {{}}, b""
time.sleep(float(sys.argv[1]))
say(event="ready")
while True:
    if select.select([0], [], [], 0.004 if any(race.left for race in races.values()) else None)[0]:
        chunk = os.read(0, 65536)
        if not chunk:
            break
        *lines, buffer = (buffer + chunk).split(b"\\n")
        for line in lines:
            command = json.loads(line)
            obey(command.pop("run", ""), command)
    else:
        for race in list(races.values()):
            if race.left:
                race.advance()
"""


def program(delay: float = 0) -> list[str]:
    """The stand-in, ready after some seconds."""
    return [sys.executable, "-S", "-E", "-c", STAND_IN, str(delay)]


LONG, SHORT = 100_000, 3


_rates = itertools.count(1)


def config(steps: int = LONG, kind: int = OBEDIENT) -> RunConfig:
    """Settings that no other call gives, so that the run is not shared with another one."""
    rate = 0.001 + next(_rates) * 1e-6
    return RunConfig(
        dataset="spirals", methods="plain", depth=1, width=2, steps=steps, first_seed=kind, intrinsic_rate=rate
    )


def until(run: Run, condition) -> Run:
    """Waits for a condition on a run, as a page does: by waiting for news of it."""
    deadline = time.monotonic() + PATIENCE
    while not condition(run):
        assert time.monotonic() < deadline, (run.state, run.message, run.recording.step)
        run.wait(run.recording.revision, 0.05)
    return run


def until_state(run: Run, state: str) -> Run:
    until(run, lambda run: run.state == state or run.over)
    assert run.state == state, (run.state, run.message)
    return run


def eventually(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def processes_of(runs: Runs) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in runs.scheduler.pids]
