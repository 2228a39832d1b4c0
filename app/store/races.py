"""Saves races while they are under way, with a default name. No Streamlit, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.store import run_names
from app.store.saver import Saver
from app.ui import words
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.race import Start, Steps, Test


def race_saver(saver: Saver) -> dict[str, Any]:
    """Arguments with which :class:`app.background.runs.Runs` saves its races: ``Runs(**race_saver(saver))``."""

    def on_event(run: Any, event: Event) -> None:
        if run.kind != "race":
            return
        step = accuracy = None
        match event:
            case Start(config=config):
                saver.begin(run.id, run.keeper, "race", default_name(config), config, run.lines)
            case Steps():
                step = run.recording.step
            case Test():
                accuracy = {method: _mean(values) for method, values in event.accuracy.items()}
        saver.add(run.id, event, step, accuracy)

    def on_end(run: Any) -> None:
        saver.end(run.id, run.state, run.message)

    return {"on_event": on_event, "on_end": on_end}


def default_name(config: Mapping[str, Any]) -> str:
    """The name of a race until its owner renames it."""
    return run_names.default_name(words.unusual(config), config["methods"])


def _mean(values: list[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0
