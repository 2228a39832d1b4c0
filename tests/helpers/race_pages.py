"""For tests of pages in Streamlit's harness: runs without workers, and what a page shows."""

from __future__ import annotations

import json
import secrets
import struct

from serving import ROOT
from streamlit.testing.v1 import AppTest

from ipcore.config import RunConfig
from ipcore.recordings.race import Recording, from_events

MAIN = str(ROOT / "app" / "main.py")


def some_steps(recording: Recording, count: int) -> None:
    """Adds losses of ``count`` steps."""
    loss = {method: [[2.3] * recording.config.seeds] * count for method in recording.config.methods}
    elapsed = recording.elapsed + count / 50
    recording.add({"event": "steps", "first": recording.step + 1, "elapsed": elapsed, "loss": loss})


def start_event(config: RunConfig) -> dict:
    data = {"train": 4000, "test": 1000, "probe": 500}
    return {"event": "start", "version": 1, "config": config.to_dict(), "data": data}


class Race:
    """Stands for a run: it does at once what it is told, and keeps what it was told."""

    kind, over = "race", False
    speed, beside, others, restoring = 0.0, 0, 0, False

    def __init__(self, config: RunConfig, owner: str, paused: bool) -> None:
        self.id, self.owner, self.config, self.message, self.position = secrets.token_hex(8), owner, config, "", 0
        self.recording = from_events([start_event(config)])
        self.state = "paused" if paused else "running"
        self.stream = self.id
        self.told = []
        self.waits_at_start = paused
        if not paused:
            some_steps(self.recording, 5)

    def send(self, command: dict) -> None:
        self.told.append(command)
        match command["command"]:
            case "pause":
                self.state = "paused"
            case "resume":
                self.state = "running"
            case "step":
                some_steps(self.recording, command["count"])

    def wait(self, revision: int, timeout: float) -> int:
        return self.recording.revision


class Races:
    """Stands for app.background.runs.Runs."""

    def __init__(self) -> None:
        self.started, self.here, self.gone = [], [], []

    def start(self, config, owner, *, keeper=None, address="", paused=False, replace=True):
        self.started.append(Race(config, owner, paused))
        return self.started[-1]

    def seconds_to_wait(self, run):
        return None

    def of(self, owner, kind="race"):
        return [race for race in self.started if (race.owner, race.kind) == (owner, kind)]

    def finished_like(self, config):
        over = (race for race in self.started if race.state == "finished" and race.config == config)
        return next((race.recording for race in over), None)

    def present(self, owner):
        self.here.append(owner)

    def left(self, owner):
        self.gone.append(owner)


def checked(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    return page


def text(page: AppTest) -> str:
    """All that the page says in its own HTML."""
    return " ".join(element.proto.body for element in page.get("html"))


def header(page: AppTest) -> dict:
    """The header of the frame that the charts were given."""
    frame = next(each.proto.bytes for each in page.get("bidi_component") if each.proto.bytes)
    (length,) = struct.unpack_from("<I", frame)
    return json.loads(frame[4 : 4 + length])
