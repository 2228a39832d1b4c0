"""A stand-in for the worker, and what waits for the runs that it does.

It is a script that speaks the worker's protocol, starts in milliseconds and does one "step" every few milliseconds.
The first seed of a run says what it does wrong.
"""

from __future__ import annotations

import sys
import time

import psutil

from app.background.run import Run
from app.background.runs import Runs
from ipcore.config import RunConfig

PATIENCE = 40  # s; a bound on failure, not a time that anything takes

OBEDIENT, DEAF, GARBAGE, MISFIT, FAILING, LOUD, MALFORMED = range(7)

STAND_IN = f"""
import json, os, select, sys, time

def say(**event):
    os.write(1, json.dumps(event).encode() + b"\\n")

config, left, step, buffer = None, None, 0, b""
time.sleep(float(sys.argv[1]))
say(event="ready")
while True:
    if select.select([0], [], [], None if not config or not left else 0.004)[0]:
        chunk = os.read(0, 65536)
        if not chunk:
            break
        *lines, buffer = (buffer + chunk).split(b"\\n")
        for line in lines:
            command = json.loads(line)
            name = command["command"]
            if name == "start":
                config, step, left = command["config"], 0, 0 if command["paused"] else 10**9
                say(event="start", version=1, config=config, data={{}})
                if not left:
                    say(event="state", step=step, state="paused")
                if config["first_seed"] == {GARBAGE}:
                    os.write(1, b"Segmentation fault? No, garbage \\xff\\n")
                if config["first_seed"] == {MISFIT}:
                    say(event="steps", first=100, elapsed=1, loss={{}})
                if config["first_seed"] == {MALFORMED}:
                    say(event="steps", first="one", elapsed=1)
                if config["first_seed"] == {FAILING}:
                    say(event="error", message="the data are not there")
                    config = None
                if config and config["first_seed"] == {LOUD}:
                    for _ in range(100):
                        os.write(2, b"a warning " * 1000)
            elif not config or config["first_seed"] == {DEAF}:
                say(event="refused", message="no")
            elif name == "stop":
                say(event="end", step=step, state="stopped", elapsed=1, telemetry=0, first_layer_gradient={{}})
                config = None
            elif name == "pause":
                left = 0
                say(event="state", step=step, state="paused")
            elif name == "resume":
                left = 10**9
                say(event="state", step=step, state="running")
            elif name == "step":
                left = command["count"]
            elif name == "set":
                say(event="mark", step=step, setting=command["setting"], previous=0.01, value=command["value"])
    elif config and left:
        step, left = step + 1, left - 1
        rows = {{method: [[1.0]] for method in config["methods"]}}
        say(event="steps", first=step, elapsed=step / 1000, loss=rows)
        if step == config["steps"]:
            say(event="end", step=step, state="finished", elapsed=1, telemetry=0, first_layer_gradient={{}})
            config = None
        elif not left:
            say(event="state", step=step, state="paused")
"""


def program(delay: float = 0) -> list[str]:
    """The stand-in, ready after some seconds."""
    return [sys.executable, "-S", "-E", "-c", STAND_IN, str(delay)]


LONG, SHORT = 100_000, 3


def config(steps: int = LONG, kind: int = OBEDIENT) -> RunConfig:
    return RunConfig(dataset="spirals", methods="plain", depth=1, width=2, steps=steps, first_seed=kind)


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
