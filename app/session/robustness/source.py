"""One sweep as a browser is sent it: the frames of its charts, its status line, and the phase in which it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.background.sweep_run import SweepRun
from app.session import server
from app.session.robustness import charts
from app.sweep import words as sweep_words
from app.sweep.component import SweepView, from_query
from app.ui.feeds import View
from app.ui.words import Status, with_trouble
from ipcore.recordings.sweep import SweepRecording


@dataclass(frozen=True)
class SweepSource:
    """The charts of one sweep, with the learning curves of the point that the visitor picked.

    Args:
        own: the visitor's sweep on screen, if there is one.
        name: an id that no other sweep has.
        recording: the recording of the sweep.
        still: the state of a recording that is on screen without a sweep of this visitor.
        visitor: the visitor's name.
        aside: the id of a sweep that was set aside, if one was.
        status: the status line when the page was drawn.
    """

    own: SweepRun | None
    name: str
    recording: SweepRecording
    still: str
    visitor: str
    aside: str
    status: Status

    def stamp(self, view: View) -> str:
        """See :class:`app.ui.feeds.Source`."""
        return charts.stamp(self.recording, self.name, self._state(), from_query(view))

    def frame(self, view: View) -> bytes:
        """See :class:`app.ui.feeds.Source`."""
        return self.frame_of(from_query(view))

    def frame_of(self, chosen: SweepView) -> bytes:
        """The frame with the learning curves of a point."""
        return charts.frame(self.recording, self.name, self._state(), chosen)

    def facts(self) -> dict[str, Any]:
        """See :class:`app.ui.feeds.Source`."""
        newest = next(reversed(server.sweeps().of(self.visitor)), None)
        own = self.own if newest is None or newest.id == self.aside else newest
        live = own is not None and own.state in sweep_words.LIVE
        status = self.status if own is None else status_of(own)
        return {"live": live, "phase": phase_of(own), "status": status.to_dict()}

    def _state(self) -> str:
        return self.own.state if self.own else self.still


def status_of(own: SweepRun) -> Status:
    """The status line of a sweep of this server, with what is wrong with saving it."""
    return with_trouble(progress_of(own), server.unsaved(own.id))


def progress_of(own: SweepRun) -> Status:
    """The status line of a sweep of this server, however it is saved."""
    estimate = own.slowdown * own.sweep.seconds(own.workers or 1)
    return sweep_words.of_run(
        own.state,
        own.recording,
        elapsed=own.elapsed,
        estimate=estimate,
        under_way=own.under_way,
        message=own.message,
        before=own.before,
    )


def phase_of(own: SweepRun | None) -> str:
    """The id and the state of a sweep, its troubles, and whether it is over and is still being saved.

    When they change, the whole page reruns.
    """
    if own is None:
        return ""
    saved = " being saved" if server.saving(own) else ""
    return f"{own.id} {own.state} {len(sweep_words.troubles(own.recording))}{saved}"
