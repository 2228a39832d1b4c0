"""What a worker says beside the events of the run that it carries out."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ipcore.recordings.events.base import Event, Text


class Ready(Event, tag="ready"):
    """The worker is warm: imports, first optimiser step and default data set are done.

    Commands that were sent before are carried out now.
    """


class Alive(Event, tag="alive"):
    """A sign of life, sent at intervals if the worker was started with ``--beat``; it belongs to no run.

    It stays away if the process stands still, and if training has hung.
    """


class Refused(Event, tag="refused"):
    """A command was ignored, and nothing has changed."""

    message: Annotated[Text, Meta(description="why, in words")]


EVENTS: tuple[type[Event], ...] = (Ready, Alive, Refused)
