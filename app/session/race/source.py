"""One race as a browser is sent it: the frames of its charts, its status line, and the phase in which it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.background.run import Run
from app.race import frames as charts
from app.race.component import RaceView, from_query
from app.race.digest import digest
from app.session import server
from app.ui import words
from app.ui.feeds import FrameCache, View
from ipcore.recordings.race import Recording

_frames = FrameCache(8)
"""Frames of all races on screen: each is packed once, and all its viewers share it. Few are kept, since those that were
sent are kept compressed (app/front/frames.py)."""


@dataclass(frozen=True)
class RaceSource:
    """The charts of one race, at the moment and for the layer that the visitor chose.

    Args:
        own: the visitor's run on screen, if there is one.
        still: the recording that is on screen without one.
        visitor: the visitor's name.
        aside: the id of a run that was set aside, if one was.
        held: whether the visitor has asked it to wait.
        status: the status line when the page was drawn.
    """

    own: Run[Recording] | None
    still: Recording
    visitor: str
    aside: str
    held: bool
    status: words.Status

    @property
    def recording(self) -> Recording:
        """Its recording; a run that leaves one that others watch has another from then on."""
        return self.own.recording if self.own else self.still

    def stamp(self, view: View) -> str:
        """See :class:`app.ui.feeds.Source`."""
        return self._stamp(from_query(view))

    def _stamp(self, chosen: RaceView) -> str:
        recording = self.recording
        seen = chosen.step, self._layer(chosen), chosen.span and "{}-{}".format(*chosen.span)
        return f"race-{digest(recording).run}-{recording.revision}-{'-'.join(map(str, seen))}"

    def _layer(self, chosen: RaceView) -> int | None:
        return chosen.layer if chosen.layer is None or chosen.layer < self.recording.config.depth else None

    def frame(self, view: View) -> bytes:
        """See :class:`app.ui.feeds.Source`."""
        return self.frame_of(from_query(view))

    def frame_of(self, chosen: RaceView) -> bytes:
        """The frame of a moment and a layer."""
        return _frames.get(
            self._stamp(chosen),
            lambda: charts.frame(self.recording, step=chosen.step, layer=self._layer(chosen), span=chosen.span),
        )

    def facts(self) -> dict[str, Any]:
        """See :class:`app.ui.feeds.Source`."""
        newest = next(reversed(server.runs().of(self.visitor)), None)
        own = self.own if newest is None or newest.id == self.aside else newest
        live = own is not None and own.state in words.LIVE
        status = status_of(own) if own is not None else self.status
        return {"live": live, "phase": phase_of(own, self.held), "status": status.to_dict()}


def status_of(own: Run[Recording]) -> words.Status:
    """The status line of a race that this server trains or has trained."""
    traffic = words.Traffic(own.speed, own.beside, server.runs().seconds_to_wait(own), own.restoring)
    shown = words.of_run(own.state, own.recording, position=own.position, message=own.message, traffic=traffic)
    return words.with_trouble(shown, server.unsaved(own.id))


def phase_of(own: Run[Recording] | None, held: bool) -> str:
    """What the page depends on: when it changes, the whole page reruns.

    It is the run on screen, its state, whether it waits at step 0, whether it is over and is still being saved, and how
    many others watch it.

    What the buttons do depends on all of these: a paused run that makes its first step stays paused, and can be reset
    now.

    Args:
        own: the visitor's run on screen, if there is one.
        held: whether the visitor has asked it to wait.
    """
    if own is None:
        return ""
    waits = held and own.state in words.LIVE and own.recording.step == 0
    notes = ["at its start"] * waits + ["being saved"] * server.saving(own)
    return ", ".join([f"{own.id} {own.state}", *notes, f"{others_of(own)} others"])


def others_of(own: Run[Recording]) -> int:
    """How many other visitors watch a race while it is trained."""
    return own.others if own.state in words.LIVE else 0
