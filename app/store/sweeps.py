"""Saves sweeps while they are under way. No Streamlit, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.store import run_names
from app.store.saver import Saver
from app.ui import words
from ipcore.config import SETTINGS
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Done
from ipcore.recordings.events.sweep import Start

ALWAYS = ("seeds", "first_seed")
"""Settings of networks that no sweep has as a race has them, and that names leave out."""


def sweep_saver(saver: Saver) -> dict[str, Any]:
    """Arguments with which :class:`app.background.sweeps.Sweeps` saves its sweeps: ``Sweeps(**sweep_saver(saver))``."""

    def on_event(run: Any, event: Event) -> None:
        step = accuracy = None
        match event:
            case Start():
                settings = run.sweep.to_dict()
                saver.begin(run.id, run.keeper, "sweep", default_name(settings), settings, run.lines)
            case Done():
                step, accuracy = run.recording.done, run.recording.accuracies()
        saver.add(run.id, event, step, accuracy)
        if run.recording.over:
            saver.end(run.id, run.recording.state, run.message)

    return {"on_event": on_event}


def default_name(settings: Mapping[str, Any]) -> str:
    """The name of a sweep until its owner renames it."""
    over = " and ".join(SETTINGS[name].label.lower() for name in settings["over"])
    config = settings["config"]
    return run_names.default_name(
        [f"sweep of {over}", *words.unusual(config, (*settings["over"], *ALWAYS))], config["methods"]
    )
