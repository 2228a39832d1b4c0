"""Sweeps are saved as they go. No Streamlit, no torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.store.saver import Saver
from ipcore.config import SETTINGS
from ipcore.recordings.events.base import Event
from ipcore.recordings.events.stack import Done
from ipcore.recordings.events.sweep import Start
from ipcore.recordings.sweep import SweepRecording
from ipcore.sweeps.plan import Sweep


def sweep_saver(saver: Saver) -> dict[str, Any]:
    """What makes :class:`app.background.sweeps.Sweeps` have its sweeps saved: ``Sweeps(**sweep_saver(saver))``."""

    def on_event(run: Any, event: Event) -> None:
        step = accuracy = None
        match event:
            case Start():
                saver.begin(run.id, run.keeper, "sweep", default_name(run.sweep), run.sweep.to_dict())
            case Done():
                step, accuracy = run.recording.done_networks, best(run.recording)
        saver.add(run.id, event, step, accuracy)
        if run.recording.over:
            saver.end(run.id, run.recording.state, run.message)

    return {"on_event": on_event}


def default_name(sweep: Sweep) -> str:
    """What a sweep is called until its owner says otherwise."""
    over = " and ".join(SETTINGS[name].label.lower() for name in sweep.over)
    return f"Sweep of {over}: {sweep.config.dataset}, {', '.join(sweep.config.methods)}"


def best(recording: SweepRecording) -> dict[str, float]:
    """Method -> best of the points' mean accuracies, as far as networks are done."""
    found = {}
    for method in recording.sweep.config.methods:
        accuracy = recording.accuracy(method)
        known = np.isfinite(accuracy)
        if known.any():
            points = known.any(1)
            found[method] = float((np.where(known, accuracy, 0).sum(1)[points] / known.sum(1)[points]).max())
    return found
