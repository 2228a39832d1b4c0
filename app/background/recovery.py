"""How a race whose worker was lost is trained again, in silence, to where it stood. No Streamlit, no torch.

The same settings and the same changes at the same steps give the same numbers. So a new worker is told to begin anew
and to change each setting again at its step, and of what it says only the news are taken in: what the recording does
not hold yet.
"""

from __future__ import annotations

from typing import TypeVar, cast

from ipcore.recordings.again import news
from ipcore.recordings.events.base import Event as RecordedEvent
from ipcore.recordings.events.race import Mark
from ipcore.recordings.measurement import Measurement
from ipcore.recordings.race import Recording
from ipcore.worker.process import Command, Event

R = TypeVar("R", bound=Recording | Measurement)


class Recovery:
    """What must be known to train a race again. Whoever has one holds a lock while calling it.

    Attributes:
        losses: How often its worker was lost.
        again: Whether it is trained up to where its recording stands before it goes on.
        stood_at: Steps recorded when its worker was lost, until they are reached again; else None.
    """

    def __init__(self) -> None:
        self.losses = 0
        self.again = False
        self.stood_at: int | None = None
        self._lag = 0.0  # seconds by which it was trained faster the second time
        self._unmarked: list[Command] = []  # settings that were sent, and are not recorded as changed

    def sent(self, change: Command) -> None:
        """Notes that a setting was sent to be changed."""
        self._unmarked.append(change)

    def lost(self, recording: Recording | Measurement) -> None:
        """Notes that its worker was lost."""
        self.losses += 1
        self.again = True
        if isinstance(recording, Recording):
            self.stood_at = None if recording.state == "starting" else recording.step

    def go_on_from(self, recording: Recording | Measurement) -> None:
        """Notes that it has a recording already, of another training with the same settings, from which it goes on."""
        if isinstance(recording, Recording) and recording.state != "starting":
            self.again, self.stood_at = True, recording.step

    def commands(self, beginning: Command, recording: Recording, stops_at: float | None) -> list[Command]:
        """What begins it once more: up to where it stood, and on from there only if it was not to wait.

        Args:
            beginning: The command that began it the first time.
            recording: What is recorded of it.
            stops_at: The step at which it is to pause; infinity for none, None for where it stands.
        """
        changes = [[mark.step, mark.setting, mark.value] for mark in recording.marks]
        if recording.step < recording.config.steps:
            changes += [[recording.step, each["setting"], each["value"]] for each in self._unmarked]
        waits = stops_at != float("inf")
        commands: list[Command] = [{**beginning, "changes": changes, "paused": waits}]
        goal = recording.step if stops_at is None else int(stops_at) if waits else 0
        if goal > 0:
            commands.append({"command": "step", "count": goal})
        return commands

    def news(self, event: Event, recording: Recording | Measurement) -> Event | None:
        """What an event tells beyond the recording, at times that go on from there; None if that is nothing."""
        if self.stood_at is not None and isinstance(recording, Recording):
            fresh = news(event, recording, self.stood_at)
            if fresh is None:
                return None
            event = fresh
        if not self.again or "elapsed" not in event:
            return event
        elapsed = recording.elapsed or 0.0
        self._lag = max(self._lag, elapsed - event["elapsed"])
        return {**event, "elapsed": event["elapsed"] + self._lag}

    def recorded(self, event: RecordedEvent, recording: Recording) -> None:
        """Notes what was taken in: a setting that has changed, and whether the race stands where it stood."""
        if isinstance(event, Mark):
            known = [(each["setting"], float(each["value"])) for each in self._unmarked]
            if (event.setting, event.value) in known:
                del self._unmarked[: known.index((event.setting, event.value)) + 1]
        reached = self.stood_at is not None and recording.step >= self.stood_at
        if reached and (event.name in ("state", "end") or recording.step > cast(int, self.stood_at)):
            self.stood_at = None
